//! Provisioning documents as published.

mod values;

use self::values::VALUES;
use super::*;
use crate::protocol::provisioning::{
    Csp, Datatype, Enrollment, Error, ProvisioningDocument, Renewal, thumbprint,
};

pub(super) const NAMES: [&str; 8] = [
    "learn-wap-provisioningdoc-renewal.xml",
    "learn-wap-provisioningdoc-user.xml",
    "mde-wap-provisioningdoc-renewal.xml",
    "mde-wap-provisioningdoc.xml",
    "mde2-wap-provisioningdoc-device.xml",
    "mde2-wap-provisioningdoc-mam.xml",
    "mde2-wap-provisioningdoc-renewal.xml",
    "mde2-wap-provisioningdoc-user.xml",
];

fn document(published: &Published, name: &str) -> ProvisioningDocument {
    let text = String::from_utf8(published.read(name)).expect(name);
    let document = ProvisioningDocument::parse(&text).expect(name);
    let again = ProvisioningDocument::parse(&document.to_text()).expect(name);
    assert_eq!(again, document, "{name}");
    document
}

#[test]
fn each_published_document_is_what_the_file_says() {
    let Some(published) = Published::find() else {
        return;
    };
    for (name, path, parm, expected) in VALUES {
        let document = document(&published, name);
        let path: Vec<_> = path.split('/').collect();
        assert_eq!(document.value(&path, parm), Some(expected), "{name} {parm}");
    }
    for (name, tops) in [
        (NAMES[0], "CertificateStore APPLICATION"),
        (
            NAMES[1],
            "CertificateStore CertificateStore APPLICATION DMClient",
        ),
        (NAMES[2], "CertificateStore"),
        (
            NAMES[3],
            "CertificateStore APPLICATION Registry Registry Registry",
        ),
        (
            NAMES[4],
            "CertificateStore CertificateStore APPLICATION DMClient",
        ),
        (NAMES[5], "APPLICATION DMClient"),
        (NAMES[6], "CertificateStore"),
        (
            NAMES[7],
            "CertificateStore CertificateStore APPLICATION DMClient",
        ),
    ] {
        let document = document(&published, name);
        let kinds: Vec<_> = document
            .characteristics
            .iter()
            .map(|top| top.kind.as_ref())
            .collect();
        assert_eq!(kinds.join(" "), tops, "{name}");
    }
}

#[test]
fn a_parm_without_a_value_differs_from_one_with_an_empty_value() {
    let Some(published) = Published::find() else {
        return;
    };
    let old = document(&published, "mde-wap-provisioningdoc.xml");
    let parm = |path: &[&str], name: &str| {
        let found = old.at(path)[0].parms().find(|parm| parm.name == name);
        found.cloned().unwrap()
    };
    assert_eq!(
        parm(&["APPLICATION"], "BACKCOMPATRETRYDISABLED").value,
        None
    );
    let registry = [
        "Registry",
        "HKLM\\Software\\Windows\\CurrentVersion\\MDM\\MachineEnrollment",
    ];
    let name = parm(&registry, "DeviceName");
    assert_eq!(
        (name.value.as_deref(), name.datatype),
        (Some(""), Some(Datatype::String))
    );
}

#[test]
fn the_certificates_that_are_real_have_the_thumbprints_that_they_are_filed_under() {
    let Some(published) = Published::find() else {
        return;
    };
    let old = document(&published, "mde-wap-provisioningdoc.xml");
    let renewal = document(&published, "mde-wap-provisioningdoc-renewal.xml");
    for (document, store, hash) in [
        (
            &old,
            ["CertificateStore", "Root", "System"],
            "5BE128213D05DC6CB87A059469130FC6686992EF",
        ),
        (
            &old,
            ["CertificateStore", "CA", "System"],
            "5DF7DE78255449CFEBD82CD626011982378F40F1",
        ),
        (
            &old,
            ["CertificateStore", "My", "User"],
            "B692158116B7B82EDA4600FF4145414933B0D5AB",
        ),
        (
            &renewal,
            ["CertificateStore", "My", "User"],
            "B692158116B7B82EDA4600FF4145414933B0D5AB",
        ),
    ] {
        let path = [&store[..], &[hash]].concat();
        let encoded = document.value(&path, "EncodedCertificate").unwrap();
        let der = crate::protocol::enrollment::decode_base64(encoded).unwrap();
        assert_eq!(thumbprint(&der), hash);
    }
}

#[test]
fn a_strict_device_takes_no_published_document_because_of_its_placeholders_or_its_age() {
    let Some(published) = Published::find() else {
        return;
    };
    for name in NAMES {
        let document = document(&published, name);
        let refused = if name.contains("renewal") {
            Renewal::from_document(&document).unwrap_err()
        } else {
            Enrollment::from_document(&document).unwrap_err()
        };
        let expected = match name {
            "mde-wap-provisioningdoc.xml" => Error::Unknown("Registry".to_owned()),
            // No key container: it is of the protocol before.
            "mde-wap-provisioningdoc-renewal.xml" => Error::Missing {
                csp: Csp::CertificateStore,
                name: "PrivateKeyContainer",
            },
            "mde2-wap-provisioningdoc-mam.xml" => Error::Missing {
                csp: Csp::CertificateStore,
                name: "certificate in My",
            },
            _ => Error::Value {
                csp: Csp::CertificateStore,
                name: "EncodedCertificate",
                expected: "base64 on one line",
            },
        };
        assert_eq!(refused, expected, "{name}");
    }
}
