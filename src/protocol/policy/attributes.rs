//! `Attributes`, what a policy says of the key and the certificate (MS-XCEP 3.1.4.1.3.1), with the additions of MS-MDE2.
//!
//! A field is an `Option` where the schema lets it be nil or where a published reply leaves it out.

mod key;
mod parts;

pub use self::key::{Attestation, AzureAttestation, PrivateKeyAttributes};
pub use self::parts::{
    CertificateValidity, EnrollmentPermission, Extension, KeyArchivalAttributes, RaRequirements,
    Revision,
};

use super::field::{
    collection, list, nillable, nillable_value, number, optional_text, owned, required_number,
    text, value,
};
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

/// `Attributes`: MS-XCEP 3.1.4.1.3.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// `commonName`.
    pub common_name: Option<String>,
    /// `policySchema`; 3 is the one that carries a hash.
    pub policy_schema: u32,
    /// `certificateValidity`.
    pub certificate_validity: Option<CertificateValidity>,
    /// `permission`.
    pub permission: Option<EnrollmentPermission>,
    /// `privateKeyAttributes`.
    pub private_key_attributes: PrivateKeyAttributes,
    /// `revision`.
    pub revision: Option<Revision>,
    /// `supersededPolicies`: common names.
    pub superseded_policies: Option<Vec<String>>,
    /// `privateKeyFlags`.
    pub private_key_flags: Option<u32>,
    /// `subjectNameFlags`.
    pub subject_name_flags: Option<u32>,
    /// `enrollmentFlags`.
    pub enrollment_flags: Option<u32>,
    /// `generalFlags`.
    pub general_flags: Option<u32>,
    /// `hashAlgorithmOIDReference`: an [`Oid::reference_id`](super::Oid::reference_id).
    pub hash_algorithm_oid_reference: Option<i32>,
    /// `rARequirements`.
    pub ra_requirements: Option<RaRequirements>,
    /// `keyArchivalAttributes`.
    pub key_archival_attributes: Option<KeyArchivalAttributes>,
    /// `extensions`.
    pub extensions: Option<Vec<Extension>>,
    /// `attestation` of MS-MDE2 4.2.3: only for clients of version 6.0 and later.
    pub attestation: Option<Attestation>,
}

impl FromXml for Attributes {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            common_name: owned(element, "commonName")?,
            policy_schema: required_number(element, "policySchema")?,
            certificate_validity: part(element, "certificateValidity")?,
            permission: part(element, "permission")?,
            private_key_attributes: PrivateKeyAttributes::from_xml(
                element.required(namespace::XCEP, "privateKeyAttributes")?,
            )?,
            revision: part(element, "revision")?,
            superseded_policies: list(element, "supersededPolicies", "commonName", |name| {
                Ok(name.trimmed()?.to_owned())
            })?,
            private_key_flags: number(element, "privateKeyFlags")?,
            subject_name_flags: number(element, "subjectNameFlags")?,
            enrollment_flags: number(element, "enrollmentFlags")?,
            general_flags: number(element, "generalFlags")?,
            hash_algorithm_oid_reference: number(element, "hashAlgorithmOIDReference")?,
            ra_requirements: part(element, "rARequirements")?,
            key_archival_attributes: part(element, "keyArchivalAttributes")?,
            extensions: list(element, "extensions", "extension", Extension::from_xml)?,
            attestation: part(element, "attestation")?,
        })
    }
}

impl ToXml for Attributes {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "attributes")
            .with_some(optional_text("commonName", self.common_name.as_deref()))
            .with(value("policySchema", self.policy_schema))
            .with_some(self.certificate_validity.as_ref().map(ToXml::to_xml))
            .with_some(self.permission.as_ref().map(ToXml::to_xml))
            .with(self.private_key_attributes.to_xml())
            .with_some(self.revision.as_ref().map(ToXml::to_xml))
            .with(collection(
                "supersededPolicies",
                self.superseded_policies.as_deref(),
                |name| text("commonName", name),
            ))
            .with(nillable_value("privateKeyFlags", self.private_key_flags))
            .with(nillable_value("subjectNameFlags", self.subject_name_flags))
            .with(nillable_value("enrollmentFlags", self.enrollment_flags))
            .with(nillable_value("generalFlags", self.general_flags))
            .with(nillable_value(
                "hashAlgorithmOIDReference",
                self.hash_algorithm_oid_reference,
            ))
            .with(nillable(
                "rARequirements",
                self.ra_requirements.as_ref().map(ToXml::to_xml),
            ))
            .with(nillable(
                "keyArchivalAttributes",
                self.key_archival_attributes.as_ref().map(ToXml::to_xml),
            ))
            .with(collection(
                "extensions",
                self.extensions.as_deref(),
                ToXml::to_xml,
            ))
            .with_some(self.attestation.as_ref().map(ToXml::to_xml))
    }
}

/// A child that is a structure of its own.
fn part<T: FromXml>(parent: &Element<'_>, local: &'static str) -> Result<Option<T>, DecodeError> {
    parent
        .present(namespace::XCEP, local)?
        .map(T::from_xml)
        .transpose()
}
