//! What the server writes is valid by the schemas of the specifications.

use super::schema::Schemas;
use super::*;
use crate::protocol::discovery::{AuthPolicy, DiscoverResponse, Version};
use crate::protocol::enrollment::RequestSecurityTokenResponseCollection;
use crate::protocol::policy::{DevicePolicy, GetPoliciesResponse};
use crate::protocol::provisioning::ProvisioningDocument;
use crate::protocol::syncml::SyncMl;
use crate::soap::{Code, ErrorType, ServiceError, Subcode, Window};
use crate::xml::{Element, ToXml, namespace};

fn header() -> ReplyHeader {
    ReplyHeader {
        relates_to: Some("urn:uuid: 748132ec-a575-4329-b01b-6171a9cf8478".to_owned()),
        activity_id: Some("7c7a0b64-9f2e-4c0a-8d1e-0c2f6a7b8c9d".to_owned()),
        timestamp: Some(Window {
            created: "2030-01-02T03:04:05.678Z".to_owned(),
            expires: "2030-01-02T03:14:05.678Z".to_owned(),
        }),
    }
}

/// The envelope by the schema of SOAP, and what `find` takes out of its body by `name`.
fn assert_valid(
    schemas: &Schemas,
    envelope: &str,
    name: &str,
    find: impl for<'e> Fn(&'e Element<'e>) -> &'e Element<'e>,
) {
    schemas.assert_valid("soap12.xsd", envelope);
    let root = xml::read(envelope.as_bytes(), &Limits::SOAP).unwrap();
    let body = root.required(namespace::SOAP, "Body").unwrap();
    let part = xml::write(find(&body.children[0]), &[("xsi", namespace::XSI)]);
    schemas.assert_valid(name, &part);
}

fn assert_reply_valid<R: Reply>(schemas: &Schemas, message: &R, name: &str) {
    let envelope = write_reply(message, &header());
    assert_valid(schemas, &envelope, name, |message| message);
}

fn discover_response(auth_policy: AuthPolicy) -> DiscoverResponse {
    DiscoverResponse {
        auth_policy,
        enrollment_version: Some(Version::new(5, 0)),
        enrollment_policy_service_url: Some("https://devices.contoso.example/policy".to_owned()),
        enrollment_service_url: "https://devices.contoso.example/enroll?a=1&b=2".to_owned(),
        authentication_service_url: Some("https://mdm.contoso.example/auth".to_owned()),
    }
}

#[test]
fn a_discover_response_is_valid_and_the_schema_would_tell() {
    let Some(schemas) = Schemas::find() else {
        return;
    };
    for policy in [
        AuthPolicy::OnPremise,
        AuthPolicy::Federated,
        AuthPolicy::Certificate,
    ] {
        let mut response = discover_response(policy);
        assert_reply_valid(&schemas, &response, "mde2-discovery.xsd");
        response.enrollment_version = None;
        response.enrollment_policy_service_url = None;
        response.authentication_service_url = None;
        assert_reply_valid(&schemas, &response, "mde2-discovery.xsd");
    }
    let other = discover_response(AuthPolicy::Other("Passkey".to_owned()));
    let other = xml::write(&other.to_xml(), &[]);
    let errors = schemas.validate("mde2-discovery.xsd", &other).unwrap_err();
    assert!(errors.contains("AuthPolicy"), "{errors}");
    assert!(schemas.validate("soap12.xsd", &other).is_err());
}

#[test]
fn a_get_policies_response_is_valid() {
    let Some(schemas) = Schemas::find() else {
        return;
    };
    let with_attestation = DevicePolicy {
        attestation_failure_behavior: Some("IgnoreOnError".to_owned()),
        operation_timeout: Some(60),
        ..DevicePolicy::default()
    };
    let without_providers = DevicePolicy {
        crypto_providers: Vec::new(),
        ..DevicePolicy::default()
    };
    for policy in [DevicePolicy::default(), with_attestation, without_providers] {
        let message = GetPoliciesResponse::device_enrollment(policy);
        assert_reply_valid(&schemas, &message, "xcep-mde2.xsd");
    }
    let everything = fixture("xcep/get-policies-response-everything.xml");
    let everything = reply::<GetPoliciesResponse>(&everything).1.unwrap();
    assert_reply_valid(&schemas, &everything, "xcep-mde2.xsd");
}

#[test]
fn a_response_collection_is_valid() {
    let Some(schemas) = Schemas::find() else {
        return;
    };
    let document = String::from_utf8(fixture("wap/enrollment-user.xml")).unwrap();
    let mut message = RequestSecurityTokenResponseCollection::new(document);
    assert_reply_valid(&schemas, &message, "wstrust-rstrc.xsd");
    message.disposition_message = None;
    message.request_id = None;
    assert_reply_valid(&schemas, &message, "wstrust-rstrc.xsd");
}

#[test]
fn a_fault_is_valid_with_each_subcode_and_error_type() {
    let Some(schemas) = Schemas::find() else {
        return;
    };
    let errors = [
        ErrorType::DeviceCapReached,
        ErrorType::DeviceNotSupported,
        ErrorType::NotSupported,
        ErrorType::NotEligibleToRenew,
        ErrorType::InMaintenance,
        ErrorType::UserLicense,
        ErrorType::InvalidEnrollmentData,
        ErrorType::CustomServerError,
    ];
    for error_type in errors {
        let fault = Fault {
            code: Code::Receiver,
            subcode: Subcode::Authorization,
            reason: "No <more> & no less.".to_owned(),
            detail: Some(ServiceError {
                error_type: Some(error_type),
                message: "No <more> & no less.".to_owned(),
                trace_id: "7c7a0b64-9f2e-4c0a-8d1e-0c2f6a7b8c9d".to_owned(),
            }),
        };
        let envelope = fault.write(DiscoverResponse::ACTION, &header());
        assert_valid(&schemas, &envelope, "enrollment-error.xsd", |fault| {
            let detail = fault.required(namespace::SOAP, "Detail").unwrap();
            &detail.children[0]
        });
    }
    let subcodes = [
        Subcode::MessageFormat,
        Subcode::Authentication,
        Subcode::CertificateRequest,
        Subcode::EnrollmentServer,
        Subcode::InternalServiceFault,
        Subcode::InvalidSecurity,
    ];
    for subcode in subcodes {
        for code in [Code::Receiver, Code::VersionMismatch, Code::MustUnderstand] {
            let fault = Fault {
                code,
                subcode,
                reason: "No.".to_owned(),
                detail: None,
            };
            let envelope = fault.write(DiscoverResponse::ACTION, &ReplyHeader::default());
            schemas.assert_valid("soap12.xsd", &envelope);
        }
    }
}

#[test]
fn a_provisioning_document_is_valid() {
    let Some(schemas) = Schemas::find() else {
        return;
    };
    for path in [
        "wap/enrollment-user.xml",
        "wap/enrollment-device.xml",
        "wap/renewal.xml",
    ] {
        let text = String::from_utf8(fixture(path)).unwrap();
        let document = ProvisioningDocument::parse(&text).unwrap();
        schemas.assert_valid("wap-provisioningdoc.xsd", &document.to_text());
    }
    let empty = ProvisioningDocument::default().to_text();
    assert!(schemas.validate("wap-provisioningdoc.xsd", &empty).is_err());
}

#[test]
fn a_package_of_the_server_is_valid() {
    let Some(schemas) = Schemas::find() else {
        return;
    };
    for path in [
        "syncml/reply-without-commands.xml",
        "syncml/challenge.xml",
        "syncml/reply-with-commands.xml",
    ] {
        let mut package = SyncMl::read(&fixture(path)).unwrap();
        schemas.assert_valid("syncml-reply.xsd", &package.write());
        package.body.is_final = false;
        let errors = schemas.validate("syncml-reply.xsd", &package.write());
        let errors = errors.unwrap_err();
        assert!(errors.contains("SyncBody"), "{errors}");
    }
}
