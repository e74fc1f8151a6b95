//! Odd words, same message.

use super::*;
use crate::protocol::discovery::{AuthPolicy, Discover};
use crate::protocol::enrollment::{
    ContextItem, RequestSecurityToken, RequestType, TOKEN_TYPE, decode_base64,
};
use crate::protocol::policy::GetPolicies;
use crate::protocol::syncml::{Command, Item, Location, Operation, SyncBody, SyncHdr, SyncMl};
use crate::secret::Secret;
use crate::soap::{
    BASE64_BINARY, BinarySecurityToken, Envelope, Exchange, Header, PASSWORD_TEXT, Security,
    UsernameToken, write_request,
};

const SEEDS: u64 = 300;

fn header<E: Exchange>(security: Option<Security>) -> Header {
    Header {
        action: E::ACTION.to_owned(),
        message_id: Some("urn:uuid:1".to_owned()),
        reply_to: Some("http://www.w3.org/2005/08/addressing/anonymous".to_owned()),
        to: Some("https://mdm.example/EnrollmentServer/Discovery.svc?a=b&c=<d>".to_owned()),
        security,
    }
}

fn odd<E: Exchange>(seed: u64, request: &E, header: &Header) -> (Header, E) {
    let text = Odd::new(seed).envelope(Step::Discover, write_request(request, header));
    let envelope = Envelope::read(text.as_bytes(), &Limits::SOAP)
        .unwrap_or_else(|rejected| panic!("seed {seed}: {}\n{text}", rejected.error));
    let decoded = E::take(&envelope).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
    (envelope.header, decoded)
}

#[test]
fn discovery_in_odd_words_is_the_same_discovery() {
    let request = Discover {
        email_address: "anna&<b>@contoso.example".to_owned(),
        request_version: Some(Version::new(9, 0)),
        device_type: Some("CIMClient_Windows".to_owned()),
        application_version: Some("10.0.26100.1".to_owned()),
        os_edition: Some(48),
        os_version: None,
        auth_policies: vec![AuthPolicy::OnPremise, AuthPolicy::Federated],
    };
    let header = header::<Discover>(None);
    for seed in 0..SEEDS {
        assert_eq!(
            odd(seed, &request, &header),
            (header.clone(), request.clone()),
            "seed {seed}"
        );
    }
}

#[test]
fn a_password_in_odd_words_is_the_same_password() {
    let header = header::<GetPolicies>(Some(Security {
        username_token: Some(UsernameToken {
            id: Some("uuid-1".to_owned()),
            username: "CONTOSO\\anna".to_owned(),
            password: Secret::new(" p&a<s>s]]>w\"o'rd  "),
            password_type: Some(PASSWORD_TEXT.to_owned()),
        }),
        ..Security::default()
    }));
    for seed in 0..SEEDS {
        let (read, request) = odd(seed, &GetPolicies::default(), &header);
        assert_eq!(
            (read, request),
            (header.clone(), GetPolicies::default()),
            "seed {seed}"
        );
    }
}

#[test]
fn a_request_for_a_certificate_in_odd_words_is_the_same_but_for_more_context() {
    let token = |text: &str| BinarySecurityToken {
        id: None,
        value_type: "urn:example:type".to_owned(),
        encoding_type: Some(BASE64_BINARY.to_owned()),
        text: Secret::new(text),
    };
    let item = |name: &str, value: &str| ContextItem {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let body = "MIICzjCCAboCAQAwSzFJMEcGA1UEAxNANTYyQTdGOUEtNkNEOC00MEIwLTlFN0UtMERCREQ4IUI1Qjk1NEU4MUZCQ0I5";
    let request = RequestSecurityToken {
        token_type: TOKEN_TYPE.to_owned(),
        request_type: RequestType::Issue,
        binary_security_token: Some(token(body)),
        additional_context: vec![
            item("MAC", "00-01"),
            item("UXInitiated", "true"),
            item("DeviceName", "A & B"),
        ],
        request_id: None,
    };
    let header = header::<RequestSecurityToken>(Some(Security {
        binary_security_token: Some(token("dG9rZW4=")),
        ..Security::default()
    }));
    let bytes = |token: Option<BinarySecurityToken>| {
        let token = token.expect("a token");
        let types = (token.value_type, token.encoding_type);
        (types, decode_base64(token.text.reveal()).expect("base64"))
    };
    for seed in 0..SEEDS {
        let (read, decoded) = odd(seed, &request, &header);
        let theirs = read
            .security
            .and_then(|security| security.binary_security_token);
        let ours = header
            .security
            .clone()
            .and_then(|security| security.binary_security_token);
        assert_eq!(bytes(theirs), bytes(ours), "seed {seed}");
        let mut known = decoded.additional_context.clone();
        known.retain(|item| !item.name.starts_with("Contoso"));
        known.sort_by(|one, other| one.name.cmp(&other.name));
        for item in &mut known {
            item.value = item.value.replace("True", "true");
        }
        let expected = [
            item("DeviceName", "A & B"),
            item("MAC", "00-01"),
            item("MAC", "00-01"),
            item("UXInitiated", "true"),
        ];
        assert_eq!(known, expected, "seed {seed}");
        assert_eq!(decoded.request_type, RequestType::Issue);
        assert_eq!(decoded.token_type, TOKEN_TYPE);
        assert_eq!(
            bytes(decoded.binary_security_token),
            bytes(request.binary_security_token.clone())
        );
    }
}

#[test]
fn a_package_in_odd_words_is_the_same_package() {
    let package = SyncMl {
        header: SyncHdr {
            ver_dtd: "1.2".to_owned(),
            ver_proto: "DM/1.2".to_owned(),
            session_id: "1".to_owned(),
            msg_id: "1".to_owned(),
            target: Location::from("https://mdm.example/"),
            source: Location::from("AB"),
            cred: None,
            meta: None,
        },
        body: SyncBody {
            commands: vec![Command::Replace(Operation {
                cmd_id: "2".to_owned(),
                items: vec![Item {
                    source: Some(Location::from("./DevInfo/Man")),
                    data: Some("  A <B> & ]]> C\r\n".to_owned()),
                    ..Item::default()
                }],
                ..Operation::default()
            })],
            is_final: true,
        },
    };
    for seed in 0..SEEDS {
        let text = Odd::new(seed).package("1", package.write());
        let read = SyncMl::read(text.as_bytes())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        assert_eq!(read, package, "seed {seed}");
    }
}

#[test]
fn only_the_service_of_a_url_is_shouted() {
    let url = Url::parse("https://mdm.example/e/sales/EnrollmentServer/Policy.svc?Flow=a")
        .expect("a URL");
    let shouted = "https://mdm.example/e/sales/ENROLLMENTSERVER/POLICY.SVC?Flow=a";
    let all: Vec<String> = (0..20)
        .map(|seed| Odd::new(seed).url(&url).into())
        .collect();
    assert!(all.iter().any(|odd| odd == shouted));
    assert!(all.iter().all(|odd| odd == shouted || odd == url.as_str()));
}

#[test]
fn a_seed_says_the_same_again() {
    let text = write_request(&GetPolicies::default(), &header::<GetPolicies>(None));
    let said = |seed| Odd::new(seed).envelope(Step::GetPolicies, text.clone());
    assert_eq!(said(5), said(5));
    assert_ne!(said(5), said(6));
}
