//! Renewals in every form that devices are known or expected to send.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis::protocol::enrollment::PKCS7_WSTEP;
use portcullis::secret::Secret;
use portcullis::store::IssuanceState;
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::forge::Forge;
use super::forged::renewing;
use super::{Own, Scene, ask, nobody, renewal, request, send, session};
use crate::openssl::Openssl;
use crate::pc::{Pc, bearer, password, pem, policies};

use IssuanceState::{Issued, Superseded};

/// How `openssl` signs the request in the folder with the certificate in it.
pub(super) const SIGN: &str =
    "cms -sign -binary -outform DER -in csr.der -signer own.pem -inkey own.key -out message.der";

/// Puts the request, and the certificate that signs it, into the folder.
pub(super) fn files(openssl: &Openssl, own: &Own, csr: &[u8]) {
    openssl.write("csr.der", csr);
    openssl.write("own.pem", pem("CERTIFICATE", &own.certificate));
    openssl.write("own.key", own.key.serialize_pem());
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_openssl_with_and_without_signed_attributes_are_accepted() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let rsa = || KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    for (pc, how) in [
        (Pc::new(), "-nodetach"),
        (Pc::new(), "-nodetach -noattr"),
        (Pc::new(), "-nodetach -md sha384"),
        (Pc::with_key(rsa()), "-nodetach"),
        (Pc::with_key(rsa()), "-nodetach -md sha512 -noattr"),
    ] {
        let scene = Scene::of(pc).await;
        let fresh = scene.pc.with_new_key();
        files(&openssl, &scene.own, &fresh.csr());
        let output = openssl.run(&format!("{SIGN} {how}"));
        assert!(output.status.success(), "{how}: {output:?}");
        let message = fs::read(openssl.path("message.der")).unwrap();
        let text = ask(&scene.own.site, &fresh, &message, Some(nobody())).await;
        let leaf = renewal(&text.unwrap()).leaf;
        let (_, certificate) = X509Certificate::from_der(&leaf.der).unwrap();
        let key = rcgen::PublicKeyData::subject_public_key_info(&*fresh.key);
        assert_eq!(certificate.public_key().raw, key, "{how}");
        let (_, before) = X509Certificate::from_der(&scene.own.certificate).unwrap();
        assert_eq!(certificate.subject(), before.subject(), "{how}");
        assert_eq!(scene.states().await, [Issued, Superseded], "{how}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_attributes_and_a_named_certificate_are_accepted_when_they_fit() {
    let scene = Scene::new().await;
    let fresh = scene.pc.with_new_key();
    let csr = renewing(&fresh, &scene.own.certificate);
    let message = Forge::attributed(&scene.own, &csr).build();
    ask(&scene.own.site, &fresh, &message, Some(nobody()))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn both_names_of_the_message_and_both_layers_of_base64_are_accepted() {
    for value_type in [None, Some(PKCS7_WSTEP)] {
        for twice in [false, true] {
            let scene = Scene::new().await;
            let fresh = scene.pc.with_new_key();
            let mut request = request(&fresh, &scene.own.message(&fresh));
            let token = request.binary_security_token.as_mut().unwrap();
            if let Some(value_type) = value_type {
                value_type.clone_into(&mut token.value_type);
            }
            if twice {
                token.text = Secret::new(STANDARD.encode(token.text.reveal()));
            }
            let text = send(&scene.own.site, &request, Some(nobody())).await;
            assert_eq!(text.unwrap().matches("EncodedCertificate").count(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_header_says_changes_nothing() {
    let server = crate::server::TestServer::start().await;
    let token = server.token().await;
    for header in [
        None,
        Some(nobody()),
        Some(password("somebody@else.example", "wrong")),
        Some(bearer(&token.token)),
    ] {
        let pc = Pc::new();
        let own = super::enroll(&server, &pc).await;
        let fresh = pc.with_new_key();
        let text = ask(&own.site, &fresh, &own.message(&fresh), header).await;
        renewal(&text.unwrap());
    }
    assert_eq!(server.uses(&token).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_be_kept() {
    let scene = Scene::new().await;
    let renewed = scene.renew(&scene.own, &scene.pc).await.unwrap();
    assert_ne!(renewed.certificate, scene.own.certificate);
    assert_eq!(scene.states().await, [Issued, Superseded]);
    let again = scene.renew(&scene.own, &scene.pc).await.unwrap();
    assert_eq!(renewed.certificate, again.certificate);
    assert_eq!(session(&renewed, &scene.pc).await, "200");
    assert_eq!(session(&scene.own, &scene.pc).await, "401");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_told_to_whoever_shows_a_good_certificate_and_nothing_else() {
    let scene = Scene::new().await;
    policies(&scene.own.site, &nobody()).await.unwrap();
    let bare = portcullis::soap::Security::default();
    policies(&scene.own.site, &bare).await.unwrap();
    // A wrong password is no empty one.
    let wrong = password("ana@contoso.example", "wrong");
    assert!(policies(&scene.own.site, &wrong).await.is_err());
    assert!(policies(&scene.server, &nobody()).await.is_err());
    scene
        .write(|tx, device, now| tx.note_leaving(device, now).unwrap())
        .await;
    let fault = policies(&scene.own.site, &nobody()).await.unwrap_err();
    assert_eq!(
        scene.explanation(&fault).await,
        super::told("the device has left")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_is_recorded_as_an_attempt_of_its_device() {
    let scene = Scene::new().await;
    let fresh = scene.pc.with_new_key();
    scene.renew(&scene.own, &fresh).await.unwrap();
    let attempts = scene.server.attempts().await;
    assert_eq!(attempts[0].device_id, Some(scene.device().await));
    let told = format!("{:?}", attempts[0].exchanges);
    assert!(told.contains("certificate renewed"), "{told}");
}
