//! `RequestSecurityTokenResponseCollection`: the provisioning document on its way to the device.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::request::token_type;
use super::{PROVISION_DOC, decode_base64};
use crate::soap::{BASE64_BINARY, Reply};
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

/// `RequestSecurityTokenResponseCollection` with its one response: MS-WSTEP 3.1.4.1.2.6, MS-MDE2 3.4.4.1.1.2.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestSecurityTokenResponseCollection {
    /// `TokenType`: [`TOKEN_TYPE`](super::TOKEN_TYPE).
    pub token_type: String,
    /// `DispositionMessage`.
    pub disposition_message: Option<String>,
    /// The text of the provisioning document, which the message carries in base64. It holds the device's secrets.
    pub provisioning_document: String,
    /// `RequestID`.
    pub request_id: Option<String>,
}

impl RequestSecurityTokenResponseCollection {
    /// The reply that carries `provisioning_document`, in the form of MS-MDE2 4.3.2.
    pub fn new(provisioning_document: String) -> Self {
        Self {
            token_type: super::TOKEN_TYPE.to_owned(),
            disposition_message: Some(String::new()),
            provisioning_document,
            request_id: Some("0".to_owned()),
        }
    }
}

impl fmt::Debug for RequestSecurityTokenResponseCollection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSecurityTokenResponseCollection")
            .field("token_type", &self.token_type)
            .field("disposition_message", &self.disposition_message)
            .field("provisioning_document", &"[redacted]")
            .field("request_id", &self.request_id)
            .finish()
    }
}

impl Reply for RequestSecurityTokenResponseCollection {
    const ACTION: &'static str =
        "http://schemas.microsoft.com/windows/pki/2009/01/enrollment/RSTRC/wstep";
}

impl FromXml for RequestSecurityTokenResponseCollection {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.expect(namespace::WST, "RequestSecurityTokenResponseCollection")?;
        let response = element.required(namespace::WST, "RequestSecurityTokenResponse")?;
        let requested = response.required(namespace::WST, "RequestedSecurityToken")?;
        // The sample of MS-MDE, the protocol of Windows 8.1, has the type one level further in.
        let typed = match response.only(namespace::WST, "TokenType")? {
            Some(typed) => typed,
            None => requested.required(namespace::WST, "TokenType")?,
        };
        let token = requested.required(namespace::WSSE, "BinarySecurityToken")?;
        Ok(Self {
            token_type: token_type(typed.trimmed()?).into_owned(),
            disposition_message: response
                .optional_text(namespace::WSTEP, "DispositionMessage")?
                .map(str::to_owned),
            provisioning_document: provisioning_document(token)?,
            request_id: response
                .optional_text(namespace::WSTEP, "RequestID")?
                .map(str::to_owned),
        })
    }
}

impl ToXml for RequestSecurityTokenResponseCollection {
    fn to_xml(&self) -> Element<'_> {
        let token = Element::new(namespace::WSSE, "BinarySecurityToken")
            .with_attribute("ValueType", PROVISION_DOC)
            .with_attribute("EncodingType", BASE64_BINARY)
            .with_text(STANDARD.encode(&self.provisioning_document));
        let of_wstep = |local, text| Element::new(namespace::WSTEP, local).with_text(text);
        let response = Element::new(namespace::WST, "RequestSecurityTokenResponse")
            .with(Element::new(namespace::WST, "TokenType").with_text(self.token_type.as_str()))
            .with_some(
                self.disposition_message
                    .as_deref()
                    .map(|message| of_wstep("DispositionMessage", message)),
            )
            .with(Element::new(namespace::WST, "RequestedSecurityToken").with(token))
            .with_some(
                self.request_id
                    .as_deref()
                    .map(|id| of_wstep("RequestID", id)),
            );
        Element::new(namespace::WST, "RequestSecurityTokenResponseCollection").with(response)
    }
}

fn provisioning_document(token: &Element<'_>) -> Result<String, DecodeError> {
    let wrong = |element: &str, expected| DecodeError::Value {
        element: element.to_owned(),
        expected,
    };
    match token.attribute("ValueType").map(str::trim) {
        Some(PROVISION_DOC) => {}
        _ => return Err(wrong("ValueType", "a DeviceEnrollmentProvisionDoc")),
    }
    let document = decode_base64(token.trimmed_within(DOCUMENT)?)?;
    String::from_utf8(document).map_err(|_| wrong("BinarySecurityToken", "UTF-8 in base64"))
}

/// Longest document accepted, in bytes of base64.
const DOCUMENT: usize = 96 * 1024;
