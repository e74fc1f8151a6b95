//! The public half of a token's key, as X.509 writes it.

use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectHandle};
use rcgen::{PublicKeyData, SignatureAlgorithm};

use super::super::der::{self, INTEGER, OCTET_STRING, Reader, SEQUENCE};
use super::super::key::KeyKind;
use super::session::LoggedIn;
use super::token::Token;
use super::{KeyUri, TokenError};

/// A public key of an accepted kind.
#[derive(Clone)]
pub(super) struct Public {
    /// The `subjectPublicKey`.
    bits: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

impl PublicKeyData for Public {
    fn der_bytes(&self) -> &[u8] {
        &self.bits
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl Public {
    /// Reads it from the public key object.
    pub(super) fn read(
        token: &Token,
        open: &LoggedIn,
        handle: ObjectHandle,
        uri: &KeyUri,
    ) -> Result<Self, TokenError> {
        let wanted = [
            AttributeType::KeyType,
            AttributeType::Modulus,
            AttributeType::PublicExponent,
            AttributeType::EcParams,
            AttributeType::EcPoint,
        ];
        let attributes = open.session.get_attributes(handle, &wanted);
        let attributes = attributes.map_err(|error| token.failed(&error))?;
        Self::of(&attributes).ok_or_else(|| TokenError::Kind {
            key: uri.to_string(),
        })
    }

    fn of(attributes: &[Attribute]) -> Option<Self> {
        let find = |pick: fn(&Attribute) -> Option<&Vec<u8>>| attributes.iter().find_map(pick);
        let is = |kind: KeyType| attributes.contains(&Attribute::KeyType(kind));
        if is(KeyType::RSA) {
            let modulus = find(|it| match it {
                Attribute::Modulus(bytes) => Some(bytes),
                _ => None,
            })?;
            let exponent = find(|it| match it {
                Attribute::PublicExponent(bytes) => Some(bytes),
                _ => None,
            })?;
            let parts = [unsigned(modulus), unsigned(exponent)];
            let bits = der::write(SEQUENCE, &[&parts[0], &parts[1]]);
            let algorithm = &rcgen::PKCS_RSA_SHA256;
            return Some(Self { bits, algorithm });
        }
        if !is(KeyType::EC) {
            return None;
        }
        let curve = find(|it| match it {
            Attribute::EcParams(bytes) => Some(bytes),
            _ => None,
        })?;
        let point = find(|it| match it {
            Attribute::EcPoint(bytes) => Some(bytes),
            _ => None,
        })?;
        let (algorithm, length) = match curve.as_slice() {
            P256 => (&rcgen::PKCS_ECDSA_P256_SHA256, 65),
            P384 => (&rcgen::PKCS_ECDSA_P384_SHA384, 97),
            _ => return None,
        };
        // PKCS#11 wraps the point into an OCTET STRING; some modules do not.
        let wrapped = Reader::new(point).take(OCTET_STRING).ok();
        let wrapped = wrapped.map(|it| it.content);
        let is_point = |it: &&[u8]| it.len() == length && it.first() == Some(&4);
        let point = wrapped
            .filter(is_point)
            .or_else(|| Some(point.as_slice()).filter(is_point))?;
        let bits = point.to_vec();
        Some(Self { bits, algorithm })
    }
}

/// The `ECParameters` of a kind of key, which is none for RSA.
pub(super) fn curve(kind: KeyKind) -> Option<&'static [u8]> {
    match kind {
        KeyKind::P256 => Some(P256),
        KeyKind::P384 => Some(P384),
        KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => None,
    }
}

/// An INTEGER of these big-endian bytes.
pub(super) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let magnitude = bytes.get(zeros..).unwrap_or_default();
    match magnitude.first() {
        Some(first) if *first < 0x80 => der::write(INTEGER, &[magnitude]),
        _ => der::write(INTEGER, &[&[0], magnitude]),
    }
}

/// The OBJECT IDENTIFIER prime256v1.
const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// The OBJECT IDENTIFIER secp384r1.
const P384: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x22";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_positive_and_minimal() {
        assert_eq!(unsigned(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0]), [2, 1, 0]);
        assert_eq!(unsigned(&[]), [2, 1, 0]);
    }

    #[test]
    fn a_point_is_taken_wrapped_and_bare_and_no_other() {
        let mut point = vec![4];
        point.extend([0x3f; 64]);
        let of = |point: Vec<u8>| {
            let attributes = [
                Attribute::KeyType(KeyType::EC),
                Attribute::EcParams(P256.to_vec()),
                Attribute::EcPoint(point),
            ];
            Public::of(&attributes).map(|it| it.bits)
        };
        let wrapped = der::write(OCTET_STRING, &[&point]);
        assert_eq!(of(wrapped), Some(point.clone()));
        assert_eq!(of(point.clone()), Some(point.clone()));
        point.pop();
        assert_eq!(of(point), None);
        assert_eq!(of(Vec::new()), None);
    }
}
