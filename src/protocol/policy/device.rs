//! The answer that Windows device enrollment wants, out of all that MS-XCEP can say.

use super::{
    Attributes, CertificateEnrollmentPolicy, CertificateValidity, EnrollmentPermission,
    GetPoliciesResponse, Oid, PrivateKeyAttributes, Response, Revision,
};

/// What varies in the policy for enrolling a device: MS-MDE2 3.3.4.1.1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePolicy {
    /// The policy's own identifier, any text.
    pub policy_id: String,
    /// The policy's `commonName`, any text.
    pub common_name: String,
    /// How long a certificate is valid, in seconds; for the schema, devices do not read it.
    pub validity_seconds: u64,
    /// How long before its end a certificate is renewed, in seconds; likewise.
    pub renewal_seconds: u64,
    /// The shortest key, in bits.
    pub minimal_key_length: u32,
    /// Key storage providers in order of preference; none leaves the choice to the device.
    pub crypto_providers: Vec<String>,
    /// `FailOnError`, `IgnoreOnError` or `RetryOnError`; for clients from 5.0.
    pub attestation_failure_behavior: Option<String>,
    /// How long a device may try to attest its key, in seconds; for clients from 5.0.
    pub operation_timeout: Option<u32>,
}

impl Default for DevicePolicy {
    /// A year, renewed from 60 days before its end, RSA 2048, in the TPM if there is one.
    fn default() -> Self {
        Self {
            policy_id: String::new(),
            common_name: "Device enrollment".to_owned(),
            validity_seconds: 365 * DAY,
            renewal_seconds: 60 * DAY,
            minimal_key_length: 2048,
            crypto_providers: vec![
                "Microsoft Platform Crypto Provider".to_owned(),
                "Microsoft Software Key Storage Provider".to_owned(),
            ],
            attestation_failure_behavior: None,
            operation_timeout: None,
        }
    }
}

impl GetPoliciesResponse {
    /// The one policy for enrolling a device: an RSA key, a certificate request signed with SHA-256.
    pub fn device_enrollment(policy: DevicePolicy) -> Self {
        let attributes = Attributes {
            common_name: Some(policy.common_name),
            policy_schema: SCHEMA_WITH_HASH,
            certificate_validity: Some(CertificateValidity {
                validity_period_seconds: policy.validity_seconds,
                renewal_period_seconds: policy.renewal_seconds,
            }),
            permission: Some(EnrollmentPermission {
                enroll: true,
                auto_enroll: false,
            }),
            private_key_attributes: PrivateKeyAttributes {
                minimal_key_length: policy.minimal_key_length,
                key_spec: None,
                key_usage_property: None,
                permissions: None,
                algorithm_oid_reference: None,
                attestation_failure_behavior: policy.attestation_failure_behavior,
                operation_timeout: policy.operation_timeout,
                crypto_providers: Some(policy.crypto_providers)
                    .filter(|providers| !providers.is_empty()),
            },
            revision: Some(Revision {
                major: 101,
                minor: 0,
            }),
            superseded_policies: None,
            private_key_flags: None,
            subject_name_flags: None,
            enrollment_flags: None,
            general_flags: None,
            hash_algorithm_oid_reference: Some(HASH),
            ra_requirements: None,
            key_archival_attributes: None,
            extensions: None,
            attestation: None,
        };
        Self {
            response: Response {
                policy_id: Some(policy.policy_id),
                policies: Some(vec![CertificateEnrollmentPolicy {
                    policy_oid_reference: Some(HASH),
                    cas: None,
                    attributes,
                }]),
                ..Response::default()
            },
            cas: None,
            oids: Some(vec![
                oid(SHA256, SIGNING, HASH, "szOID_NIST_sha256"),
                oid(RSA, PUBLIC_KEY, KEY, "szOID_RSA_RSA"),
            ]),
        }
    }

    /// The object identifier of the hash that the first policy asks for, as a device looks it up.
    pub fn hash_algorithm(&self) -> Option<&str> {
        let policy = self.response.policies.as_ref()?.first()?;
        let reference = policy.attributes.hash_algorithm_oid_reference?;
        let oids = self.oids.as_ref()?;
        let found = oids.iter().find(|oid| oid.reference_id == reference)?;
        Some(&found.value)
    }
}

fn oid(value: &str, group: u32, reference_id: i32, name: &str) -> Oid {
    Oid {
        value: value.to_owned(),
        group,
        reference_id,
        default_name: Some(name.to_owned()),
    }
}

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

/// The only policy schema whose `hashAlgorithmOIDReference` counts (MS-MDE2 3.3.4.1.1.2).
const SCHEMA_WITH_HASH: u32 = 3;

/// `oIDReferenceID` of the hash; the policy's own reference names it too, as in MS-MDE2 4.2.2.
const HASH: i32 = 0;
/// `oIDReferenceID` of the key's algorithm.
const KEY: i32 = 1;

/// The group that MS-MDE2 4.2.2 prints for SHA-256, and that devices have been seen to take.
const SIGNING: u32 = 4;
/// The group of public-key algorithms (MS-XCEP 3.1.4.1.3.16).
const PUBLIC_KEY: u32 = 3;

const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const RSA: &str = "1.2.840.113549.1.1.1";
