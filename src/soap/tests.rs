//! SOAP as sentences.

mod fault;

use super::*;
use crate::xml::{self, DecodeError, Element, FromXml, Limits, ToXml};

/// A request of no protocol, to speak of envelopes alone.
#[derive(Debug, PartialEq)]
struct Ping(String);

/// Its reply.
#[derive(Debug, PartialEq)]
struct Pong(String);

impl Exchange for Ping {
    const ACTION: &'static str = "urn:ping";
    type Reply = Pong;
}

impl Reply for Pong {
    const ACTION: &'static str = "urn:pong";
}

impl FromXml for Ping {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.expect("urn:game", "Ping")?;
        Ok(Self(element.text.to_string()))
    }
}

impl ToXml for Ping {
    fn to_xml(&self) -> Element<'_> {
        Element::new("urn:game", "Ping").with_text(self.0.as_str())
    }
}

impl FromXml for Pong {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.expect("urn:game", "Pong")?;
        Ok(Self(element.text.to_string()))
    }
}

impl ToXml for Pong {
    fn to_xml(&self) -> Element<'_> {
        Element::new("urn:game", "Pong").with_text(self.0.as_str())
    }
}

/// A request with `blocks` in its header.
fn request(blocks: &str) -> String {
    format!(
        "<e:Envelope xmlns:e='{}' xmlns:w='{}' xmlns:sec='{}' xmlns:util='{}'><e:Header>{blocks}</e:Header>\
         <e:Body><Ping xmlns='urn:game'>1</Ping></e:Body></e:Envelope>",
        namespace::SOAP,
        namespace::ADDRESSING,
        namespace::WSSE,
        namespace::WSU,
    )
}

fn header(blocks: &str) -> Result<Header, Error> {
    let text = request(&format!("<w:Action> urn:ping\n</w:Action>{blocks}"));
    match Envelope::read(text.as_bytes(), &Limits::SOAP) {
        Ok(envelope) => Ok(envelope.header),
        Err(rejected) => Err(rejected.error),
    }
}

#[test]
fn an_action_is_trimmed_and_must_be_the_exchanges_own() {
    let text = request("<w:Action>\n  urn:ping </w:Action>");
    let envelope = Envelope::read(text.as_bytes(), &Limits::SOAP).unwrap();
    assert_eq!(Ping::take(&envelope), Ok(Ping("1".to_owned())));
    let long = "x".repeat(500);
    let text = request(&format!("<w:Action>{long}</w:Action>"));
    let envelope = Envelope::read(text.as_bytes(), &Limits::SOAP).unwrap();
    let refused = Error::Action {
        action: long[..128].to_owned(),
        expected: "urn:ping",
    };
    assert_eq!(Ping::take(&envelope), Err(refused));
}

#[test]
fn a_block_that_must_be_understood_counts_in_our_roles_alone() {
    const ROLE: &str = "http://www.w3.org/2003/05/soap-envelope/role";
    let block = |attributes: &str| header(&format!("<X xmlns='urn:x' {attributes}/>"));
    for attributes in [
        "e:mustUnderstand='1'",
        "e:mustUnderstand=' true '",
        "e:mustUnderstand='1' e:role=''",
        &format!("e:mustUnderstand='1' e:role='{ROLE}/next'"),
        &format!("e:mustUnderstand='1' e:role='{ROLE}/ultimateReceiver'"),
    ] {
        assert_eq!(
            block(attributes),
            Err(Error::MustUnderstand("X".to_owned())),
            "{attributes}"
        );
    }
    for attributes in [
        "",
        "mustUnderstand='1'",
        "e:mustUnderstand='0'",
        "e:mustUnderstand='false'",
        &format!("e:mustUnderstand='1' e:role='{ROLE}/none'"),
        "e:mustUnderstand='1' e:role='urn:somebody-else'",
    ] {
        assert!(block(attributes).is_ok(), "{attributes}");
    }
    let known =
        "<w:RelatesTo e:mustUnderstand='1'>urn:1</w:RelatesTo><w:From e:mustUnderstand='1'/>";
    assert!(header(known).is_ok());
}

#[test]
fn a_password_loses_one_line_break_at_its_end_and_nothing_else() {
    let password = |text: &str| {
        let token = format!(
            "<sec:Security><sec:UsernameToken><sec:Username> anna </sec:Username>\
             <sec:Password>{text}</sec:Password></sec:UsernameToken></sec:Security>"
        );
        let security = header(&token).unwrap().security.unwrap();
        let token = security.username_token.unwrap();
        assert_eq!(token.username, "anna");
        token.password.reveal().to_owned()
    };
    for (text, expected) in [
        ("secret", "secret"),
        ("secret\n", "secret"),
        ("secret\r\n", "secret"),
        ("secret\n\n", "secret\n"),
        (" se cret ", " se cret "),
        ("a&lt;b&amp;c", "a<b&c"),
        ("", ""),
        ("\n            ", ""),
    ] {
        assert_eq!(password(text), expected, "{text:?}");
    }
}

#[test]
fn a_tokens_attributes_are_read_with_and_without_a_namespace() {
    let token = |attributes: &str| {
        let block = format!(
            "<sec:Security><sec:BinarySecurityToken {attributes}>\n AA== \n</sec:BinarySecurityToken></sec:Security>"
        );
        header(&block).map(|header| header.security.unwrap().binary_security_token.unwrap())
    };
    let expected = BinarySecurityToken {
        id: Some("i".to_owned()),
        value_type: "urn:t".to_owned(),
        encoding_type: Some("urn:e".to_owned()),
        text: crate::secret::Secret::new("AA=="),
    };
    for attributes in [
        "Id='i' ValueType='urn:t' EncodingType='urn:e'",
        "util:Id='i' sec:ValueType=' urn:t ' sec:EncodingType='urn:e'",
    ] {
        assert_eq!(token(attributes).unwrap(), expected);
    }
    assert!(matches!(
        token("Id='i'"),
        Err(Error::Decode(DecodeError::Missing { .. }))
    ));
    assert!(!format!("{expected:?}").contains("AA=="));
}

#[test]
fn a_message_id_comes_back_with_the_refusal_when_it_can_be_read() {
    let id = |id: &str| {
        let text = request(&format!("<w:MessageID>{id}</w:MessageID>"));
        Envelope::read(text.as_bytes(), &Limits::SOAP)
            .unwrap_err()
            .message_id
    };
    assert_eq!(id(" urn:uuid: 1 ").as_deref(), Some("urn:uuid: 1"));
    assert_eq!(id(&"x".repeat(256)), Some("x".repeat(256)));
    assert_eq!(id(&"x".repeat(257)), None);
}

#[test]
fn a_request_is_read_as_it_was_written() {
    let header = Header {
        action: Ping::ACTION.to_owned(),
        message_id: Some("urn:uuid:1".to_owned()),
        reply_to: Some("urn:me".to_owned()),
        to: Some("urn:you".to_owned()),
        security: Some(Security {
            timestamp: Some(Timestamp {
                id: None,
                created: "2030-01-01T00:00:00Z".to_owned(),
                expires: "2030-01-01T00:05:00Z".to_owned(),
            }),
            ..Security::default()
        }),
    };
    let written = write_request(&Ping("<&>".to_owned()), &header);
    let envelope = Envelope::read(written.as_bytes(), &Limits::SOAP).unwrap();
    assert_eq!(Ping::take(&envelope), Ok(Ping("<&>".to_owned())));
    assert_eq!(envelope.header, header);
}

#[test]
fn a_reply_is_read_as_it_was_written_by_the_exchange_that_asked() {
    let about = ReplyHeader {
        relates_to: Some("urn:uuid: 1".to_owned()),
        activity_id: Some("7c7a0b64-9f2e-4c0a-8d1e-0c2f6a7b8c9d".to_owned()),
        timestamp: Some(Window {
            created: "2030-01-01T00:00:00.000Z".to_owned(),
            expires: "2030-01-01T00:10:00.000Z".to_owned(),
        }),
    };
    let written = write_reply(&Pong("2".to_owned()), &about);
    let read = read_reply::<Pong>(written.as_bytes()).unwrap();
    assert_eq!(read, (about, Ok(Pong("2".to_owned()))));
    assert!(!written.contains('\n'));
    let other = written.replace("urn:pong", "urn:other");
    assert!(matches!(
        read_reply::<Pong>(other.as_bytes()),
        Err(Error::Action { .. })
    ));
    let empty = written.replace("<Pong xmlns=\"urn:game\">2</Pong>", "");
    assert_eq!(read_reply::<Pong>(empty.as_bytes()), Err(Error::Body));
    assert!(matches!(
        read_reply::<Pong>(b""),
        Err(Error::Xml(xml::Error::Empty))
    ));
}
