//! What remains when the process dies in the middle: no use lost, none spent twice, no certificate without a record.

#[cfg(feature = "failpoints")]
mod point;
mod session;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use portcullis::protocol::enrollment::RequestSecurityToken;
use portcullis::soap::{Exchange, Security, read_reply};
use portcullis::store::{Error as StoreError, IssuanceState, Store};
use serde_json::Value as Json;

use crate::client::{Site, write};
use crate::pc::{Enrolled, Pc, bearer};
use crate::server::{Data, ProcessServer};

/// A token made by the command, as JSON.
fn token(data: &Data, uses: &str) -> Json {
    data.json(&["token", "create", "--uses", uses])
}

fn shows(token: &Json) -> Security {
    bearer(token["token"].as_str().unwrap())
}

/// How often the token was used.
fn uses(data: &Data, token: &Json) -> u64 {
    let shown = data.json(&["token", "show", token["id"].as_str().unwrap()]);
    shown["uses"].as_u64().unwrap()
}

/// How the certificates of all devices stand.
async fn states(data: &Data) -> Vec<IssuanceState> {
    let store = data.store();
    let organization = store.read::<_, StoreError, _>(|tx| tx.organization("default"));
    let organization = organization.await.unwrap().unwrap().id;
    let states = store.read::<_, StoreError, _>(move |tx| {
        let mut states = Vec::new();
        for device in tx.devices(organization, 100_000)? {
            let issuances = tx.issuances_of_device(device.id)?;
            states.extend(issuances.iter().map(|issuance| issuance.state));
        }
        Ok(states)
    });
    states.await.unwrap()
}

/// How the record of a certificate stands.
async fn recorded(store: &Store, certificate: &[u8]) -> Option<IssuanceState> {
    let hash = digest(&SHA256, certificate).as_ref().to_vec();
    let found = store.read::<_, StoreError, _>(move |tx| tx.issued_to(&hash));
    found.await.unwrap().map(|found| found.state)
}

/// What came of a load: certificates that clients hold, and devices that never heard an answer.
#[derive(Default)]
struct Load {
    acknowledged: Vec<Vec<u8>>,
    unanswered: Vec<Pc>,
}

/// Enrolls one device after the other until the server is gone.
async fn enroll_until_dead(site: Site, shows: Security, load: Arc<Mutex<Load>>) {
    loop {
        let pc = Pc::new();
        let url = site.enrollment();
        let request = write::<RequestSecurityToken>(&url, &pc.request(), Some(shows.clone()));
        let Some(body) = site.try_post_soap(&url, request).await else {
            load.lock().unwrap().unanswered.push(pc);
            return;
        };
        let reply = read_reply::<<RequestSecurityToken as Exchange>::Reply>(&body);
        let document = reply.unwrap().1.unwrap().provisioning_document;
        let certificate = Enrolled::new(&document, &pc.key).certificate().to_vec();
        load.lock().unwrap().acknowledged.push(certificate);
    }
}

/// Kills a server under load after `milliseconds`, looks at what is left, and goes on over it.
async fn kill_once(data: Data, token: &Json, milliseconds: u64) -> Data {
    let server = data.serve(&[]);
    let load = Arc::new(Mutex::new(Load::default()));
    let clients: Vec<_> = (0..6)
        .map(|_| {
            let site = server.separate();
            tokio::spawn(enroll_until_dead(site, shows(token), Arc::clone(&load)))
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    let data = server.kill();
    for client in clients {
        client.await.unwrap();
    }
    let Load {
        acknowledged,
        unanswered,
    } = std::mem::take(&mut *load.lock().unwrap());
    let store = data.store();
    for certificate in &acknowledged {
        let state = recorded(&store, certificate).await;
        assert_eq!(state, Some(IssuanceState::Issued), "acknowledged and lost");
    }
    drop(store);
    let spent = uses(&data, token);
    let promised = states(&data).await;
    assert_eq!(promised.len() as u64, spent, "a use for each certificate");

    // The first device that heard nothing asks again, in the same words.
    let server = data.serve(&[]);
    if let Some(pc) = unanswered.first() {
        let first = pc.enroll(&server, &shows(token)).await;
        let again = pc.enroll(&server, &shows(token)).await;
        assert_eq!(first.text, again.text);
        let now = uses(server.data(), token);
        assert!(
            now == spent || now == spent + 1,
            "{spent} before, {now} now"
        );
    }
    server.kill()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_certificate_is_lost_however_the_server_is_killed() {
    let kills = match std::env::var_os("PORTCULLIS_LONG") {
        Some(_) => 200,
        None => 20,
    };
    let server = ProcessServer::start(&[]);
    let token = token(server.data(), "unlimited");
    let mut data = server.kill();
    for kill in 0..kills {
        // Scattered over the first third of a second, never the same twice.
        data = kill_once(data, &token, 5 + kill * 37 % 331).await;
    }
    assert!(uses(&data, &token) > kills, "there was a load");
}
