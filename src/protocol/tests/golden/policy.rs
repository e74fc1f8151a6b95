//! MS-XCEP.

use super::*;
use crate::protocol::enrollment::DEVICE_ENROLLMENT_USER_TOKEN;
use crate::protocol::policy::{
    Attestation, AzureAttestation, Ca, CaUri, DevicePolicy, Extension, GetPolicies,
    KeyArchivalAttributes, Oid, RaRequirements, RequestFilter,
};
use crate::secret::Secret;
use crate::soap::{BASE64_BINARY, BinarySecurityToken, PASSWORD_TEXT, Security, UsernameToken};

const ID: &str = "urn:uuid:5b0a3c0e-92d4-4b53-8d1c-1f6a4c6f0003";
const TO: &str = "https://devices.contoso.example:8444/EnrollmentServer/Policy.svc";

#[test]
fn a_get_policies_with_a_password_reads_and_writes() {
    let (sent, message) = exact_request::<GetPolicies>("xcep/get-policies-password.xml");
    let security = Security {
        username_token: Some(UsernameToken {
            id: Some("uuid-0c0b7f6e-0000-4000-8000-5f1f2c3d4e5f-4".to_owned()),
            username: "anna@contoso.example".to_owned(),
            password: Secret::new("kq7m-n2px-84fh"),
            password_type: Some(PASSWORD_TEXT.to_owned()),
        }),
        ..Security::default()
    };
    let expected = Header {
        security: Some(security),
        ..header(GetPolicies::ACTION, ID, TO)
    };
    assert_eq!((sent, message), (expected, GetPolicies::default()));
}

#[test]
fn a_get_policies_with_a_token_reads_and_writes() {
    let (sent, message) = exact_request::<GetPolicies>("xcep/get-policies-token.xml");
    let security = Security {
        binary_security_token: Some(BinarySecurityToken {
            id: None,
            value_type: DEVICE_ENROLLMENT_USER_TOKEN.to_owned(),
            encoding_type: Some(BASE64_BINARY.to_owned()),
            text: Secret::new("cHRfb25lLXRpbWUtdG9rZW4="),
        }),
        ..Security::default()
    };
    let expected = Header {
        security: Some(security),
        ..header(GetPolicies::ACTION, ID, TO)
    };
    let client = GetPolicies {
        tpm_manufacturer: Some("INTC".to_owned()),
        tpm_firmware_version: Some("600.18.40.0".to_owned()),
        ..GetPolicies::default()
    };
    assert_eq!((sent, message), (expected, client));
}

#[test]
fn a_get_policies_that_filters_reads_and_writes() {
    let (sent, message) = exact_request::<GetPolicies>("xcep/get-policies-filtered.xml");
    assert_eq!(sent, header(GetPolicies::ACTION, ID, TO));
    let expected = GetPolicies {
        last_update: Some("2030-01-01T00:00:00Z".to_owned()),
        preferred_language: Some("de-AT".to_owned()),
        request_filter: Some(RequestFilter {
            policy_oids: Some(vec![
                "1.3.6.1.4.1.99999.1".to_owned(),
                "1.3.6.1.4.1.99999.2".to_owned(),
            ]),
        }),
        ..GetPolicies::default()
    };
    assert_eq!(message, expected);
}

fn contoso() -> GetPoliciesResponse {
    GetPoliciesResponse::device_enrollment(DevicePolicy {
        policy_id: "contoso-devices".to_owned(),
        common_name: "Contoso devices".to_owned(),
        validity_seconds: 31_536_000,
        renewal_seconds: 5_184_000,
        minimal_key_length: 2048,
        crypto_providers: vec![
            "Microsoft Platform Crypto Provider".to_owned(),
            "Microsoft Software Key Storage Provider".to_owned(),
        ],
        attestation_failure_behavior: None,
        operation_timeout: None,
    })
}

#[test]
fn the_policy_for_devices_is_what_the_fixture_says_field_by_field() {
    let mut expected = contoso();
    let key = &mut expected.response.policies.as_mut().unwrap()[0]
        .attributes
        .private_key_attributes;
    key.attestation_failure_behavior = Some("IgnoreOnError".to_owned());
    key.operation_timeout = Some(60);
    let (about, message) = exact_reply::<GetPoliciesResponse>("xcep/get-policies-response.xml");
    assert_eq!((about, message), (reply_header(ID), Ok(expected)));
}

#[test]
fn the_policy_for_devices_asks_for_sha_256_by_an_oid_that_it_lists() {
    let reply = GetPoliciesResponse::device_enrollment(DevicePolicy::default());
    assert_eq!(reply.hash_algorithm(), Some("2.16.840.1.101.3.4.2.1"));
    let attributes = &reply.response.policies.as_ref().unwrap()[0].attributes;
    assert_eq!(attributes.policy_schema, 3);
    let device_default = GetPoliciesResponse::device_enrollment(DevicePolicy {
        crypto_providers: Vec::new(),
        ..DevicePolicy::default()
    });
    let attributes = &device_default.response.policies.unwrap()[0].attributes;
    assert_eq!(attributes.private_key_attributes.crypto_providers, None);
}

#[test]
fn a_get_policies_response_with_everything_reads_and_writes() {
    let path = "xcep/get-policies-response-everything.xml";
    let message = exact_reply::<GetPoliciesResponse>(path).1.unwrap();
    let mut expected = contoso();
    let policy = &mut expected.response.policies.as_mut().unwrap()[0];
    policy.cas = Some(vec![9]);
    let attributes = &mut policy.attributes;
    attributes.superseded_policies = Some(vec!["Contoso devices 2029".to_owned()]);
    attributes.private_key_flags = Some(16);
    attributes.subject_name_flags = Some(1);
    attributes.enrollment_flags = Some(32);
    attributes.general_flags = Some(64);
    attributes.ra_requirements = Some(RaRequirements {
        signatures: 1,
        ekus: Some(vec![2]),
        policies: None,
    });
    attributes.key_archival_attributes = Some(KeyArchivalAttributes {
        symmetric_algorithm_oid_reference: 3,
        symmetric_algorithm_key_length: 256,
    });
    attributes.extensions = Some(vec![
        Extension {
            oid_reference: 4,
            critical: true,
            value: Some("AwIHgA==".to_owned()),
        },
        Extension {
            oid_reference: 5,
            critical: false,
            value: None,
        },
    ]);
    attributes.attestation = Some(Attestation {
        attestation_failure_behavior: Some("FailOnError".to_owned()),
        operation_timeout: None,
        azure_attestation: Some(AzureAttestation {
            nonce: "bm9uY2U".to_owned(),
            relying_party_id: "https://mdm.contoso.example".to_owned(),
            endpoint_uri: "https://contoso.attest.example/attest".to_owned(),
        }),
    });
    expected.oids.as_mut().unwrap().push(Oid {
        value: "1.3.6.1.5.5.7.3.2".to_owned(),
        group: 7,
        reference_id: 2,
        default_name: None,
    });
    let certificate = message.cas.as_ref().unwrap()[0].certificate.clone();
    assert!(certificate.starts_with("MII") && certificate.len() > 500);
    expected.cas = Some(vec![Ca {
        uris: vec![CaUri {
            client_authentication: 4,
            uri: "https://devices.contoso.example:8444/EnrollmentServer/Enrollment.svc".to_owned(),
            priority: None,
            renewal_only: Some(false),
        }],
        certificate,
        enroll_permission: true,
        reference_id: 9,
    }]);
    assert_eq!(message, expected);
}
