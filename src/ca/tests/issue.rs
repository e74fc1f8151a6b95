//! What a device certificate says, whatever the device asked for.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose, SanType,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::super::issue::Serial;
use super::super::{Authority, Error, KeyKind, Planned, Profile};
use super::{authority, bare_request, now, rsa_key, verified, windows_request};

pub(super) const DEVICE: &str = "0f8e6c1a-4b7d-4c55-9a3e-2d1c0b9a8f7e";

pub(super) fn plan(authority: &Authority, request: &[u8]) -> Planned {
    let profile = Profile::default();
    authority
        .plan(&verified(request), DEVICE, &profile, now())
        .unwrap()
}

/// The plan's bytes with the serial number blotted out.
fn but_serial(plan: &Planned) -> Vec<u8> {
    let serial = plan.serial.as_bytes();
    let mut found = plan.tbs.windows(18).enumerate();
    let (at, _) = found.find(|(_, bytes)| bytes == serial).unwrap();
    let mut tbs = plan.tbs.clone();
    tbs[at..at + 18].fill(0);
    tbs
}

#[test]
fn nothing_but_the_key_is_taken_from_the_request() {
    let (_directory, authority) = authority(KeyKind::P256);
    let bare = plan(&authority, &bare_request(rsa_key()));
    let mut greedy = CertificateParams::new(vec!["admin.example".to_owned()]).unwrap();
    greedy.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    greedy.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    greedy.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::Any,
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::CodeSigning,
    ];
    greedy
        .distinguished_name
        .push(DnType::OrganizationName, "Example");
    greedy
        .distinguished_name
        .push(DnType::CommonName, "administrator");
    let upn = "admin@corp.example".try_into().unwrap();
    greedy.subject_alt_names.push(SanType::Rfc822Name(upn));
    let mut sid = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 311, 25, 2], vec![5, 0]);
    sid.set_criticality(true);
    greedy.custom_extensions.push(sid);
    let greedy = greedy.serialize_request(rsa_key()).unwrap();
    for request in [greedy.der().to_vec(), windows_request(rsa_key())] {
        let plan = plan(&authority, &request);
        assert_ne!(plan.serial, bare.serial);
        assert_eq!(but_serial(&plan), but_serial(&bare));
    }
}

#[test]
fn a_certificate_names_the_device_and_may_authenticate_a_client_only() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256, KeyKind::P384] {
        let (_directory, authority) = authority(kind);
        let plan = plan(&authority, &windows_request(rsa_key()));
        let certificate = authority.sign(&plan.tbs).unwrap();
        let (_, x509) = X509Certificate::from_der(&certificate.der).unwrap();
        assert_eq!(x509.subject().to_string(), format!("CN={DEVICE}"));
        assert_eq!(x509.issuer().to_string(), "CN=Example Issuing CA");
        assert_eq!(x509.raw_serial(), plan.serial.as_bytes());
        assert_eq!(
            x509.public_key().raw,
            verified(&windows_request(rsa_key())).spki_der
        );
        assert!(!x509.is_ca());
        let usage = x509.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.client_auth && !usage.server_auth && !usage.any);
        assert_eq!(authority.signatures(), 1);
    }
}

#[test]
fn only_an_rsa_key_may_encipher() {
    let (_directory, authority) = authority(KeyKind::P256);
    let key = KeyKind::P384.generate().unwrap();
    for (request, enciphers) in [(bare_request(rsa_key()), true), (bare_request(&key), false)] {
        let certificate = authority.sign(&plan(&authority, &request).tbs).unwrap();
        let (_, x509) = X509Certificate::from_der(&certificate.der).unwrap();
        let usage = x509.key_usage().unwrap().unwrap().value;
        assert!(usage.digital_signature());
        assert_eq!(usage.key_encipherment(), enciphers);
    }
}

#[test]
fn the_same_plan_signed_twice_by_rsa_is_the_same_certificate() {
    let (_directory, authority) = authority(KeyKind::Rsa2048);
    let plan = plan(&authority, &bare_request(rsa_key()));
    let first = authority.sign(&plan.tbs).unwrap();
    assert_eq!(first, authority.sign(&plan.tbs).unwrap());
    assert_eq!(authority.signatures(), 2);
}

#[test]
fn the_validity_is_backdated_and_its_last_second_counts() {
    let (_directory, authority) = authority(KeyKind::P256);
    let plan = plan(&authority, &bare_request(rsa_key()));
    assert_eq!(plan.not_before, now() - SignedDuration::from_mins(60));
    let whole = plan.not_after.as_second() - plan.not_before.as_second() + 1;
    assert_eq!(whole, 365 * 86_400);
    let certificate = authority.sign(&plan.tbs).unwrap();
    let (_, x509) = X509Certificate::from_der(&certificate.der).unwrap();
    let validity = x509.validity();
    assert_eq!(validity.not_before.timestamp(), plan.not_before.as_second());
    assert_eq!(validity.not_after.timestamp(), plan.not_after.as_second());
}

#[test]
fn a_certificate_never_leaves_the_validity_of_its_issuer() {
    let (_directory, authority) = authority(KeyKind::P256);
    let csr = verified(&bare_request(rsa_key()));
    let long = Profile {
        lifetime_days: u32::MAX,
        backdate_minutes: u32::MAX,
    };
    let plan = authority.plan(&csr, DEVICE, &long, now()).unwrap();
    assert_eq!(plan.not_after, authority.issuing_not_after());
    assert_eq!(plan.not_before, now() - SignedDuration::from_hours(24));
    authority.sign(&plan.tbs).unwrap();
    let last = authority.issuing_not_after();
    let refusal = authority.plan(&csr, DEVICE, &Profile::default(), last);
    assert!(
        matches!(refusal, Err(Error::Lifetime { .. })),
        "{refusal:?}"
    );
}

#[test]
fn a_lifetime_that_ends_before_it_begins_is_refused() {
    let (_directory, authority) = authority(KeyKind::P256);
    let csr = verified(&bare_request(rsa_key()));
    for (lifetime_days, backdate_minutes) in [(0, 0), (0, 60), (1, 1440)] {
        let profile = Profile {
            lifetime_days,
            backdate_minutes,
        };
        let refusal = authority.plan(&csr, DEVICE, &profile, now());
        assert!(
            matches!(refusal, Err(Error::Lifetime { .. })),
            "{refusal:?}"
        );
    }
}

#[test]
fn a_moment_in_2050_and_after_is_written_as_the_standard_asks() {
    let (directory, authority) = authority(KeyKind::P256);
    drop(authority);
    let settings = super::settings(directory.path(), KeyKind::P256);
    std::fs::remove_dir_all(&settings.directory).unwrap();
    let late: Timestamp = "2049-12-31T12:00:00Z".parse().unwrap();
    let authority = Authority::open(&settings, &super::master(), late).unwrap();
    let csr = verified(&bare_request(rsa_key()));
    let plan = authority
        .plan(&csr, DEVICE, &Profile::default(), late)
        .unwrap();
    let certificate = authority.sign(&plan.tbs).unwrap();
    let contains = |text: &[u8]| certificate.der.windows(text.len()).any(|part| part == text);
    assert!(contains(b"\x17\x0d491231110000Z"));
    assert!(contains(b"\x18\x0f20501231105959Z"));
}

#[test]
fn a_common_name_that_no_certificate_can_hold_is_refused() {
    let (_directory, authority) = authority(KeyKind::P256);
    let csr = verified(&bare_request(rsa_key()));
    for name in ["", "a\nb", "a\0b", &"x".repeat(65)] {
        let refusal = authority.plan(&csr, name, &Profile::default(), now());
        assert!(matches!(refusal, Err(Error::Name { .. })), "{name:?}");
    }
}

#[test]
fn serial_numbers_are_positive_of_one_length_and_never_repeat() {
    let serials: HashSet<Serial> = (0..10_000).map(|_| Serial::random().unwrap()).collect();
    assert_eq!(serials.len(), 10_000);
    assert!(
        serials
            .iter()
            .all(|serial| (1..0x80).contains(&serial.as_bytes()[0]))
    );
    let ones: u32 = serials
        .iter()
        .flat_map(|serial| &serial.as_bytes()[1..])
        .map(|byte| byte.count_ones())
        .sum();
    // 1,360,000 fair bits: six standard deviations are 3,500.
    assert!(ones.abs_diff(680_000) < 3_500, "{ones} bits are set");
}
