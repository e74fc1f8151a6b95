//! A `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7) of the few kinds that are accepted: RSA with e = 65537 and
//! a modulus of 2048 to 4096 bits, and uncompressed points on the named curves P-256 and P-384.

use std::fmt;

use super::der::{BIT_STRING, INTEGER, NotDer, OBJECT_IDENTIFIER, ObjectIdentifier, SEQUENCE, Tlv};
use super::weak::Weakness;

/// What kind of key a certificate request holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceKey {
    /// RSA with a modulus of this many bits.
    Rsa {
        /// 2048 to 4096.
        bits: u16,
    },
    /// The curve P-256.
    P256,
    /// The curve P-384.
    P384,
}

impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::P256 => f.write_str("P-256"),
            Self::P384 => f.write_str("P-384"),
        }
    }
}

/// A public key whose outer shape was checked; an RSA modulus not yet for factors.
#[derive(Clone, Copy, Debug)]
pub(super) struct PublicKey<'a> {
    pub(super) kind: DeviceKey,
    /// The `subjectPublicKey` bits: an `RSAPublicKey`, or a point.
    pub(super) bits: &'a [u8],
    /// The RSA modulus, most significant byte first; empty for a curve.
    pub(super) modulus: &'a [u8],
}

/// Why a key is not accepted.
#[derive(Debug)]
pub(super) enum KeyFault {
    NotDer,
    Unsupported(ObjectIdentifier),
    Weak(Weakness),
}

impl From<NotDer> for KeyFault {
    fn from(_: NotDer) -> Self {
        Self::NotDer
    }
}

impl<'a> PublicKey<'a> {
    /// Reads a `SubjectPublicKeyInfo`.
    pub(super) fn parse(spki: Tlv<'a>) -> Result<Self, KeyFault> {
        let mut parts = spki.reader();
        let algorithm = parts.take(SEQUENCE)?;
        let bits = parts.take(BIT_STRING)?.bits()?;
        parts.end()?;
        let (kind, point) = match algorithm.raw {
            RSA_ENCRYPTION => return Self::rsa(bits),
            P256 => (DeviceKey::P256, 65),
            P384 => (DeviceKey::P384, 97),
            _ => return Err(KeyFault::Unsupported(named(algorithm)?)),
        };
        if bits.len() == point && bits.first() == Some(&UNCOMPRESSED) {
            Ok(Self {
                kind,
                bits,
                modulus: &[],
            })
        } else {
            Err(KeyFault::NotDer)
        }
    }

    /// Reads an `RSAPublicKey` (RFC 8017, A.1.1); sizes are judged before anything is computed with.
    fn rsa(bits: &'a [u8]) -> Result<Self, KeyFault> {
        let mut outer = super::der::Reader::new(bits);
        let mut numbers = outer.take(SEQUENCE)?.reader();
        outer.end()?;
        let modulus = numbers.take(INTEGER)?.unsigned()?;
        let exponent = numbers.take(INTEGER)?.unsigned()?;
        numbers.end()?;
        let unused = modulus.first().map_or(0, |byte| byte.leading_zeros());
        let size = (modulus.len() * 8).saturating_sub(unused as usize);
        let weak_size = KeyFault::Weak(Weakness::Size { bits: size });
        let Ok(size) = u16::try_from(size) else {
            return Err(weak_size);
        };
        if !(2048..=4096).contains(&size) {
            return Err(weak_size);
        }
        if exponent != [1, 0, 1] {
            return Err(KeyFault::Weak(Weakness::Exponent));
        }
        Ok(Self {
            kind: DeviceKey::Rsa { bits: size },
            bits,
            modulus,
        })
    }
}

/// The identifier that tells the reader of a refusal most: the curve's when there is one.
fn named(algorithm: Tlv<'_>) -> Result<ObjectIdentifier, NotDer> {
    let mut parts = algorithm.reader();
    let family = parts.take(OBJECT_IDENTIFIER)?.content;
    let curve = parts
        .any()
        .ok()
        .filter(|parameter| parameter.tag == OBJECT_IDENTIFIER)
        .map(|parameter| parameter.content);
    Ok(ObjectIdentifier::from_content(curve.unwrap_or(family)))
}

/// The first byte of a point that carries both coordinates (SEC 1, 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The `AlgorithmIdentifier` `rsaEncryption` with NULL (RFC 3279, 2.3.1).
pub(super) const RSA_ENCRYPTION: &[u8] =
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
/// The `AlgorithmIdentifier` `id-ecPublicKey` with secp256r1 (RFC 5480, 2.1).
const P256: &[u8] =
    b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// The `AlgorithmIdentifier` `id-ecPublicKey` with secp384r1.
const P384: &[u8] = b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";
