//! MS-XCEP 3.1.4.1, `IPolicy`: what key and what hash the device is to make its certificate request with.
//!
//! The whole reply of MS-XCEP is here although devices read three things of it. Certificate lifetimes are not taken from
//! it: they come from the certificate and the provisioning document.

mod attributes;
mod authority;
mod device;
mod field;

pub use self::attributes::{
    Attestation, Attributes, AzureAttestation, CertificateValidity, EnrollmentPermission,
    Extension, KeyArchivalAttributes, PrivateKeyAttributes, RaRequirements, Revision,
};
pub use self::authority::{Ca, CaUri, Oid};
pub use self::device::DevicePolicy;

use self::field::{
    boolean, collection, list, nillable, nillable_text, nillable_value, number, optional_text,
    optional_value, owned, text, value,
};
use crate::soap::{Exchange, Reply};
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

/// `GetPolicies`: MS-XCEP 3.1.4.1.1.1 and 3.1.4.1.2.1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GetPolicies {
    /// `client/lastUpdate`, as it came: published messages print dates that are none.
    pub last_update: Option<String>,
    /// `client/preferredLanguage`.
    pub preferred_language: Option<String>,
    /// `client/TPMManufacturer`, which devices send and no specification names.
    pub tpm_manufacturer: Option<String>,
    /// `client/TPMFirmwareVersion`, likewise.
    pub tpm_firmware_version: Option<String>,
    /// `requestFilter`.
    pub request_filter: Option<RequestFilter>,
}

/// `RequestFilter`: MS-XCEP 3.1.4.1.3.22.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestFilter {
    /// `policyOIDs`: only policies with these object identifiers are asked for.
    pub policy_oids: Option<Vec<String>>,
}

/// `GetPoliciesResponse`: MS-XCEP 3.1.4.1.1.2 and 3.1.4.1.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetPoliciesResponse {
    /// `response`.
    pub response: Response,
    /// `cAs`.
    pub cas: Option<Vec<Ca>>,
    /// `oIDs`: the object identifiers that the policies refer to.
    pub oids: Option<Vec<Oid>>,
}

/// `Response`: MS-XCEP 3.1.4.1.3.23.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// `policyID`.
    pub policy_id: Option<String>,
    /// `policyFriendlyName`.
    pub policy_friendly_name: Option<String>,
    /// `nextUpdateHours`.
    pub next_update_hours: Option<u32>,
    /// `policiesNotChanged`.
    pub policies_not_changed: Option<bool>,
    /// `policies`.
    pub policies: Option<Vec<CertificateEnrollmentPolicy>>,
}

/// `CertificateEnrollmentPolicy`: MS-XCEP 3.1.4.1.3.7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateEnrollmentPolicy {
    /// `policyOIDReference`: an [`Oid::reference_id`].
    pub policy_oid_reference: Option<i32>,
    /// `cAs`: [`Ca::reference_id`]s.
    pub cas: Option<Vec<i32>>,
    /// `attributes`.
    pub attributes: Attributes,
}

impl Exchange for GetPolicies {
    const ACTION: &'static str =
        "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy/IPolicy/GetPolicies";
    type Reply = GetPoliciesResponse;
}

impl Reply for GetPoliciesResponse {
    const ACTION: &'static str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy/IPolicy/GetPoliciesResponse";
}

impl FromXml for GetPolicies {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.expect(namespace::XCEP, "GetPolicies")?;
        // Windows 8.1 writes a capital.
        let client = match (
            element.only(namespace::XCEP, "client")?,
            element.only(namespace::XCEP, "Client")?,
        ) {
            (Some(client), None) | (None, Some(client)) => client,
            (None, None) => element.required(namespace::XCEP, "client")?,
            (Some(_), Some(_)) => {
                return Err(DecodeError::Repeated {
                    parent: element.label(),
                    child: "client",
                });
            }
        };
        Ok(Self {
            last_update: owned(client, "lastUpdate")?,
            preferred_language: owned(client, "preferredLanguage")?,
            tpm_manufacturer: owned(client, "TPMManufacturer")?,
            tpm_firmware_version: owned(client, "TPMFirmwareVersion")?,
            request_filter: element
                .present(namespace::XCEP, "requestFilter")?
                .map(RequestFilter::from_xml)
                .transpose()?,
        })
    }
}

impl ToXml for GetPolicies {
    fn to_xml(&self) -> Element<'_> {
        let client = Element::new(namespace::XCEP, "client")
            .with(nillable_text("lastUpdate", self.last_update.as_deref()))
            .with(nillable_text(
                "preferredLanguage",
                self.preferred_language.as_deref(),
            ))
            .with_some(optional_text(
                "TPMManufacturer",
                self.tpm_manufacturer.as_deref(),
            ))
            .with_some(optional_text(
                "TPMFirmwareVersion",
                self.tpm_firmware_version.as_deref(),
            ));
        Element::new(namespace::XCEP, "GetPolicies")
            .with(client)
            .with(nillable(
                "requestFilter",
                self.request_filter.as_ref().map(ToXml::to_xml),
            ))
    }
}

impl FromXml for RequestFilter {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        let policy_oids = list(element, "policyOIDs", "oid", |oid| {
            Ok(oid.trimmed()?.to_owned())
        })?;
        Ok(Self { policy_oids })
    }
}

impl ToXml for RequestFilter {
    fn to_xml(&self) -> Element<'_> {
        let policy_oids = self.policy_oids.as_deref().map(|oids| {
            Element::new(namespace::XCEP, "policyOIDs")
                .with_all(oids.iter().map(|oid| text("oid", oid.as_str())))
        });
        Element::new(namespace::XCEP, "requestFilter").with(nillable("policyOIDs", policy_oids))
    }
}

impl FromXml for GetPoliciesResponse {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.expect(namespace::XCEP, "GetPoliciesResponse")?;
        Ok(Self {
            response: Response::from_xml(element.required(namespace::XCEP, "response")?)?,
            cas: list(element, "cAs", "cA", Ca::from_xml)?,
            oids: list(element, "oIDs", "oID", Oid::from_xml)?,
        })
    }
}

impl ToXml for GetPoliciesResponse {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "GetPoliciesResponse")
            .with(self.response.to_xml())
            .with(collection("cAs", self.cas.as_deref(), ToXml::to_xml))
            .with(collection("oIDs", self.oids.as_deref(), ToXml::to_xml))
    }
}

impl FromXml for Response {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            policy_id: owned(element, "policyID")?,
            policy_friendly_name: owned(element, "policyFriendlyName")?,
            next_update_hours: number(element, "nextUpdateHours")?,
            policies_not_changed: boolean(element, "policiesNotChanged")?,
            policies: list(
                element,
                "policies",
                "policy",
                CertificateEnrollmentPolicy::from_xml,
            )?,
        })
    }
}

impl ToXml for Response {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "response")
            .with_some(optional_text("policyID", self.policy_id.as_deref()))
            .with(nillable_text(
                "policyFriendlyName",
                self.policy_friendly_name.as_deref(),
            ))
            .with(nillable_value("nextUpdateHours", self.next_update_hours))
            .with(nillable_value(
                "policiesNotChanged",
                self.policies_not_changed,
            ))
            .with(collection(
                "policies",
                self.policies.as_deref(),
                ToXml::to_xml,
            ))
    }
}

impl FromXml for CertificateEnrollmentPolicy {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            policy_oid_reference: number(element, "policyOIDReference")?,
            cas: list(element, "cAs", "cAReference", |reference| {
                reference.parse("a number")
            })?,
            attributes: Attributes::from_xml(element.required(namespace::XCEP, "attributes")?)?,
        })
    }
}

impl ToXml for CertificateEnrollmentPolicy {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::XCEP, "policy")
            .with_some(optional_value(
                "policyOIDReference",
                self.policy_oid_reference,
            ))
            .with(collection("cAs", self.cas.as_deref(), |reference| {
                value("cAReference", reference)
            }))
            .with(self.attributes.to_xml())
    }
}
