//! The signed message of a renewal: a CMS `SignedData` (RFC 5652) around a PKCS#10, as MS-WSTEP 4.1.5.1 shows it.
//!
//! Strict, and no more of CMS than that one message: DER alone, one signer named by issuer and serial number, SHA-256 or
//! better, the content inside. Whether the signer may renew anything is not known here: its certificate is handed out,
//! to be looked up.

mod error;
mod message;

use std::borrow::Cow;

pub use self::error::{CmsError, CmsPart, SignedAttribute};
use self::message::{DATA, Message, SET, malformed, sole};
use super::csr::attribute;
use super::der::{self, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Tlv};
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
        let hash = accepted(message.digest, allow_sha1)?;
        if accepted(message.signer.digest, allow_sha1)? != hash {
            return Err(CmsError::DigestsDiffer);
        }
        let scheme = scheme(message.signer.algorithm, hash)?;
        let certificate = message.certificate()?;
        let key = PublicKey::parse(certificate.spki).map_err(|_| CmsError::Key)?;
        let signed = match message.signer.attributes {
            None => Cow::Borrowed(message.content),
            Some(attributes) => {
                check(attributes, message.content, hash)?;
                // They are signed as the SET that they are, not as the [0] that they stand under.
                Cow::Owned(der::write(SET, &[attributes.content]))
            }
        };
        scheme
            .verify(&key, &signed, message.signer.signature)
            .map_err(|fault| match fault {
                SignatureFault::Mismatch | SignatureFault::Unsupported(_) => {
                    CmsError::SignatureAlgorithm
                }
                SignatureFault::BadKey | SignatureFault::NotDer => CmsError::Key,
                SignatureFault::Wrong => CmsError::BadSignature,
            })?;
        Ok(Self {
            request: message.content.to_vec(),
            signer: certificate.raw.to_vec(),
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

/// Checks the signed attributes: in DER's order, content-type and message-digest once each and matching (RFC 5652, 5.3).
fn check(attributes: Tlv<'_>, content: &[u8], hash: Hash) -> Result<(), CmsError> {
    let part = CmsPart::Attributes;
    let (mut content_type, mut message_digest) = (Vec::new(), Vec::new());
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
    Ok(())
}

/// 1.2.840.113549.1.9.3
const CONTENT_TYPE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
/// 1.2.840.113549.1.9.4
const MESSAGE_DIGEST: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
/// 1.3.6.1.4.1.311.13.1
const RENEWAL_CERTIFICATE: &[u8] = b"\x2b\x06\x01\x04\x01\x82\x37\x0d\x01";
