//! The smaller structures of a policy's attributes.

use super::super::field::{collection, list, nillable_text, owned, required_number, value};
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

/// `CertificateValidity`: MS-XCEP 3.1.4.1.3.8. Devices do not read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateValidity {
    /// `validityPeriodSeconds`.
    pub validity_period_seconds: u64,
    /// `renewalPeriodSeconds`.
    pub renewal_period_seconds: u64,
}

/// `EnrollmentPermission`: MS-XCEP 3.1.4.1.3.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnrollmentPermission {
    /// `enroll`.
    pub enroll: bool,
    /// `autoEnroll`.
    pub auto_enroll: bool,
}

/// `Revision`: MS-XCEP 3.1.4.1.3.24.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// `majorRevision`.
    pub major: u32,
    /// `minorRevision`.
    pub minor: u32,
}

/// `RARequirements`: MS-XCEP 3.1.4.1.3.21.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaRequirements {
    /// `rASignatures`.
    pub signatures: u32,
    /// `rAEKUs`: references.
    pub ekus: Option<Vec<i32>>,
    /// `rAPolicies`: references.
    pub policies: Option<Vec<i32>>,
}

/// `KeyArchivalAttributes`: MS-XCEP 3.1.4.1.3.15.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyArchivalAttributes {
    /// `symmetricAlgorithmOIDReference`.
    pub symmetric_algorithm_oid_reference: i32,
    /// `symmetricAlgorithmKeyLength`, bits.
    pub symmetric_algorithm_key_length: u32,
}

/// `Extension`: MS-XCEP 3.1.4.1.3.12.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// `oIDReference`.
    pub oid_reference: i32,
    /// `critical`.
    pub critical: bool,
    /// `value`, base64 as it came.
    pub value: Option<String>,
}

impl FromXml for CertificateValidity {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            validity_period_seconds: required_number(element, "validityPeriodSeconds")?,
            renewal_period_seconds: required_number(element, "renewalPeriodSeconds")?,
        })
    }
}

impl ToXml for CertificateValidity {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "certificateValidity")
            .with(value("validityPeriodSeconds", self.validity_period_seconds))
            .with(value("renewalPeriodSeconds", self.renewal_period_seconds))
    }
}

impl FromXml for EnrollmentPermission {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            enroll: element.required(namespace::XCEP, "enroll")?.boolean()?,
            auto_enroll: element.required(namespace::XCEP, "autoEnroll")?.boolean()?,
        })
    }
}

impl ToXml for EnrollmentPermission {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "permission")
            .with(value("enroll", self.enroll))
            .with(value("autoEnroll", self.auto_enroll))
    }
}

impl FromXml for Revision {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            major: required_number(element, "majorRevision")?,
            minor: required_number(element, "minorRevision")?,
        })
    }
}

impl ToXml for Revision {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "revision")
            .with(value("majorRevision", self.major))
            .with(value("minorRevision", self.minor))
    }
}

impl FromXml for RaRequirements {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        let references = |collection| {
            list(element, collection, "oIDReference", |reference| {
                reference.parse("a number")
            })
        };
        Ok(Self {
            signatures: required_number(element, "rASignatures")?,
            ekus: references("rAEKUs")?,
            policies: references("rAPolicies")?,
        })
    }
}

impl ToXml for RaRequirements {
    fn to_xml(&self) -> Element<'_> {
        let references = |local, references| {
            collection(local, references, |reference: &i32| {
                value("oIDReference", reference)
            })
        };
        Element::new(namespace::XCEP, "rARequirements")
            .with(value("rASignatures", self.signatures))
            .with(references("rAEKUs", self.ekus.as_deref()))
            .with(references("rAPolicies", self.policies.as_deref()))
    }
}

impl FromXml for KeyArchivalAttributes {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            symmetric_algorithm_oid_reference: required_number(
                element,
                "symmetricAlgorithmOIDReference",
            )?,
            symmetric_algorithm_key_length: required_number(
                element,
                "symmetricAlgorithmKeyLength",
            )?,
        })
    }
}

impl ToXml for KeyArchivalAttributes {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "keyArchivalAttributes")
            .with(value(
                "symmetricAlgorithmOIDReference",
                self.symmetric_algorithm_oid_reference,
            ))
            .with(value(
                "symmetricAlgorithmKeyLength",
                self.symmetric_algorithm_key_length,
            ))
    }
}

impl FromXml for Extension {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            oid_reference: required_number(element, "oIDReference")?,
            critical: element.required(namespace::XCEP, "critical")?.boolean()?,
            value: owned(element, "value")?,
        })
    }
}

impl ToXml for Extension {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "extension")
            .with(value("oIDReference", self.oid_reference))
            .with(value("critical", self.critical))
            .with(nillable_text("value", self.value.as_deref()))
    }
}
