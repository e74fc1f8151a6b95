//! What a device receives that repeats itself, and what one that pretends to.

use portcullis::soap::Subcode;

use crate::pc::{Pc, bearer, policies, typed};
use crate::server::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_receives_the_same_document_again() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let pc = Pc::new();
    let first = pc.enroll(&server, &typed(&token)).await;
    server.clock.advance(10 * 60);
    policies(&server, &typed(&token)).await.unwrap();
    let again = pc.enroll(&server, &typed(&token)).await;
    assert_eq!(again.certificate(), first.certificate());
    assert_eq!(again.text, first.text);
    let by_value = pc.enroll(&server, &bearer(&token.token)).await;
    assert_eq!(by_value.text, first.text);
    assert_eq!(server.uses(&token).await, 1);
    let device = server.devices().await.remove(0);
    assert_eq!(server.issuances(device.id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_minutes_it_is_too_late_to_repeat() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let pc = Pc::new();
    pc.enroll(&server, &typed(&token)).await;
    server.clock.advance(10 * 60 + 1);
    let fault = policies(&server, &typed(&token)).await.unwrap_err();
    assert_eq!(server.refusal(&fault).await, "token-spent");
    let fault = pc.try_enroll(&server, &typed(&token)).await.err().unwrap();
    assert_eq!(fault.subcode, Subcode::Authentication);
    assert_eq!(server.refusal(&fault).await, "token-spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_with_another_key_or_another_device_id_is_refused() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let pc = Pc::new();
    let first = pc.enroll(&server, &typed(&token)).await;
    let other_key = pc.with_new_key();
    let other_name = pc.clone().saying("DeviceID", &"0".repeat(32));
    for pretender in [other_key, other_name] {
        let fault = pretender.try_enroll(&server, &typed(&token)).await;
        let fault = fault.err().unwrap();
        assert_eq!(fault.subcode, Subcode::Authentication);
        assert_eq!(server.refusal(&fault).await, "token-spent");
    }
    let again = pc.enroll(&server, &typed(&token)).await;
    assert_eq!(again.text, first.text);
    assert_eq!(server.devices().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_retry_time_can_be_turned_off() {
    let server = TestServer::with(|config| config.enrollment.retry_minutes = 0).await;
    let token = server.token().await;
    let pc = Pc::new();
    pc.enroll(&server, &typed(&token)).await;
    server.clock.advance(1);
    let fault = pc.try_enroll(&server, &typed(&token)).await.err().unwrap();
    assert_eq!(server.refusal(&fault).await, "token-spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_request_is_worthless_with_the_token_of_another_person() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let pc = Pc::new();
    pc.enroll(&server, &typed(&token)).await;
    let ben = server
        .token_with(|wish| wish.email = Some("ben@contoso.example".to_owned()))
        .await;
    let nobody = server.token_with(|wish| wish.email = None).await;
    for fresh in [&ben, &nobody] {
        let fault = pc.try_enroll(&server, &typed(fresh)).await.err().unwrap();
        assert_eq!(fault.subcode, Subcode::CertificateRequest);
        assert_eq!(server.refusal(&fault).await, "key-of-another");
        assert_eq!(server.uses(fresh).await, 0);
    }
    let anonymous = pc.silent_on("HWDevID");
    let ana = server.token().await;
    let fault = anonymous.try_enroll(&server, &typed(&ana)).await;
    let fault = fault.err().unwrap();
    assert_eq!(server.refusal(&fault).await, "key-of-another");
    assert_eq!(server.devices().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_after_the_user_has_left_is_refused() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let pc = Pc::new();
    let enrolled = pc.enroll(&server, &typed(&token)).await;
    let pc_side = server.with_identity(&enrolled.identity());
    pc_side.manage(crate::pc::leaves(&pc)).await;
    let fault = pc.try_enroll(&server, &typed(&token)).await.err().unwrap();
    assert_eq!(server.refusal(&fault).await, "token-spent");
}
