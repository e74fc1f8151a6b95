//! The requests for a certificate that the specifications print and that devices sent, and the replies to them.

use super::*;
use crate::protocol::enrollment::{
    ContextItem, PKCS7, PKCS10, RequestSecurityTokenResponseCollection, RequestType, TOKEN_TYPE,
    X509_V3, decode_base64,
};
use RequestType::{Issue, QueryTokenStatus, Renew};

/// What the text of the certificate request is.
#[derive(Debug)]
pub(super) enum Body {
    /// This.
    Text(&'static str),
    /// Something that begins like this.
    Starts(&'static str),
    /// Base64 of this file.
    Der(&'static str),
}
use Body::{Der, Starts, Text};

const PLACEHOLDER: &str =
    "DER format PKCS#10 certificate request in Base64 encoding Insterted Here";

type Row = (
    &'static str,
    &'static str,
    RequestType,
    Option<(&'static str, Body)>,
    &'static str,
);

pub(super) const REQUESTS: [Row; 14] = [
    (
        "learn-rst-issue-request-federated-v3.xml",
        TOKEN_TYPE,
        Issue,
        Some((PKCS10, Text(PLACEHOLDER))),
        "OSEdition=4 OSVersion=10.0.9999.0 DeviceName=MY_WINDOWS_DEVICE MAC=FF:FF:FF:FF:FF:FF MAC=CC:CC:CC:CC:CC:CC IMEI=49015420323756 IMEI=30215420323756 EnrollmentType=Full DeviceType=CIMClient_Windows ApplicationVersion=10.0.9999.0 DeviceID=7BA748C8-703E-4DF2-A74A-92984117346A TargetedUserLoggedIn=True",
    ),
    (
        "learn-rst-renew-request.xml",
        TOKEN_TYPE,
        Renew,
        Some((PKCS7, Text("BinarySecurityTokenInsertedHere"))),
        "DeviceType=WindowsPhone ApplicationVersion=5.0.7616.0",
    ),
    (
        "mde-rst-issue-request.xml",
        TOKEN_TYPE,
        Issue,
        Some((PKCS10, Text(""))),
        "DeviceType=CIMClient_Windows",
    ),
    (
        "mde2-rst-issue-request-certificate.xml",
        TOKEN_TYPE,
        Issue,
        Some((PKCS10, Text(PLACEHOLDER))),
        "UXInitiated=true ExternalMgmtAgentHint=Agent1:Value1 DomainName=mydomain.fabrikam.com OSEdition=4 OSVersion=10.0.9999.0 DeviceName=MY_WINDOWS_DEVICE MAC=FF:FF:FF:FF:FF:FF MAC=CC:CC:CC:CC:CC:CC IMEI=49015420323756 IMEI=30215420323756 EnrollmentType=Full DeviceType=CIMClient_Windows ApplicationVersion=10.0.9999.0 DeviceID=7BA748C8-703E-4DF2-A74A-92984117346A EnrollmentData=3J4KLJ9SDJFAL93JLAKHJSDFJHAO83HAKSHFLAHSKFNHNPA2934342 TargetedUserLoggedIn=True Locale=en-us HWDevID=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF ZeroTouchProvisioning=ffffffff-ffff-4fff-afff-ffffffffffff OfflineAutoPilotEnrollmentCorrelator=ffffffff-ffff-4fff-afff-ffffffffffff NotInOobe=True",
    ),
    (
        "mde2-rst-issue-request-federated-azure-attestation-v6.xml",
        TOKEN_TYPE,
        Issue,
        Some((PKCS10, Text(PLACEHOLDER))),
        "UXInitiated=true ExternalMgmtAgentHint=Agent1:Value1 DomainName=mydomain.fabrikam.com OSEdition=4 OSVersion=10.0.9999.0 DeviceName=MY_WINDOWS_DEVICE MAC=FF:FF:FF:FF:FF:FF MAC=CC:CC:CC:CC:CC:CC IMEI=49015420323756 IMEI=30215420323756 EnrollmentType=Full DeviceType=CIMClient_Windows ApplicationVersion=10.0.9999.0 EnrollmentData=3J4KLJ9SDJFAL93JLAKHJSDFJHAO83HAKSHFLAHSKFNHNPA2934342 DeviceID=7BA748C8-703E-4DF2-A74A-92984117346A TargetedUserLoggedIn=True Locale=en-us HWDevID=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF ZeroTouchProvisioning=ffffffff-ffff-4fff-afff-ffffffffffff OfflineAutoPilotEnrollmentCorrelator=ffffffff-ffff-4fff-afff-ffffffffffff BootstrapDomainJoin=True PlugandForget=True WhiteGlove=True WhiteGloveHybridJoin=True NotInOobe=True RequestVersion=6.0 EmmDeviceId=9A51D698-40C7-499C-928E-EF7FD76E62C0 AzureAttestationBlob=FFFFFFFFFFFF",
    ),
    (
        "mde2-rst-issue-request-federated-v5.xml",
        TOKEN_TYPE,
        Issue,
        Some((PKCS10, Text(PLACEHOLDER))),
        "UXInitiated=true ExternalMgmtAgentHint=Agent1:Value1 DomainName=mydomain.fabrikam.com OSEdition=4 OSVersion=10.0.9999.0 DeviceName=MY_WINDOWS_DEVICE MAC=FF:FF:FF:FF:FF:FF MAC=CC:CC:CC:CC:CC:CC IMEI=49015420323756 IMEI=30215420323756 EnrollmentType=Full DeviceType=CIMClient_Windows ApplicationVersion=10.0.9999.0 EnrollmentData=3J4KLJ9SDJFAL93JLAKHJSDFJHAO83HAKSHFLAHSKFNHNPA2934342 DeviceID=7BA748C8-703E-4DF2-A74A-92984117346A TargetedUserLoggedIn=True Locale=en-us HWDevID=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF ZeroTouchProvisioning=ffffffff-ffff-4fff-afff-ffffffffffff OfflineAutoPilotEnrollmentCorrelator=ffffffff-ffff-4fff-afff-ffffffffffff BootstrapDomainJoin=True PlugandForget=True WhiteGlove=True WhiteGloveHybridJoin=True NotInOobe=True RequestVersion=5.0 EmmDeviceId=9A51D698-40C7-499C-928E-EF7FD76E62C0 AIKAttestationClaim=FFFFFFFFFFFF AIKPub=FFFFFFFFFFFF AIKCert=FFFFFFFFFFFF AadAIKAttestationClaim=FFFFFFFFFFFF AADPub=FFFFFFFFFFFF",
    ),
    (
        "mde2-rst-issue-request-onpremise.xml",
        TOKEN_TYPE,
        Issue,
        Some((PKCS10, Text(PLACEHOLDER))),
        "UXInitiated=true ExternalMgmtAgentHint=Agent1:Value1 DomainName=mydomain.fabrikam.com OSEdition=4 OSVersion=10.0.9999.0 DeviceName=MY_WINDOWS_DEVICE MAC=FF:FF:FF:FF:FF:FF MAC=CC:CC:CC:CC:CC:CC IMEI=49015420323756 IMEI=30215420323756 EnrollmentType=Full DeviceType=CIMClient_Windows ApplicationVersion=10.0.9999.0 DeviceID=7BA748C8-703E-4DF2-A74A-92984117346A EnrollmentData=3J4KLJ9SDJFAL93JLAKHJSDFJHAO83HAKSHFLAHSKFNHNPA2934342 TargetedUserLoggedIn=True Locale=en-us HWDevID=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF ZeroTouchProvisioning=ffffffff-ffff-4fff-afff-ffffffffffff OfflineAutoPilotEnrollmentCorrelator=ffffffff-ffff-4fff-afff-ffffffffffff NotInOobe=True",
    ),
    (
        "observed-rst-issue-request.xml",
        TOKEN_TYPE,
        Issue,
        Some((PKCS10, Der("csr-win11-22598.der"))),
        "UXInitiated=false HWDevID=00000000000000000000000000000000000000000000000000000000000000AA Locale=en-US TargetedUserLoggedIn=true OSEdition=48 DeviceName=DESKTOP-H1T20J1 MAC=A2-19-7D-41-B3-9C DeviceID=8090C8B484A0E24EB5C56E806CB4EE5B EnrollmentType=Full DeviceType=CIMClient_Windows OSVersion=10.0.22598.1 ApplicationVersion=10.0.22598.1 NotInOobe=true RequestVersion=5.0",
    ),
    (
        "wstep-querytokenstatus-request.xml",
        X509_V3,
        QueryTokenStatus,
        None,
        "",
    ),
    (
        "wstep-rst-issue-request.xml",
        X509_V3,
        Issue,
        Some((PKCS7, Starts("MIIEDDCCAvQCAQAwADCCASIw"))),
        "",
    ),
    (
        "wstep-rst-renew-request.xml",
        X509_V3,
        Issue,
        Some((PKCS7, Starts("MIIUIAYJKoZIhvcNAQcCoIIU"))),
        "",
    ),
    (
        "win10-19043-onprem-ngrok-3-enrollment-request.xml",
        TOKEN_TYPE,
        Issue,
        Some((
            PKCS10,
            Starts(
                "MIICzjCCAboCAQAwSzFJMEcGA1UEAxNANTYyQTdGOUEtNkNEOC00MEIwLTlFN0UtMERCREQ4IUI1Qjk1NEU4MUZCQ0I5NEVCNzlCRDA4QkU2MjVGNEVF",
            ),
        )),
        "UXInitiated=true HWDevID=3B3ED6D0EA88CBFCF37D36F90F22FE61172348C0162FC3840D6703149870CE76 Locale=en-US TargetedUserLoggedIn=true OSEdition=72 DeviceName=DESKTOP-28FGAI6 MAC=00-0C-29-51-60-9D MAC=1A-77-20-52-41-53 MAC=1A-77-20-52-41-53 MAC=00-0C-29-51-60-A7 MAC=18-14-20-52-41-53 MAC=00-0C-29-51-60-93 DeviceID=B5B954E81FBCB94EB79BD08BE625F4EE EnrollmentType=Full DeviceType=CIMClient_Windows OSVersion=10.0.19043.2364 ApplicationVersion=10.0.19043.2364 NotInOobe=false",
    ),
    (
        "win10-19045-programmatic-fleettest-enrollment-request.xml",
        TOKEN_TYPE,
        Issue,
        Some((PKCS10, Der("csr-win10-19045.der"))),
        "UXInitiated=false HWDevID=BF2D12A95AE42E47D58465E9A71336CAF33FCCAD3088F140F4D50B371FB2256F Locale=en-US TargetedUserLoggedIn=true OSEdition=48 DeviceName=DESKTOP-0C89RC0 MAC=00-0C-29-7B-4E-4C MAC=00-0C-29-7B-4E-56 DeviceID=DB257C3A08778F4FB61E2749066C1F27 EnrollmentType=Full DeviceType=CIMClient_Windows OSVersion=10.0.19045.2965 ApplicationVersion=10.0.19045.2965 NotInOobe=false RequestVersion=5.0",
    ),
    (
        "win11-22598-programmatic-fleet-mdmtest-enrollment-request.xml",
        TOKEN_TYPE,
        Issue,
        Some((PKCS10, Der("csr-win11-22598.der"))),
        "UXInitiated=false HWDevID=HWDEVID_64_HEX Locale=en-US TargetedUserLoggedIn=true OSEdition=48 DeviceName=DESKTOP-H1T20J1 MAC=A2-19-7D-41-B3-9C DeviceID=8090C8B484A0E24EB5C56E806CB4EE5B EnrollmentType=Full DeviceType=CIMClient_Windows OSVersion=10.0.22598.1 ApplicationVersion=10.0.22598.1 NotInOobe=false RequestVersion=5.0",
    ),
];

#[test]
fn each_published_request_for_a_certificate_is_what_the_file_says() {
    let Some(published) = Published::find() else {
        return;
    };
    for (name, token_type, request_type, body, context) in REQUESTS {
        let (_, message) = request::<RequestSecurityToken>(&published.read(name));
        assert_eq!(message.token_type, token_type, "{name}");
        assert_eq!(message.request_type, request_type, "{name}");
        let item = |pair: &str| {
            let (item, value) = pair.split_once('=').expect("Name=Value");
            ContextItem {
                name: item.to_owned(),
                value: value.to_owned(),
            }
        };
        let expected: Vec<_> = context.split_whitespace().map(item).collect();
        assert_eq!(message.additional_context, expected, "{name}");
        let id = matches!(request_type, QueryTokenStatus).then_some("65");
        assert_eq!(message.request_id.as_deref(), id, "{name}");
        let token = message.binary_security_token.as_ref();
        assert_eq!(token.is_some(), body.is_some(), "{name}");
        let (Some(token), Some((value_type, body))) = (token, body) else {
            continue;
        };
        assert_eq!(token.value_type, value_type, "{name}");
        assert_eq!(
            token.encoding_type.as_deref(),
            Some(BASE64_BINARY),
            "{name}"
        );
        let text = token.text.reveal();
        match body {
            Text(expected) => assert_eq!(text, expected, "{name}"),
            Starts(expected) => assert!(text.starts_with(expected), "{name}"),
            Der(file) => assert_eq!(decode_base64(text).expect(name), published.read(file)),
        }
    }
}

#[test]
fn a_renewal_that_windows_made_decodes_to_its_signed_message() {
    let Some(published) = Published::find() else {
        return;
    };
    let (_, message) =
        request::<RequestSecurityToken>(&published.read("wstep-rst-renew-request.xml"));
    let Ok(BodyToken::Pkcs7(der)) = message.body_token() else {
        panic!("a PKCS#7");
    };
    // A SEQUENCE of 0x1420 bytes after its four of header.
    assert_eq!(der.get(..4), Some(&[0x30, 0x82, 0x14, 0x20][..]));
    assert_eq!(der.len(), 0x1420 + 4);
}

pub(super) const REPLIES: [(&str, &str); 4] = [
    ("mde-rstrc-response.xml", ""),
    (
        "mde2-rstrc-response.xml",
        "BinarySecurityToken is not base64",
    ),
    (
        "wstep-rstrc-response.xml",
        "ValueType is not a DeviceEnrollmentProvisionDoc",
    ),
    (
        "wstep-rstrc-renew-response.xml",
        "ValueType is not a DeviceEnrollmentProvisionDoc",
    ),
];

#[test]
fn the_published_replies_hold_placeholders_or_bare_certificates_but_one_is_complete() {
    let Some(published) = Published::find() else {
        return;
    };
    for (name, expected) in REPLIES {
        let bytes = published.read(name);
        let root = xml::read(&bytes, &Limits::SOAP).expect(name);
        let mut bodies = root
            .children
            .iter()
            .filter(|child| child.name.local == "Body");
        let body = &bodies.next().expect(name).children[0];
        let decoded = RequestSecurityTokenResponseCollection::from_xml(body);
        match decoded {
            Ok(message) => {
                assert_eq!(expected, "", "{name}");
                let nothing = RequestSecurityTokenResponseCollection {
                    token_type: TOKEN_TYPE.to_owned(),
                    disposition_message: None,
                    provisioning_document: String::new(),
                    request_id: None,
                };
                assert_eq!(message, nothing);
            }
            Err(error) => assert_eq!(error.to_string(), expected, "{name}"),
        }
    }
    let old = published.read("mde2-rstrc-response.xml");
    assert!(read_reply::<RequestSecurityTokenResponseCollection>(&old).is_err());
    let (_, nested) =
        reply::<RequestSecurityTokenResponseCollection>(&published.read("mde-rstrc-response.xml"));
    assert!(nested.is_ok());
}
