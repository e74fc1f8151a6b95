//! The messages of `fixtures/`: each is read, compared with its value, written, and compared with itself.

mod enrollment;
mod policy;

use super::*;
use crate::protocol::discovery::{AuthPolicy, Discover, DiscoverResponse, Version};
use crate::protocol::enrollment::RequestSecurityTokenResponseCollection;
use crate::protocol::policy::GetPoliciesResponse;
use crate::soap::{Code, ErrorType, ServiceError, Subcode};

const ANONYMOUS: &str = "http://www.w3.org/2005/08/addressing/anonymous";
const ACTIVITY: &str = "7c7a0b64-9f2e-4c0a-8d1e-0c2f6a7b8c9d";

/// The request of a fixture that is written in the very form in which we write it.
fn exact_request<E: Exchange + PartialEq + Debug>(path: &str) -> (Header, E) {
    let bytes = fixture(path);
    let (header, message) = request::<E>(&bytes);
    assert_same_tree(&write_request(&message, &header), &bytes);
    (header, message)
}

/// The reply of a fixture that is written in the very form in which we write it.
fn exact_reply<R: Reply + PartialEq + Debug>(path: &str) -> (ReplyHeader, Result<R, Fault>) {
    let bytes = fixture(path);
    let (header, content) = reply::<R>(&bytes);
    let written = match &content {
        Ok(message) => write_reply(message, &header),
        Err(fault) => fault.write(R::ACTION, &header),
    };
    assert_same_tree(&written, &bytes);
    (header, content)
}

fn header(action: &str, message_id: &str, to: &str) -> Header {
    Header {
        action: action.to_owned(),
        message_id: Some(message_id.to_owned()),
        reply_to: Some(ANONYMOUS.to_owned()),
        to: Some(to.to_owned()),
        security: None,
    }
}

fn reply_header(relates_to: &str) -> ReplyHeader {
    ReplyHeader {
        relates_to: Some(relates_to.to_owned()),
        activity_id: Some(ACTIVITY.to_owned()),
        timestamp: None,
    }
}

#[test]
fn a_discover_reads_and_writes() {
    let (sent, discover) = exact_request::<Discover>("mde2/discover.xml");
    assert_eq!(
        sent,
        header(
            Discover::ACTION,
            "urn:uuid:5b0a3c0e-92d4-4b53-8d1c-1f6a4c6f0001",
            "https://enterpriseenrollment.contoso.example:443/EnrollmentServer/Discovery.svc",
        )
    );
    assert_eq!(
        discover,
        Discover {
            email_address: "anna@contoso.example".to_owned(),
            request_version: Some(Version::new(7, 0)),
            device_type: Some("CIMClient_Windows".to_owned()),
            application_version: Some("10.0.26100.4061".to_owned()),
            os_edition: Some(48),
            os_version: None,
            auth_policies: vec![AuthPolicy::OnPremise, AuthPolicy::Federated],
        }
    );
}

#[test]
fn a_discover_is_read_in_any_order_in_either_namespace_with_what_is_new_or_missing() {
    let (sent, discover) = request::<Discover>(&fixture("mde2/discover-by-agent.xml"));
    assert_eq!(
        sent.message_id.as_deref(),
        Some("urn:uuid: 5b0a3c0e-92d4-4b53-8d1c-1f6a4c6f0002")
    );
    assert_eq!(
        discover,
        Discover {
            os_edition: Some(121),
            os_version: Some("10.0.22631.0".to_owned()),
            auth_policies: vec![
                AuthPolicy::Certificate,
                AuthPolicy::Other("Passkey".to_owned())
            ],
            ..Discover::default()
        }
    );
}

#[test]
fn a_discover_response_reads_and_writes() {
    let expected = |auth_policy, authentication_service_url| DiscoverResponse {
        auth_policy,
        enrollment_version: Some(Version::new(5, 0)),
        enrollment_policy_service_url: Some(
            "https://devices.contoso.example:8444/EnrollmentServer/Policy.svc".to_owned(),
        ),
        enrollment_service_url:
            "https://devices.contoso.example:8444/EnrollmentServer/Enrollment.svc".to_owned(),
        authentication_service_url,
    };
    let about = reply_header("urn:uuid:5b0a3c0e-92d4-4b53-8d1c-1f6a4c6f0001");
    assert_eq!(
        exact_reply::<DiscoverResponse>("mde2/discover-response-onpremise.xml"),
        (about.clone(), Ok(expected(AuthPolicy::OnPremise, None)))
    );
    let page = "https://mdm.contoso.example/EnrollmentServer/Auth?flow=7&lang=en".to_owned();
    assert_eq!(
        exact_reply::<DiscoverResponse>("mde2/discover-response-federated.xml"),
        (about, Ok(expected(AuthPolicy::Federated, Some(page))))
    );
}

#[test]
fn a_fault_reads_and_writes_and_gives_the_code_that_the_device_shows() {
    let about = reply_header("urn:uuid:5b0a3c0e-92d4-4b53-8d1c-1f6a4c6f0004");
    let expected = |subcode, reason: &str, error_type: Option<ErrorType>| Fault {
        code: Code::Receiver,
        subcode,
        reason: reason.to_owned(),
        detail: error_type.map(|error_type| ServiceError {
            error_type: Some(error_type),
            message: reason.to_owned(),
            trace_id: ACTIVITY.to_owned(),
        }),
    };
    let cap = expected(
        Subcode::Authorization,
        "You already have 5 devices & may have no more.",
        Some(ErrorType::DeviceCapReached),
    );
    assert_eq!(cap.hresult(), 0x8018_0013);
    assert_eq!(
        exact_reply::<RequestSecurityTokenResponseCollection>("mde2/fault-device-cap-reached.xml"),
        (about.clone(), Err(cap))
    );
    let authentication = expected(
        Subcode::Authentication,
        "The code is wrong or was used before.",
        None,
    );
    assert_eq!(authentication.hresult(), 0x8018_0002);
    assert_eq!(
        exact_reply::<GetPoliciesResponse>("mde2/fault-authentication.xml"),
        (about.clone(), Err(authentication))
    );
    let internal = expected(Subcode::InternalServiceFault, "Something went wrong.", None);
    assert_eq!(internal.hresult(), 0x8018_0006);
    assert_eq!(
        exact_reply::<RequestSecurityTokenResponseCollection>("mde2/fault-internal.xml"),
        (about, Err(internal))
    );
}

#[test]
fn a_version_is_a_decimal_and_has_an_order() {
    for (text, expected) in [
        ("4.0", Version::new(4, 0)),
        ("9.0", Version::new(9, 0)),
        ("5", Version::new(5, 0)),
        ("10.2", Version::new(10, 2)),
    ] {
        assert_eq!(text.parse(), Ok(expected), "{text}");
    }
    assert_eq!(Version::new(4, 0).to_string(), "4.0");
    assert!(Version::new(3, 0) < Version::new(9, 0) && Version::new(9, 0) < Version::new(10, 0));
    for text in [
        "",
        ".",
        "4.",
        ".0",
        "-1.0",
        "+4.0",
        "4.0.0",
        "4,0",
        " 4.0",
        "four",
        "4294967296.0",
    ] {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
}
