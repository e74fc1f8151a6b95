//! Which signature algorithms are believed, pinned by their whole `AlgorithmIdentifier` before any key is
//! tried: RFC 4055 (RSA), RFC 5758 (ECDSA), and the OIW name that Windows gives RSA with SHA-1.

use aws_lc_rs::digest as hashed;
use aws_lc_rs::signature as aws;

use super::der::{
    CONTEXT_0, INTEGER, NotDer, OBJECT_IDENTIFIER, ObjectIdentifier, Reader, SEQUENCE, Tlv,
};
use super::public_key::{DeviceKey, PublicKey};

/// How a message was hashed and padded before it was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Pkcs1(Hash),
    Pss(Hash),
    Ecdsa(Hash),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The digest of `bytes`.
    pub(super) fn of(self, bytes: &[u8]) -> hashed::Digest {
        let algorithm = match self {
            Self::Sha1 => &hashed::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &hashed::SHA256,
            Self::Sha384 => &hashed::SHA384,
            Self::Sha512 => &hashed::SHA512,
        };
        hashed::digest(algorithm, bytes)
    }
}

/// Why a signature is not believed.
#[derive(Debug)]
pub(super) enum SignatureFault {
    NotDer,
    Unsupported(ObjectIdentifier),
    /// The algorithm belongs to another family of keys.
    Mismatch,
    /// The key's bits are no key: a point off its curve.
    BadKey,
    Wrong,
}

impl From<NotDer> for SignatureFault {
    fn from(_: NotDer) -> Self {
        Self::NotDer
    }
}

impl Scheme {
    /// Whether the signature rests on SHA-1.
    pub(super) fn is_sha1(self) -> bool {
        self.hash() == Hash::Sha1
    }

    /// The hash that the signature rests on.
    pub(super) fn hash(self) -> Hash {
        let (Self::Pkcs1(hash) | Self::Pss(hash) | Self::Ecdsa(hash)) = self;
        hash
    }

    /// Reads an `AlgorithmIdentifier`; parameters other than the prescribed ones are not accepted.
    pub(super) fn parse(identifier: Tlv<'_>) -> Result<Self, SignatureFault> {
        if let Some((_, scheme)) = KNOWN.iter().find(|(raw, _)| *raw == identifier.raw) {
            return Ok(*scheme);
        }
        let mut parts = identifier.reader();
        let oid = parts.take(OBJECT_IDENTIFIER)?.content;
        let pss = (oid == RSASSA_PSS).then(|| pss_hash(parts).ok()).flatten();
        pss.map(Self::Pss)
            .ok_or_else(|| SignatureFault::Unsupported(ObjectIdentifier::from_content(oid)))
    }

    /// Verifies `signature` over `message` with `key`.
    pub(super) fn verify(
        self,
        key: &PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureFault> {
        let algorithm = self.algorithm(key.kind).ok_or(SignatureFault::Mismatch)?;
        aws::ParsedPublicKey::new(algorithm, key.bits)
            .map_err(|_| SignatureFault::BadKey)?
            .verify_sig(message, signature)
            .map_err(|_| SignatureFault::Wrong)
    }

    fn algorithm(self, key: DeviceKey) -> Option<&'static dyn aws::VerificationAlgorithm> {
        Some(match (self, key) {
            (Self::Pkcs1(Hash::Sha1), DeviceKey::Rsa { .. }) => {
                &aws::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY
            }
            (Self::Pkcs1(Hash::Sha256), DeviceKey::Rsa { .. }) => &aws::RSA_PKCS1_2048_8192_SHA256,
            (Self::Pkcs1(Hash::Sha384), DeviceKey::Rsa { .. }) => &aws::RSA_PKCS1_2048_8192_SHA384,
            (Self::Pkcs1(Hash::Sha512), DeviceKey::Rsa { .. }) => &aws::RSA_PKCS1_2048_8192_SHA512,
            (Self::Pss(Hash::Sha256), DeviceKey::Rsa { .. }) => &aws::RSA_PSS_2048_8192_SHA256,
            (Self::Pss(Hash::Sha384), DeviceKey::Rsa { .. }) => &aws::RSA_PSS_2048_8192_SHA384,
            (Self::Pss(Hash::Sha512), DeviceKey::Rsa { .. }) => &aws::RSA_PSS_2048_8192_SHA512,
            (Self::Ecdsa(Hash::Sha256), DeviceKey::P256) => &aws::ECDSA_P256_SHA256_ASN1,
            (Self::Ecdsa(Hash::Sha384), DeviceKey::P256) => &aws::ECDSA_P256_SHA384_ASN1,
            (Self::Ecdsa(Hash::Sha256), DeviceKey::P384) => &aws::ECDSA_P384_SHA256_ASN1,
            (Self::Ecdsa(Hash::Sha384), DeviceKey::P384) => &aws::ECDSA_P384_SHA384_ASN1,
            _ => return None,
        })
    }
}

/// RSASSA-PSS parameters (RFC 4055, 3.1): one SHA-2 hash for both uses, a salt as long as the hash.
fn pss_hash(mut parts: Reader<'_>) -> Result<Hash, NotDer> {
    let mut fields = parts.take(SEQUENCE)?.reader();
    parts.end()?;
    let mut hash = fields.take(CONTEXT_0)?.reader();
    let mut mask = fields.take(CONTEXT_0 | 1)?.reader();
    let mut salt = fields.take(CONTEXT_0 | 2)?.reader();
    fields.end()?;
    let (hash, salt_length) = sha2(hash.take(SEQUENCE)?)?;
    let mut mask = mask.take(SEQUENCE)?.reader();
    let is_mgf1 = mask.take(OBJECT_IDENTIFIER)?.content == MGF1;
    let (mask_hash, _) = sha2(mask.take(SEQUENCE)?)?;
    let salt = salt.take(INTEGER)?.unsigned()?;
    if is_mgf1 && mask_hash == hash && salt == [salt_length] {
        Ok(hash)
    } else {
        Err(NotDer)
    }
}

/// The digest that the `AlgorithmIdentifier` of a CMS message names (RFC 5754), SHA-1 among them.
pub(super) fn digest(identifier: Tlv<'_>) -> Result<Hash, SignatureFault> {
    let mut parts = identifier.reader();
    let oid = parts.take(OBJECT_IDENTIFIER)?.content;
    if oid == SHA1 {
        if !parts.is_empty() {
            parts.take(NULL)?;
        }
        parts.end()?;
        return Ok(Hash::Sha1);
    }
    sha2(identifier)
        .map(|(hash, _)| hash)
        .map_err(|_| SignatureFault::Unsupported(ObjectIdentifier::from_content(oid)))
}

/// The hash an `AlgorithmIdentifier` names, parameters NULL or absent, with its length in bytes.
fn sha2(identifier: Tlv<'_>) -> Result<(Hash, u8), NotDer> {
    let mut parts = identifier.reader();
    let oid = parts.take(OBJECT_IDENTIFIER)?.content;
    if !parts.is_empty() {
        parts.take(NULL)?;
    }
    parts.end()?;
    match oid.split_last() {
        Some((1, SHA2)) => Ok((Hash::Sha256, 32)),
        Some((2, SHA2)) => Ok((Hash::Sha384, 48)),
        Some((3, SHA2)) => Ok((Hash::Sha512, 64)),
        _ => Err(NotDer),
    }
}

/// The `AlgorithmIdentifier` of a certificate signed with RSA PKCS #1 v1.5 and SHA-256.
pub(super) const SHA256_WITH_RSA: &[u8] =
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
/// The `AlgorithmIdentifier` of a certificate signed with ECDSA and SHA-256.
pub(super) const ECDSA_WITH_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
/// The `AlgorithmIdentifier` of a certificate signed with ECDSA and SHA-384.
pub(super) const ECDSA_WITH_SHA384: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03";

const KNOWN: [(&[u8], Scheme); 7] = [
    (SHA256_WITH_RSA, Scheme::Pkcs1(Hash::Sha256)),
    (
        b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00",
        Scheme::Pkcs1(Hash::Sha384),
    ),
    (
        b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00",
        Scheme::Pkcs1(Hash::Sha512),
    ),
    (ECDSA_WITH_SHA256, Scheme::Ecdsa(Hash::Sha256)),
    (ECDSA_WITH_SHA384, Scheme::Ecdsa(Hash::Sha384)),
    // sha-1WithRSAEncryption, and its OIW twin 1.3.14.3.2.29 that Windows 10 sends.
    (
        b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00",
        Scheme::Pkcs1(Hash::Sha1),
    ),
    (
        b"\x30\x09\x06\x05\x2b\x0e\x03\x02\x1d\x05\x00",
        Scheme::Pkcs1(Hash::Sha1),
    ),
];

const NULL: u8 = 0x05;
const RSASSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
const MGF1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08";
/// The arc 2.16.840.1.101.3.4.2, whose next number names the hash.
const SHA2: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02";
/// 1.3.14.3.2.26
const SHA1: &[u8] = b"\x2b\x0e\x03\x02\x1a";
