//! Discovery as published.

use super::*;
use crate::protocol::discovery::{AuthPolicy, DiscoverResponse, Version};
use AuthPolicy::{Certificate, Federated, OnPremise};

fn discover(
    email_address: &str,
    version: Option<u32>,
    client: Option<(&str, &str, u32)>,
    auth_policies: &[AuthPolicy],
) -> Discover {
    Discover {
        email_address: email_address.to_owned(),
        request_version: version.map(|major| Version::new(major, 0)),
        device_type: client.map(|client| client.0.to_owned()),
        application_version: client.map(|client| client.1.to_owned()),
        os_edition: client.map(|client| client.2),
        os_version: None,
        auth_policies: auth_policies.to_vec(),
    }
}

pub(super) fn requests() -> Vec<(&'static str, Discover)> {
    const PHONE: Option<(&str, &str, u32)> = Some(("WindowsPhone", "10.0.0.0", 3));
    const PC: &str = "CIMClient_Windows";
    const USER: &str = "user@contoso.com";
    const BOTH: &[AuthPolicy] = &[OnPremise, Federated];
    let agent = discover("", Some(5), Some((PC, "6.2.9200.1", 48)), BOTH);
    vec![
        (
            "learn-discover-request-onpremise-federated-v3.xml",
            discover(USER, Some(3), PHONE, BOTH),
        ),
        (
            "mde-discover-request-v1.xml",
            discover("johndoe@contoso.com", None, None, &[]),
        ),
        (
            "mde2-discover-request-certificate-v3.xml",
            discover(USER, Some(3), PHONE, &[Certificate]),
        ),
        (
            "mde2-discover-request-federated-v5.xml",
            discover(USER, Some(5), PHONE, &[Federated]),
        ),
        (
            "mde2-discover-request-onpremise-v3.xml",
            discover(USER, Some(3), PHONE, &[OnPremise]),
        ),
        ("observed-discover-request.xml", agent.clone()),
        (
            "win10-19043-onprem-ngrok-1-discovery-request.xml",
            discover(
                "demo@mobiusmdm.ngrok.io",
                Some(4),
                Some((PC, "10.0.19043.2364", 72)),
                BOTH,
            ),
        ),
        (
            "win10-19045-programmatic-fleettest-discovery-request.xml",
            discover(
                "demo@mdmwindows.com",
                Some(5),
                Some((PC, "6.2.9200.2965", 48)),
                BOTH,
            ),
        ),
        (
            "win11-22598-programmatic-fleet-mdmtest-discovery-request.xml",
            agent,
        ),
    ]
}

#[test]
fn each_published_discover_is_what_the_file_says() {
    let Some(published) = Published::find() else {
        return;
    };
    for (name, expected) in requests() {
        let (_, message) = request::<Discover>(&published.read(name));
        assert_eq!(message, expected, "{name}");
    }
}

pub(super) fn replies() -> Vec<(&'static str, DiscoverResponse)> {
    const ENROLLTEST: &str =
        "https://enrolltest.contoso.com/ENROLLMENTSERVER/DEVICEENROLLMENTWEBSERVICE.SVC";
    const MANAGE: &str =
        "https://manage.contoso.com/DeviceEnrollment/WinDeviceEnrollmentService.svc";
    let response = |auth_policy: AuthPolicy, version: Option<u32>, url: &str| DiscoverResponse {
        authentication_service_url: (auth_policy == Federated)
            .then(|| "https://portal.manage.contoso.com/LoginRedirect.aspx".to_owned()),
        auth_policy,
        enrollment_version: version.map(|major| Version::new(major, 0)),
        enrollment_policy_service_url: Some(url.to_owned()),
        enrollment_service_url: url.to_owned(),
    };
    vec![
        (
            "learn-discover-response-federated-v3.xml",
            response(Federated, Some(3), ENROLLTEST),
        ),
        (
            "mde-discover-response.xml",
            response(Federated, None, MANAGE),
        ),
        (
            "mde2-discover-response-certificate.xml",
            response(Certificate, Some(3), ENROLLTEST),
        ),
        (
            "mde2-discover-response-federated.xml",
            response(Federated, Some(5), ENROLLTEST),
        ),
        (
            "mde2-discover-response-onpremise.xml",
            response(OnPremise, Some(3), ENROLLTEST),
        ),
    ]
}

#[test]
fn each_published_discover_response_is_what_the_file_says() {
    let Some(published) = Published::find() else {
        return;
    };
    for (name, expected) in replies() {
        let (header, message) = reply::<DiscoverResponse>(&published.read(name));
        assert_eq!(message, Ok(expected), "{name}");
        let id = header.relates_to.unwrap();
        assert!(
            id.ends_with("748132ec-a575-4329-b01b-6171a9cf8478"),
            "{name}"
        );
        let activity =
            (name == "mde-discover-response.xml").then_some("a4067bc9-ce15-446b-a3f7-5ea1006256f5");
        assert_eq!(header.activity_id.as_deref(), activity, "{name}");
    }
}
