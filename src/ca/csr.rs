//! The certificate request of a device: PKCS#10 (RFC 2986), as MS-WSTEP 3.1.4.1 carries it.
//!
//! The self-signature is verified over the bytes the device signed, never over a re-encoding: real Windows
//! requests hold a `PrintableString` with `!` and NUL and an extension that is not DER. Nothing but the
//! public key is taken; subject, attributes and requested extensions are not even decoded.

use std::fmt;

use aws_lc_rs::digest;
use rcgen::{PublicKeyData, SignatureAlgorithm};

use super::der::{
    self, BIT_STRING, CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, ObjectIdentifier, Reader, SEQUENCE,
    Tlv,
};
use super::public_key::{DeviceKey, KeyFault, PublicKey};
use super::signature::{Scheme, SignatureFault};
use super::weak::{self, Weakness};

/// What the operator allows in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsrPolicy {
    /// Whether a self-signature with SHA-1 is accepted (and noted); Windows 10 sends such requests.
    pub allow_sha1: bool,
}

impl Default for CsrPolicy {
    fn default() -> Self {
        Self { allow_sha1: true }
    }
}

/// A verified request: the key, and the proof that the device holds its private half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csr {
    /// The DER of the `SubjectPublicKeyInfo`.
    pub spki_der: Vec<u8>,
    /// The SHA-256 of [`Csr::spki_der`].
    pub spki_sha256: [u8; 32],
    /// The kind of the key.
    pub key: DeviceKey,
    /// What was tolerated and deserves a line in the record.
    pub notes: Vec<CsrNote>,
    /// The `subjectPublicKey` bits.
    public_key: Vec<u8>,
}

/// Something tolerated in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CsrNote {
    /// The self-signature rests on SHA-1.
    Sha1Signature,
}

impl fmt::Display for CsrNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha1Signature => {
                f.write_str("the device signed its certificate request with SHA-1")
            }
        }
    }
}

/// Why a request is refused, for the administrator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsrError {
    /// More than 16 KiB.
    #[error("the certificate request has {bytes} bytes, and 16384 are accepted")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not the DER of a PKCS#10 request.
    #[error("the certificate request is not a PKCS#10 in DER: its {0} cannot be read")]
    Malformed(CsrPart),
    /// Bytes follow the request.
    #[error("bytes follow the end of the certificate request")]
    TrailingData,
    /// The key can be broken.
    #[error("the key of the certificate request is weak: {0}")]
    WeakKey(Weakness),
    /// The key is neither RSA nor on P-256 or P-384.
    #[error("the key type {oid} is not accepted: use RSA, P-256 or P-384")]
    UnsupportedKey {
        /// The algorithm or curve.
        oid: ObjectIdentifier,
    },
    /// The self-signature uses another algorithm, or accepted ones with odd parameters.
    #[error(
        "the certificate request is signed with algorithm {oid}, which is not accepted with its \
         parameters: use SHA-256, SHA-384 or SHA-512 with RSA, or ECDSA with SHA-256 or SHA-384"
    )]
    UnsupportedSignature {
        /// The algorithm.
        oid: ObjectIdentifier,
    },
    /// The self-signature rests on SHA-1 and the policy refuses that.
    #[error(
        "the certificate request is signed with SHA-1, which the setting csr.allow_sha1 refuses"
    )]
    Sha1Refused,
    /// The signature algorithm cannot be used with the key.
    #[error("the signature algorithm of the certificate request does not fit its key")]
    SignatureMismatch,
    /// The device did not prove that it holds the private key.
    #[error("the signature of the certificate request does not verify with the key in it")]
    BadSignature,
}

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CsrPart {
    /// The outer structure.
    Request,
    /// The version, which must be 0.
    Version,
    /// The subject.
    Subject,
    /// The `SubjectPublicKeyInfo`.
    PublicKey,
    /// The attributes.
    Attributes,
    /// The algorithm of the signature.
    SignatureAlgorithm,
    /// The signature.
    Signature,
}

impl fmt::Display for CsrPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "outer structure",
            Self::Version => "version",
            Self::Subject => "subject",
            Self::PublicKey => "public key",
            Self::Attributes => "attributes",
            Self::SignatureAlgorithm => "signature algorithm",
            Self::Signature => "signature",
        })
    }
}

impl Csr {
    /// Reads and verifies a request.
    ///
    /// # Errors
    ///
    /// [`CsrError`] says what is wrong; nothing of a refused request is used.
    pub fn verify(der: &[u8], policy: CsrPolicy) -> Result<Self, CsrError> {
        let request = Request::parse(der)?;
        let key = PublicKey::parse(request.spki).map_err(refused_key)?;
        if let DeviceKey::Rsa { .. } = key.kind {
            weak::check(key.modulus).map_err(CsrError::WeakKey)?;
        }
        let scheme = Scheme::parse(request.algorithm).map_err(refused_signature)?;
        if scheme.is_sha1() && !policy.allow_sha1 {
            return Err(CsrError::Sha1Refused);
        }
        scheme
            .verify(&key, request.info.raw, request.signature)
            .map_err(refused_signature)?;
        Ok(Self {
            spki_der: request.spki.raw.to_vec(),
            spki_sha256: sha256(request.spki.raw),
            key: key.kind,
            notes: scheme
                .is_sha1()
                .then_some(CsrNote::Sha1Signature)
                .into_iter()
                .collect(),
            public_key: key.bits.to_vec(),
        })
    }
}

/// What the certificate is made out to, and all that rcgen sees of the request.
impl PublicKeyData for Csr {
    fn subject_public_key_info(&self) -> Vec<u8> {
        self.spki_der.clone()
    }

    fn der_bytes(&self) -> &[u8] {
        &self.public_key
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.key {
            DeviceKey::Rsa { .. } => &rcgen::PKCS_RSA_SHA256,
            DeviceKey::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            DeviceKey::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
        }
    }
}

/// The parts of a request that matter, as they stand in it.
struct Request<'a> {
    info: Tlv<'a>,
    spki: Tlv<'a>,
    algorithm: Tlv<'a>,
    signature: &'a [u8],
    attributes: Tlv<'a>,
}

/// The values of the attribute `oid` of a request; `None` when it has none of it, and an error when it has two.
pub(super) fn attribute<'a>(request: &'a [u8], oid: &[u8]) -> Result<Option<Tlv<'a>>, CsrError> {
    let malformed = |read| malformed(read, CsrPart::Attributes);
    let mut attributes = Request::parse(request)?.attributes.reader();
    let mut found = None;
    while !attributes.is_empty() {
        let mut fields = malformed(attributes.take(SEQUENCE))?.reader();
        let kind = malformed(fields.take(OBJECT_IDENTIFIER))?;
        if kind.content == oid && found.replace(malformed(fields.any())?).is_some() {
            return Err(CsrError::Malformed(CsrPart::Attributes));
        }
    }
    Ok(found)
}

impl<'a> Request<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, CsrError> {
        use CsrPart as Part;
        if bytes.len() > MAX_BYTES {
            return Err(CsrError::TooLarge { bytes: bytes.len() });
        }
        let mut outer = Reader::new(bytes);
        let request = malformed(outer.take(SEQUENCE), Part::Request)?;
        outer.end().map_err(|_| CsrError::TrailingData)?;
        malformed(der::well_formed(request.content, MAX_DEPTH), Part::Request)?;

        let mut parts = request.reader();
        let info = malformed(parts.take(SEQUENCE), Part::Request)?;
        let algorithm = malformed(parts.take(SEQUENCE), Part::SignatureAlgorithm)?;
        let signature = parts.take(BIT_STRING).and_then(|value| value.bits());
        let signature = malformed(signature, Part::Signature)?;
        malformed(parts.end(), Part::Request)?;

        let mut parts = info.reader();
        let version = malformed(parts.take(INTEGER), Part::Version)?;
        if version.content != [0] {
            return Err(CsrError::Malformed(Part::Version));
        }
        malformed(parts.take(SEQUENCE), Part::Subject)?;
        let spki = malformed(parts.take(SEQUENCE), Part::PublicKey)?;
        let attributes = malformed(parts.take(CONTEXT_0), Part::Attributes)?;
        malformed(parts.end(), Part::Attributes)?;
        Ok(Self {
            attributes,
            info,
            spki,
            algorithm,
            signature,
        })
    }
}

fn malformed<T>(read: Result<T, der::NotDer>, part: CsrPart) -> Result<T, CsrError> {
    read.map_err(|_| CsrError::Malformed(part))
}

fn refused_key(fault: KeyFault) -> CsrError {
    match fault {
        KeyFault::NotDer => CsrError::Malformed(CsrPart::PublicKey),
        KeyFault::Unsupported(oid) => CsrError::UnsupportedKey { oid },
        KeyFault::Weak(weakness) => CsrError::WeakKey(weakness),
    }
}

fn refused_signature(fault: SignatureFault) -> CsrError {
    match fault {
        SignatureFault::NotDer => CsrError::Malformed(CsrPart::SignatureAlgorithm),
        SignatureFault::Unsupported(oid) => CsrError::UnsupportedSignature { oid },
        SignatureFault::Mismatch => CsrError::SignatureMismatch,
        SignatureFault::BadKey => CsrError::Malformed(CsrPart::PublicKey),
        SignatureFault::Wrong => CsrError::BadSignature,
    }
}

/// The SHA-256 of `bytes`.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// The largest request read; a Windows one has some 750 bytes.
const MAX_BYTES: usize = 16 * 1024;
/// How deep values may nest; a Windows request nests six deep.
const MAX_DEPTH: usize = 12;
