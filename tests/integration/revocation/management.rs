//! A revoked certificate is refused at once, whatever was kept of the connection.

use serde_json::json;

use super::{enroll, revoke, session, start};
use crate::pc::{Pc, bearer};

#[tokio::test(flavor = "multi_thread")]
async fn management_is_refused_with_the_next_request_on_an_open_connection_too() {
    let api = start().await;
    let one = enroll(&api, Pc::new()).await;
    let other = enroll(&api, Pc::new()).await;
    let open = api.server.with_identity(&one.enrolled.identity());
    let beside = api.server.with_identity(&other.enrolled.identity());
    assert_eq!(session(&open, &one).await, "200");
    assert_eq!(session(&beside, &other).await, "200");
    revoke(&api, &one.id, json!({ "serial": one.serial })).await;
    assert_eq!(
        session(&open, &one).await,
        "401",
        "the connection is the same"
    );
    let fresh = api.server.with_identity(&one.enrolled.identity());
    assert_eq!(session(&fresh, &one).await, "401");
    assert_eq!(session(&beside, &other).await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_enrolls_again_uses_its_new_certificate_and_not_the_old_one() {
    let api = start().await;
    let one = enroll(&api, Pc::new()).await;
    let again = enroll(&api, one.pc.with_new_key()).await;
    assert_eq!(one.id, again.id);
    let old = api.server.with_identity(&one.enrolled.identity());
    assert_eq!(session(&old, &one).await, "401");
    let new = api.server.with_identity(&again.enrolled.identity());
    assert_eq!(session(&new, &again).await, "200");
    let id = one.id.parse().unwrap();
    let rows = api.server.read(move |tx| tx.issuances_of_device(id)).await;
    let reasons: Vec<_> = rows.iter().filter_map(|row| row.reason).collect();
    assert_eq!(reasons, [portcullis::revocation::Reason::Superseded]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_cannot_be_used_once_it_ended_by_itself() {
    let api = start().await;
    let token = api.server.token().await;
    let pc = Pc::new();
    let enrolled = pc.enroll(&api.server, &bearer(&token.token)).await;
    let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, enrolled.certificate());
    let sha256 = sha256.as_ref().to_vec();
    for (days, usable) in [(0, true), (364, true), (2, false)] {
        api.server.clock.advance(days * 86_400);
        let (now, hash) = (api.server.clock.now(), sha256.clone());
        let found = api
            .server
            .read(move |tx| tx.usable_certificate(&hash, now))
            .await;
        assert_eq!(found.is_some(), usable, "{now}");
    }
}
