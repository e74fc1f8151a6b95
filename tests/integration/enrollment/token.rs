//! What a token allows, and when it ends.

use jiff::SignedDuration;
use portcullis::soap::{ErrorType, Subcode};

use crate::pc::{Pc, bearer, policies, typed};
use crate::server::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_token_lets_one_device_in() {
    let server = TestServer::start().await;
    let token = server.token().await;
    Pc::new().enroll(&server, &typed(&token)).await;
    for shows in [typed(&token), bearer(&token.token)] {
        let fault = Pc::new().try_enroll(&server, &shows).await.err().unwrap();
        assert_eq!(fault.subcode, Subcode::Authentication);
        assert_eq!(server.refusal(&fault).await, "token-spent");
    }
    assert_eq!(server.uses(&token).await, 1);
    assert_eq!(server.devices().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_three_uses_lets_three_devices_in() {
    let server = TestServer::start().await;
    let token = server.token_with(|wish| wish.uses = Some(3)).await;
    for _ in 0..3 {
        Pc::new().enroll(&server, &typed(&token)).await;
    }
    let fault = Pc::new().try_enroll(&server, &typed(&token)).await;
    let fault = fault.err().unwrap();
    assert_eq!(server.refusal(&fault).await, "token-spent");
    assert_eq!(server.uses(&token).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlimited_token_lets_every_device_in() {
    let server = TestServer::start().await;
    let token = server
        .token_with(|wish| {
            wish.uses = None;
            wish.email = None;
            wish.tags = vec!["Lab".to_owned()];
            wish.display_name = Some("Bench".to_owned());
        })
        .await;
    for _ in 0..12 {
        Pc::new().enroll(&server, &typed(&token)).await;
    }
    assert_eq!(server.uses(&token).await, 12);
    let devices = server.devices().await;
    assert_eq!(devices.len(), 12);
    assert!(devices.iter().all(|device| device.tags == ["Lab"]));
    assert!(
        devices
            .iter()
            .all(|device| device.display_name.as_deref() == Some("Bench"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_to_the_second() {
    let server = TestServer::start().await;
    let token = server
        .token_with(|wish| {
            wish.uses = None;
            wish.duration = Some(SignedDuration::from_hours(1));
        })
        .await;
    server.clock.advance(3599);
    policies(&server, &typed(&token)).await.unwrap();
    Pc::new().enroll(&server, &typed(&token)).await;
    server.clock.advance(1);
    for shows in [typed(&token), bearer(&token.token)] {
        let fault = Pc::new().try_enroll(&server, &shows).await.err().unwrap();
        assert_eq!(fault.subcode, Subcode::Authentication);
        let attempt = server.attempt_of(&fault).await;
        assert_eq!(attempt.refusal.as_deref(), Some("token-expired"));
        let end = token.record.expires_at.unwrap().to_string();
        assert!(attempt.explanation.unwrap().contains(&end));
    }
    assert_eq!(server.uses(&token).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_refused_at_the_policy_already() {
    let server = TestServer::start().await;
    let token = server.token().await;
    server.clock.advance(24 * 3600);
    let fault = policies(&server, &typed(&token)).await.unwrap_err();
    assert_eq!(server.refusal(&fault).await, "token-expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_revoked_between_policy_and_enrollment_enrolls_nobody() {
    let server = TestServer::start().await;
    let token = server.token().await;
    policies(&server, &typed(&token)).await.unwrap();
    server.revoke(&token).await;
    let fault = Pc::new().try_enroll(&server, &typed(&token)).await;
    let fault = fault.err().unwrap();
    assert_eq!(fault.subcode, Subcode::Authentication);
    assert_eq!(server.refusal(&fault).await, "token-revoked");
    assert!(server.devices().await.is_empty());
    assert_eq!(server.uses(&token).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_a_cap_has_so_many_devices_at_a_time() {
    let server = TestServer::start().await;
    let token = server
        .token_with(|wish| {
            wish.uses = None;
            wish.device_cap = Some(2);
        })
        .await;
    let first = Pc::new();
    let enrolled = first.enroll(&server, &typed(&token)).await;
    Pc::new().enroll(&server, &typed(&token)).await;
    let third = Pc::new();
    let fault = third.try_enroll(&server, &typed(&token)).await;
    let fault = fault.err().unwrap();
    assert_eq!(fault.subcode, Subcode::Authorization);
    let detail = fault.detail.as_ref().unwrap();
    assert_eq!(detail.error_type, Some(ErrorType::DeviceCapReached));
    assert_eq!(server.refusal(&fault).await, "device-cap");
    assert_eq!(server.uses(&token).await, 2, "a refusal spends nothing");

    let leaving = server.with_identity(&enrolled.identity());
    leaving.manage(crate::pc::leaves(&first)).await;
    third.enroll(&server, &typed(&token)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_switched_on_an_account_is_locked_out_after_five_wrong_codes_and_let_in_again_later()
 {
    let server = TestServer::with(|config| {
        config.limits.credential_failures_per_account = 5;
    })
    .await;
    let token = server.token().await;
    let wrong = crate::pc::password("ana@contoso.example", "0000-0000-0000");
    for _ in 0..5 {
        let fault = policies(&server, &wrong).await.unwrap_err();
        assert_eq!(server.refusal(&fault).await, "credential-unknown");
    }
    let fault = Pc::new().try_enroll(&server, &typed(&token)).await;
    let fault = fault.err().unwrap();
    assert_eq!(fault.subcode, Subcode::Authentication);
    assert_eq!(server.refusal(&fault).await, "too-many-failures");
    Pc::new().enroll(&server, &bearer(&token.token)).await;

    let token = server.token().await;
    server.clock.advance(15 * 60);
    Pc::new().enroll(&server, &typed(&token)).await;
}
