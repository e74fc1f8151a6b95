//! Provisioning documents: the golden ones, and what a device would refuse.

mod refused;

use super::*;
use crate::protocol::provisioning::{
    Application, Certificate, CertificateStore, DeviceCredential, DmClient, Enrollment, Error,
    Poll, ProvisioningDocument, Renew, Renewal, ServerCredential, client_certificate_criteria,
    thumbprint,
};
use crate::secret::Secret;

fn document(path: &str) -> ProvisioningDocument {
    let text = String::from_utf8(fixture(path)).unwrap();
    let document = ProvisioningDocument::parse(&text).unwrap();
    let written = document.to_text();
    assert_same_tree(&written, text.as_bytes());
    assert!(
        !written.contains('\n') && written.starts_with("<wap-provisioningdoc version=\"1.1\">")
    );
    assert_eq!(ProvisioningDocument::parse(&written).unwrap(), document);
    document
}

/// A certificate of the document by its store; the bytes are the fixture's, the thumbprint is spelled out.
fn filed(document: &ProvisioningDocument, path: &[&str], thumbprint_hex: &str) -> Certificate {
    let below = [&["CertificateStore"], path, &[thumbprint_hex]].concat();
    let encoded = document.value(&below, "EncodedCertificate").unwrap();
    Certificate {
        thumbprint_hex: thumbprint_hex.to_owned(),
        der: crate::protocol::enrollment::decode_base64(encoded).unwrap(),
    }
}

fn for_user(document: &ProvisioningDocument) -> Enrollment {
    Enrollment {
        root: filed(document, &["Root", "System"], ROOT),
        intermediate: Some(filed(document, &["CA", "System"], ISSUING)),
        other_roots: Vec::new(),
        other_intermediates: Vec::new(),
        leaf: filed(document, &["My", "User"], LEAF),
        store: CertificateStore::User,
        renew: Renew {
            robo_support: true,
            renew_period: 60,
            retry_interval: 4,
        },
        application: Application {
            provider_id: "ContosoMDM".to_owned(),
            name: "Contoso \"Devices\" & Co".to_owned(),
            address: "https://devices.contoso.example:8444/ManagementServer/MDM.svc?tenant=1&v=2"
                .to_owned(),
            connection_retry_frequency: 6,
            initial_backoff_ms: 30_000,
            max_backoff_ms: 120_000,
            ssl_client_cert_search_criteria: None,
            client: ServerCredential {
                secret: Secret::new("server-secret-1"),
                nonce: (0..16).collect(),
            },
            server: DeviceCredential {
                name: "device-42".to_owned(),
                secret: Secret::new("device-secret-2"),
                nonce: (240..=255).collect(),
            },
        },
        dm_client: DmClient {
            upn: Some("anna@contoso.example".to_owned()),
            ent_dm_id: "c9a1d2e3-0000-4000-8000-00000000002a".to_owned(),
            ent_device_name: "anna_CONTOSO-PC-7".to_owned(),
            poll: Poll::default(),
            help_phone: Some("+43 1 555".to_owned()),
            help_website: Some("https://help.contoso.example".to_owned()),
            help_email: Some("help@contoso.example".to_owned()),
            require_message_signing: false,
        },
    }
}

#[test]
fn an_enrollment_of_a_user_reads_and_writes() {
    let document = document("wap/enrollment-user.xml");
    let expected = for_user(&document);
    assert_eq!(Enrollment::from_document(&document).unwrap(), expected);
    assert_eq!(expected.to_document(), document);
}

#[test]
fn an_enrollment_of_a_device_puts_the_certificate_in_the_machine_store() {
    let document = document("wap/enrollment-device.xml");
    let mut expected = for_user(&self::document("wap/enrollment-user.xml"));
    expected.store = CertificateStore::System;
    expected.intermediate = None;
    expected.application.ssl_client_cert_search_criteria = Some(client_certificate_criteria(
        "0123 ABC",
        CertificateStore::System,
    ));
    expected.dm_client.upn = None;
    expected.dm_client.help_phone = None;
    expected.dm_client.help_website = None;
    expected.dm_client.help_email = None;
    expected.dm_client.require_message_signing = true;
    assert_eq!(Enrollment::from_document(&document).unwrap(), expected);
    assert_eq!(expected.to_document(), document);
}

#[test]
fn a_renewal_reads_and_writes() {
    let document = document("wap/renewal.xml");
    let mut expected = Renewal {
        root: Some(filed(&document, &["Root", "System"], ROOT)),
        other_roots: Vec::new(),
        other_intermediates: Vec::new(),
        intermediate: Some(filed(&document, &["CA", "System"], ISSUING)),
        leaf: filed(&document, &["My", "User"], LEAF),
        store: CertificateStore::User,
        provider_id: "ContosoMDM".to_owned(),
    };
    assert_eq!(Renewal::from_document(&document).unwrap(), expected);
    assert_eq!(expected.to_document(), document);
    expected.other_roots = vec![filed(&document, &["CA", "System"], ISSUING)];
    expected.other_intermediates = vec![filed(&document, &["Root", "System"], ROOT)];
    let long = expected.to_document();
    assert_eq!(Renewal::from_document(&long).unwrap(), expected);
    expected.root = None;
    expected.intermediate = None;
    expected.other_roots.clear();
    expected.other_intermediates.clear();
    expected.store = CertificateStore::System;
    let short = expected.to_document();
    assert_eq!(Renewal::from_document(&short).unwrap(), expected);
    assert!(short.at(&["CertificateStore", "Root"]).is_empty());
    assert!(short.at(&[]).is_empty());
}

#[test]
fn secrets_are_not_shown() {
    let document = document("wap/enrollment-user.xml");
    let enrollment = Enrollment::from_document(&document).unwrap();
    for shown in [format!("{document:?}"), format!("{enrollment:?}")] {
        assert!(!shown.contains("secret-1") && !shown.contains("secret-2"));
        assert!(shown.contains("device-42"));
    }
}

#[test]
fn a_certificate_is_filed_under_the_sha_1_of_its_der() {
    assert_eq!(
        thumbprint(b"abc"),
        "A9993E364706816ABA3E25717850C26C9CD0D89D"
    );
    let certificate = Certificate::new(b"abc".to_vec());
    assert_eq!(certificate.thumbprint_hex, thumbprint(&certificate.der));
}

#[test]
fn the_criteria_escape_all_but_what_rfc_2396_leaves_unreserved() {
    assert_eq!(
        client_certificate_criteria("8090C8B4-a_b.c!~*'()", CertificateStore::User),
        "Subject=CN%3D8090C8B4-a_b.c!~*'()&Stores=My%5CUser"
    );
    assert_eq!(
        client_certificate_criteria("a,b=c&d/ü %", CertificateStore::System),
        "Subject=CN%3Da%2Cb%3Dc%26d%2F%C3%BC%20%25&Stores=My%5CSystem"
    );
}

#[test]
fn a_schedule_that_never_ends_twice_or_never_polls_is_no_schedule() {
    let never = Poll {
        number_of_first_retries: 0,
        number_of_second_retries: 0,
        number_of_remaining_scheduled_retries: 0,
        ..Poll::default()
    };
    assert_eq!(never.check(), Err(Error::NeverPolls));
    let twice = Poll {
        number_of_second_retries: 0,
        ..Poll::default()
    };
    assert_eq!(twice.check(), Err(Error::EndlessTwice));
    assert_eq!(Poll::default().check(), Ok(()));
}

const ROOT: &str = "D6B1F9B781141911DC7A512FCE5D1A1A80DB694F";
const ISSUING: &str = "32E685F9A71C3434070ED66FD006378D6C8CD53E";
const LEAF: &str = "0E7D0D2EAAEAE407B6819BA47028AE6EF3E6F4F7";
