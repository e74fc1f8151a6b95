//! The headers of the published requests.

mod credential;

use super::*;
use crate::protocol::enrollment::{DEVICE_ENROLLMENT_USER_TOKEN as USER, X509_V3};
use crate::soap::Security;

/// Who asks.
#[derive(Debug, PartialEq)]
pub(super) enum Credential<'a> {
    Nobody,
    Password(&'a str, &'a str),
    Token(&'a str, &'a str),
}
use Credential::{Nobody, Password, Token};

type Row = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Credential<'static>,
);

pub(super) const HEADERS: [Row; 32] = [
    (
        "learn-discover-request-onpremise-federated-v3.xml",
        DISCOVER_SPACED,
        Some(ENROLLTEST_DISCOVERY),
        Nobody,
    ),
    (
        "learn-rst-issue-request-federated-v3.xml",
        REQUEST,
        Some(ENROLLTEST_443),
        Token(USER, "B64EncodedSampleBinarySecurityToken"),
    ),
    (
        "learn-rst-renew-request.xml",
        "urn:uuid:61a17f2c-42e9-4a45-9c85-f15c1c8baee8",
        Some("https://dm.contoso.com/EnrollmentService/DeviceEnrollmentService.svc"),
        Password("user@contoso.com", ""),
    ),
    (
        "mde-discover-request-v1.xml",
        DISCOVER,
        Some("https://manage.contoso.com:443/EnrollmentServer/Discovery.svc"),
        Nobody,
    ),
    (
        "mde-getpolicies-request.xml",
        XCEP,
        Some("https://sts.contoso.com/service.svc/cep"),
        Token(USER, ""),
    ),
    (
        "mde-rst-issue-request.xml",
        "urn:uuid:b5d1a601-5091-4a7d-b34b-5204c18b5919",
        None,
        Token(USER, ""),
    ),
    (
        "mde2-discover-request-certificate-v3.xml",
        DISCOVER_SPACED,
        Some(ENROLLTEST_DISCOVERY),
        Nobody,
    ),
    (
        "mde2-discover-request-federated-v5.xml",
        DISCOVER_SPACED,
        Some(ENROLLTEST_DISCOVERY),
        Nobody,
    ),
    (
        "mde2-discover-request-onpremise-v3.xml",
        DISCOVER_SPACED,
        Some(ENROLLTEST_DISCOVERY),
        Nobody,
    ),
    (
        "mde2-getpolicies-request-certificate.xml",
        GET_POLICIES,
        Some(ENROLLTEST),
        Token(X509_V3, "B64EncodedSampleBinarySecurityToken"),
    ),
    (
        "mde2-getpolicies-request-federated.xml",
        GET_POLICIES,
        Some(ENROLLTEST),
        Token(USER, "B64EncodedSampleBinarySecurityToken"),
    ),
    (
        "mde2-getpolicies-request-onpremise.xml",
        GET_POLICIES,
        Some(ENROLLTEST),
        Password("user@contoso.com", "mypassword"),
    ),
    (
        "mde2-rst-issue-request-certificate.xml",
        REQUEST,
        Some(ENROLLTEST_443),
        Token(USER, "B64EncodedSampleBinarySecurityToken"),
    ),
    (
        "mde2-rst-issue-request-federated-azure-attestation-v6.xml",
        REQUEST,
        Some(ENROLLTEST_443),
        Token(USER, "B64EncodedSampleBinarySecurityToken"),
    ),
    (
        "mde2-rst-issue-request-federated-v5.xml",
        REQUEST,
        Some(ENROLLTEST_443),
        Token(USER, "B64EncodedSampleBinarySecurityToken"),
    ),
    (
        "mde2-rst-issue-request-onpremise.xml",
        REQUEST,
        Some(ENROLLTEST_443),
        Password("user@contoso.com", "mypassword"),
    ),
    (
        "observed-discover-request.xml",
        DISCOVER,
        Some("https://mdm.example.com/EnrollmentServer/Discovery.svc"),
        Nobody,
    ),
    (
        "observed-getpolicies-request.xml",
        GET_POLICIES,
        Some("https://mdm.example.com/EnrollmentServer/Policy.svc"),
        Token(USER, "T3BhcXVlLXRva2Vu"),
    ),
    (
        "observed-rst-issue-request.xml",
        REQUEST,
        Some("https://mdm.example.com/EnrollmentServer/Enrollment.svc"),
        Token(USER, "T3BhcXVlLXRva2Vu"),
    ),
    (
        "wstep-querytokenstatus-request.xml",
        "urn:uuid:ce330bb2-0ca2-473b-a29a-19e9264666ff",
        None,
        Nobody,
    ),
    (
        "wstep-rst-issue-request.xml",
        "urn:uuid:b5d1a601-5091-4a7d-b34b-5204c18b5919",
        None,
        Nobody,
    ),
    (
        "wstep-rst-renew-request.xml",
        "urn:uuid:b0a9b388-2581-451d-8c03-270d4ffe2928",
        None,
        Nobody,
    ),
    (
        "xcep-getpolicies-request-initial.xml",
        XCEP,
        Some(POLICY_PROVIDER),
        Password("", ""),
    ),
    (
        "xcep-getpolicies-request-lastupdate.xml",
        XCEP,
        Some(POLICY_PROVIDER),
        Password("", ""),
    ),
    (
        "win10-19043-onprem-ngrok-1-discovery-request.xml",
        DISCOVER,
        Some("https://EnterpriseEnrollment.mobiusmdm.ngrok.io:443/EnrollmentServer/Discovery.svc"),
        Nobody,
    ),
    (
        "win10-19043-onprem-ngrok-2-policy-request.xml",
        GET_POLICIES,
        Some("https://windows.mobiusmdm.ngrok.io/EnrollmentServer/Policy.svc"),
        Password("demio", "demo"),
    ),
    (
        "win10-19043-onprem-ngrok-3-enrollment-request.xml",
        REQUEST,
        Some("https://windows.mobiusmdm.ngrok.io/EnrollmentServer/Enrollment.svc"),
        Password("demio", "demo"),
    ),
    (
        "win10-19045-programmatic-fleettest-discovery-request.xml",
        DISCOVER,
        Some("https://mdmwindows.com:443/EnrollmentServer/Discovery.svc"),
        Nobody,
    ),
    (
        "win10-19045-programmatic-fleettest-enrollment-request.xml",
        REQUEST,
        Some("https://mdmwindows.com/EnrollmentServer/Enrollment.svc"),
        Token(USER, "aGVsbG93b3JsZA=="),
    ),
    (
        "win11-22598-programmatic-fleet-mdmtest-discovery-request.xml",
        DISCOVER,
        Some("https://mdm.example.com/EnrollmentServer/Discovery.svc"),
        Nobody,
    ),
    (
        "win11-22598-programmatic-fleet-mdmtest-enrollment-request.xml",
        REQUEST,
        Some("https://mdm.example.com/EnrollmentServer/Enroll.svc"),
        Token(USER, "QklOQVJZX1NFQ19UT0tFTg=="),
    ),
    (
        "win11-22598-programmatic-fleet-mdmtest-policy-request.xml",
        GET_POLICIES,
        Some("https://mdm.example.com/EnrollmentServer/Policy.svc"),
        Token(USER, "QklOQVJZX1NFQ19UT0tFTg=="),
    ),
];

const DISCOVER_SPACED: &str = "urn:uuid: 748132ec-a575-4329-b01b-6171a9cf8478";
const DISCOVER: &str = "urn:uuid:748132ec-a575-4329-b01b-6171a9cf8478";
const GET_POLICIES: &str = "urn:uuid:72048B64-0F19-448F-8C2E-B4C661860AA0";
const REQUEST: &str = "urn:uuid:0d5a1441-5891-453b-becf-a2e5f6ea3749";
const XCEP: &str = "urn:uuid:5fb5f6fd-4709-414b-8afa-0c05f6686d1c";
const ENROLLTEST: &str =
    "https://enrolltest.contoso.com/ENROLLMENTSERVER/DEVICEENROLLMENTWEBSERVICE.SVC";
const ENROLLTEST_443: &str =
    "https://enrolltest.contoso.com:443/ENROLLMENTSERVER/DEVICEENROLLMENTWEBSERVICE.SVC";
const ENROLLTEST_DISCOVERY: &str = "https://ENROLLTEST.CONTOSO.COM/EnrollmentServer/Discovery.svc";
const POLICY_PROVIDER: &str = "https://9-1351c1223a.dom9-1351c1223a.nttest.microsoft.com/ADPolicyProvider_cep_usernamepassword/service.svc/cep";

#[test]
fn the_header_of_each_published_request_is_what_the_file_says() {
    let Some(published) = Published::find() else {
        return;
    };
    for (name, message_id, to, expected) in HEADERS {
        let bytes = published.read(name);
        let header = Envelope::read(&bytes, &Limits::SOAP).expect(name).header;
        assert_eq!(header.message_id.as_deref(), Some(message_id), "{name}");
        assert_eq!(header.to.as_deref(), to, "{name}");
        assert_eq!(
            header.reply_to.as_deref(),
            Some("http://www.w3.org/2005/08/addressing/anonymous"),
            "{name}"
        );
        let action = match name {
            name if name.contains("discover") => Discover::ACTION,
            name if name.contains("polic") => GetPolicies::ACTION,
            _ => RequestSecurityToken::ACTION,
        };
        assert_eq!(header.action, action, "{name}");
        assert_eq!(credential(header.security.as_ref()), expected, "{name}");
    }
}

fn credential(security: Option<&Security>) -> Credential<'_> {
    let Some(security) = security else {
        return Nobody;
    };
    match (&security.username_token, &security.binary_security_token) {
        (Some(token), None) => Password(&token.username, token.password.reveal()),
        (None, Some(token)) => Token(&token.value_type, token.text.reveal()),
        _ => Nobody,
    }
}
