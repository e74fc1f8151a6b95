//! A device that renews twice at the same moment has one new certificate.

use std::sync::Arc;

use tokio::sync::Barrier;

use portcullis::store::IssuanceState;

use super::{Own, Scene, ask, nobody, renewal};

/// Seconds: long enough for the next renewal before its time.
const DAY: i64 = 24 * 60 * 60;

#[tokio::test(flavor = "multi_thread")]
async fn two_renewals_at_once_give_one_new_certificate() {
    let rounds = match std::env::var_os("PORTCULLIS_LONG") {
        Some(_) => 1_000,
        None => 50,
    };
    let scene = Scene::new().await;
    let mut own = Own::new(&scene.server, &scene.own.key, &scene.own.certificate);
    for round in 0..rounds {
        scene.server.clock.advance(DAY);
        let same_key = round % 2 == 0;
        let first = scene.pc.with_new_key();
        let second = match same_key {
            true => first.clone(),
            false => scene.pc.with_new_key(),
        };
        let start = Arc::new(Barrier::new(2));
        let tasks = [&first, &second].map(|pc| {
            let (start, site, pc) = (Arc::clone(&start), own.site.clone(), pc.clone());
            let message = own.message(&pc);
            tokio::spawn(async move {
                start.wait().await;
                let text = ask(&site, &pc, &message, Some(nobody())).await;
                text.map(|text| (pc, renewal(&text).leaf.der))
            })
        });
        let mut renewed = Vec::new();
        for task in tasks {
            renewed.extend(task.await.unwrap().ok());
        }
        let expected = if same_key { 2 } else { 1 };
        assert_eq!(renewed.len(), expected, "round {round}");
        let (pc, certificate) = renewed.remove(0);
        for (_, other) in renewed {
            assert_eq!(certificate, other, "round {round}");
        }
        let good = scene.states().await;
        let good = good.iter().filter(|state| **state == IssuanceState::Issued);
        assert_eq!(good.count(), 1, "round {round}");
        own = Own::new(&scene.server, &pc.key, &certificate);
    }
}
