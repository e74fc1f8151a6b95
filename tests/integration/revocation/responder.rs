//! The OCSP responder: what it answers to odd requests, and to whom its answers may be told again.

use der::{Decode as _, Encode as _};
use serde_json::json;
use x509_ocsp::{BasicOcspResponse, CertStatus, OcspRequest, OcspResponse, OcspResponseStatus};

use super::{One, enroll, revoke, start, write_authorities};
use crate::api::Api;
use crate::client::Answer;
use crate::openssl::Openssl;
use crate::pc::{Pc, pem};

/// A request by OpenSSL on these certificates and serial numbers.
pub(super) fn request(openssl: &Openssl, more: &str) -> Vec<u8> {
    let made = openssl.run(&format!("ocsp -issuer issuing.pem {more} -reqout req.der"));
    assert!(made.status.success(), "{more}: {made:?}");
    std::fs::read(openssl.path("req.der")).unwrap()
}

pub(super) async fn ask(api: &Api, request: impl Into<Vec<u8>>) -> Answer {
    let url = format!("{}/ocsp", api.server.web);
    let answer = api.server.post(&url, "application/ocsp-request", request);
    let answer = answer.await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/ocsp-response")
    );
    answer
}

pub(super) fn basic(answer: &Answer) -> BasicOcspResponse {
    let response = OcspResponse::from_der(&answer.body).unwrap();
    assert_eq!(response.response_status, OcspResponseStatus::Successful);
    let bytes = response.response_bytes.unwrap();
    BasicOcspResponse::from_der(bytes.response.as_bytes()).unwrap()
}

pub(super) fn statuses(answer: &Answer) -> Vec<&'static str> {
    let responses = basic(answer).tbs_response_data.responses;
    let word = |status: &CertStatus| match status {
        CertStatus::Good(_) => "good",
        CertStatus::Revoked(_) => "revoked",
        CertStatus::Unknown(_) => "unknown",
    };
    responses.iter().map(|it| word(&it.cert_status)).collect()
}

fn status(answer: &Answer) -> OcspResponseStatus {
    OcspResponse::from_der(&answer.body)
        .unwrap()
        .response_status
}

async fn ready(openssl: &Openssl) -> (Api, One) {
    let api = start().await;
    let one = enroll(&api, Pc::new()).await;
    write_authorities(openssl, &api.server);
    openssl.write("leaf.pem", pem("CERTIFICATE", one.enrolled.certificate()));
    (api, one)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_issued_here_is_never_good() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let (api, one) = ready(&openssl).await;
    let near = format!("0x{}00", &one.serial[..one.serial.len() - 2]);
    let asked = request(
        &openssl,
        &format!("-no_nonce -serial {near} -cert leaf.pem -serial 1"),
    );
    assert_eq!(
        statuses(&ask(&api, asked).await),
        ["unknown", "good", "unknown"]
    );
    // The same serial number under another issuing CA, and under its name with another key.
    let other = start().await;
    write_authorities(&openssl, &other.server);
    let asked = request(&openssl, &format!("-no_nonce -serial 0x{}", one.serial));
    assert_eq!(statuses(&ask(&api, asked.clone()).await), ["unknown"]);
    assert_eq!(statuses(&ask(&other, asked).await), ["unknown"]);
    // A hash that is not computed here.
    write_authorities(&openssl, &api.server);
    let asked = request(&openssl, "-no_nonce -sha512 -cert leaf.pem");
    assert_eq!(statuses(&ask(&api, asked).await), ["unknown"]);
    // The responder's own certificate is none of a device.
    let asked = request(&openssl, "-no_nonce -cert leaf.pem");
    let certificates = basic(&ask(&api, asked).await).certs.unwrap();
    let signer = certificates[0].to_der().unwrap();
    let asked = format!("-no_nonce -serial 0x{}", super::serial(&signer));
    let asked = request(&openssl, &asked);
    assert_eq!(statuses(&ask(&api, asked).await), ["unknown"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_comes_back_as_it_was_and_an_odd_one_is_malformed() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let (api, _) = ready(&openssl).await;
    let asked = request(&openssl, "-nonce -cert leaf.pem");
    let mut read = OcspRequest::from_der(&asked).unwrap();
    let answer = ask(&api, asked).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let sent = read.tbs_request.request_extensions.clone();
    assert_eq!(basic(&answer).tbs_response_data.response_extensions, sent);
    let nonce = &mut read.tbs_request.request_extensions.as_mut().unwrap()[0];
    let mut tried = Vec::new();
    for length in [1_u8, 32, 0, 33] {
        let value = [&[4, length][..], &vec![9; usize::from(length)]].concat();
        nonce.extn_value = der::asn1::OctetString::new(value).unwrap();
        tried.push((length, nonce.clone()));
    }
    for (length, nonce) in tried {
        read.tbs_request.request_extensions = Some(vec![nonce.clone()]);
        let answer = ask(&api, read.to_der().unwrap()).await;
        if (1..=32).contains(&length) {
            let echoed = basic(&answer).tbs_response_data.response_extensions;
            assert_eq!(echoed, Some(vec![nonce.clone()]), "{length}");
        } else {
            assert_eq!(status(&answer), OcspResponseStatus::MalformedRequest);
        }
        read.tbs_request.request_extensions = Some(vec![nonce.clone(), nonce]);
        let answer = ask(&api, read.to_der().unwrap()).await;
        assert_eq!(
            status(&answer),
            OcspResponseStatus::MalformedRequest,
            "twice"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_certificates_may_be_asked_for_at_once_and_not_more() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let (api, _) = ready(&openssl).await;
    let asked = request(&openssl, "-no_nonce -cert leaf.pem");
    let mut read = OcspRequest::from_der(&asked).unwrap();
    let list = &mut read.tbs_request.request_list;
    *list = vec![list[0].clone(); 20];
    assert_eq!(
        statuses(&ask(&api, read.to_der().unwrap()).await),
        ["good"; 20]
    );
    let list = &mut read.tbs_request.request_list;
    list.push(list[0].clone());
    let answer = ask(&api, read.to_der().unwrap()).await;
    assert_eq!(status(&answer), OcspResponseStatus::MalformedRequest);
    read.tbs_request.request_list.clear();
    let answer = ask(&api, read.to_der().unwrap()).await;
    assert_eq!(status(&answer), OcspResponseStatus::MalformedRequest);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_told_so_and_a_large_one_is_not_read() {
    let api = start().await;
    for body in [
        &b""[..],
        b"hello",
        &[0x30, 0x80, 0, 0],
        &[0x30; 9_000],
        &[0; 200_000],
    ] {
        let answer = ask(&api, body).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, [0x30, 3, 0x0a, 1, 1], "{} bytes", body.len());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    for path in ["", "x", "%ff", "AAAA", "MEIwQDA%2", &"M".repeat(9_000)] {
        let answer = api
            .server
            .get(&format!("{}/ocsp/{path}", api.server.web))
            .await;
        if answer.header("content-type") == Some("application/ocsp-response") {
            assert_eq!(answer.body, [0x30, 3, 0x0a, 1, 1], "{path}");
        } else {
            assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_for_everybody_is_kept_a_minute_and_a_revocation_shows_at_once() {
    use base64::Engine as _;
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let (api, one) = ready(&openssl).await;
    let asked = request(&openssl, "-no_nonce -cert leaf.pem");
    let plain = base64::engine::general_purpose::STANDARD.encode(&asked);
    let url = format!("{}/ocsp/{plain}", api.server.web);
    let answer = api.server.get(&url).await;
    assert_eq!(statuses(&answer), ["good"]);
    let cached = answer.header("cache-control").unwrap();
    assert!(cached.contains("max-age=60"), "{cached}");
    assert!(answer.header("expires").is_some() && answer.header("last-modified").is_some());
    revoke(&api, &one.id, json!({ "reason": "superseded" })).await;
    assert_eq!(statuses(&api.server.get(&url).await), ["revoked"]);
    assert_eq!(statuses(&ask(&api, asked).await), ["revoked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signer_is_replaced_before_it_ends() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let (api, _) = ready(&openssl).await;
    let asked = request(&openssl, "-no_nonce -cert leaf.pem");
    let mut signers = Vec::new();
    for days in [0, 4, 3, 30] {
        api.server.clock.advance(days * 86_400);
        let answer = basic(&ask(&api, asked.clone()).await);
        let signer = answer.certs.unwrap().remove(0).tbs_certificate;
        let now = api.server.clock.now().as_second().unsigned_abs();
        let end = signer.validity.not_after.to_unix_duration().as_secs();
        assert!(end > now + 3600 && end <= now + 7 * 86_400);
        signers.push(signer.serial_number);
    }
    assert_eq!(signers[0], signers[1]);
    assert!(signers[1] != signers[2] && signers[2] != signers[3]);
}
