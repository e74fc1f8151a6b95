//! Revocation: what ends a certificate, who notices, and what the list and the responder say of it, judged by OpenSSL and
//! pkilint.

mod blocked;
mod fleet;
mod generations;
mod judge;
mod list;
mod management;
mod pointer;
mod responder;
mod rotated;
mod scale;

use portcullis::ca::Authority;
use portcullis::config::Config;
use reqwest::Method;
use serde_json::{Value as Json, json};
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate};

use crate::api::Api;
use crate::client::{Answer, Site};
use crate::openssl::Openssl;
use crate::pc::{Enrolled, Pc, bearer, pem};
use crate::server::TestServer;
use crate::talk;

const DEVICES: &str = "/v1/organizations/default/mdm/windows/enterprise/devices";
const BLOCKED: &str = "/v1/organizations/default/blocked-keys";

/// The reasons that may be given, as RFC 5280 calls them.
const REASONS: [&str; 6] = [
    "unspecified",
    "keyCompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "privilegeWithdrawn",
];
/// Their numbers.
const CODES: [u8; 6] = [0, 1, 3, 4, 5, 9];

/// An enrolled device.
struct One {
    pc: Pc,
    id: String,
    serial: String,
    enrolled: Enrolled,
}

pub(crate) fn serial(certificate: &[u8]) -> String {
    let (_, certificate) = X509Certificate::from_der(certificate).unwrap();
    hex(certificate.raw_serial())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn start() -> Api {
    Api::over(TestServer::start().await).await
}

async fn with(change: impl FnOnce(&mut Config)) -> Api {
    Api::over(TestServer::with(change).await).await
}

/// Enrolls a PC with a token of its own.
async fn enroll(api: &Api, pc: Pc) -> One {
    let token = api.server.token().await;
    let enrolled = pc.enroll(&api.server, &bearer(&token.token)).await;
    let devices = api.server.devices().await;
    let device = devices.iter().find(|it| it.guid == enrolled.guid());
    One {
        id: device.unwrap().id.to_string(),
        serial: serial(enrolled.certificate()),
        enrolled,
        pc,
    }
}

async fn revoke(api: &Api, device: &str, body: Json) -> Json {
    let path = format!("{DEVICES}/{device}/revoke-certificate");
    api.post(&path, body).await.expect(200)
}

/// The status of the header of an ordinary session.
async fn session(site: &Site, one: &One) -> String {
    talk::session(site, one.pc.device_id()).await
}

fn crl_url(server: &TestServer) -> String {
    let authority = server.server.app.authority.current();
    crl_url_of(server, authority.issuing_id())
}

fn crl_url_of(server: &TestServer, issuer: &str) -> String {
    format!("{}/crl/{issuer}.crl", server.web)
}

async fn crl(server: &TestServer) -> Answer {
    crl_at(server, &crl_url(server)).await
}

async fn crl_at(server: &TestServer, url: &str) -> Answer {
    let answer = server.get(url).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/pkix-crl"));
    answer
}

/// What a list says: its number, and each serial number with its reason's number.
fn read(der: &[u8]) -> (u64, Vec<(String, u8)>) {
    let (rest, list) = CertificateRevocationList::from_der(der).unwrap();
    assert!(rest.is_empty());
    let number = list.crl_number().unwrap().iter_u64_digits().next();
    let entries = list.iter_revoked_certificates().map(|entry| {
        let reason = entry.reason_code().map_or(0, |(_, reason)| reason.0);
        (hex(entry.raw_serial()), reason)
    });
    let mut entries: Vec<_> = entries.collect();
    entries.sort();
    (number.unwrap_or_default(), entries)
}

/// Puts root, issuing CA and both in one into the folder.
fn write_authorities(openssl: &Openssl, server: &TestServer) {
    write_authority(openssl, &server.server.app.authority.current());
}

fn write_authority(openssl: &Openssl, authority: &Authority) {
    let issuing = pem("CERTIFICATE", authority.issuing_der());
    openssl.write("root.pem", authority.root_pem());
    openssl.write("issuing.pem", &issuing);
    openssl.write("both.pem", format!("{}{issuing}", authority.root_pem()));
}

async fn key_hash(api: &Api, one: &One) -> String {
    let id = one.id.parse().unwrap();
    let rows = api.server.read(move |tx| tx.issuances_of_device(id)).await;
    let certificate = rows[0].certificate.clone().unwrap();
    let (_, parsed) = X509Certificate::from_der(&certificate).unwrap();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, parsed.public_key().raw);
    hex(hash.as_ref())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_certificate_is_revoked_by_its_serial_number_with_its_reason() {
    let api = start().await;
    let one = enroll(&api, Pc::new()).await;
    let path = format!("{DEVICES}/{}/revoke-certificate", one.id);
    for wrong in [
        json!({ "reason": "certificateHold" }),
        json!({ "reason": "removeFromCRL" }),
        json!({ "reason": "cACompromise" }),
        json!({ "serial": "xyz" }),
        json!({ "serial": "" }),
        json!({ "serial": "00".repeat(21) }),
        json!({ "why": "superseded" }),
    ] {
        api.post(&path, wrong).await.expect(400);
    }
    api.post(&path, json!({ "serial": "50aa" }))
        .await
        .expect(404);
    assert!(read(&crl(&api.server).await.body).1.is_empty());
    let wish = json!({ "serial": one.serial.to_uppercase(), "reason": "affiliationChanged" });
    for _ in 0..2 {
        let told = revoke(&api, &one.id, wish.clone()).await;
        let certificate = &told["data"]["certificates"][0];
        assert_eq!(certificate["state"], "revoked");
        assert_eq!(certificate["reason"], "affiliationChanged");
        assert!(certificate["revokedAt"].is_string());
        api.server.clock.advance(5);
    }
    let other = revoke(&api, &one.id, json!({ "reason": "superseded" })).await;
    let certificate = &other["data"]["certificates"][0];
    assert_eq!(
        certificate["reason"], "affiliationChanged",
        "the first one stays"
    );
    let worse = revoke(&api, &one.id, json!({ "reason": "keyCompromise" })).await;
    assert_eq!(worse["data"]["certificates"][0]["reason"], "keyCompromise");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_leaves_ceases_operation() {
    let api = start().await;
    let deleted = enroll(&api, Pc::new()).await;
    let gone = enroll(&api, Pc::new()).await;
    let path = format!("{DEVICES}/{}", deleted.id);
    api.call(Method::DELETE, &path, None).await.expect(200);
    let site = api.server.with_identity(&gone.enrolled.identity());
    site.manage(crate::pc::leaves(&gone.pc)).await;
    for one in [&deleted, &gone] {
        let path = format!("{DEVICES}/{}", one.id);
        let shown = api.get(&path).await.expect(200);
        let certificate = &shown["data"]["certificates"][0];
        assert_eq!(certificate["reason"], "cessationOfOperation");
    }
    api.server.clock.advance(60);
    let (_, entries) = read(&crl(&api.server).await.body);
    let mut expected = vec![(deleted.serial, 5), (gone.serial, 5)];
    expected.sort();
    assert_eq!(entries, expected);
}
