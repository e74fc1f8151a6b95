//! Strict DER (X.690), as little of it as certificates and requests need: a reader that takes definite,
//! minimal lengths and single-byte tags alone, and a writer of one value.
//!
//! It is stricter than the parsers that read certificates leniently, because what it reads comes from
//! strangers. It never looks into an OCTET STRING: the device's own extension holds no DER there.

use std::fmt;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const CONTEXT_0: u8 = 0xa0;

/// Bytes that are not the DER that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotDer;

/// One tag, length and value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tlv<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// The whole of it, tag and length included.
    pub(super) raw: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// A reader of what this value holds.
    pub(super) fn reader(&self) -> Reader<'a> {
        Reader(self.content)
    }

    /// The magnitude of a positive INTEGER or zero, without the sign byte.
    pub(super) fn unsigned(&self) -> Result<&'a [u8], NotDer> {
        match self.content {
            [] => Err(NotDer),
            [first, ..] if first & 0x80 != 0 => Err(NotDer),
            [0, second, ..] if second & 0x80 == 0 => Err(NotDer),
            [0, magnitude @ ..] if !magnitude.is_empty() => Ok(magnitude),
            magnitude => Ok(magnitude),
        }
    }

    /// The bytes of a BIT STRING that ends on a byte.
    pub(super) fn bits(&self) -> Result<&'a [u8], NotDer> {
        match self.content {
            [0, bits @ ..] => Ok(bits),
            _ => Err(NotDer),
        }
    }
}

/// Reads one value after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the next value, whatever its tag.
    pub(super) fn any(&mut self) -> Result<Tlv<'a>, NotDer> {
        let (&tag, after_tag) = self.0.split_first().ok_or(NotDer)?;
        if tag & 0x1f == 0x1f {
            return Err(NotDer);
        }
        let (length, after_length) = length(after_tag)?;
        let (content, rest) = after_length.split_at_checked(length).ok_or(NotDer)?;
        let (raw, _) = self
            .0
            .split_at_checked(self.0.len() - rest.len())
            .ok_or(NotDer)?;
        self.0 = rest;
        Ok(Tlv { tag, content, raw })
    }

    /// Takes the next value, which must have this tag.
    pub(super) fn take(&mut self, tag: u8) -> Result<Tlv<'a>, NotDer> {
        let value = self.any()?;
        if value.tag == tag {
            Ok(value)
        } else {
            Err(NotDer)
        }
    }

    /// Requires that nothing is left.
    pub(super) fn end(&self) -> Result<(), NotDer> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(NotDer)
        }
    }
}

/// Requires that `bytes` are well-formed DER all the way down, constructed strings included as faults.
pub(super) fn well_formed(bytes: &[u8], depth: usize) -> Result<(), NotDer> {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let value = reader.any()?;
        let constructed = value.tag & 0x20 != 0;
        if value.tag & 0xc0 == 0 && constructed != matches!(value.tag & 0x1f, 0x10 | 0x11) {
            return Err(NotDer);
        }
        if constructed {
            well_formed(value.content, depth.checked_sub(1).ok_or(NotDer)?)?;
        }
    }
    Ok(())
}

/// Writes one value whose content is `parts`, one after the other.
pub(super) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    let bytes = length.to_be_bytes();
    let significant = bytes
        .iter()
        .position(|byte| *byte != 0)
        .and_then(|at| bytes.get(at..))
        .unwrap_or(&[0]);
    match significant {
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            out.extend_from_slice(long);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// An OBJECT IDENTIFIER as it stood in a message; shown in dotted form.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ObjectIdentifier(Box<[u8]>);

impl ObjectIdentifier {
    pub(super) fn from_content(content: &[u8]) -> Self {
        Self(content.into())
    }
}

impl fmt::Display for ObjectIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0_u64;
        let mut first = true;
        for byte in &self.0 {
            arc = arc.wrapping_shl(7) | u64::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if first {
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
                first = false;
            } else {
                write!(f, ".{arc}")?;
            }
            arc = 0;
        }
        Ok(())
    }
}

impl fmt::Debug for ObjectIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectIdentifier({self})")
    }
}

/// Reads a length: definite, in the fewest bytes, at most four of them.
fn length(bytes: &[u8]) -> Result<(usize, &[u8]), NotDer> {
    let (&first, rest) = bytes.split_first().ok_or(NotDer)?;
    if first < 0x80 {
        return Ok((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return Err(NotDer);
    }
    let (digits, rest) = rest.split_at_checked(count).ok_or(NotDer)?;
    let value = digits
        .iter()
        .fold(0_usize, |value, digit| value << 8 | usize::from(*digit));
    if value < 0x80 || digits.first() == Some(&0) {
        return Err(NotDer);
    }
    Ok((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_at_every_length_form() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let bytes = write(OCTET_STRING, &[&content]);
            let mut reader = Reader::new(&bytes);
            let value = reader.take(OCTET_STRING).unwrap();
            assert_eq!(value.content, content);
            assert_eq!(value.raw, bytes);
            assert!(reader.end().is_ok());
        }
    }

    #[test]
    fn lengths_that_are_not_der_are_refused() {
        for bytes in [
            &[0x30, 0x80, 0, 0][..],           // indefinite
            &[0x04, 0x81, 0x01, 0],            // long form where the short one does
            &[0x04, 0x82, 0x00, 0x80],         // leading zero
            &[0x04, 0x02, 0],                  // content missing
            &[0x1f, 0x81, 0x01, 0x00],         // tag of several bytes
            &[0x04, 0x85, 1, 0, 0, 0, 0],      // five length bytes
            &[0x04, 0x84, 255, 255, 255, 255], // four gigabytes announced
            &[0x04],
            &[],
        ] {
            assert_eq!(Reader::new(bytes).any().unwrap_err(), NotDer, "{bytes:x?}");
        }
    }

    #[test]
    fn a_constructed_string_and_a_nest_too_deep_are_refused() {
        assert!(well_formed(&[0x24, 0x03, 0x04, 0x01, 0x00], 8).is_err());
        assert!(well_formed(&[0x10, 0x00], 8).is_err());
        let deep = (0..20).fold(Vec::new(), |inner, _| write(SEQUENCE, &[&inner]));
        assert!(well_formed(&deep, 8).is_err());
        assert!(well_formed(&deep, 20).is_ok());
    }

    #[test]
    fn an_integer_is_positive_and_minimal() {
        let magnitude = |content: &[u8]| {
            let bytes = write(INTEGER, &[content]);
            let value = Reader::new(&bytes).take(INTEGER).unwrap();
            value.unsigned().map(<[u8]>::to_vec)
        };
        assert_eq!(magnitude(&[0, 0x80]), Ok(vec![0x80]));
        assert_eq!(magnitude(&[0]), Ok(vec![0]));
        assert_eq!(magnitude(&[0x80]), Err(NotDer));
        assert_eq!(magnitude(&[0, 0x7f]), Err(NotDer));
        assert_eq!(magnitude(&[]), Err(NotDer));
    }

    #[test]
    fn an_object_identifier_is_shown_dotted() {
        let oid = ObjectIdentifier::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5]);
        assert_eq!(oid.to_string(), "1.2.840.113549.1.1.5");
        let oid = ObjectIdentifier::from_content(&[0x2b, 0x0e, 0x03, 0x02, 0x1d]);
        assert_eq!(oid.to_string(), "1.3.14.3.2.29");
        assert_eq!(
            ObjectIdentifier::from_content(&[0x88, 0x37]).to_string(),
            "2.999"
        );
    }
}
