//! The signature over a package, in the header `MS-Signature` or `MDM-Signature`, as OpenSSL makes it.

mod again;

use std::fs;

use reqwest::Method;

use super::*;
use crate::openssl::Openssl;
use crate::pc::{leaves, pem};
use crate::server::Data;

/// Whoever can sign: a key and a certificate.
struct Signer<'a> {
    openssl: &'a Openssl,
    name: String,
}

impl<'a> Signer<'a> {
    fn of(openssl: &'a Openssl, one: &One) -> Self {
        let name = one.pc.device_id().to_owned();
        openssl.write(&format!("{name}.key"), one.pc.key.serialize_pem());
        let certificate = pem("CERTIFICATE", one.enrolled.certificate());
        openssl.write(&format!("{name}.pem"), certificate);
        Self { openssl, name }
    }

    fn sign(&self, body: &str) -> String {
        self.sign_with(body, "-md sha256")
    }

    /// The base64 of a CMS over `body`.
    fn sign_with(&self, body: &str, how: &str) -> String {
        self.openssl.write("body", body);
        let name = &self.name;
        let made = self.openssl.run(&format!(
            "cms -sign -binary {how} -in body -signer {name}.pem -inkey {name}.key -outform DER -out sig.der"
        ));
        assert!(made.status.success(), "{made:?}");
        STANDARD.encode(fs::read(self.openssl.path("sig.der")).unwrap())
    }
}

/// The status that a package with these headers is answered with.
async fn send(site: &Site, body: &str, headers: &[(&str, &str)]) -> String {
    let kind = ("content-type", "application/vnd.syncml.dm+xml");
    let headers = [&[kind], headers].concat();
    let answer = site
        .send(Method::POST, &site.management(), &headers, body)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    outcome(&SyncMl::read(&answer.body).unwrap()).0
}

/// So that two packages differ, as in life.
fn numbered(one: &One, number: usize) -> String {
    let session = format!("<SessionID>{number}</SessionID>");
    hello(&one.pc).replacen("<SessionID>1</SessionID>", &session, 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_the_device_signed_is_its_own_by_either_name_of_the_header() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let api = with(|_| {}).await;
    let one = enroll(&api).await;
    let signer = Signer::of(&openssl, &one);
    let mut number = 0;
    let mut next = || {
        number += 1;
        let body = numbered(&one, number);
        let signature = signer.sign(&body);
        (body, signature)
    };
    let (body, signature) = next();
    assert_eq!(
        send(&api.server, &body, &[("MS-Signature", &signature)]).await,
        "200"
    );
    let (body, signature) = next();
    assert_eq!(
        send(&api.server, &body, &[("MDM-Signature", &signature)]).await,
        "200"
    );
    let (body, signature) = next();
    let both = [
        ("MS-Signature", signature.as_str()),
        ("MDM-Signature", &signature),
    ];
    assert_eq!(send(&api.server, &body, &both).await, "200");
    let own = api.server.with_identity(&one.enrolled.identity());
    let (body, signature) = next();
    assert_eq!(
        send(&own, &body, &[("MS-Signature", &signature)]).await,
        "200"
    );
    assert_eq!(send(&own, &numbered(&one, 99), &[]).await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rsa_key_signs_as_well() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let made = openssl.run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem");
    assert!(made.status.success(), "{made:?}");
    let key = fs::read_to_string(openssl.path("rsa.pem")).unwrap();
    let api = with(|_| {}).await;
    let pc = Pc::with_key(rcgen::KeyPair::from_pem(&key).unwrap());
    let one = enroll_as(&api, pc).await;
    let signature = Signer::of(&openssl, &one).sign(&hello(&one.pc));
    let body = hello(&one.pc);
    assert_eq!(
        send(&api.server, &body, &[("MS-Signature", &signature)]).await,
        "200"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_good_for_its_package_alone_and_in_no_other_envelope() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let api = with(|_| {}).await;
    let (one, other) = (enroll(&api).await, enroll(&api).await);
    let signer = Signer::of(&openssl, &one);
    let body = hello(&one.pc);
    let signature = signer.sign(&body);
    let header = [("MS-Signature", signature.as_str())];
    for (why, body) in [
        ("another package", leaves(&one.pc)),
        ("one byte more", format!("{body}\n")),
        ("another device", hello(&other.pc)),
    ] {
        assert_eq!(send(&api.server, &body, &header).await, "401", "{why}");
    }
    assert_eq!(send(&api.server, &body, &header).await, "200");
    // The certificates around a signature are not signed: another list of them makes no other signature.
    let again = Signer::of(&openssl, &other);
    let chain = format!("-md sha256 -certfile {}.pem", again.name);
    let body = numbered(&one, 2);
    let two = signer.sign_with(&body, &chain);
    assert_eq!(
        send(&api.server, &body, &[("MS-Signature", &two)]).await,
        "200"
    );
    let first = signer.sign_with(&numbered(&one, 3), "-md sha256");
    let header = [("MS-Signature", first.as_str())];
    assert_eq!(send(&api.server, &numbered(&one, 3), &header).await, "200");
    assert_eq!(
        send(&api.server, &body, &[("MDM-Signature", &two)]).await,
        "401",
        "a replay"
    );
    assert_eq!(api.server.devices().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_is_wrong_is_refused_even_beside_a_good_certificate() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let api = with_digests().await;
    let (one, other) = (enroll(&api).await, enroll(&api).await);
    let (own, stranger) = (Signer::of(&openssl, &one), Signer::of(&openssl, &other));
    let made =
        openssl.run("req -x509 -newkey rsa:2048 -nodes -keyout self.key -out self.pem -subj /CN=x");
    assert!(made.status.success(), "{made:?}");
    let nobody = Signer {
        openssl: &openssl,
        name: "self".to_owned(),
    };
    let body = hello(&one.pc);
    let good = own.sign(&body);
    let sites = [
        &*api.server,
        &api.server.with_identity(&one.enrolled.identity()),
    ];
    for (why, headers) in [
        (
            "another device's",
            vec![("MS-Signature", stranger.sign(&body))],
        ),
        ("nobody's", vec![("MS-Signature", nobody.sign(&body))]),
        (
            "not detached",
            vec![("MS-Signature", own.sign_with(&body, "-md sha256 -nodetach"))],
        ),
        (
            "SHA-1",
            vec![("MS-Signature", own.sign_with(&body, "-md sha1"))],
        ),
        (
            "without attributes",
            vec![("MS-Signature", own.sign_with(&body, "-md sha256 -noattr"))],
        ),
        (
            "without the certificate",
            vec![("MS-Signature", own.sign_with(&body, "-md sha256 -nocerts"))],
        ),
        ("no base64", vec![("MS-Signature", "?".to_owned())]),
        ("nothing", vec![("MS-Signature", String::new())]),
        (
            "two",
            vec![
                ("MS-Signature", good.clone()),
                ("MS-Signature", own.sign("other")),
            ],
        ),
        (
            "two names",
            vec![
                ("MS-Signature", good.clone()),
                ("MDM-Signature", own.sign("other")),
            ],
        ),
    ] {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        for site in sites {
            assert_eq!(send(site, &body, &headers).await, "401", "{why}");
        }
    }
    let other_tls = api.server.with_identity(&other.enrolled.identity());
    assert_eq!(
        send(&other_tls, &body, &[("MS-Signature", &good)]).await,
        "401"
    );
    assert_eq!(
        send(sites[0], &body, &[("MS-Signature", &good)]).await,
        "200"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_refused_a_quarter_of_an_hour_after_it_was_made_and_after_a_restart() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    for (seconds, expected) in [(14 * 60, "200"), (16 * 60, "401")] {
        let api = with(|_| {}).await;
        let one = enroll(&api).await;
        let signature = Signer::of(&openssl, &one).sign(&hello(&one.pc));
        api.server.clock.advance(seconds);
        let found = send(
            &api.server,
            &hello(&one.pc),
            &[("MS-Signature", &signature)],
        )
        .await;
        assert_eq!(found, expected, "{seconds}");
    }
    let server = Data::new().serve(&[]);
    let token = server.data().json(&["token", "create"]);
    let (pc, code) = (Pc::new(), token["token"].as_str().unwrap());
    let enrolled = pc.enroll(&server, &bearer(code)).await;
    let one = One {
        id: String::new(),
        pc,
        enrolled,
    };
    let signature = Signer::of(&openssl, &one).sign(&hello(&one.pc));
    let header = [("MS-Signature", signature.as_str())];
    // So that the next start is in another second.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let server = server.kill().serve(&[]);
    let found = send(&server, &hello(&one.pc), &header).await;
    assert_eq!(found, "401", "nobody remembers whether it was used");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_told_to_sign_when_that_is_configured_and_may_not_come_without_any_proof() {
    for required in [false, true] {
        let api = with(|config| config.provisioning.require_message_signing = required).await;
        let one = enroll(&api).await;
        let told = one.enrolled.document.dm_client.require_message_signing;
        assert_eq!(told, required);
        let parm = r#"<parm name="RequireMessageSigning" value="true" datatype="boolean""#;
        assert_eq!(
            one.enrolled.text.contains(parm),
            required,
            "{}",
            one.enrolled.text
        );
        assert_eq!(status(&api.server, hello(&one.pc)).await, "401");
    }
}
