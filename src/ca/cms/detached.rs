//! A signature that stands beside what it signs (RFC 5652, 5.2): that of a package of a management session
//! (`RequireMessageSigning`, MS-MDE2 2.2.9.3).

use aws_lc_rs::digest::{Context, SHA256, digest};
use jiff::Timestamp;

use super::error::{CmsError, SignedAttribute};
use super::message::Message;

/// A detached signature that verified with the certificate in it; the certificate itself proves nothing yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetachedSignature {
    /// The DER of the signer's certificate.
    pub signer: Vec<u8>,
    /// When the signer says that it signed.
    pub signed_at: Timestamp,
    /// The SHA-256 of what the signature is over, and of who signed. It stays the same where the message around it is
    /// written in another way.
    pub signed: [u8; 32],
}

impl DetachedSignature {
    /// Reads a signature and verifies that it is of `content`. It must say when it was made.
    ///
    /// # Errors
    /// [`CmsError`] says what is wrong.
    pub fn verify(der: &[u8], content: &[u8]) -> Result<Self, CmsError> {
        let message = Message::parse(der)?;
        if message.content.is_some() {
            return Err(CmsError::Attached);
        }
        let verified = message.verify(content, false)?;
        let attributes = verified.attributes;
        let attributes = attributes.ok_or(CmsError::Attribute(SignedAttribute::SigningTime))?;
        let signer = verified.certificate.raw;
        let mut identity = Context::new(&SHA256);
        identity.update(digest(&SHA256, signer).as_ref());
        identity.update(attributes.raw);
        let identity = identity.finish();
        let signed = identity.as_ref().try_into();
        Ok(Self {
            signer: signer.to_vec(),
            signed_at: attributes.signed_at()?,
            signed: signed.map_err(|_| CmsError::BadSignature)?,
        })
    }
}
