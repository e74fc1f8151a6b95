//! What devices sign, as a CMS `SignedData` (RFC 5652): the message of a renewal, around a PKCS#10 as MS-WSTEP 4.1.5.1 shows
//! it, and the signature beside a package of a management session.
//!
//! Strict, and no more of CMS than that: DER alone, one signer named by issuer and serial number, SHA-256 or better. Whether
//! the signer may do anything is not known here: its certificate is handed out, to be looked up.

mod attributes;
mod detached;
mod error;
mod message;

use std::borrow::Cow;

use self::attributes::Attributes;
pub use self::detached::DetachedSignature;
pub use self::error::{CmsError, CmsPart, SignedAttribute};
use self::message::{Message, SET, sole};
use super::csr::attribute;
use super::der::{self, SEQUENCE, Tlv};
use super::leaf::Leaf;
use super::public_key::{PublicKey, RSA_ENCRYPTION};
use super::signature::{Hash, Scheme, SignatureFault, digest};

/// A message whose signature verified with the certificate in it; the certificate itself proves nothing yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// The signed content: the DER of a PKCS#10, not looked into.
    pub request: Vec<u8>,
    /// The DER of the signer's certificate.
    pub signer: Vec<u8>,
}

impl SignedRequest {
    /// Reads a message and verifies its signature.
    ///
    /// # Errors
    /// [`CmsError`] says what is wrong.
    pub fn verify(der: &[u8]) -> Result<Self, CmsError> {
        Self::read(der, false)
    }

    /// Like [`SignedRequest::verify`], for messages of 2009 too.
    pub(super) fn read(der: &[u8], allow_sha1: bool) -> Result<Self, CmsError> {
        let message = Message::parse(der)?;
        let content = message.content.ok_or(CmsError::Detached)?;
        let signer = message.verify(content, allow_sha1)?;
        Ok(Self {
            request: content.to_vec(),
            signer: signer.certificate.raw.to_vec(),
        })
    }

    /// Whether the certificate that the request says it renews, if it says so, is the signer's
    /// (`szOID_RENEWAL_CERTIFICATE` of MS-WCCE 2.2.2.7.3).
    pub fn renews_its_signer(&self) -> bool {
        match attribute(&self.request, RENEWAL_CERTIFICATE) {
            Ok(None) => true,
            Ok(Some(values)) => sole(values, SEQUENCE).is_ok_and(|it| it.raw == self.signer),
            Err(_) => false,
        }
    }
}

/// Who signed, and what was said with it.
struct Verified<'a> {
    certificate: Leaf<'a>,
    attributes: Option<Attributes<'a>>,
}

impl<'a> Message<'a> {
    /// Verifies that the certificate in the message signed `content`.
    fn verify(&self, content: &[u8], allow_sha1: bool) -> Result<Verified<'a>, CmsError> {
        let hash = accepted(self.digest, allow_sha1)?;
        if accepted(self.signer.digest, allow_sha1)? != hash {
            return Err(CmsError::DigestsDiffer);
        }
        let scheme = scheme(self.signer.algorithm, hash)?;
        let certificate = self.certificate()?;
        let key = PublicKey::parse(certificate.spki).map_err(|_| CmsError::Key)?;
        let raw = self.signer.attributes;
        let attributes = raw.map(|raw| Attributes::of(raw, content, hash));
        let attributes = attributes.transpose()?;
        let signed = match raw {
            None => Cow::Borrowed(content),
            // They are signed as the SET that they are, not as the [0] that they stand under.
            Some(raw) => Cow::Owned(der::write(SET, &[raw.content])),
        };
        scheme
            .verify(&key, &signed, self.signer.signature)
            .map_err(|fault| match fault {
                SignatureFault::Mismatch | SignatureFault::Unsupported(_) => {
                    CmsError::SignatureAlgorithm
                }
                SignatureFault::BadKey | SignatureFault::NotDer => CmsError::Key,
                SignatureFault::Wrong => CmsError::BadSignature,
            })?;
        Ok(Verified {
            certificate,
            attributes,
        })
    }
}

/// The digest that an `AlgorithmIdentifier` names, if it may be used.
fn accepted(identifier: Tlv<'_>, allow_sha1: bool) -> Result<Hash, CmsError> {
    match digest(identifier) {
        Ok(Hash::Sha1) if !allow_sha1 => Err(CmsError::Sha1),
        Ok(hash) => Ok(hash),
        Err(SignatureFault::Unsupported(oid)) => Err(CmsError::Digest { oid }),
        Err(_) => Err(CmsError::Malformed(CmsPart::Digests)),
    }
}

/// The algorithm of the signature. Windows names an RSA key alone, and the digest beside it (RFC 3370, 3.2).
fn scheme(algorithm: Tlv<'_>, hash: Hash) -> Result<Scheme, CmsError> {
    if algorithm.raw == RSA_ENCRYPTION {
        return Ok(Scheme::Pkcs1(hash));
    }
    let scheme = Scheme::parse(algorithm).map_err(|_| CmsError::SignatureAlgorithm)?;
    if scheme.hash() == hash {
        Ok(scheme)
    } else {
        Err(CmsError::DigestsDiffer)
    }
}

/// 1.3.6.1.4.1.311.13.1
const RENEWAL_CERTIFICATE: &[u8] = b"\x2b\x06\x01\x04\x01\x82\x37\x0d\x01";
