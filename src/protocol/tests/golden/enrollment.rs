//! MS-WSTEP.

use super::*;
use crate::protocol::enrollment::{
    BodyToken, ContextItem, DEVICE_ENROLLMENT_USER_TOKEN, EnrollmentType, JWT, PKCS7, PKCS7_WSTEP,
    PKCS10, RequestSecurityToken, RequestType, TOKEN_TYPE, X509_V3, decode_base64,
    decode_header_token,
};
use crate::secret::Secret;
use crate::soap::{BASE64_BINARY, BinarySecurityToken, Timestamp, Window};
use crate::xml::{Element, FromXml, ToXml, namespace};

const ID: &str = "urn:uuid:5b0a3c0e-92d4-4b53-8d1c-1f6a4c6f0004";
const TO: &str = "https://devices.contoso.example:8444/EnrollmentServer/Enrollment.svc";

/// What the device of the fixtures says of itself.
const CONTEXT: [(&str, &str); 15] = [
    ("UXInitiated", "true"),
    (
        "HWDevID",
        "C0FFEE00C0FFEE00C0FFEE00C0FFEE00C0FFEE00C0FFEE00C0FFEE00C0FFEE00",
    ),
    ("Locale", "de-AT"),
    ("TargetedUserLoggedIn", "true"),
    ("OSEdition", "48"),
    ("DeviceName", "CONTOSO-PC-7"),
    ("MAC", "02-00-5E-10-00-01"),
    ("MAC", "02-00-5E-10-00-02"),
    ("DeviceID", "0123456789ABCDEF0123456789ABCDEF"),
    ("EnrollmentType", "Full"),
    ("DeviceType", "CIMClient_Windows"),
    ("OSVersion", "10.0.26100.4061"),
    ("ApplicationVersion", "10.0.26100.4061"),
    ("NotInOobe", "true"),
    ("RequestVersion", "7.0"),
];

fn context(items: &[(&str, &str)]) -> Vec<ContextItem> {
    let item = |(name, value): &(&str, &str)| ContextItem {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    items.iter().map(item).collect()
}

/// The credential in the header, by its type and its text.
fn token(header: &Header) -> (&str, &str) {
    let security = header.security.as_ref().unwrap();
    let token = security.binary_security_token.as_ref().unwrap();
    assert_eq!(token.encoding_type.as_deref(), Some(BASE64_BINARY));
    (&token.value_type, token.text.reveal())
}

/// The certificate request of the fixtures, by its own fields; its text is checked by the caller.
fn issue(message: &RequestSecurityToken, items: &[(&str, &str)]) -> RequestSecurityToken {
    RequestSecurityToken {
        token_type: TOKEN_TYPE.to_owned(),
        request_type: RequestType::Issue,
        binary_security_token: Some(BinarySecurityToken {
            id: None,
            value_type: PKCS10.to_owned(),
            encoding_type: Some(BASE64_BINARY.to_owned()),
            text: message.binary_security_token.as_ref().unwrap().text.clone(),
        }),
        additional_context: context(items),
        request_id: None,
    }
}

#[test]
fn a_request_with_a_password_reads_and_writes() {
    let (sent, message) = request::<RequestSecurityToken>(&fixture("wstep/issue-password.xml"));
    let credential = sent.security.as_ref().unwrap().username_token.as_ref();
    assert_eq!(credential.unwrap().username, "CONTOSO\\anna");
    assert_eq!(credential.unwrap().password.reveal(), "kq7m-n2px-84fh");
    let expected = Header {
        security: sent.security.clone(),
        ..header(RequestSecurityToken::ACTION, ID, TO)
    };
    assert_eq!(sent, expected);
    assert_eq!(message, issue(&message, &CONTEXT));
    assert_eq!(message.item("DeviceName"), Some("CONTOSO-PC-7"));
    assert_eq!(message.item("IMEI"), None);
    let macs: Vec<_> = message.items("MAC").collect();
    assert_eq!(macs, ["02-00-5E-10-00-01", "02-00-5E-10-00-02"]);
    assert_eq!(message.enrollment_type(), Some(EnrollmentType::Full));
}

#[test]
fn a_request_in_64_columns_holds_the_same_bytes_as_one_on_one_line() {
    let wrapped = request::<RequestSecurityToken>(&fixture("wstep/issue-password.xml")).1;
    let straight = exact_request::<RequestSecurityToken>("wstep/issue-token.xml").1;
    assert_ne!(
        wrapped.binary_security_token,
        straight.binary_security_token
    );
    let decoded = wrapped.body_token().unwrap();
    assert_eq!(decoded, straight.body_token().unwrap());
    assert!(matches!(decoded, BodyToken::Pkcs10(der) if der.len() == 659));
}

#[test]
fn a_request_with_a_token_reads_and_writes() {
    let (sent, message) = exact_request::<RequestSecurityToken>("wstep/issue-token.xml");
    let expected = (DEVICE_ENROLLMENT_USER_TOKEN, "cHRfb25lLXRpbWUtdG9rZW4=");
    assert_eq!(token(&sent), expected);
    let decoded = decode_header_token(expected.1).unwrap();
    assert_eq!(decoded, b"pt_one-time-token");
    let mut items = CONTEXT;
    items[9] = ("EnrollmentType", "Device");
    assert_eq!(message, issue(&message, &items));
    assert_eq!(message.enrollment_type(), Some(EnrollmentType::Device));
}

#[test]
fn a_request_with_an_entra_token_and_a_long_claim_reads_and_writes() {
    let (sent, message) = exact_request::<RequestSecurityToken>("wstep/issue-jwt.xml");
    let (value_type, text) = token(&sent);
    assert_eq!(value_type, JWT);
    let jws = String::from_utf8(decode_header_token(text).unwrap()).unwrap();
    assert_eq!(jws.split('.').count(), 3);
    let claim = "QUlL".repeat(1000);
    let mut items = CONTEXT[..9].to_vec();
    items.extend([("EnrollmentType", "Device"), ("AIKPub", claim.as_str())]);
    assert_eq!(message, issue(&message, &items));
}

#[test]
fn a_request_signed_with_a_certificate_reads_and_writes() {
    let (sent, message) = exact_request::<RequestSecurityToken>("wstep/issue-certificate.xml");
    let security = sent.security.as_ref().unwrap();
    assert_eq!(
        security.timestamp,
        Some(Timestamp {
            id: Some("_0".to_owned()),
            created: "2030-01-02T03:04:05Z".to_owned(),
            expires: "2030-01-02T03:06:05Z".to_owned(),
        })
    );
    let certificate = security.binary_security_token.as_ref().unwrap();
    assert_eq!(certificate.value_type, X509_V3);
    assert_eq!(
        certificate.id.as_deref(),
        Some("uuid-6f1d2c3b-0000-4000-8000-0a0b0c0d0e0f")
    );
    let signature = security.signature.as_ref().unwrap();
    let value = signature.required(namespace::DSIG, "SignatureValue");
    assert_eq!(value.unwrap().text, "c2lnbmF0dXJl");
    let items = [
        ("EnrollmentType", "Device"),
        ("DeviceType", "CIMClient_Windows"),
        ("OSVersion", "10.0.26100.4061"),
    ];
    assert_eq!(message, issue(&message, &items));
}

#[test]
fn a_renewal_reads_and_writes() {
    let (sent, message) = exact_request::<RequestSecurityToken>("wstep/renew.xml");
    assert_eq!(sent, header(RequestSecurityToken::ACTION, ID, TO));
    let items = [
        ("DeviceType", "CIMClient_Windows"),
        ("ApplicationVersion", "10.0.26100.4061"),
        ("EnrollmentType", "Full"),
        ("DeviceID", "0123456789ABCDEF0123456789ABCDEF"),
    ];
    let mut expected = issue(&message, &items);
    expected.request_type = RequestType::Renew;
    PKCS7.clone_into(&mut expected.binary_security_token.as_mut().unwrap().value_type);
    assert_eq!(message, expected);
    assert!(matches!(message.body_token(), Ok(BodyToken::Pkcs7(der)) if der.len() == 1725));
}

#[test]
fn a_renewal_may_be_in_base64_twice() {
    let body = |value_type: &str, text: &str| {
        BodyToken::decode(&BinarySecurityToken {
            id: None,
            value_type: value_type.to_owned(),
            encoding_type: None,
            text: Secret::new(text),
        })
    };
    let der = BodyToken::Pkcs7(vec![0x30, 0x03, 0x02, 0x01, 0x07]);
    assert_eq!(body(PKCS7, "MAMCAQc=").unwrap(), der);
    assert_eq!(body(PKCS7_WSTEP, "TUFNQ0FRYz0=").unwrap(), der);
    assert!(body("urn:other", "MAMCAQc=").is_err());
    assert!(body(PKCS10, "not base64!").is_err());
}

#[test]
fn base64_is_read_with_white_space_and_without_padding_and_header_tokens_in_both_alphabets() {
    let bytes = [0xfb, 0xff, 0xbe, 0x00];
    for text in ["+/++AA==", "+/++AA", " +/+\r\n\t+AA==\n"] {
        assert_eq!(decode_base64(text).unwrap(), bytes, "{text}");
        assert_eq!(decode_header_token(text).unwrap(), bytes, "{text}");
    }
    for text in ["-_--AA==", "-_--AA", "-_-\n-AA"] {
        assert_eq!(decode_header_token(text).unwrap(), bytes, "{text}");
        assert!(decode_base64(text).is_err(), "{text}");
    }
    for text in ["-/-+AA==", "A", "====", "AA=A", "\u{e9}AAA"] {
        assert!(decode_header_token(text).is_err(), "{text}");
    }
}

#[test]
fn a_response_collection_reads_and_writes() {
    let path = "wstep/response-collection.xml";
    let (about, message) = exact_reply::<RequestSecurityTokenResponseCollection>(path);
    let expected = RequestSecurityTokenResponseCollection::new(
        r#"<wap-provisioningdoc version="1.1"><characteristic type="APPLICATION"><parm name="NAME" value="Grüße"/></characteristic></wap-provisioningdoc>"#.to_owned(),
    );
    assert_eq!(message.unwrap(), expected);
    let window = Window {
        created: "2030-01-02T03:04:05.678Z".to_owned(),
        expires: "2030-01-02T03:14:05.678Z".to_owned(),
    };
    assert_eq!(about.timestamp, Some(window));
    assert_eq!(about.relates_to.as_deref(), Some(ID));
    assert!(!format!("{expected:?}").contains("Grüße"));
}

#[test]
fn a_response_must_carry_a_provisioning_document_in_base64_of_utf_8() {
    let message = RequestSecurityTokenResponseCollection::new("<a/>".to_owned());
    let tree = message.to_xml().into_owned();
    let changed = |change: &dyn Fn(&mut Element<'static>)| {
        let mut tree = tree.clone();
        change(&mut tree.children[0].children[2].children[0]);
        RequestSecurityTokenResponseCollection::from_xml(&tree)
    };
    assert_eq!(changed(&|_| {}).unwrap(), message);
    assert!(changed(&|token| token.attributes[0].value = X509_V3.into()).is_err());
    assert!(changed(&|token| token.attributes.clear()).is_err());
    assert!(changed(&|token| token.text = "<a/>".into()).is_err());
    assert!(changed(&|token| token.text = "/////w==".into()).is_err());
}
