//! Policy as published.

use super::*;
use crate::protocol::policy::{
    Attestation, Attributes, AzureAttestation, Ca, CaUri, CertificateEnrollmentPolicy,
    CertificateValidity, EnrollmentPermission, Extension, GetPoliciesResponse, Oid,
    PrivateKeyAttributes, Response, Revision,
};

fn owned(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(super) fn requests() -> Vec<(&'static str, GetPolicies)> {
    let updated = |last_update| GetPolicies {
        last_update: owned(last_update),
        ..GetPolicies::default()
    };
    let with_tpm = GetPolicies {
        tpm_manufacturer: owned("IBM"),
        tpm_firmware_version: owned("8217.4131.22.13878"),
        ..GetPolicies::default()
    };
    let nothing = GetPolicies::default;
    vec![
        (
            "mde-getpolicies-request.xml",
            updated("0001-01-01T00:00:00"),
        ),
        ("mde2-getpolicies-request-certificate.xml", nothing()),
        ("mde2-getpolicies-request-federated.xml", nothing()),
        ("mde2-getpolicies-request-onpremise.xml", nothing()),
        ("observed-getpolicies-request.xml", with_tpm.clone()),
        (
            "xcep-getpolicies-request-initial.xml",
            updated("0001-01-01T00:00:00"),
        ),
        (
            "xcep-getpolicies-request-lastupdate.xml",
            updated("20090-03-15-T09:38:46"),
        ),
        ("win10-19043-onprem-ngrok-2-policy-request.xml", nothing()),
        (
            "win11-22598-programmatic-fleet-mdmtest-policy-request.xml",
            with_tpm,
        ),
    ]
}

#[test]
fn each_published_get_policies_is_what_the_file_says() {
    let Some(published) = Published::find() else {
        return;
    };
    for (name, expected) in requests() {
        let (_, message) = request::<GetPolicies>(&published.read(name));
        assert_eq!(message, expected, "{name}");
    }
}

fn oid(value: &str, group: u32, reference_id: i32, name: &str) -> Oid {
    Oid {
        value: value.to_owned(),
        group,
        reference_id,
        default_name: owned(name),
    }
}

/// The reply of the oldest protocol: three values and one object identifier.
fn least() -> GetPoliciesResponse {
    let attributes = Attributes {
        common_name: None,
        policy_schema: 3,
        certificate_validity: None,
        permission: None,
        private_key_attributes: PrivateKeyAttributes {
            minimal_key_length: 2048,
            key_spec: None,
            key_usage_property: None,
            permissions: None,
            algorithm_oid_reference: None,
            attestation_failure_behavior: None,
            operation_timeout: None,
            crypto_providers: None,
        },
        revision: None,
        superseded_policies: None,
        private_key_flags: None,
        subject_name_flags: None,
        enrollment_flags: None,
        general_flags: None,
        hash_algorithm_oid_reference: None,
        ra_requirements: None,
        key_archival_attributes: None,
        extensions: None,
        attestation: None,
    };
    GetPoliciesResponse {
        response: Response {
            policies: Some(vec![CertificateEnrollmentPolicy {
                policy_oid_reference: None,
                cas: None,
                attributes,
            }]),
            ..Response::default()
        },
        cas: None,
        oids: Some(vec![oid(
            "1.3.6.1.4.1.311.20.2",
            1,
            5,
            "Certificate Template Name",
        )]),
    }
}

/// The policy of a reply, to be changed.
fn policy(reply: &mut GetPoliciesResponse) -> &mut CertificateEnrollmentPolicy {
    &mut reply.response.policies.as_mut().unwrap()[0]
}

/// The reply that Windows 10 was given before attestation.
fn plain() -> GetPoliciesResponse {
    let mut reply = least();
    reply.response.policy_id = owned("");
    reply.oids = Some(vec![oid("1.3.14.3.2.29", 1, 0, "szOID_OIWSEC_sha1RSASign")]);
    let policy = policy(&mut reply);
    policy.policy_oid_reference = Some(0);
    policy.attributes.common_name = owned("CEPUnitTest");
    policy.attributes.certificate_validity = Some(CertificateValidity {
        validity_period_seconds: 1_209_600,
        renewal_period_seconds: 172_800,
    });
    policy.attributes.permission = Some(EnrollmentPermission {
        enroll: true,
        auto_enroll: false,
    });
    policy.attributes.revision = Some(Revision {
        major: 101,
        minor: 0,
    });
    policy.attributes.hash_algorithm_oid_reference = Some(0);
    reply
}

fn with_attestation() -> GetPoliciesResponse {
    let mut reply = plain();
    reply.oids = Some(vec![oid(
        "2.16.840.1.101.3.4.2.1",
        4,
        0,
        "szOID_NIST_sha256",
    )]);
    let key = &mut policy(&mut reply).attributes.private_key_attributes;
    key.attestation_failure_behavior = owned("RetryOnError");
    key.operation_timeout = Some(100);
    key.crypto_providers = Some(vec![
        "Microsoft Platform Crypto Provider".to_owned(),
        "Microsoft Software Key Storage Provider".to_owned(),
    ]);
    reply
}

fn with_azure_attestation() -> GetPoliciesResponse {
    let mut reply = with_attestation();
    reply.oids = Some(vec![oid("1.3.14.3.2.29", 1, 0, "szOID_NIST_sha256")]);
    // The file writes values into elements that it says are nil; what is nil has no value.
    policy(&mut reply).attributes.attestation = Some(Attestation {
        attestation_failure_behavior: None,
        operation_timeout: None,
        azure_attestation: Some(AzureAttestation {
            nonce: "NonceBlob".to_owned(),
            relying_party_id: "PartyId".to_owned(),
            endpoint_uri: "attest.azure.net/attest".to_owned(),
        }),
    });
    reply
}

fn for_encryption() -> GetPoliciesResponse {
    let mut reply = plain();
    reply.response.policy_id = owned("{083C7011-1D0A-4855-885D-AC945184658C}");
    reply.response.policy_friendly_name = owned("Contoso Enrollment Policy");
    reply.response.next_update_hours = Some(8);
    let policy = policy(&mut reply);
    policy.policy_oid_reference = Some(9);
    policy.cas = Some(vec![0]);
    let attributes = &mut policy.attributes;
    attributes.common_name = owned("EFS");
    attributes.policy_schema = 1;
    attributes.certificate_validity = Some(CertificateValidity {
        validity_period_seconds: 31_536_000,
        renewal_period_seconds: 3_628_800,
    });
    attributes.private_key_attributes.key_spec = Some(1);
    attributes.private_key_attributes.crypto_providers = Some(vec![
        "Microsoft Enhanced Cryptographic Provider v1.0".to_owned(),
        "Microsoft Base Cryptographic Provider v1.0".to_owned(),
    ]);
    attributes.revision = Some(Revision { major: 3, minor: 1 });
    attributes.hash_algorithm_oid_reference = None;
    let extension = |oid_reference, critical, value| Extension {
        oid_reference,
        critical,
        value: owned(value),
    };
    attributes.extensions = Some(vec![
        extension(5, false, ""),
        extension(6, false, "MCAGCCsGAQUFBwMCB…YBBAGCNwoDBA=="),
        extension(7, true, "AwIFoA=="),
    ]);
    let uri = |client_authentication, name| CaUri {
        client_authentication,
        uri: format!(
            "https://9-1351c1223a.dom9-1351c1223a.nttest.microsoft.com/EntRootCA_CES_{name}/service.svc/CES"
        ),
        priority: Some(1),
        renewal_only: Some(false),
    };
    reply.cas = Some(vec![Ca {
        uris: vec![
            uri(8, "Certificate"),
            uri(4, "UsernamePassword"),
            uri(2, "Kerberos"),
        ],
        certificate: "MIID4TCCAsmgAwI…Cz1HRi2TpCY3OlJLUPG/+Nw==".to_owned(),
        enroll_permission: true,
        reference_id: 0,
    }]);
    reply.oids = Some(vec![
        oid("1.3.6.1.4.1.311.20.2", 6, 5, "Certificate Template Name"),
        oid("2.5.29.37", 6, 6, "Enhanced Key Usage"),
        oid("2.5.29.15", 6, 7, "Key Usage"),
        oid(
            "1.3.6.1.4.1.311.21.8.3800100.3166153.13323660.9808540.8334961.78.1.6",
            9,
            9,
            "Basic EFS",
        ),
    ]);
    reply
}

fn not_changed() -> GetPoliciesResponse {
    let mut reply = for_encryption();
    reply.response.policies_not_changed = Some(true);
    reply.response.policies = None;
    reply.cas = None;
    reply.oids = None;
    reply
}

pub(super) fn replies() -> Vec<(&'static str, GetPoliciesResponse)> {
    vec![
        ("learn-getpolicies-response-sha1.xml", plain()),
        ("mde-getpolicies-response.xml", least()),
        ("mde2-getpolicies-response.xml", with_attestation()),
        (
            "mde2-getpolicies-response-azure-attestation.xml",
            with_azure_attestation(),
        ),
        ("xcep-getpolicies-response-full.xml", for_encryption()),
        ("xcep-getpolicies-response-notchanged.xml", not_changed()),
    ]
}

#[test]
fn each_published_get_policies_response_is_what_the_file_says() {
    let Some(published) = Published::find() else {
        return;
    };
    for (name, expected) in replies() {
        let (_, message) = reply::<GetPoliciesResponse>(&published.read(name));
        assert_eq!(message.unwrap(), expected, "{name}");
    }
}
