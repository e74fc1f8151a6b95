//! Each flaw of a chain by its name.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SubjectPublicKeyInfo, date_time_ymd,
};

use super::*;
use crate::protocol::provisioning::{
    Application, DeviceCredential, DmClient, Poll, Renew, ServerCredential,
};
use crate::secret::Secret;
use crate::simulator::{DeviceKey, Key};

/// Noon of a day in the middle of all validities.
const NOW: i64 = 1_783_944_000;

struct Chain {
    key: Key,
    enrollment: Enrollment,
}

fn authority(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

fn leaf() -> CertificateParams {
    let mut params = named("device-1");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// A chain whose leaf and intermediate are as they are given.
fn chain(leaf: &CertificateParams, intermediate: CertificateParams) -> Chain {
    let key = DeviceKey::P256.generate().expect("a key");
    let root_key = KeyPair::generate().expect("a key");
    let root = authority("root");
    let root_certificate = root.self_signed(&root_key).expect("a root");
    let root = Issuer::new(root, root_key);
    let issuing_key = KeyPair::generate().expect("a key");
    let issuing = intermediate
        .signed_by(&issuing_key, &root)
        .expect("an intermediate");
    let issuer = Issuer::new(intermediate, issuing_key);
    let spki = SubjectPublicKeyInfo::from_der(&key.spki()).expect("a public key");
    let leaf = leaf.signed_by(&spki, &issuer).expect("a leaf");
    Chain {
        key,
        enrollment: enrollment(
            [&root_certificate, &issuing, &leaf].map(|made| Certificate::new(made.der().to_vec())),
        ),
    }
}

fn enrollment([root, intermediate, leaf]: [Certificate; 3]) -> Enrollment {
    Enrollment {
        root,
        intermediate: Some(intermediate),
        other_roots: Vec::new(),
        other_intermediates: Vec::new(),
        leaf,
        store: CertificateStore::User,
        renew: Renew {
            robo_support: true,
            renew_period: 60,
            retry_interval: 4,
        },
        application: Application {
            provider_id: "Portcullis".to_owned(),
            name: "Contoso".to_owned(),
            address: "https://mdm.example/ManagementServer/MDM.svc".to_owned(),
            connection_retry_frequency: 3,
            initial_backoff_ms: 16_000,
            max_backoff_ms: 86_400_000,
            ssl_client_cert_search_criteria: None,
            client: ServerCredential {
                secret: Secret::new("s"),
                nonce: vec![1],
            },
            server: DeviceCredential {
                name: "d".to_owned(),
                secret: Secret::new("s"),
                nonce: vec![2],
            },
        },
        dm_client: DmClient {
            upn: None,
            ent_dm_id: "device-1".to_owned(),
            ent_device_name: "PC".to_owned(),
            poll: Poll::default(),
            help_phone: None,
            help_website: None,
            help_email: None,
            require_message_signing: false,
        },
    }
}

impl Chain {
    fn good() -> Self {
        chain(&leaf(), authority("issuing"))
    }

    fn judge(&self) -> Result<(), CertificateFlaw> {
        self.judge_at(NOW)
    }

    fn judge_at(&self, seconds: i64) -> Result<(), CertificateFlaw> {
        let expected = Expected {
            spki: &self.key.spki(),
            enrollment_type: &EnrollmentType::Full,
            now: Timestamp::from_second(seconds).expect("a moment"),
        };
        expected.judge(&self.enrollment)
    }
}

#[test]
fn a_good_chain_is_used() {
    let mut chain = Chain::good();
    assert_eq!(chain.judge(), Ok(()));
    let criteria = client_certificate_criteria("device-1", CertificateStore::User);
    chain.enrollment.application.ssl_client_cert_search_criteria = Some(criteria);
    assert_eq!(chain.judge(), Ok(()));
}

#[test]
fn a_certificate_for_another_key_or_the_wrong_store_is_not_found() {
    let mut chain = Chain::good();
    chain.enrollment.store = CertificateStore::System;
    assert_eq!(chain.judge(), Err(CertificateFlaw::Store));
    let mut chain = Chain::good();
    chain.key = DeviceKey::P256.generate().expect("a key");
    assert_eq!(chain.judge(), Err(CertificateFlaw::Key));
    let mut chain = Chain::good();
    let criteria = client_certificate_criteria("device-2", CertificateStore::User);
    chain.enrollment.application.ssl_client_cert_search_criteria = Some(criteria);
    assert_eq!(chain.judge(), Err(CertificateFlaw::Criteria));
}

#[test]
fn a_chain_of_other_authorities_is_refused() {
    let other = Chain::good().enrollment;
    let mut chain = Chain::good();
    chain.enrollment.root = other.root;
    assert_eq!(
        chain.judge(),
        Err(CertificateFlaw::Signature(Role::Intermediate))
    );
    let mut chain = Chain::good();
    chain.enrollment.intermediate = other.intermediate;
    assert_eq!(chain.judge(), Err(CertificateFlaw::Signature(Role::Leaf)));
    let mut chain = Chain::good();
    chain.enrollment.intermediate = None;
    assert_eq!(chain.judge(), Err(CertificateFlaw::Signature(Role::Leaf)));
}

#[test]
fn certificates_that_are_not_what_they_should_be_are_refused() {
    let with = |change: fn(&mut CertificateParams)| {
        let mut params = leaf();
        change(&mut params);
        chain(&params, authority("issuing")).judge()
    };
    assert_eq!(
        with(|leaf| leaf.extended_key_usages.clear()),
        Err(CertificateFlaw::ClientAuth)
    );
    let authority_s = with(|leaf| leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(authority_s, Err(CertificateFlaw::LeafIsAuthority));
    let same = with(|leaf| leaf.distinguished_name.push(DnType::CommonName, "issuing"));
    assert_eq!(same, Err(CertificateFlaw::SelfIssued));
    assert_eq!(
        chain(&leaf(), named("issuing")).judge(),
        Err(CertificateFlaw::NotAuthority(Role::Intermediate))
    );
    let mut broken = Chain::good();
    broken.enrollment.leaf.der.push(0);
    assert_eq!(broken.judge(), Err(CertificateFlaw::Unreadable(Role::Leaf)));
}

#[test]
fn a_certificate_out_of_its_time_is_refused() {
    let year = 365 * 24 * 60 * 60;
    assert_eq!(
        Chain::good().judge_at(NOW + year),
        Err(CertificateFlaw::Validity(Role::Leaf))
    );
    assert_eq!(
        Chain::good().judge_at(NOW - year),
        Err(CertificateFlaw::Validity(Role::Leaf))
    );
    let mut renewed_at_once = Chain::good();
    renewed_at_once.enrollment.renew.renew_period = 365;
    assert_eq!(renewed_at_once.judge(), Err(CertificateFlaw::RenewPeriod));
}
