//! `RequestSecurityToken`: a device asks for its first certificate, or for the next one.

use std::borrow::Cow;

use super::BodyToken;
use crate::soap::{BinarySecurityToken, Exchange};
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

use super::RequestSecurityTokenResponseCollection;

/// `RequestSecurityToken`: MS-WSTEP 3.1.4.1.2.5, MS-MDE2 3.4.4.1.1.1 and 3.5.4.1.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSecurityToken {
    /// `TokenType`, without the quotation marks and the spaces that published messages have in it.
    pub token_type: String,
    /// `RequestType`.
    pub request_type: RequestType,
    /// `BinarySecurityToken` of the body: the certificate request. The one of the header is a credential.
    pub binary_security_token: Option<BinarySecurityToken>,
    /// `AdditionalContext`: what the device says of itself, in its order.
    pub additional_context: Vec<ContextItem>,
    /// `RequestID` of generic MS-WSTEP.
    pub request_id: Option<String>,
}

/// `RequestType`: MS-WSTEP 3.1.4.1.2.7, MS-MDE2 3.5.4.1.1.1 and 3.6.4.1.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestType {
    /// A first certificate.
    Issue,
    /// The next certificate.
    Renew,
    /// A certificate in place of a lost one.
    Recovery,
    /// News of a pending request; generic MS-WSTEP, not device enrollment.
    QueryTokenStatus,
    /// Something else.
    Other(String),
}

/// `ContextItem` of `AdditionalContext`: MS-MDE2 3.4.4.1.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextItem {
    /// `Name`; names may repeat.
    pub name: String,
    /// `Value`, without surrounding white space; at most 64 KiB, for attestation claims are long.
    pub value: String,
}

/// `EnrollmentType`, a context item: MS-MDE2 3.4.4.1.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnrollmentType {
    /// In the context of a user: the certificate goes to the user's store.
    Full,
    /// In the context of the device: the certificate goes to the machine's store.
    Device,
    /// Something else.
    Other(String),
}

impl RequestSecurityToken {
    /// The value of the first context item of this name.
    pub fn item(&self, name: &str) -> Option<&str> {
        self.additional_context
            .iter()
            .find(|item| item.name == name)
            .map(|item| item.value.as_str())
    }

    /// The values of all context items of this name.
    pub fn items<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.additional_context
            .iter()
            .filter(move |item| item.name == name)
            .map(|item| item.value.as_str())
    }

    /// The `EnrollmentType` that the device states.
    pub fn enrollment_type(&self) -> Option<EnrollmentType> {
        self.item("EnrollmentType").map(EnrollmentType::from)
    }

    /// The certificate request, decoded.
    ///
    /// # Errors
    /// [`DecodeError::Missing`] when there is none, else as [`BodyToken::decode`].
    pub fn body_token(&self) -> Result<BodyToken, DecodeError> {
        let token = self
            .binary_security_token
            .as_ref()
            .ok_or_else(|| DecodeError::Missing {
                parent: "RequestSecurityToken".to_owned(),
                child: "BinarySecurityToken",
            })?;
        BodyToken::decode(token)
    }
}

impl Exchange for RequestSecurityToken {
    const ACTION: &'static str =
        "http://schemas.microsoft.com/windows/pki/2009/01/enrollment/RST/wstep";
    type Reply = RequestSecurityTokenResponseCollection;
}

impl FromXml for RequestSecurityToken {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.expect(namespace::WST, "RequestSecurityToken")?;
        Ok(Self {
            token_type: token_type(element.required_text(namespace::WST, "TokenType")?)
                .into_owned(),
            request_type: RequestType::from(element.required_text(namespace::WST, "RequestType")?),
            binary_security_token: element
                .only(namespace::WSSE, "BinarySecurityToken")?
                .map(BinarySecurityToken::decode)
                .transpose()?,
            additional_context: match element.only(namespace::AUTHORIZATION, "AdditionalContext")? {
                Some(context) => context
                    .each(namespace::AUTHORIZATION, "ContextItem")
                    .map(ContextItem::from_xml)
                    .collect::<Result<_, _>>()?,
                None => Vec::new(),
            },
            request_id: element
                .optional_text(namespace::WSTEP, "RequestID")?
                .map(str::to_owned),
        })
    }
}

impl ToXml for RequestSecurityToken {
    fn to_xml(&self) -> Element<'_> {
        let text = |local, text| Element::new(namespace::WST, local).with_text(text);
        let context = Some(&self.additional_context)
            .filter(|items| !items.is_empty())
            .map(|items| {
                Element::new(namespace::AUTHORIZATION, "AdditionalContext")
                    .with_all(items.iter().map(ToXml::to_xml))
            });
        Element::new(namespace::WST, "RequestSecurityToken")
            .with(text("TokenType", self.token_type.as_str()))
            .with(text("RequestType", self.request_type.uri()))
            .with_some(self.binary_security_token.as_ref().map(ToXml::to_xml))
            .with_some(context)
            .with_some(
                self.request_id
                    .as_deref()
                    .map(|id| Element::new(namespace::WSTEP, "RequestID").with_text(id)),
            )
    }
}

impl FromXml for ContextItem {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        let name = element
            .attribute("Name")
            .ok_or_else(|| DecodeError::Missing {
                parent: element.label(),
                child: "Name",
            })?;
        let value = element
            .only(namespace::AUTHORIZATION, "Value")?
            .map(|value| value.trimmed_within(CONTEXT_VALUE))
            .transpose()?;
        Ok(Self {
            name: name.trim().to_owned(),
            value: value.unwrap_or_default().to_owned(),
        })
    }
}

impl ToXml for ContextItem {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::AUTHORIZATION, "ContextItem")
            .with_attribute("Name", self.name.as_str())
            .with(Element::new(namespace::AUTHORIZATION, "Value").with_text(self.value.as_str()))
    }
}

impl RequestType {
    /// Its URI.
    pub fn uri(&self) -> &str {
        match self {
            Self::Issue => "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue",
            Self::Renew => "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Renew",
            Self::Recovery => "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Recovery",
            Self::QueryTokenStatus => {
                "http://schemas.microsoft.com/windows/pki/2009/01/enrollment/QueryTokenStatus"
            }
            Self::Other(uri) => uri,
        }
    }
}

impl From<&str> for RequestType {
    fn from(uri: &str) -> Self {
        [
            Self::Issue,
            Self::Renew,
            Self::Recovery,
            Self::QueryTokenStatus,
        ]
        .into_iter()
        .find(|known| known.uri() == uri)
        .unwrap_or_else(|| Self::Other(uri.to_owned()))
    }
}

impl EnrollmentType {
    /// Its spelling on the wire.
    pub fn name(&self) -> &str {
        match self {
            Self::Full => "Full",
            Self::Device => "Device",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for EnrollmentType {
    fn from(name: &str) -> Self {
        match name {
            "Full" => Self::Full,
            "Device" => Self::Device,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// A token type as it is meant: published messages put it in quotation marks or break it by a space.
pub(super) fn token_type(text: &str) -> Cow<'_, str> {
    let bare = text.trim_matches('"');
    if bare.contains(char::is_whitespace) {
        bare.split_whitespace().collect::<String>().into()
    } else {
        bare.into()
    }
}

/// Longest value of a context item, in bytes.
const CONTEXT_VALUE: usize = 64 * 1024;
