//! How two certificates of one device stand beside each other, and how often there may be another.

use jiff::SignedDuration;
use portcullis::device::State;
use portcullis::store::{Earlier, IssuanceState, NewIssuance};

use super::{Own, Scene, session, told};
use crate::pc::{Pc, typed};

use IssuanceState::{Issued, Revoked, Superseded};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

#[tokio::test(flavor = "multi_thread")]
async fn the_old_certificate_works_until_the_new_one_is_used_and_stops_then() {
    let scene = Scene::new().await;
    let (pc, own) = (&scene.pc, &scene.own);
    assert_eq!(session(own, pc).await, "200");
    let renewed = scene.renew(own, &pc.with_new_key()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(session(own, pc).await, "200");
    }
    scene.server.clock.advance(6 * DAY);
    assert_eq!(session(own, pc).await, "200");
    assert_eq!(session(&renewed, pc).await, "200");
    assert_eq!(session(own, pc).await, "401");
    assert_eq!(session(&renewed, pc).await, "200");
    assert_eq!(scene.states().await, [Issued, Revoked]);
    let message = own.message(&pc.with_new_key());
    let reason = "the certificate was replaced by a newer one";
    scene.refused(&own.site, &message, reason).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_certificate_ends_after_seven_days_though_the_new_one_was_never_used() {
    let scene = Scene::new().await;
    let (pc, own) = (&scene.pc, &scene.own);
    let renewed = scene.renew(own, &pc.with_new_key()).await.unwrap();
    scene.server.clock.advance(7 * DAY - 1);
    assert_eq!(session(own, pc).await, "200");
    scene.server.clock.advance(1);
    assert_eq!(session(own, pc).await, "401");
    let message = own.message(&pc.with_new_key());
    let reason = "the certificate was replaced by a newer one";
    scene.refused(&own.site, &message, reason).await;
    assert_eq!(session(&renewed, pc).await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_renews_again_with_the_old_certificate_is_heard_by_it_for_another_seven_days() {
    let scene = Scene::new().await;
    let (pc, own) = (&scene.pc, &scene.own);
    // The reply is lost, and four days later the device tries again.
    scene.renew(own, &pc.with_new_key()).await.unwrap();
    scene.server.clock.advance(4 * DAY);
    let renewed = scene.renew(own, &pc.with_new_key()).await.unwrap();
    scene.server.clock.advance(7 * DAY - 1);
    assert_eq!(session(own, pc).await, "200");
    scene.server.clock.advance(1);
    assert_eq!(session(own, pc).await, "401");
    assert_eq!(session(&renewed, pc).await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_with_the_newest_certificate_leaves_the_end_of_the_oldest_as_it_is() {
    let scene = Scene::new().await;
    let (pc, own) = (&scene.pc, &scene.own);
    let first = scene.renew(own, &pc.with_new_key()).await.unwrap();
    scene.server.clock.advance(4 * DAY);
    scene.renew(&first, &pc.with_new_key()).await.unwrap();
    scene.server.clock.advance(3 * DAY);
    assert_eq!(session(own, pc).await, "401");
    assert_eq!(session(&first, pc).await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_receives_the_same_certificate() {
    let scene = Scene::new().await;
    let fresh = scene.pc.with_new_key();
    let first = scene.renew(&scene.own, &fresh).await.unwrap();
    scene.server.clock.advance(9 * MINUTE);
    let again = scene.renew(&scene.own, &fresh).await.unwrap();
    assert_eq!(first.certificate, again.certificate);
    assert_eq!(scene.states().await, [Issued, Superseded]);
    // Another key within the same minutes would leave open which one counts.
    let message = scene.own.message(&scene.pc.with_new_key());
    let reason = "a moment ago the device renewed with another key";
    scene.refused(&scene.own.site, &message, reason).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_its_time_a_certificate_is_renewed_once_in_a_day() {
    let scene = Scene::new().await;
    let fresh = scene.pc.with_new_key();
    let first = scene.renew(&scene.own, &fresh).await.unwrap();
    scene.server.clock.advance(DAY - 1);
    let early = scene.renew(&first, &scene.pc.with_new_key()).await;
    let explanation = scene.explanation(&early.err().unwrap()).await;
    assert!(
        explanation.starts_with(&told("the device renewed at ")),
        "{explanation}"
    );
    assert!(explanation.ends_with("once in 24 hours"), "{explanation}");
    scene.server.clock.advance(1);
    scene.renew(&first, &scene.pc.with_new_key()).await.unwrap();
    assert_eq!(scene.states().await, [Issued, Superseded, Superseded]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_its_time_a_certificate_is_renewed_as_often_as_the_device_needs() {
    let scene = Scene::new().await;
    scene.server.clock.advance((365 - 59) * DAY);
    let first = scene.renew(&scene.own, &scene.pc.with_new_key()).await;
    scene.server.clock.advance(11 * MINUTE);
    let second = scene.renew(&scene.own, &scene.pc.with_new_key()).await;
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(scene.states().await, [Issued, Superseded, Superseded]);
    assert_eq!(session(&first, &scene.pc).await, "200");
    assert_eq!(session(&second, &scene.pc).await, "200");
    assert_eq!(session(&first, &scene.pc).await, "401");
    assert_eq!(session(&scene.own, &scene.pc).await, "401");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_to_leave_renews_nothing() {
    let scene = Scene::new().await;
    let organization = scene.server.devices().await[0].organization_id;
    scene
        .write(move |tx, device, now| {
            tx.end_device(organization, device, State::DeleteRequested, now)
                .unwrap();
        })
        .await;
    let message = scene.own.message(&scene.pc.with_new_key());
    let reason = "an administrator told the device to leave";
    scene.refused(&scene.own.site, &message, reason).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_enrolls_again_ends_all_earlier_certificates() {
    let scene = Scene::new().await;
    let fresh = scene.pc.with_new_key();
    let renewed = scene.renew(&scene.own, &fresh).await.unwrap();
    scene.server.clock.advance(1);
    super::enroll(&scene.server, &scene.pc.with_new_key()).await;
    assert_eq!(scene.states().await, [Issued, Revoked, Revoked]);
    for old in [&scene.own, &renewed] {
        assert_eq!(session(old, &scene.pc).await, "401");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_planned_before_the_device_enrolled_again_is_not_recorded_after_it() {
    const SERIAL: &[u8] = &[0x50, 1];
    let scene = Scene::new().await;
    let organization = scene.server.devices().await[0].organization_id;
    scene
        .write(move |tx, device, now| {
            let planned = NewIssuance {
                serial: SERIAL,
                organization_id: organization,
                device_id: device,
                token_id: None,
                issuer: "00",
                spki_sha256: &[1; 32],
                tbs: &[2],
                not_before: now,
                not_after: now + SignedDuration::from_hours(24),
                planned_at: now,
            };
            tx.plan_issuance(&planned).unwrap();
        })
        .await;
    scene.server.clock.advance(1);
    let fresh = scene.pc.with_new_key();
    let token = scene.server.token().await;
    let enrolled = fresh.enroll(&scene.server, &typed(&token)).await;
    scene
        .write(|tx, _, now| {
            let until = Earlier::AcceptedUntil(now + SignedDuration::from_hours(24));
            let recorded = tx.record_issued(SERIAL, &[3], &[4; 32], now, until);
            assert!(!recorded.unwrap());
        })
        .await;
    assert_eq!(scene.states().await, [Issued, Revoked, Revoked]);
    let again = Own::enrolled(&scene.server, &fresh, &enrolled);
    assert_eq!(session(&again, &fresh).await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_renewal_enrolls_no_other_device() {
    let scene = Scene::new().await;
    let fresh = scene.pc.with_new_key();
    scene.renew(&scene.own, &fresh).await.unwrap();
    let thief = Pc {
        key: std::sync::Arc::clone(&fresh.key),
        ..Pc::new()
    };
    let token = scene.server.token().await;
    let fault = thief.try_enroll(&scene.server, &typed(&token)).await;
    assert_eq!(
        scene.server.refusal(&fault.err().unwrap()).await,
        "key-of-another"
    );
}
