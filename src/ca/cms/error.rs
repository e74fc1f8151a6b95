//! Why what a device signed is refused, for the administrator.

use std::fmt;

use super::super::der::ObjectIdentifier;

/// Why a signed message is refused; nothing of it is used then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CmsError {
    /// More than 32 KiB.
    #[error("the signed message has {bytes} bytes, and 32768 are accepted")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// BER, or no encoding at all.
    #[error(
        "the signed message is not DER: a length is indefinite or too long, or a string is in pieces"
    )]
    NotDer,
    /// Bytes follow the message.
    #[error("bytes follow the end of the signed message")]
    TrailingData,
    /// Another content type than `signedData`.
    #[error("the message is not a CMS SignedData")]
    NotSigned,
    /// A part is missing or is another than expected.
    #[error("the signed message is malformed: its {0} cannot be read")]
    Malformed(CmsPart),
    /// The certificate request is not in it.
    #[error("the signature is detached: the message does not hold the certificate request")]
    Detached,
    /// What is signed is in it, where it must not be.
    #[error("the signature is not detached: the message holds content of its own")]
    Attached,
    /// What is signed is not plain data.
    #[error("the signed content is of type {oid}, expected data")]
    ContentType {
        /// Its type.
        oid: ObjectIdentifier,
    },
    /// None, or more than one.
    #[error("the message has {count} signers, expected exactly one")]
    Signers {
        /// How many.
        count: usize,
    },
    /// The signer is named by key identifier.
    #[error("the signer is not named by issuer and serial number")]
    SignerByKey,
    /// The signer's certificate is not in the message, or is there twice.
    #[error("the certificate of the signer is not in the message exactly once")]
    SignerAbsent,
    /// MD5 and other digests.
    #[error("the digest {oid} is not accepted: use SHA-256, SHA-384 or SHA-512")]
    Digest {
        /// Which one.
        oid: ObjectIdentifier,
    },
    /// SHA-1.
    #[error("the message is signed with SHA-1, which is not accepted")]
    Sha1,
    /// The list of digests, the signer and the signature do not name the same.
    #[error("the message names different digests in different places")]
    DigestsDiffer,
    /// A signed attribute that must be there once is not.
    #[error("the signed attribute {0} is not there exactly once")]
    Attribute(SignedAttribute),
    /// A signed attribute says something else than the message.
    #[error("the signed attribute {0} does not match the content")]
    AttributeDiffers(SignedAttribute),
    /// The signed attributes are not a SET in DER.
    #[error("the signed attributes are not in the order of DER")]
    AttributeOrder,
    /// The key of the signer's certificate is of no accepted kind.
    #[error("the key in the certificate of the signer is not one that certificates are issued for")]
    Key,
    /// The signature uses another algorithm, or one that does not fit the key.
    #[error(
        "the algorithm of the signature is not accepted, or does not fit the key of the signer"
    )]
    SignatureAlgorithm,
    /// The signature does not verify.
    #[error("the signature of the message does not verify with the certificate of the signer")]
    BadSignature,
}

/// A part of a signed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CmsPart {
    /// The outer structure.
    Message,
    /// A version number.
    Version,
    /// The list of digests.
    Digests,
    /// The content.
    Content,
    /// The certificates.
    Certificates,
    /// The signer.
    Signer,
    /// The signed attributes.
    Attributes,
}

impl fmt::Display for CmsPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Message => "outer structure",
            Self::Version => "version",
            Self::Digests => "list of digests",
            Self::Content => "content",
            Self::Certificates => "list of certificates",
            Self::Signer => "signer",
            Self::Attributes => "list of signed attributes",
        })
    }
}

/// An attribute that signed attributes must hold (RFC 5652, 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignedAttribute {
    /// What kind of content is signed.
    ContentType,
    /// The digest of the content.
    MessageDigest,
    /// When it was signed.
    SigningTime,
}

impl fmt::Display for SignedAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentType => "content-type",
            Self::MessageDigest => "message-digest",
            Self::SigningTime => "signing-time",
        })
    }
}
