//! What a device makes of documents that are not as they must be: the golden ones, spoilt in one place.

use super::*;
use crate::protocol::provisioning::{Characteristic, Csp, Datatype, Node, Parm};

/// The first characteristic at the end of a path, to be spoilt.
fn at<'d>(document: &'d mut ProvisioningDocument, path: &[&str]) -> &'d mut Characteristic {
    let (first, rest) = path.split_first().unwrap();
    let mut tops = document.characteristics.iter_mut();
    let mut found = tops.find(|top| top.kind == *first).unwrap();
    for kind in rest {
        let mut inner = found.content.iter_mut();
        found = inner
            .find_map(|node| match node {
                Node::Characteristic(child) if child.kind == *kind => Some(child),
                _ => None,
            })
            .unwrap();
    }
    found
}

fn parm<'d>(characteristic: &'d mut Characteristic, name: &str) -> &'d mut Parm {
    let mut nodes = characteristic.content.iter_mut();
    nodes
        .find_map(|node| match node {
            Node::Parm(parm) if parm.name == name => Some(parm),
            _ => None,
        })
        .unwrap()
}

fn remove(characteristic: &mut Characteristic, name: &str) {
    let before = characteristic.content.len();
    characteristic.content.retain(|node| match node {
        Node::Parm(parm) => parm.name != name,
        Node::Characteristic(child) => child.kind != name,
    });
    assert!(characteristic.content.len() < before, "{name}");
}

/// What a device makes of the golden enrollment after it was spoilt.
fn spoilt(spoil: impl Fn(&mut ProvisioningDocument)) -> (Error, u32) {
    let mut document = document("wap/enrollment-user.xml");
    spoil(&mut document);
    let error = Enrollment::from_document(&document).unwrap_err();
    let hresult = error.hresult();
    (error, hresult)
}

const CERTSTORE: u32 = 0x8018_001e;
const W7: u32 = 0x8018_001f;
const DMCLIENT: u32 = 0x8018_0020;
const PROVIDER: [&str; 3] = ["DMClient", "Provider", "ContosoMDM"];
const POLL: [&str; 4] = ["DMClient", "Provider", "ContosoMDM", "Poll"];

#[test]
fn a_device_refuses_certificates_that_are_not_as_they_must_be() {
    let csp = Csp::CertificateStore;
    let missing = |name| (Error::Missing { csp, name }, CERTSTORE);
    let repeated = |name| (Error::Repeated { csp, name }, CERTSTORE);
    let store = ["CertificateStore", "Root", "System"];
    let mine = ["CertificateStore", "My", "User"];
    assert_eq!(spoilt(|d| remove(at(d, &store), ROOT)), missing("root"));
    assert_eq!(
        spoilt(|d| remove(at(d, &mine), LEAF)),
        missing("certificate in My")
    );
    assert_eq!(
        spoilt(|d| remove(at(d, &mine), "PrivateKeyContainer")),
        missing("PrivateKeyContainer")
    );
    let again = |path: &'static [&'static str]| {
        move |d: &mut ProvisioningDocument| {
            let first = at(d, path).content[0].clone();
            at(d, path).content.push(first);
        }
    };
    assert_eq!(
        spoilt(again(&["CertificateStore", "Root", "System"])),
        repeated("root")
    );
    assert_eq!(
        spoilt(again(&["CertificateStore", "CA", "System"])),
        repeated("intermediate")
    );
    assert_eq!(
        spoilt(|d| {
            let copy = at(d, &["CertificateStore"]).clone();
            d.characteristics.push(copy);
        }),
        repeated("root")
    );
    let leaf = ["CertificateStore", "My", "User", LEAF];
    let lower = |d: &mut ProvisioningDocument| at(d, &leaf).kind = LEAF.to_lowercase().into();
    assert_eq!(spoilt(lower), (Error::Thumbprint, CERTSTORE));
    let other = |d: &mut ProvisioningDocument| {
        parm(at(d, &leaf), "EncodedCertificate").value = Some("AAAA".to_owned());
    };
    assert_eq!(spoilt(other), (Error::Thumbprint, CERTSTORE));
    let broken = |d: &mut ProvisioningDocument| {
        parm(at(d, &leaf), "EncodedCertificate").value = Some("AA\nAA".to_owned());
    };
    let expected = Error::Value {
        csp,
        name: "EncodedCertificate",
        expected: "base64 on one line",
    };
    assert_eq!(spoilt(broken), (expected, CERTSTORE));
    let renew = ["CertificateStore", "My", "WSTEP", "Renew"];
    let untyped = |d: &mut ProvisioningDocument| {
        parm(at(d, &renew), "RenewPeriod").datatype = None;
    };
    let expected = Error::Datatype {
        csp,
        name: "RenewPeriod",
        expected: Datatype::Integer,
    };
    assert_eq!(spoilt(untyped), (expected, CERTSTORE));
    let late = |d: &mut ProvisioningDocument| {
        parm(at(d, &renew), "RetryInterval").value = Some("61".to_owned());
    };
    assert!(matches!(
        spoilt(late),
        (
            Error::Value {
                name: "RetryInterval",
                ..
            },
            CERTSTORE
        )
    ));
}

#[test]
fn a_device_refuses_an_account_that_is_not_as_it_must_be() {
    let csp = Csp::Application;
    let account = ["APPLICATION"];
    for name in ["APPID", "PROVIDER-ID", "NAME", "ADDR", "DEFAULTENCODING"] {
        let missing = (Error::Missing { csp, name }, W7);
        assert_eq!(spoilt(|d| remove(at(d, &account), name)), missing);
    }
    let set = |name: &'static str, value: &'static str| {
        spoilt(move |d| parm(at(d, &["APPLICATION"]), name).value = Some(value.to_owned()))
    };
    for (name, value) in [
        ("APPID", "w8"),
        ("DEFAULTENCODING", "application/vnd.syncml.dm+wbxml"),
        ("ADDR", "http://devices.contoso.example/"),
        ("ADDR", "https://devices.contoso.example/ "),
        ("CONNRETRYFREQ", "often"),
    ] {
        let (error, hresult) = set(name, value);
        assert!(
            matches!(error, Error::Value { name: at, .. } if at == name),
            "{error}"
        );
        assert_eq!(hresult, W7);
    }
    let lower = |d: &mut ProvisioningDocument| parm(at(d, &account), "ADDR").name = "Addr".into();
    assert_eq!(spoilt(lower), (Error::Missing { csp, name: "ADDR" }, W7));
    let init = |d: &mut ProvisioningDocument| {
        at(d, &account)
            .content
            .push(Node::Parm(Parm::present("INIT")));
    };
    assert_eq!(spoilt(init), (Error::Forbidden { csp, name: "INIT" }, W7));
    let both = spoilt(|d| remove(at(d, &account), "APPAUTH"));
    assert!(matches!(
        both,
        (
            Error::Missing {
                csp: Csp::Application,
                ..
            },
            W7
        )
    ));
    for name in ["AAUTHSECRET", "AAUTHDATA", "AAUTHTYPE"] {
        let missing = (Error::Missing { csp, name }, W7);
        assert_eq!(
            spoilt(|d| remove(at(d, &["APPLICATION", "APPAUTH"]), name)),
            missing
        );
    }
    let word = |d: &mut ProvisioningDocument| {
        let first = at(d, &["APPLICATION", "APPAUTH"]);
        parm(first, "AAUTHDATA").value = Some("a nonce".to_owned());
    };
    assert!(matches!(
        spoilt(word),
        (
            Error::Value {
                name: "AAUTHDATA",
                ..
            },
            W7
        )
    ));
}

#[test]
fn a_device_refuses_a_client_that_is_not_as_it_must_be() {
    let csp = Csp::DmClient;
    let renamed = |d: &mut ProvisioningDocument| at(d, &PROVIDER).kind = "Other".into();
    assert_eq!(spoilt(renamed), (Error::Provider, DMCLIENT));
    let missing = |name| (Error::Missing { csp, name }, DMCLIENT);
    let client = |d: &mut ProvisioningDocument| {
        d.characteristics.pop();
    };
    assert_eq!(spoilt(client), missing("Provider"));
    assert_eq!(
        spoilt(|d| remove(at(d, &PROVIDER), "EntDMID")),
        missing("EntDMID")
    );
    assert_eq!(
        spoilt(|d| remove(at(d, &PROVIDER), "Poll")),
        missing("Poll")
    );
    let untyped = |d: &mut ProvisioningDocument| parm(at(d, &PROVIDER), "UPN").datatype = None;
    let expected = Error::Datatype {
        csp,
        name: "UPN",
        expected: Datatype::String,
    };
    assert_eq!(spoilt(untyped), (expected, DMCLIENT));
    let push = |d: &mut ProvisioningDocument| {
        let push = Node::Characteristic(Characteristic::new("Push"));
        at(d, &PROVIDER).content.push(push);
    };
    assert_eq!(
        spoilt(push),
        (Error::Forbidden { csp, name: "Push" }, DMCLIENT)
    );
    let zero = |d: &mut ProvisioningDocument| {
        for name in ["NumberOfFirstRetries", "NumberOfSecondRetries"] {
            parm(at(d, &POLL), name).value = Some("0".to_owned());
        }
    };
    assert_eq!(spoilt(zero), (Error::NeverPolls, DMCLIENT));
    let yes = |d: &mut ProvisioningDocument| {
        parm(at(d, &POLL), "PollOnLogin").value = Some("yes".to_owned());
    };
    assert!(matches!(
        spoilt(yes),
        (
            Error::Value {
                name: "PollOnLogin",
                ..
            },
            DMCLIENT
        )
    ));
}

#[test]
fn a_device_refuses_providers_and_text_that_it_does_not_know() {
    let registry = |d: &mut ProvisioningDocument| {
        d.characteristics.push(Characteristic::new("Registry"));
    };
    assert_eq!(
        spoilt(registry),
        (Error::Unknown("Registry".to_owned()), 0x8018_0022)
    );
    for text in [
        "",
        "not xml",
        "<characteristic type='x'/>",
        "<wap-provisioningdoc/>",
        "<wap-provisioningdoc version='1.0'/>",
        "<wap-provisioningdoc version='1.1' xmlns='urn:x'/>",
        "<wap-provisioningdoc version='1.1'><parm name='a'/></wap-provisioningdoc>",
        "<wap-provisioningdoc version='1.1'><characteristic/></wap-provisioningdoc>",
        "<wap-provisioningdoc version='1.1'><characteristic type=''/></wap-provisioningdoc>",
        "<wap-provisioningdoc version='1.1'><characteristic type='a'><parm value='b'/></characteristic></wap-provisioningdoc>",
        "<wap-provisioningdoc version='1.1'><characteristic type='a'><parm name='b' datatype='int'/></characteristic></wap-provisioningdoc>",
        "<!DOCTYPE w><wap-provisioningdoc version='1.1'/>",
    ] {
        let error = ProvisioningDocument::parse(text).unwrap_err();
        assert_eq!(error.hresult(), 0x8018_0023, "{text}: {error}");
    }
}

#[test]
fn a_renewal_needs_its_key_container_inside_the_certificate() {
    let mut document = document("wap/renewal.xml");
    let leaf = ["CertificateStore", "My", "User", LEAF];
    remove(at(&mut document, &leaf), "PrivateKeyContainer");
    let csp = Csp::CertificateStore;
    let name = "PrivateKeyContainer";
    assert_eq!(
        Renewal::from_document(&document),
        Err(Error::Missing { csp, name })
    );
}
