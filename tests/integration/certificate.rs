//! The certificates that devices are given, judged by others: OpenSSL, pkilint, and a parser that did not write them.

mod judge;

use std::collections::BTreeSet;

use portcullis::config::Config;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, RsaKeySize};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;

use crate::pc::{Pc, typed};
use crate::server::TestServer;

const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";
const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

fn rsa() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}

fn p256() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn p384() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()
}

/// A change of the configuration.
type Change = fn(&mut Config);

/// The default kind of issuing CA, and the small one.
fn kinds() -> [(Change, &'static str); 2] {
    let rsa = |config: &mut Config| {
        config.ca.root_key = "rsa-2048".to_owned();
        config.ca.issuing_key = "rsa-2048".to_owned();
    };
    [(rsa, SHA256_WITH_RSA), (|_| {}, ECDSA_WITH_SHA256)]
}

/// Enrolls a PC with this key; its certificate.
async fn issued(server: &TestServer, pc: &Pc) -> Vec<u8> {
    let token = server.token().await;
    let enrolled = pc.enroll(server, &typed(&token)).await;
    enrolled.certificate().to_vec()
}

fn parsed(der: &[u8]) -> X509Certificate<'_> {
    let (rest, certificate) = X509Certificate::from_der(der).unwrap();
    assert!(rest.is_empty());
    certificate
}

fn extension<'a>(
    certificate: &'a X509Certificate<'_>,
    oid: &str,
) -> (bool, &'a ParsedExtension<'a>) {
    let mut found = certificate
        .extensions()
        .iter()
        .filter(|extension| extension.oid.to_id_string() == oid);
    let one = found.next().unwrap_or_else(|| panic!("no extension {oid}"));
    assert!(found.next().is_none(), "{oid} twice");
    (one.critical, one.parsed_extension())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_says_what_the_profile_says_and_nothing_else() {
    for (authority, signature) in kinds() {
        let server = TestServer::with(authority).await;
        for key in [rsa(), p256(), p384()] {
            let pc = Pc::with_key(key);
            let der = issued(&server, &pc).await;
            assert_profile(&server, &pc, &parsed(&der), signature).await;
        }
    }
}

async fn assert_profile(
    server: &TestServer,
    pc: &Pc,
    certificate: &X509Certificate<'_>,
    signature: &str,
) {
    assert_eq!(certificate.version().0, 2, "version 3");
    let serial = certificate.raw_serial();
    assert!((16..=20).contains(&serial.len()), "{serial:x?}");
    assert!(serial[0] & 0x80 == 0 && serial[0] != 0, "positive, minimal");
    assert_eq!(
        certificate.signature_algorithm.algorithm.to_id_string(),
        signature
    );
    assert_eq!(
        certificate.tbs_certificate.signature,
        certificate.signature_algorithm
    );

    let authority = server.server.app.authority.current();
    let issuing = parsed(authority.issuing_der());
    assert_eq!(certificate.issuer().as_raw(), issuing.subject().as_raw());
    certificate
        .verify_signature(Some(issuing.public_key()))
        .unwrap();

    let devices = server.devices().await;
    let device = devices
        .iter()
        .find(|device| device.facts.device_id.as_deref() == Some(pc.device_id()))
        .unwrap();
    let subject: Vec<_> = certificate.subject().iter_attributes().collect();
    assert_eq!(subject.len(), 1);
    assert_eq!(subject[0].attr_type().to_id_string(), "2.5.4.3");
    assert_eq!(subject[0].as_str(), Ok(device.guid.to_string().as_str()));

    let now = server.clock.now().as_second();
    let validity = certificate.validity();
    assert_eq!(validity.not_before.timestamp(), now - 3600);
    assert_eq!(
        validity.not_after.timestamp(),
        now - 3600 + 365 * 86_400 - 1
    );
    assert!(validity.not_after <= issuing.validity().not_after);

    let request = x509_parser::certification_request::X509CertificationRequest::from_der(&pc.csr())
        .map(|(_, request)| request.certification_request_info.subject_pki.raw.to_vec());
    assert_eq!(Ok(certificate.public_key().raw.to_vec()), request);

    let (critical, usage) = extension(certificate, "2.5.29.15");
    let ParsedExtension::KeyUsage(usage) = usage else {
        panic!("{usage:?}")
    };
    let rsa = matches!(certificate.public_key().parsed(), Ok(PublicKey::RSA(_)));
    assert!(critical);
    assert_eq!(
        usage.flags,
        if rsa { 0b101 } else { 0b001 },
        "digitalSignature [keyEncipherment]"
    );

    let (critical, eku) = extension(certificate, "2.5.29.37");
    let ParsedExtension::ExtendedKeyUsage(eku) = eku else {
        panic!("{eku:?}")
    };
    assert!(!critical);
    assert!(eku.client_auth && !eku.any && !eku.server_auth && !eku.code_signing);
    assert!(!eku.email_protection && !eku.time_stamping && !eku.ocsp_signing);
    assert!(eku.other.is_empty(), "{CLIENT_AUTH} alone");

    let (critical, constraints) = extension(certificate, "2.5.29.19");
    let ParsedExtension::BasicConstraints(constraints) = constraints else {
        panic!("{constraints:?}")
    };
    assert!(critical);
    assert!(!constraints.ca && constraints.path_len_constraint.is_none());

    let ParsedExtension::AuthorityKeyIdentifier(aki) = extension(certificate, "2.5.29.35").1 else {
        panic!("no AKI")
    };
    let ParsedExtension::SubjectKeyIdentifier(issuer_ski) = extension(&issuing, "2.5.29.14").1
    else {
        panic!("no SKI of the issuer")
    };
    assert_eq!(aki.key_identifier.as_ref(), Some(issuer_ski));
    assert!(aki.authority_cert_issuer.is_none() && aki.authority_cert_serial.is_none());
    let ParsedExtension::SubjectKeyIdentifier(ski) = extension(certificate, "2.5.29.14").1 else {
        panic!("no SKI")
    };
    assert_eq!(ski.0.len(), 20);
    assert_eq!(certificate.extensions().len(), 5, "no SAN, nothing else");
    assert!(certificate.tbs_certificate.issuer_uid.is_none());
    assert!(certificate.tbs_certificate.subject_uid.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn serial_numbers_never_repeat_and_have_no_order() {
    let server = TestServer::start().await;
    let token = server
        .token_with(|wish| {
            wish.uses = None;
            wish.email = None;
        })
        .await;
    let mut serials = BTreeSet::new();
    let mut ascending = 0;
    let mut last = Vec::new();
    for _ in 0..200 {
        let enrolled = Pc::new().enroll(&server, &typed(&token)).await;
        let serial = parsed(enrolled.certificate()).raw_serial().to_vec();
        ascending += usize::from(serial > last);
        last.clone_from(&serial);
        serials.insert(serial);
    }
    assert_eq!(serials.len(), 200);
    assert!((40..=160).contains(&ascending), "{ascending} of 200 ascend");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_request_asks_for_comes_into_the_certificate() {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
        KeyUsagePurpose, SanType,
    };
    let server = TestServer::start().await;
    let pc = Pc::new();
    let mut greedy = CertificateParams::new(vec!["admin.contoso.example".to_owned()]).unwrap();
    greedy
        .distinguished_name
        .push(DnType::CommonName, "admin@contoso.example");
    greedy
        .distinguished_name
        .push(DnType::OrganizationName, "Contoso");
    greedy.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    greedy.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    greedy.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::Any,
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::CodeSigning,
    ];
    let email = "admin@contoso.example".try_into().unwrap();
    greedy.subject_alt_names.push(SanType::Rfc822Name(email));
    let oid = [1, 3, 6, 1, 4, 1, 311, 25, 2];
    let sid = rcgen::CustomExtension::from_oid_content(&oid, vec![0x30, 0x00]);
    greedy.custom_extensions.push(sid);
    let request = greedy.serialize_request(&*pc.key).unwrap();
    let token = server.token().await;
    let url = server.enrollment();
    let asked = pc.request_with(request.der());
    let exchange = server.exchange(&url, &asked, Some(typed(&token)));
    let reply = exchange
        .await
        .reply::<portcullis::protocol::enrollment::RequestSecurityToken>();
    let enrolled = crate::pc::Enrolled::new(&reply.provisioning_document, &pc.key);
    let certificate = parsed(enrolled.certificate());
    assert_profile(&server, &pc, &certificate, ECDSA_WITH_SHA256).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lifetime_is_the_administrators() {
    let server = TestServer::with(|config| {
        config.certificate.lifetime_days = 90;
        config.certificate.renew_period_days = 30;
        config.certificate.backdate_minutes = 5;
    })
    .await;
    let der = issued(&server, &Pc::new()).await;
    let certificate = parsed(&der);
    let now = server.clock.now().as_second();
    let begin = certificate.validity().not_before.timestamp();
    assert_eq!(begin, now - 300);
    let end = certificate.validity().not_after.timestamp();
    assert_eq!(end - begin + 1, 90 * 86_400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_never_outlives_its_authority_and_then_there_are_none() {
    let server = TestServer::start().await;
    let token = server
        .token_with(|wish| {
            wish.uses = None;
            wish.duration = None;
        })
        .await;
    let end = server
        .server
        .app
        .authority
        .current()
        .issuing_not_after()
        .as_second();
    let left = end - server.clock.now().as_second();
    server.clock.advance(left - 86_400);
    let enrolled = Pc::new().enroll(&server, &typed(&token)).await;
    let certificate = parsed(enrolled.certificate());
    assert_eq!(certificate.validity().not_after.timestamp(), end);
    server.clock.advance(86_400);
    let fault = Pc::new().try_enroll(&server, &typed(&token)).await;
    let fault = fault.err().unwrap();
    assert_eq!(fault.hresult(), 0x8018_0005);
    assert_eq!(server.refusal(&fault).await, "authority");
    assert_eq!(server.uses(&token).await, 1, "a refusal spends nothing");
}
