//! MS-MDE2 3.1, `IDiscoveryService`: which authentication policy and which URLs a device is to use.
//!
//! Not the GET probe before it, which has no body, nor the choice of the policy, which the service makes.

use std::fmt;
use std::str::FromStr;

use crate::soap::{Exchange, Reply};
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

/// `Discover`: MS-MDE2 3.1.4.1.2.1, its `request` 3.1.4.1.3.1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discover {
    /// `EmailAddress`, as typed: empty when an agent enrolls by token, `DOMAIN\user` when there is no address.
    pub email_address: String,
    /// `RequestVersion`; none when empty or left out, as Windows 8.1 does.
    pub request_version: Option<Version>,
    /// `DeviceType`: `CIMClient_Windows` on desktops.
    pub device_type: Option<String>,
    /// `ApplicationVersion`, four numbers; may understate the version of Windows.
    pub application_version: Option<String>,
    /// `OSEdition`, a `PRODUCT_*` number.
    pub os_edition: Option<u32>,
    /// `OSVersion`, which one published page shows and devices leave out.
    pub os_version: Option<String>,
    /// `AuthPolicies`: what the device can do, in its order.
    pub auth_policies: Vec<AuthPolicy>,
}

/// `AuthPolicyType`: MS-MDE2 3.1.4.1.3.1 and 6.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AuthPolicy {
    /// A user name and a password in the SOAP header.
    OnPremise,
    /// A web page whose result becomes the token in the SOAP header.
    Federated,
    /// A certificate that a provisioning package brought.
    Certificate,
    /// A policy of a later version of the protocol.
    Other(String),
}

/// A protocol version, an `xs:decimal` with one decimal place: MS-MDE2 3.1.4.1.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Before the point.
    pub major: u32,
    /// After the point.
    pub minor: u32,
}

/// `DiscoverResponse`: MS-MDE2 3.1.4.1.2.2, its `DiscoverResult` 3.1.4.1.3.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoverResponse {
    /// `AuthPolicy`: the one the device must use.
    pub auth_policy: AuthPolicy,
    /// `EnrollmentVersion`.
    pub enrollment_version: Option<Version>,
    /// `EnrollmentPolicyServiceUrl`, of MS-XCEP; without it devices fall back to SHA-1.
    pub enrollment_policy_service_url: Option<String>,
    /// `EnrollmentServiceUrl`, of MS-WSTEP.
    pub enrollment_service_url: String,
    /// `AuthenticationServiceUrl`, of the web page; for [`AuthPolicy::Federated`] only.
    pub authentication_service_url: Option<String>,
}

impl Exchange for Discover {
    const ACTION: &'static str = "http://schemas.microsoft.com/windows/management/2012/01/enrollment/IDiscoveryService/Discover";
    type Reply = DiscoverResponse;
}

impl Reply for DiscoverResponse {
    const ACTION: &'static str = "http://schemas.microsoft.com/windows/management/2012/01/enrollment/IDiscoveryService/DiscoverResponse";
}

impl FromXml for Discover {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        // The published requests end the namespace with a slash, devices do not.
        let space = if element.is(namespace::DISCOVERY_AS_PRINTED, "Discover") {
            namespace::DISCOVERY_AS_PRINTED
        } else {
            element.expect(namespace::DISCOVERY, "Discover")?;
            namespace::DISCOVERY
        };
        let request = element.required(space, "request")?;
        let text = |local| -> Result<Option<String>, DecodeError> {
            Ok(request
                .optional_text(space, local)?
                .filter(|text| !text.is_empty())
                .map(str::to_owned))
        };
        Ok(Self {
            email_address: request.required_text(space, "EmailAddress")?.to_owned(),
            request_version: version(request, space, "RequestVersion")?,
            device_type: text("DeviceType")?,
            application_version: text("ApplicationVersion")?,
            os_edition: request.optional_value(space, "OSEdition", "a number")?,
            os_version: text("OSVersion")?,
            auth_policies: auth_policies(request, space)?,
        })
    }
}

impl ToXml for Discover {
    fn to_xml(&self) -> Element<'_> {
        let request = Element::new(namespace::DISCOVERY, "request")
            .with(text("EmailAddress", self.email_address.as_str()))
            .with_some(version_to_xml("RequestVersion", self.request_version))
            .with_some(optional("DeviceType", self.device_type.as_deref()))
            .with_some(optional(
                "ApplicationVersion",
                self.application_version.as_deref(),
            ))
            .with_some(self.os_edition.map(|edition| {
                Element::new(namespace::DISCOVERY, "OSEdition").with_text(edition.to_string())
            }))
            .with_some(optional("OSVersion", self.os_version.as_deref()))
            .with(
                Element::new(namespace::DISCOVERY, "AuthPolicies").with_all(
                    self.auth_policies
                        .iter()
                        .map(|policy| text("AuthPolicy", policy.name())),
                ),
            );
        Element::new(namespace::DISCOVERY, "Discover").with(request)
    }
}

impl FromXml for DiscoverResponse {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.expect(namespace::DISCOVERY, "DiscoverResponse")?;
        let result = element.required(namespace::DISCOVERY, "DiscoverResult")?;
        let text = |local| -> Result<Option<String>, DecodeError> {
            Ok(result
                .optional_text(namespace::DISCOVERY, local)?
                .map(str::to_owned))
        };
        Ok(Self {
            auth_policy: AuthPolicy::from(
                result.required_text(namespace::DISCOVERY, "AuthPolicy")?,
            ),
            enrollment_version: version(result, namespace::DISCOVERY, "EnrollmentVersion")?,
            enrollment_policy_service_url: text("EnrollmentPolicyServiceUrl")?,
            enrollment_service_url: result
                .required_text(namespace::DISCOVERY, "EnrollmentServiceUrl")?
                .to_owned(),
            authentication_service_url: text("AuthenticationServiceUrl")?,
        })
    }
}

impl ToXml for DiscoverResponse {
    fn to_xml(&self) -> Element<'_> {
        let result = Element::new(namespace::DISCOVERY, "DiscoverResult")
            .with(text("AuthPolicy", self.auth_policy.name()))
            .with_some(version_to_xml("EnrollmentVersion", self.enrollment_version))
            .with_some(optional(
                "EnrollmentPolicyServiceUrl",
                self.enrollment_policy_service_url.as_deref(),
            ))
            .with(text(
                "EnrollmentServiceUrl",
                self.enrollment_service_url.as_str(),
            ))
            .with_some(optional(
                "AuthenticationServiceUrl",
                self.authentication_service_url.as_deref(),
            ));
        Element::new(namespace::DISCOVERY, "DiscoverResponse").with(result)
    }
}

impl AuthPolicy {
    /// Its spelling on the wire.
    pub fn name(&self) -> &str {
        match self {
            Self::OnPremise => "OnPremise",
            Self::Federated => "Federated",
            Self::Certificate => "Certificate",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for AuthPolicy {
    fn from(name: &str) -> Self {
        match name {
            "OnPremise" => Self::OnPremise,
            "Federated" => Self::Federated,
            "Certificate" => Self::Certificate,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Version {
    /// Version `major.minor`.
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A text that is no protocol version.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
#[error("not a version such as 4.0")]
pub struct InvalidVersion;

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let number = |digits: &str| {
            let decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits
                .parse()
                .ok()
                .filter(|_| decimal)
                .ok_or(InvalidVersion)
        };
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self::new(number(major)?, number(minor)?))
    }
}

/// The policies a device offers, in their list or, as one published page shows, as bare text.
fn auth_policies(request: &Element<'_>, space: &str) -> Result<Vec<AuthPolicy>, DecodeError> {
    let Some(list) = request.present(space, "AuthPolicies")? else {
        return Ok(Vec::new());
    };
    if list.children.is_empty() {
        let names = list.trimmed()?.split_ascii_whitespace();
        return Ok(names.map(AuthPolicy::from).collect());
    }
    list.each(space, "AuthPolicy")
        .map(|policy| Ok(AuthPolicy::from(policy.trimmed()?)))
        .collect()
}

fn version(
    parent: &Element<'_>,
    space: &str,
    local: &'static str,
) -> Result<Option<Version>, DecodeError> {
    match parent.present(space, local)? {
        Some(element) if !element.trimmed()?.is_empty() => {
            element.parse("a version such as 4.0").map(Some)
        }
        _ => Ok(None),
    }
}

fn version_to_xml(local: &'static str, version: Option<Version>) -> Option<Element<'static>> {
    version.map(|version| Element::new(namespace::DISCOVERY, local).with_text(version.to_string()))
}

fn text<'a>(local: &'a str, text: &'a str) -> Element<'a> {
    Element::new(namespace::DISCOVERY, local).with_text(text)
}

fn optional<'a>(local: &'a str, value: Option<&'a str>) -> Option<Element<'a>> {
    value.map(|value| text(local, value))
}
