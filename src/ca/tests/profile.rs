//! That nothing is signed or released but what the device profile says.

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
    SanType,
};

use super::super::create::{common_name, moment};
use super::super::{Authority, Deviation, Error, KeyKind};
use super::issue::{DEVICE, plan};
use super::{authority, bare_request, rsa_key, verified};

/// A plan's bytes after `change` was made to what the profile prescribes.
fn tampered(authority: &Authority, change: impl Fn(&mut CertificateParams)) -> Vec<u8> {
    let plan = plan(authority, &bare_request(rsa_key()));
    let mut params = CertificateParams::default();
    params.serial_number = Some(plan.serial.as_bytes().to_vec().into());
    params.distinguished_name = common_name(DEVICE);
    let moment = |time: Timestamp| moment(time.as_second()).unwrap();
    params.not_before = moment(plan.not_before);
    params.not_after = moment(plan.not_after);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    change(&mut params);
    let csr = verified(&bare_request(rsa_key()));
    let unsigned = params.signed_by(&csr, &authority.active.planner).unwrap();
    let mut reader = super::der::Reader::new(unsigned.der());
    let mut parts = reader.take(super::SEQUENCE).unwrap().reader();
    parts.take(super::SEQUENCE).unwrap().raw.to_vec()
}

#[test]
fn bytes_that_differ_from_the_profile_are_not_signed() {
    type Change = fn(&mut CertificateParams);
    let (_directory, authority) = authority(KeyKind::P256);
    let changes: [(Change, Deviation); 12] = [
        (
            |p| p.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)),
            Deviation::BasicConstraints,
        ),
        (|p| p.is_ca = IsCa::NoCa, Deviation::BasicConstraints),
        (
            |p| p.key_usages.push(KeyUsagePurpose::KeyCertSign),
            Deviation::KeyUsage,
        ),
        (|p| p.key_usages.truncate(1), Deviation::KeyUsage),
        (
            |p| {
                p.extended_key_usages
                    .push(ExtendedKeyUsagePurpose::ServerAuth);
            },
            Deviation::ExtendedKeyUsage,
        ),
        (
            |p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any],
            Deviation::ExtendedKeyUsage,
        ),
        (
            |p| p.use_authority_key_identifier_extension = false,
            Deviation::AuthorityKeyIdentifier,
        ),
        (
            |p| p.subject_alt_names = vec![SanType::DnsName("a.example".try_into().unwrap())],
            Deviation::Extensions,
        ),
        (
            |p| p.distinguished_name.push(DnType::OrganizationName, "x"),
            Deviation::Subject,
        ),
        (
            |p| p.not_after = rcgen::date_time_ymd(2060, 1, 1),
            Deviation::Validity,
        ),
        (
            |p| p.not_before = rcgen::date_time_ymd(2020, 1, 1),
            Deviation::Validity,
        ),
        (
            |p| p.serial_number = Some(vec![1; 21].into()),
            Deviation::Serial,
        ),
    ];
    authority.sign(&tampered(&authority, |_| {})).unwrap();
    for (change, expected) in changes {
        let result = authority.sign(&tampered(&authority, change));
        let Err(Error::HeldBack(deviation)) = result else {
            panic!("{expected:?} was signed");
        };
        assert_eq!(deviation, expected);
    }
    assert_eq!(authority.signatures(), 1);
}

#[test]
fn bytes_of_another_authority_or_of_none_are_not_signed() {
    let (_first_directory, first) = authority(KeyKind::P256);
    let (_second_directory, second) = authority(KeyKind::P384);
    let plan = plan(&first, &bare_request(rsa_key()));
    for tbs in [&plan.tbs[..], &plan.tbs[1..], &[], &[0x30, 0]] {
        assert!(matches!(second.sign(tbs), Err(Error::HeldBack(_))));
    }
    let mut longer = plan.tbs;
    longer.push(0);
    let result = first.sign(&longer);
    assert!(matches!(result, Err(Error::HeldBack(Deviation::Malformed))));
}

#[test]
fn a_certificate_whose_signature_does_not_verify_is_not_released() {
    let (_directory, authority) = authority(KeyKind::Rsa2048);
    let plan = plan(&authority, &bare_request(rsa_key()));
    let mut signature = authority.active.key.sign(&plan.tbs).unwrap();
    assert!(authority.active.release(&plan.tbs, &signature).is_ok());
    signature[100] ^= 1;
    let result = authority.active.release(&plan.tbs, &signature);
    assert!(matches!(result, Err(Error::HeldBack(Deviation::Signature))));
}
