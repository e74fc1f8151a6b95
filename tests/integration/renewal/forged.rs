//! Messages that look like a renewal and are none: each is refused, for its own reason.

use portcullis::revocation::Reason;
use std::fs;
use std::sync::Arc;

use jiff::SignedDuration;
use rcgen::{Attribute, BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::forge::{ENVELOPED, Forge, MD5, SHA1, content_type, message_digest, tlv};
use super::{Own, Scene, ask, enroll, nobody, told};
use crate::openssl::Openssl;
use crate::pc::Pc;

/// The attribute by which a request says what it renews, 1.3.6.1.4.1.311.13.1.
pub(super) fn renewing(pc: &Pc, certificate: &[u8]) -> Vec<u8> {
    let attribute = Attribute {
        oid: &[1, 3, 6, 1, 4, 1, 311, 13, 1],
        values: tlv(0x31, &[certificate]),
    };
    let params = CertificateParams::default();
    let made = params.serialize_request_with_attributes(&*pc.key, vec![attribute]);
    made.unwrap().der().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_another_form_is_refused_for_what_is_wrong_with_it() {
    let scene = Scene::new().await;
    let (own, csr) = (&scene.own, scene.pc.with_new_key().csr());
    let with = |change: &dyn Fn(&mut Forge)| {
        let mut forge = Forge::new(own, &csr);
        change(&mut forge);
        forge.build()
    };
    let good = with(&|_| {});
    let mut trailing = good.clone();
    trailing.push(0);
    // The outermost length made indefinite, and ended.
    let mut indefinite = vec![0x30, 0x80];
    indefinite.extend(&good[4..]);
    indefinite.extend([0, 0]);
    let key_id = tlv(0x80, &[&[7; 20]]);
    let corpus: [(Vec<u8>, &str); 12] = [
        (
            with(&|it| it.signers = 2),
            "the message has 2 signers, expected exactly one",
        ),
        (
            with(&|it| it.signers = 0),
            "the message has 0 signers, expected exactly one",
        ),
        (
            with(&|it| it.detached = true),
            "the signature is detached: the message does not hold the certificate request",
        ),
        (
            with(&|it| (it.listed, it.digest) = (SHA1, SHA1)),
            "the message is signed with SHA-1, which is not accepted",
        ),
        (
            with(&|it| (it.listed, it.digest) = (MD5, MD5)),
            "the digest 1.2.840.113549.2.5 is not accepted: use SHA-256, SHA-384 or SHA-512",
        ),
        (
            with(&|it| it.content_type = ENVELOPED),
            "the signed content is of type 1.2.840.113549.1.7.3, expected data",
        ),
        (
            with(&|it| it.named_otherwise = Some(key_id.clone())),
            "the signer is not named by issuer and serial number",
        ),
        (
            with(&|it| it.certificates.clear()),
            "the certificate of the signer is not in the message exactly once",
        ),
        (
            with(&|it| it.certificates.push(own.certificate.clone())),
            "the certificate of the signer is not in the message exactly once",
        ),
        (
            with(&|it| it.key = Arc::new(KeyPair::generate().unwrap())),
            "the signature of the message does not verify with the certificate of the signer",
        ),
        (trailing, "bytes follow the end of the signed message"),
        (
            indefinite,
            "the signed message is not DER: a length is indefinite or too long, or a string is in pieces",
        ),
    ];
    for (message, reason) in corpus {
        scene.refused(&own.site, &message, reason).await;
    }
    let fresh = scene.pc.with_new_key();
    scene.renew(own, &fresh).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_attributes_that_do_not_fit_the_content_are_refused() {
    let scene = Scene::new().await;
    let (own, csr) = (&scene.own, scene.pc.with_new_key().csr());
    let good = Forge::attributed(own, &csr).attributes.unwrap();
    let (kind, digest) = (good[0].clone(), good[1].clone());
    let corpus = [
        (
            vec![kind.clone(), message_digest(&[0; 32])],
            "the signed attribute message-digest does not match the content",
        ),
        (
            vec![content_type(ENVELOPED), digest.clone()],
            "the signed attribute content-type does not match the content",
        ),
        (
            vec![digest.clone()],
            "the signed attribute content-type is not there exactly once",
        ),
        (
            vec![kind.clone()],
            "the signed attribute message-digest is not there exactly once",
        ),
        (
            vec![kind.clone(), digest.clone(), message_digest(&[255; 32])],
            "the signed attribute message-digest is not there exactly once",
        ),
        (
            vec![digest, kind],
            "the signed attributes are not in the order of DER",
        ),
    ];
    for (attributes, reason) in corpus {
        let mut forge = Forge::attributed(own, &csr);
        forge.attributes = Some(attributes);
        // A digest of any bytes may sort before or after the good one: the twice-named one must be in order.
        if let Some(attributes) = forge.attributes.as_mut().filter(|it| it.len() == 3) {
            attributes.sort();
        }
        scene.refused(&own.site, &forge.build(), reason).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_message_holds_must_be_a_request_of_the_same_device() {
    let scene = Scene::new().await;
    let (own, fresh) = (&scene.own, scene.pc.with_new_key());
    let other_pc = Pc::new();
    let other = enroll(&scene.server, &other_pc).await;
    let mut altered = fresh.csr();
    *altered.last_mut().unwrap() ^= 1;
    // The request of one key around the public key of another.
    let spki = |pc: &Pc| rcgen::PublicKeyData::subject_public_key_info(&*pc.key);
    let (mine, theirs) = (spki(&fresh), spki(&scene.pc.with_new_key()));
    let mut not_self_signed = fresh.csr();
    let at = not_self_signed
        .windows(mine.len())
        .position(|bytes| bytes == mine);
    let at = at.unwrap();
    not_self_signed[at..at + mine.len()].copy_from_slice(&theirs);
    let unverified = "the signature of the certificate request does not verify with the key in it";
    let other_device = scene.server.devices().await[0].id;
    for (content, reason) in [
        (altered, unverified.to_owned()),
        (not_self_signed, unverified.to_owned()),
        (
            b"\x30\x00".to_vec(),
            "the certificate request is not a PKCS#10 in DER: its outer structure cannot be read"
                .to_owned(),
        ),
        (
            renewing(&fresh, &other.certificate),
            "the certificate request says that it renews another certificate".to_owned(),
        ),
        (
            other_pc.csr(),
            format!("its key belongs to device {other_device}"),
        ),
    ] {
        let message = Forge::new(own, &content).build();
        scene.refused(&own.site, &message, &reason).await;
    }
    // Another device signs, or another one's connection brings it.
    let crossed = |signed: &Own| Forge::new(signed, &fresh.csr()).build();
    let devices = scene.server.devices().await;
    for (site, message, signer) in [
        (&own.site, crossed(&other), devices[0].id),
        (&other.site, crossed(own), devices[1].id),
    ] {
        let reason = format!(
            "the message is signed with a certificate of device {signer}, another one than was shown in TLS"
        );
        let pc = if signer == devices[1].id {
            &other_pc
        } else {
            &scene.pc
        };
        let fault = ask(site, pc, &message, Some(nobody())).await.unwrap_err();
        assert_eq!(scene.explanation(&fault).await, told(&reason));
    }
    let fault = ask(&own.site, &other_pc, &own.message(&fresh), None).await;
    assert_eq!(
        scene.explanation(&fault.unwrap_err()).await,
        told("the device calls itself by another DeviceID than the one on record")
    );
}

/// A certificate like `own`, issued by a CA of the same name and another key.
fn rogue(scene: &Scene) -> Own {
    let (_, real) = X509Certificate::from_der(&scene.own.certificate).unwrap();
    let name = |of: &x509_parser::x509::X509Name<'_>| {
        let name = of.iter_common_name().next().unwrap();
        name.as_str().unwrap().to_owned()
    };
    let named = |name: String| {
        let mut params = CertificateParams::default();
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        params
    };
    let mut authority = named(name(real.issuer()));
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = Issuer::new(authority, KeyPair::generate().unwrap());
    let mut params = named(name(real.subject()));
    params.serial_number = Some(real.raw_serial().to_vec().into());
    let key = Arc::new(KeyPair::generate().unwrap());
    let certificate = params.signed_by(&*key, &issuer).unwrap();
    Own::new(&scene.server, &key, certificate.der())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_on_record_renews_nothing() {
    let scene = Scene::new().await;
    let fresh = scene.pc.with_new_key();
    let rogue = rogue(&scene);
    let message = rogue.message(&fresh);
    let reason = "the certificate shown in TLS names our authority, which did not sign it";
    scene.refused(&rogue.site, &message, reason).await;
    // The same over the connection of the real one.
    let reason = "the message is signed with a certificate that is not on record";
    scene.refused(&scene.own.site, &message, reason).await;
    let key = Arc::new(KeyPair::generate().unwrap());
    let own = CertificateParams::default().self_signed(&*key).unwrap();
    let unknown = Own::new(&scene.server, &key, own.der());
    let message = unknown.message(&fresh);
    let reason = "the certificate shown in TLS is not ours";
    scene.refused(&unknown.site, &message, reason).await;
    // Signed by the authority in every way, and never recorded.
    let authority = scene.server.server.app.authority.current();
    let csr = portcullis::ca::Csr::verify(&fresh.csr(), portcullis::ca::CsrPolicy::default());
    let now = scene.server.clock.now();
    let planned = authority.plan(&csr.unwrap(), "x", &portcullis::ca::Profile::default(), now);
    let signed = authority.sign(&planned.unwrap().tbs).unwrap();
    let unrecorded = Own::new(&scene.server, &fresh.key, &signed.der);
    let reason = "the certificate shown in TLS is ours, and not on record";
    let message = unrecorded.message(&fresh);
    scene.refused(&unrecorded.site, &message, reason).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_or_certificate_whose_time_is_over_renews_nothing() {
    let good = async || {
        let scene = Scene::new().await;
        let message = scene.own.message(&scene.pc.with_new_key());
        (scene, message)
    };
    let (scene, message) = good().await;
    scene
        .write(|tx, device, now| {
            let revoked = tx.revoke_issuances(device, Reason::Unspecified, now);
            assert_eq!(revoked.unwrap(), 1);
        })
        .await;
    let reason = "the certificate was revoked";
    scene.refused(&scene.own.site, &message, reason).await;

    let (scene, message) = good().await;
    scene
        .write(|tx, device, now| tx.note_leaving(device, now).unwrap())
        .await;
    scene
        .refused(&scene.own.site, &message, "the device has left")
        .await;

    let (scene, message) = good().await;
    let not_after = scene.server.issuances(scene.device().await).await[0].not_after;
    let left = not_after.duration_since(scene.server.clock.now());
    scene
        .server
        .clock
        .advance((left + SignedDuration::from_secs(1)).as_secs());
    let reason = format!("the certificate expired at {not_after}");
    scene.refused(&scene.own.site, &message, &reason).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_in_ber_with_sha1_or_detached_is_refused() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let scene = Scene::new().await;
    super::accepted::files(&openssl, &scene.own, &scene.pc.with_new_key().csr());
    for (how, reason) in [
        (
            "-nodetach -stream",
            "the signed message is not DER: a length is indefinite or too long, or a string is in pieces",
        ),
        (
            "",
            "the signature is detached: the message does not hold the certificate request",
        ),
        (
            "-nodetach -md sha1",
            "the message is signed with SHA-1, which is not accepted",
        ),
        (
            "-nodetach -keyid",
            "the signer is not named by issuer and serial number",
        ),
        (
            "-nodetach -nocerts",
            "the certificate of the signer is not in the message exactly once",
        ),
    ] {
        let output = openssl.run(&format!("{} {how}", super::accepted::SIGN));
        assert!(output.status.success(), "{how}: {output:?}");
        let message = fs::read(openssl.path("message.der")).unwrap();
        scene.refused(&scene.own.site, &message, reason).await;
    }
}
