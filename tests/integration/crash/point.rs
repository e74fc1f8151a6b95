//! A process that is killed between two steps of an issuance: the next one takes up where it ended.
//!
//! `FAILPOINTS` makes the server stand still at a point; when the store shows that it got there, it is killed.

use std::time::{Duration, Instant};

use portcullis::id::ObjectId;
use portcullis::protocol::enrollment::RequestSecurityToken;
use portcullis::revocation::Reason;
use portcullis::store::{Error as StoreError, IssuanceState, Transaction};
use serde_json::Value as Json;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{recorded, shows, states, token, uses};
use crate::client::write;
use crate::pc::{Enrolled, Pc};
use crate::renewal::{Own, session};
use crate::server::{Data, ProcessServer, TestServer};

use IssuanceState::{Abandoned, Issued, Planned, Revoked};

/// Lets `pc` ask a server that stands still at `point`, and kills it there.
async fn killed_at(point: &str, pc: &Pc) -> (Data, Json) {
    let server = ProcessServer::start(&[("FAILPOINTS", &format!("{point}=pause"))]);
    let token = token(server.data(), "1");
    let site = server.separate();
    let url = site.enrollment();
    let request = write::<RequestSecurityToken>(&url, &pc.request(), Some(shows(&token)));
    let asked = tokio::spawn(async move { site.try_post_soap(&url, request).await });
    let expected: &[IssuanceState] = match point {
        "before_plan" => &[],
        "after_record" => &[Issued],
        _ => &[Planned],
    };
    let began = Instant::now();
    while states(server.data()).await != expected {
        assert!(began.elapsed() < Duration::from_secs(20), "{point}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The store tells of the step, not of the point behind it.
    tokio::time::sleep(Duration::from_millis(150)).await;
    let data = server.kill();
    assert_eq!(asked.await.unwrap(), None, "nobody was answered at {point}");
    assert_eq!(states(&data).await, expected, "{point}");
    (data, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_crash_cut_off_receives_its_certificate_when_it_comes_again() {
    for point in ["before_plan", "after_plan", "after_sign", "after_record"] {
        let pc = Pc::new();
        let (data, token) = killed_at(point, &pc).await;
        assert_eq!(uses(&data, &token), u64::from(point != "before_plan"));
        let server = data.serve(&[]);
        let first = pc.enroll(&server, &shows(&token)).await;
        let again = pc.enroll(&server, &shows(&token)).await;
        assert_eq!(first.text, again.text, "{point}");
        assert_eq!(uses(server.data(), &token), 1, "{point}");
        assert_eq!(states(server.data()).await, [Issued], "{point}");
        let state = recorded(&server.data().store(), first.certificate()).await;
        assert_eq!(state, Some(Issued), "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_the_plan_is_stored_another_key_comes_too_late() {
    for point in ["after_plan", "after_sign", "after_record"] {
        let pc = Pc::new();
        let (data, token) = killed_at(point, &pc).await;
        let server = data.serve(&[]);
        for other in [Pc::new(), pc.with_new_key()] {
            let fault = other.try_enroll(&server, &shows(&token)).await;
            assert_eq!(fault.err().unwrap().hresult(), 0x8018_0002, "{point}");
        }
        pc.enroll(&server, &shows(&token)).await;
        assert_eq!(states(server.data()).await, [Issued], "{point}");
        assert_eq!(uses(server.data(), &token), 1, "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_plan_nothing_is_spent() {
    let (data, token) = killed_at("before_plan", &Pc::new()).await;
    let server = data.serve(&[]);
    Pc::new().enroll(&server, &shows(&token)).await;
    assert_eq!(uses(server.data(), &token), 1);
    assert_eq!(states(server.data()).await, [Issued]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_was_given_up_is_made_anew_without_spending_again() {
    for point in ["after_plan", "after_sign"] {
        let pc = Pc::new();
        let (data, token) = killed_at(point, &pc).await;
        // The start of this server, an hour later, gives up on what was promised.
        let server = TestServer::over(data, 3600, |_| {}).await;
        assert_eq!(states(server.data()).await, [Abandoned], "{point}");
        let other = Pc::new().try_enroll(&server, &shows(&token)).await;
        assert_eq!(other.err().unwrap().hresult(), 0x8018_0002);
        let first = pc.enroll(&server, &shows(&token)).await;
        let again = pc.enroll(&server, &shows(&token)).await;
        assert_eq!(first.text, again.text, "{point}");
        assert_eq!(uses(server.data(), &token), 1, "{point}");
        let device = server.devices().await.remove(0);
        let issuances = server.issuances(device.id).await;
        let good = issuances.iter().filter(|issuance| issuance.state == Issued);
        assert_eq!(good.count(), 1, "{point}");
    }
}

/// Lets `pc` receive its certificate after the promise of the first one was given up; the device.
async fn made_anew(pc: &Pc) -> (TestServer, Json, Enrolled, ObjectId) {
    let (data, token) = killed_at("after_plan", pc).await;
    let server = TestServer::over(data, 3600, |_| {}).await;
    let enrolled = pc.enroll(&server, &shows(&token)).await;
    let device = server.devices().await.remove(0).id;
    server.clock.advance(60);
    (server, token, enrolled, device)
}

/// Fails unless the request that was given up once and served since is refused.
async fn assert_served_once(server: &TestServer, pc: &Pc, token: &Json, device: ObjectId) {
    let before = server.issuances(device).await.len();
    let fault = pc.try_enroll(server, &shows(token)).await.err().unwrap();
    assert_eq!(server.refusal(&fault).await, "token-spent");
    assert_eq!(server.issuances(device).await.len(), before);
    assert_eq!(uses(server.data(), token), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_was_given_up_is_not_made_anew_once_the_next_one_was_revoked() {
    let pc = Pc::new();
    let (server, token, enrolled, device) = made_anew(&pc).await;
    let (_, certificate) = X509Certificate::from_der(enrolled.certificate()).unwrap();
    let (serial, now) = (certificate.raw_serial().to_vec(), server.clock.now());
    let store = &server.server.app.store;
    let work = move |tx: &mut Transaction<'_>| {
        tx.revoke_issuance(device, &serial, Reason::Unspecified, now)
    };
    let revoked = store.write::<_, StoreError, _>(work).await;
    assert_eq!(revoked.unwrap(), Some(true));
    assert_eq!(states(server.data()).await, [Revoked, Abandoned]);
    assert_served_once(&server, &pc, &token, device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_was_given_up_is_not_made_anew_after_a_renewal() {
    let pc = Pc::new();
    let (server, token, enrolled, device) = made_anew(&pc).await;
    let own = Own::enrolled(&server, &pc, &enrolled);
    let fresh = pc.with_new_key();
    let renewed = own.renew(&fresh).await.unwrap();
    assert_eq!(session(&renewed, &fresh).await, "200");
    assert_eq!(states(server.data()).await, [Issued, Revoked, Abandoned]);
    assert_served_once(&server, &pc, &token, device).await;
}
