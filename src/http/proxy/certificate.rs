//! A certificate in a header: a byte sequence of RFC 9440, or PEM that is URL-encoded, as nginx and others write it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The DER of the one certificate that a header holds, if it holds just that.
pub(super) fn read(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() > LONGEST {
        return None;
    }
    let der = match value {
        [b':', base64 @ .., b':'] => STANDARD.decode(base64).ok()?,
        encoded => pem(&unescaped(encoded)?)?,
    };
    let whole = X509Certificate::from_der(&der).is_ok_and(|(rest, _)| rest.is_empty());
    whole.then_some(der)
}

/// The bytes of one block of PEM and nothing beside it.
fn pem(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let inside = text.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let base64: String = inside.split_ascii_whitespace().collect();
    STANDARD.decode(base64).ok()
}

/// The text behind RFC 3986's percent signs; a plus sign is one.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            plain.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        plain.push(u8::try_from(high << 4 | low).ok()?);
    }
    Some(plain)
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// A certificate of a device has less than 2 KiB.
const LONGEST: usize = 16 * 1024;
