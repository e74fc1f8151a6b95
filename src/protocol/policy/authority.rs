//! The certification authorities and object identifiers that policies refer to by number.

use super::field::{
    boolean, nillable_text, nillable_value, number, owned, required_number, text, value,
};
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

/// `CA`: MS-XCEP 3.1.4.1.3.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ca {
    /// `uris`.
    pub uris: Vec<CaUri>,
    /// `certificate`, base64 as it came.
    pub certificate: String,
    /// `enrollPermission`.
    pub enroll_permission: bool,
    /// `cAReferenceID`.
    pub reference_id: i32,
}

/// `CAURI`: MS-XCEP 3.1.4.1.3.5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaUri {
    /// `clientAuthentication`: 1 anonymous, 2 Kerberos, 4 password, 8 certificate.
    pub client_authentication: u32,
    /// `uri`.
    pub uri: String,
    /// `priority`.
    pub priority: Option<u32>,
    /// `renewalOnly`.
    pub renewal_only: Option<bool>,
}

/// `OID`: MS-XCEP 3.1.4.1.3.16.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oid {
    /// `value`, dotted decimal.
    pub value: String,
    /// `group`: 1 hash, 2 encryption, 3 public key, 4 signing, 6 extension, 7 extended key usage, 9 enrollment object.
    pub group: u32,
    /// `oIDReferenceID`.
    pub reference_id: i32,
    /// `defaultName`.
    pub default_name: Option<String>,
}

impl FromXml for Ca {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            uris: element
                .required(namespace::XCEP, "uris")?
                .each(namespace::XCEP, "cAURI")
                .map(CaUri::from_xml)
                .collect::<Result<_, _>>()?,
            certificate: element
                .required(namespace::XCEP, "certificate")?
                .trimmed_within(CERTIFICATE)?
                .to_owned(),
            enroll_permission: element
                .required(namespace::XCEP, "enrollPermission")?
                .boolean()?,
            reference_id: required_number(element, "cAReferenceID")?,
        })
    }
}

impl ToXml for Ca {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "cA")
            .with(
                Element::new(namespace::XCEP, "uris").with_all(self.uris.iter().map(ToXml::to_xml)),
            )
            .with(text("certificate", &self.certificate))
            .with(value("enrollPermission", self.enroll_permission))
            .with(value("cAReferenceID", self.reference_id))
    }
}

impl FromXml for CaUri {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            client_authentication: required_number(element, "clientAuthentication")?,
            uri: element.required_text(namespace::XCEP, "uri")?.to_owned(),
            priority: number(element, "priority")?,
            renewal_only: boolean(element, "renewalOnly")?,
        })
    }
}

impl ToXml for CaUri {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "cAURI")
            .with(value("clientAuthentication", self.client_authentication))
            .with(text("uri", &self.uri))
            .with(nillable_value("priority", self.priority))
            .with_some(
                self.renewal_only
                    .map(|renewal_only| value("renewalOnly", renewal_only)),
            )
    }
}

impl FromXml for Oid {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            value: element.required_text(namespace::XCEP, "value")?.to_owned(),
            group: required_number(element, "group")?,
            reference_id: required_number(element, "oIDReferenceID")?,
            default_name: owned(element, "defaultName")?,
        })
    }
}

impl ToXml for Oid {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "oID")
            .with(text("value", &self.value))
            .with(value("group", self.group))
            .with(value("oIDReferenceID", self.reference_id))
            .with(nillable_text("defaultName", self.default_name.as_deref()))
    }
}

/// Longest certificate text, in bytes.
const CERTIFICATE: usize = 64 * 1024;
