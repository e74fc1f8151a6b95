//! The WS-Security header: how a device says who is asking (MS-MDE2 3.3, MS-WSTEP 3.1.4.1).

use crate::secret::Secret;
use crate::xml::{Element, ToXml, namespace};

use super::Error;

/// `EncodingType` of every token (MS-WSTEP 2.2.3).
pub const BASE64_BINARY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd#base64binary";
/// `Type` of a clear-text password (WSS UsernameToken profile 1.0).
pub const PASSWORD_TEXT: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText";

/// Longest token text accepted: an Entra token or a deep certificate chain, in bytes.
const TOKEN: usize = 96 * 1024;

/// `wsse:Security` of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Security {
    /// `wsu:Timestamp`; read, never relied on: the clocks of new devices are wrong.
    pub timestamp: Option<Timestamp>,
    /// `wsse:UsernameToken`: the OnPremise policy.
    pub username_token: Option<UsernameToken>,
    /// `wsse:BinarySecurityToken`: the Federated policy, Entra, the access-token API, or a certificate.
    pub binary_security_token: Option<BinarySecurityToken>,
    /// `ds:Signature` of the Certificate policy, kept as it is.
    pub signature: Option<Element<'static>>,
}

/// `wsu:Timestamp`, its texts as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    /// `wsu:Id`.
    pub id: Option<String>,
    /// `wsu:Created`.
    pub created: String,
    /// `wsu:Expires`.
    pub expires: String,
}

/// `wsse:UsernameToken`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsernameToken {
    /// `wsu:Id`, a constant of the Windows client.
    pub id: Option<String>,
    /// `wsse:Username`: an e-mail address, `DOMAIN\user`, or what a package holds.
    pub username: String,
    /// `wsse:Password`, without the line break that some clients add.
    pub password: Secret,
    /// The password's `Type`.
    pub password_type: Option<String>,
}

/// `wsse:BinarySecurityToken`, in a header or in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinarySecurityToken {
    /// `wsu:Id` or `Id`.
    pub id: Option<String>,
    /// What the token is.
    pub value_type: String,
    /// How its text is encoded.
    pub encoding_type: Option<String>,
    /// Its text without surrounding white space.
    pub text: Secret,
}

impl Security {
    pub(super) fn read(element: &Element<'_>) -> Result<Self, Error> {
        let twice = |_| Error::Security("the same token twice");
        let username = element
            .only(namespace::WSSE, "UsernameToken")
            .map_err(twice)?;
        let binary = element
            .only(namespace::WSSE, "BinarySecurityToken")
            .map_err(twice)?;
        if username.is_some() && binary.is_some() {
            return Err(Error::Security("two different tokens"));
        }
        Ok(Self {
            timestamp: element
                .only(namespace::WSU, "Timestamp")?
                .map(Timestamp::read)
                .transpose()?,
            username_token: username.map(UsernameToken::read).transpose()?,
            binary_security_token: binary.map(BinarySecurityToken::read).transpose()?,
            signature: element
                .only(namespace::DSIG, "Signature")?
                .cloned()
                .map(Element::into_owned),
        })
    }
}

impl ToXml for Security {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::WSSE, "Security")
            .with_attribute_in(namespace::SOAP, "mustUnderstand", "1")
            .with_some(self.timestamp.as_ref().map(ToXml::to_xml))
            .with_some(self.username_token.as_ref().map(ToXml::to_xml))
            .with_some(self.binary_security_token.as_ref().map(ToXml::to_xml))
            .with_some(self.signature.clone())
    }
}

impl Timestamp {
    fn read(element: &Element<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: element.attribute("Id").map(str::to_owned),
            created: element
                .required(namespace::WSU, "Created")?
                .trimmed()?
                .to_owned(),
            expires: element
                .required(namespace::WSU, "Expires")?
                .trimmed()?
                .to_owned(),
        })
    }
}

impl ToXml for Timestamp {
    fn to_xml(&self) -> Element<'_> {
        with_id(
            Element::new(namespace::WSU, "Timestamp"),
            self.id.as_deref(),
        )
        .with(Element::new(namespace::WSU, "Created").with_text(self.created.as_str()))
        .with(Element::new(namespace::WSU, "Expires").with_text(self.expires.as_str()))
    }
}

impl UsernameToken {
    fn read(element: &Element<'_>) -> Result<Self, Error> {
        let password = element.required(namespace::WSSE, "Password")?;
        password.trimmed()?;
        let text = password.text.as_ref();
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        // A password of white space alone is the print layout of a sample, never a password.
        let text = if text.trim().is_empty() { "" } else { text };
        Ok(Self {
            id: element.attribute("Id").map(str::to_owned),
            username: element
                .required(namespace::WSSE, "Username")?
                .trimmed()?
                .to_owned(),
            password: Secret::new(text),
            password_type: password.attribute("Type").map(str::to_owned),
        })
    }
}

impl ToXml for UsernameToken {
    fn to_xml(&self) -> Element<'_> {
        let mut password =
            Element::new(namespace::WSSE, "Password").with_text(self.password.reveal());
        if let Some(password_type) = &self.password_type {
            password = password.with_attribute_in(namespace::WSSE, "Type", password_type.as_str());
        }
        with_id(
            Element::new(namespace::WSSE, "UsernameToken"),
            self.id.as_deref(),
        )
        .with(Element::new(namespace::WSSE, "Username").with_text(self.username.as_str()))
        .with(password)
    }
}

impl BinarySecurityToken {
    /// Reads the token that `element` is.
    ///
    /// # Errors
    /// [`Error::Decode`] when it has no `ValueType` or too much text.
    pub fn read(element: &Element<'_>) -> Result<Self, Error> {
        Self::decode(element).map_err(Error::from)
    }

    pub(crate) fn decode(element: &Element<'_>) -> Result<Self, crate::xml::DecodeError> {
        let value_type =
            element
                .attribute("ValueType")
                .ok_or_else(|| crate::xml::DecodeError::Missing {
                    parent: element.label(),
                    child: "ValueType",
                })?;
        Ok(Self {
            id: element.attribute("Id").map(str::to_owned),
            value_type: value_type.trim().to_owned(),
            encoding_type: element
                .attribute("EncodingType")
                .map(|text| text.trim().to_owned()),
            text: Secret::new(element.trimmed_within(TOKEN)?),
        })
    }
}

impl ToXml for BinarySecurityToken {
    fn to_xml(&self) -> Element<'_> {
        let mut element = with_id(
            Element::new(namespace::WSSE, "BinarySecurityToken"),
            self.id.as_deref(),
        )
        .with_attribute("ValueType", self.value_type.as_str());
        if let Some(encoding_type) = &self.encoding_type {
            element = element.with_attribute("EncodingType", encoding_type.as_str());
        }
        element.with_text(self.text.reveal())
    }
}

fn with_id<'a>(element: Element<'a>, id: Option<&'a str>) -> Element<'a> {
    match id {
        Some(id) => element.with_attribute_in(namespace::WSU, "Id", id),
        None => element,
    }
}
