//! The SOAP 1.2 envelope of a request and its WS-Addressing header.

use crate::xml::{self, DecodeError, Element, Limits, namespace};

use super::Security;

/// A request as far as SOAP goes: its header and the one element of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The header blocks that the protocols define.
    pub header: Header,
    /// The only child of `s:Body`.
    pub body: Element<'a>,
}

/// WS-Addressing 1.0 and WS-Security header blocks of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// `a:Action`, trimmed.
    pub action: String,
    /// `a:MessageID`, to be echoed as `a:RelatesTo` as it came; clients write constants and stray spaces here.
    pub message_id: Option<String>,
    /// The address in `a:ReplyTo`.
    pub reply_to: Option<String>,
    /// `a:To`; a hint only, devices behind redirects write their own idea of it.
    pub to: Option<String>,
    /// `wsse:Security`.
    pub security: Option<Security>,
}

/// Why a message is no request that can be dispatched.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// No XML, or XML over the limits.
    #[error(transparent)]
    Xml(#[from] xml::Error),
    /// XML that is not the message it should be.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A SOAP 1.1 envelope (SOAP 1.2 part 1, 2.8).
    #[error("the envelope is SOAP 1.1, expected SOAP 1.2")]
    VersionMismatch,
    /// A header block that must be understood and is not (SOAP 1.2 part 1, 2.4).
    #[error("the header block {0} must be understood and is not known here")]
    MustUnderstand(String),
    /// A body with no element or with several.
    #[error("the body must hold exactly one element")]
    Body,
    /// A WS-Security header that cannot be used: two tokens, for example.
    #[error("the security header is not usable: {0}")]
    Security(&'static str),
    /// The action, the body and the endpoint do not belong together.
    #[error("the action {action} is not served here, expected {expected}")]
    Action {
        /// What `a:Action` says, cut short.
        action: String,
        /// What this endpoint serves.
        expected: &'static str,
    },
}

/// An unreadable request, with the MessageID when at least that could be read, so that the fault can relate to it.
#[derive(Debug)]
pub struct Rejected {
    /// The rule it broke.
    pub error: Error,
    /// `a:MessageID`.
    pub message_id: Option<String>,
}

/// Header blocks that are understood, by local name within their namespace.
const UNDERSTOOD: [(&str, &str); 9] = [
    (namespace::ADDRESSING, "Action"),
    (namespace::ADDRESSING, "MessageID"),
    (namespace::ADDRESSING, "ReplyTo"),
    (namespace::ADDRESSING, "FaultTo"),
    (namespace::ADDRESSING, "From"),
    (namespace::ADDRESSING, "RelatesTo"),
    (namespace::ADDRESSING, "To"),
    (namespace::WSSE, "Security"),
    (namespace::DIAGNOSTICS, "ActivityId"),
];

/// Longest MessageID that is echoed, in bytes.
const MESSAGE_ID: usize = 256;

impl<'a> Envelope<'a> {
    /// Reads a request from `bytes`.
    ///
    /// # Errors
    /// [`Rejected`] with the first rule that the message breaks.
    pub fn read(bytes: &'a [u8], limits: &Limits) -> Result<Self, Rejected> {
        let root = xml::read(bytes, limits).map_err(|error| Rejected {
            error: error.into(),
            message_id: None,
        })?;
        let message_id = message_id(&root);
        Self::from_root(root).map_err(|error| Rejected { error, message_id })
    }

    fn from_root(root: Element<'a>) -> Result<Self, Error> {
        if root.is(namespace::SOAP_1_1, "Envelope") {
            return Err(Error::VersionMismatch);
        }
        root.expect(namespace::SOAP, "Envelope")?;
        let header = root
            .required(namespace::SOAP, "Header")
            .map_err(Error::from)
            .and_then(Header::read)?;
        root.required(namespace::SOAP, "Body")?;
        let mut bodies = root
            .children
            .into_iter()
            .filter(|child| child.is(namespace::SOAP, "Body"));
        let mut content = bodies
            .next()
            .map(|body| body.children)
            .unwrap_or_default()
            .into_iter();
        match (content.next(), content.next()) {
            (Some(body), None) => Ok(Self { header, body }),
            _ => Err(Error::Body),
        }
    }
}

impl Header {
    fn read(header: &Element<'_>) -> Result<Self, Error> {
        for block in &header.children {
            let known = UNDERSTOOD.iter().any(|(uri, local)| block.is(uri, local));
            if !known && must_be_understood(block) {
                return Err(Error::MustUnderstand(block.label()));
            }
        }
        let action = header
            .required(namespace::ADDRESSING, "Action")?
            .trimmed()?
            .to_owned();
        let reply_to = match header.only(namespace::ADDRESSING, "ReplyTo")? {
            Some(reply_to) => Some(
                reply_to
                    .required(namespace::ADDRESSING, "Address")?
                    .trimmed()?
                    .to_owned(),
            ),
            None => None,
        };
        let to = header
            .only(namespace::ADDRESSING, "To")?
            .map(Element::trimmed)
            .transpose()?
            .map(str::to_owned);
        let message_id = header
            .only(namespace::ADDRESSING, "MessageID")?
            .map(|id| id.trimmed_within(MESSAGE_ID))
            .transpose()?
            .map(str::to_owned);
        let mut blocks = header.each(namespace::WSSE, "Security");
        let security = blocks.next().map(Security::read).transpose()?;
        if blocks.next().is_some() {
            return Err(Error::Security("two Security headers"));
        }
        Ok(Self {
            action,
            message_id,
            reply_to,
            to,
            security,
        })
    }
}

/// The MessageID of a message that may be broken elsewhere.
fn message_id(root: &Element<'_>) -> Option<String> {
    let header = root
        .children
        .iter()
        .find(|child| child.name.local == "Header")?;
    let id = header.only(namespace::ADDRESSING, "MessageID").ok()??;
    id.trimmed_within(MESSAGE_ID).ok().map(str::to_owned)
}

/// SOAP 1.2 part 1, 5.2.3, for the roles that we play.
fn must_be_understood(block: &Element<'_>) -> bool {
    const NEXT: &str = "http://www.w3.org/2003/05/soap-envelope/role/next";
    const ULTIMATE: &str = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";
    let soap = |local: &str| {
        block
            .attributes
            .iter()
            .find(|attribute| {
                attribute.name.namespace == namespace::SOAP && attribute.name.local == local
            })
            .map(|attribute| attribute.value.trim())
    };
    let ours = soap("role").is_none_or(|role| role.is_empty() || role == NEXT || role == ULTIMATE);
    ours && matches!(soap("mustUnderstand"), Some("1" | "true"))
}
