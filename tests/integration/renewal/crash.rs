//! A process that is killed between two steps of a renewal: the device obtains its certificate all the same.

use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use portcullis::protocol::enrollment::RequestSecurityToken;
use portcullis::store::{Error as StoreError, IssuanceState};

use super::{Own, ask, nobody, renewal, request};
use crate::client::write;
use crate::pc::{Pc, bearer};
use crate::server::{Data, ProcessServer, TestServer};

use IssuanceState::{Abandoned, Issued, Planned, Superseded};

/// How the certificates stand of the device that has this one, the newest first.
async fn states(data: &Data, certificate: &[u8]) -> Vec<IssuanceState> {
    let hash = digest(&SHA256, certificate).as_ref().to_vec();
    let store = data.store();
    let states = store.read::<_, StoreError, _>(move |tx| {
        let device = tx.issued_to(&hash)?.unwrap().device_id;
        let issuances = tx.issuances_of_device(device)?;
        Ok(issuances.iter().map(|issuance| issuance.state).collect())
    });
    states.await.unwrap()
}

/// Lets an enrolled `pc` renew for the key of `fresh` at a server that stands still at `point`, and kills it there.
async fn killed_at(point: &str, pc: &Pc, fresh: &Pc) -> (Data, Vec<u8>) {
    let server = ProcessServer::start(&[]);
    let token = server.data().json(&["token", "create", "--uses", "1"]);
    let shows = bearer(token["token"].as_str().unwrap());
    let certificate = pc.enroll(&server, &shows).await.certificate().to_vec();
    let data = server.kill();
    let server = data.serve(&[("FAILPOINTS", &format!("{point}=pause"))]);
    let own = Own::new(&server, &pc.key, &certificate);
    let url = server.enrollment();
    let body = request(fresh, &own.message(fresh));
    let body = write::<RequestSecurityToken>(&url, &body, Some(nobody()));
    let asked = tokio::spawn(async move { own.site.try_post_soap(&url, body).await });
    let expected: &[IssuanceState] = match point {
        "before_plan" => &[Issued],
        "after_record" => &[Issued, Superseded],
        _ => &[Planned, Issued],
    };
    let began = Instant::now();
    while states(server.data(), &certificate).await != expected {
        assert!(began.elapsed() < Duration::from_secs(20), "{point}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    let data = server.kill();
    assert_eq!(asked.await.unwrap(), None, "nobody was answered at {point}");
    assert_eq!(states(&data, &certificate).await, expected, "{point}");
    (data, certificate)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_a_crash_cut_off_is_completed_when_it_comes_again() {
    for point in ["before_plan", "after_plan", "after_sign", "after_record"] {
        let pc = Pc::new();
        let fresh = pc.with_new_key();
        let (data, certificate) = killed_at(point, &pc, &fresh).await;
        let server = data.serve(&[]);
        let own = Own::new(&server, &pc.key, &certificate);
        let mut renewed = Vec::new();
        for _ in 0..2 {
            let message = own.message(&fresh);
            let text = ask(&own.site, &fresh, &message, Some(nobody())).await;
            renewed.push(renewal(&text.unwrap()).leaf.der);
        }
        assert_eq!(renewed[0], renewed[1], "{point}");
        let states = states(server.data(), &certificate).await;
        assert_eq!(states, [Issued, Superseded], "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_was_given_up_is_begun_anew_with_any_key() {
    for point in ["after_plan", "after_sign"] {
        let pc = Pc::new();
        let fresh = pc.with_new_key();
        let (data, certificate) = killed_at(point, &pc, &fresh).await;
        // The start of this server, an hour later, gives up on what was promised.
        let server = TestServer::over(data, 3600, |_| {}).await;
        let own = Own::new(&server, &pc.key, &certificate);
        let newer = pc.with_new_key();
        let text = ask(&own.site, &newer, &own.message(&newer), Some(nobody())).await;
        renewal(&text.unwrap());
        let states = states(server.data(), &certificate).await;
        assert_eq!(states, [Issued, Abandoned, Superseded], "{point}");
    }
}
