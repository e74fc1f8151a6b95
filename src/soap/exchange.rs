//! One request and its one reply: the pairing that makes answering with the wrong message a type error.

use crate::xml::{self, DecodeError, Element, FromXml, Limits, ToXml, namespace};

use super::{Envelope, Error, Fault, Header, PREFIXES, Security, Timestamp};

/// A request message and the reply that belongs to it.
pub trait Exchange: FromXml + ToXml {
    /// `a:Action` of the request.
    const ACTION: &'static str;
    /// The only message that answers it.
    type Reply: Reply;

    /// Takes the request out of `envelope`: the action and the body element must both be this exchange's.
    ///
    /// # Errors
    /// [`Error::Action`] or what the message's own decoder says.
    fn take(envelope: &Envelope<'_>) -> Result<Self, Error> {
        if envelope.header.action != Self::ACTION {
            let action = envelope.header.action.chars().take(128).collect();
            return Err(Error::Action {
                action,
                expected: Self::ACTION,
            });
        }
        Ok(Self::from_xml(&envelope.body)?)
    }
}

/// A reply message.
pub trait Reply: FromXml + ToXml {
    /// `a:Action` of the reply.
    const ACTION: &'static str;
}

/// The header of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplyHeader {
    /// The request's MessageID.
    pub relates_to: Option<String>,
    /// The trace id, GUID form: `ActivityId` and its `CorrelationId`.
    pub activity_id: Option<String>,
    /// `wsse:Security/wsu:Timestamp`, which MS-WSTEP replies carry.
    pub timestamp: Option<Window>,
}

/// The time a reply says it is good for: five minutes either way survive a skewed clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// `wsu:Created`, `yyyy-MM-ddTHH:mm:ss.fffZ`.
    pub created: String,
    /// `wsu:Expires`, likewise.
    pub expires: String,
}

/// Writes a reply.
pub fn write_reply<R: Reply>(reply: &R, header: &ReplyHeader) -> String {
    write_envelope(R::ACTION, header, reply.to_xml())
}

/// Writes a request, as a device does.
pub fn write_request<E: Exchange>(request: &E, header: &Header) -> String {
    let block =
        |local, text: &str| Element::new(namespace::ADDRESSING, local).with_text(text.to_owned());
    let blocks =
        Element::new(namespace::SOAP, "Header")
            .with(block("Action", &header.action).with_attribute_in(
                namespace::SOAP,
                "mustUnderstand",
                "1",
            ))
            .with_some(
                header
                    .message_id
                    .as_deref()
                    .map(|id| block("MessageID", id)),
            )
            .with_some(header.reply_to.as_deref().map(|address| {
                Element::new(namespace::ADDRESSING, "ReplyTo").with(block("Address", address))
            }))
            .with_some(header.to.as_deref().map(|to| {
                block("To", to).with_attribute_in(namespace::SOAP, "mustUnderstand", "1")
            }))
            .with_some(header.security.as_ref().map(Security::to_xml));
    let envelope = Element::new(namespace::SOAP, "Envelope")
        .with(blocks)
        .with(Element::new(namespace::SOAP, "Body").with(request.to_xml()));
    xml::write(&envelope, &PREFIXES)
}

/// Reads a reply, as a strict device does: the reply's action, its message, or the fault instead.
///
/// # Errors
/// What makes the bytes neither of the two.
pub fn read_reply<R: Reply>(bytes: &[u8]) -> Result<(ReplyHeader, Result<R, Fault>), Error> {
    let root = xml::read(bytes, &Limits::SOAP)?;
    root.expect(namespace::SOAP, "Envelope")?;
    let header = match root.only(namespace::SOAP, "Header")? {
        Some(header) => read_header(header)?,
        None => (String::new(), ReplyHeader::default()),
    };
    let body = root.required(namespace::SOAP, "Body")?;
    let [content] = body.children.as_slice() else {
        return Err(Error::Body);
    };
    if content.is(namespace::SOAP, "Fault") {
        return Ok((header.1, Err(Fault::from_xml(content)?)));
    }
    if header.0 != R::ACTION {
        return Err(Error::Action {
            action: header.0,
            expected: R::ACTION,
        });
    }
    Ok((header.1, Ok(R::from_xml(content)?)))
}

pub(super) fn write_envelope(action: &str, header: &ReplyHeader, content: Element<'_>) -> String {
    let blocks = Element::new(namespace::SOAP, "Header")
        .with(
            Element::new(namespace::ADDRESSING, "Action")
                .with_attribute_in(namespace::SOAP, "mustUnderstand", "1")
                .with_text(action),
        )
        .with_some(header.activity_id.as_deref().map(|id| {
            Element::new(namespace::DIAGNOSTICS, "ActivityId")
                .with_attribute("CorrelationId", id)
                .with_text(id)
        }))
        .with_some(
            header
                .relates_to
                .as_deref()
                .map(|id| Element::new(namespace::ADDRESSING, "RelatesTo").with_text(id)),
        )
        .with_some(header.timestamp.as_ref().map(Window::to_xml));
    let envelope = Element::new(namespace::SOAP, "Envelope")
        .with(blocks)
        .with(Element::new(namespace::SOAP, "Body").with(content));
    xml::write(&envelope, &PREFIXES)
}

fn read_header(header: &Element<'_>) -> Result<(String, ReplyHeader), Error> {
    let text = |namespace, local| -> Result<Option<String>, DecodeError> {
        Ok(header
            .only(namespace, local)?
            .map(Element::trimmed)
            .transpose()?
            .map(str::to_owned))
    };
    let timestamp = header
        .only(namespace::WSSE, "Security")?
        .map(Security::read)
        .transpose()?
        .and_then(|security| security.timestamp)
        .map(
            |Timestamp {
                 created, expires, ..
             }| Window { created, expires },
        );
    let reply = ReplyHeader {
        relates_to: text(namespace::ADDRESSING, "RelatesTo")?,
        activity_id: text(namespace::DIAGNOSTICS, "ActivityId")?,
        timestamp,
    };
    Ok((
        text(namespace::ADDRESSING, "Action")?.unwrap_or_default(),
        reply,
    ))
}

impl ToXml for Window {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::WSSE, "Security")
            .with_attribute_in(namespace::SOAP, "mustUnderstand", "1")
            .with(
                Element::new(namespace::WSU, "Timestamp")
                    .with_attribute_in(namespace::WSU, "Id", "_0")
                    .with(Element::new(namespace::WSU, "Created").with_text(self.created.as_str()))
                    .with(Element::new(namespace::WSU, "Expires").with_text(self.expires.as_str())),
            )
    }
}
