//! The signed attributes of a message (RFC 5652, 5.3 and 11).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::super::der::{OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Tlv};
use super::super::signature::Hash;
use super::error::{CmsError, CmsPart, SignedAttribute};
use super::message::{DATA, SET, malformed, sole};

/// Attributes that match their content.
pub(super) struct Attributes<'a> {
    /// All of them, as they were signed but for the tag.
    pub(super) raw: &'a [u8],
    signing_time: Vec<Tlv<'a>>,
}

impl<'a> Attributes<'a> {
    /// Checks the signed attributes: in DER's order, content-type and message-digest once each and matching (RFC 5652, 5.3).
    pub(super) fn of(attributes: Tlv<'a>, content: &[u8], hash: Hash) -> Result<Self, CmsError> {
        let part = CmsPart::Attributes;
        let (mut content_type, mut message_digest) = (Vec::new(), Vec::new());
        let mut signing_time = Vec::new();
        let mut reader = attributes.reader();
        let mut before: &[u8] = &[];
        while !reader.is_empty() {
            let attribute = malformed(reader.take(SEQUENCE), part)?;
            if attribute.raw <= before {
                return Err(CmsError::AttributeOrder);
            }
            before = attribute.raw;
            let mut fields = attribute.reader();
            let kind = malformed(fields.take(OBJECT_IDENTIFIER), part)?;
            let values = malformed(fields.take(SET), part)?;
            malformed(fields.end(), part)?;
            match kind.content {
                CONTENT_TYPE => content_type.push(values),
                MESSAGE_DIGEST => message_digest.push(values),
                SIGNING_TIME => signing_time.push(values),
                _ => {}
            }
        }
        let expected = hash.of(content);
        for (name, found, tag, expected) in [
            (
                SignedAttribute::ContentType,
                content_type,
                OBJECT_IDENTIFIER,
                DATA,
            ),
            (
                SignedAttribute::MessageDigest,
                message_digest,
                OCTET_STRING,
                expected.as_ref(),
            ),
        ] {
            let [values] = found.as_slice() else {
                return Err(CmsError::Attribute(name));
            };
            let value = sole(*values, tag).map_err(|_| CmsError::Attribute(name))?;
            if value.content != expected {
                return Err(CmsError::AttributeDiffers(name));
            }
        }
        Ok(Self {
            raw: attributes.content,
            signing_time,
        })
    }

    /// When the signer says that it signed (RFC 5652, 11.3).
    pub(super) fn signed_at(&self) -> Result<Timestamp, CmsError> {
        let fault = CmsError::Attribute(SignedAttribute::SigningTime);
        let [values] = self.signing_time.as_slice() else {
            return Err(fault);
        };
        let mut reader = values.reader();
        let value = reader.any().and_then(|value| reader.end().map(|()| value));
        let value = value.map_err(|_| fault.clone())?;
        moment(value.tag, value.content).ok_or(fault)
    }
}

/// The moment that a `Time` names: to the second and in UTC, as RFC 5652 prescribes.
fn moment(tag: u8, content: &[u8]) -> Option<Timestamp> {
    let digits = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (tag, digits.len()) {
        // What lies in these years must be written with two digits.
        (UTC_TIME, 12) => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year: i16 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        (GENERALIZED_TIME, 14) => {
            let (year, rest) = digits.split_at_checked(4)?;
            let year: i16 = year.parse().ok()?;
            (year, rest)
        }
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let (month, day) = (part(0)?, part(2)?);
    let time = DateTime::new(year, month, day, part(4)?, part(6)?, part(8)?, 0).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// 1.2.840.113549.1.9.3
const CONTENT_TYPE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
/// 1.2.840.113549.1.9.4
const MESSAGE_DIGEST: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
/// 1.2.840.113549.1.9.5
const SIGNING_TIME: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signing_time_is_read_in_its_two_forms_and_in_no_other() {
        for (tag, text, read) in [
            (UTC_TIME, "261126184500Z", Some("2026-11-26T18:45:00Z")),
            (UTC_TIME, "500101000000Z", Some("1950-01-01T00:00:00Z")),
            (UTC_TIME, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (
                GENERALIZED_TIME,
                "20500101000000Z",
                Some("2050-01-01T00:00:00Z"),
            ),
            (UTC_TIME, "2611261845Z", None),
            (UTC_TIME, "261126184500", None),
            (UTC_TIME, "261126184500+0100", None),
            (UTC_TIME, "261326184500Z", None),
            (UTC_TIME, "+61126184500Z", None),
            (UTC_TIME, "20261126184500Z", None),
            (GENERALIZED_TIME, "20261126184500.5Z", None),
            (GENERALIZED_TIME, "261126184500Z", None),
            (OCTET_STRING, "261126184500Z", None),
            (UTC_TIME, "Z", None),
        ] {
            let found = moment(tag, text.as_bytes()).map(|time| time.to_string());
            assert_eq!(found.as_deref(), read, "{text}");
        }
    }
}
