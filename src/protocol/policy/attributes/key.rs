//! What a policy says of the private key.

use super::super::field::{
    collection, list, nillable_text, nillable_value, number, optional_text, optional_value, owned,
    required_number, text, value,
};
use super::part;
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

/// `PrivateKeyAttributes`: MS-XCEP 3.1.4.1.3.20 and, for attestation, MS-MDE2 4.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateKeyAttributes {
    /// `minimalKeyLength`, bits.
    pub minimal_key_length: u32,
    /// `keySpec`.
    pub key_spec: Option<u32>,
    /// `keyUsageProperty`.
    pub key_usage_property: Option<u32>,
    /// `permissions`, a security descriptor.
    pub permissions: Option<String>,
    /// `algorithmOIDReference`: an [`Oid::reference_id`](crate::protocol::policy::Oid::reference_id).
    pub algorithm_oid_reference: Option<i32>,
    /// `AttestationFailureBehavior`: `FailOnError`, `IgnoreOnError` or `RetryOnError`; for clients from 5.0.
    pub attestation_failure_behavior: Option<String>,
    /// `OperationTimeout`, seconds; for clients from 5.0.
    pub operation_timeout: Option<u32>,
    /// `cryptoProviders`, in order of preference; none leaves the choice to the device.
    pub crypto_providers: Option<Vec<String>>,
}

/// `attestation`: MS-MDE2 4.2.3; overrides the two of [`PrivateKeyAttributes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// `attestationFailureBehavior`.
    pub attestation_failure_behavior: Option<String>,
    /// `operationTimeout`, seconds.
    pub operation_timeout: Option<u32>,
    /// `azureAttestation`.
    pub azure_attestation: Option<AzureAttestation>,
}

/// `azureAttestation`: MS-MDE2 4.2.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureAttestation {
    /// `nonce`.
    pub nonce: String,
    /// `relyingPartyId`.
    pub relying_party_id: String,
    /// `endpointUri`.
    pub endpoint_uri: String,
}

impl FromXml for PrivateKeyAttributes {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            minimal_key_length: required_number(element, "minimalKeyLength")?,
            key_spec: number(element, "keySpec")?,
            key_usage_property: number(element, "keyUsageProperty")?,
            permissions: owned(element, "permissions")?,
            algorithm_oid_reference: number(element, "algorithmOIDReference")?,
            attestation_failure_behavior: owned(element, "AttestationFailureBehavior")?,
            operation_timeout: number(element, "OperationTimeout")?,
            crypto_providers: list(element, "cryptoProviders", "provider", |provider| {
                Ok(provider.trimmed()?.to_owned())
            })?,
        })
    }
}

impl ToXml for PrivateKeyAttributes {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "privateKeyAttributes")
            .with(value("minimalKeyLength", self.minimal_key_length))
            .with(nillable_value("keySpec", self.key_spec))
            .with(nillable_value("keyUsageProperty", self.key_usage_property))
            .with(nillable_text("permissions", self.permissions.as_deref()))
            .with(nillable_value(
                "algorithmOIDReference",
                self.algorithm_oid_reference,
            ))
            .with_some(optional_text(
                "AttestationFailureBehavior",
                self.attestation_failure_behavior.as_deref(),
            ))
            .with_some(optional_value("OperationTimeout", self.operation_timeout))
            .with(collection(
                "cryptoProviders",
                self.crypto_providers.as_deref(),
                |provider| text("provider", provider),
            ))
    }
}

impl FromXml for Attestation {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            attestation_failure_behavior: owned(element, "attestationFailureBehavior")?,
            operation_timeout: number(element, "operationTimeout")?,
            azure_attestation: part(element, "azureAttestation")?,
        })
    }
}

impl ToXml for Attestation {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "attestation")
            .with(nillable_text(
                "attestationFailureBehavior",
                self.attestation_failure_behavior.as_deref(),
            ))
            .with(nillable_value("operationTimeout", self.operation_timeout))
            .with_some(self.azure_attestation.as_ref().map(ToXml::to_xml))
    }
}

impl FromXml for AzureAttestation {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        let text = |local| -> Result<String, DecodeError> {
            Ok(element.required_text(namespace::XCEP, local)?.to_owned())
        };
        Ok(Self {
            nonce: text("nonce")?,
            relying_party_id: text("relyingPartyId")?,
            endpoint_uri: text("endpointUri")?,
        })
    }
}

impl ToXml for AzureAttestation {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "azureAttestation")
            .with(text("nonce", &self.nonce))
            .with(text("relyingPartyId", &self.relying_party_id))
            .with(text("endpointUri", &self.endpoint_uri))
    }
}
