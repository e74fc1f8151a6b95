//! A `SignedData` (RFC 5652, 5) taken apart: its structure is checked, its signature not yet.

use super::super::der::{
    self, CONTEXT_0, INTEGER, NotDer, OBJECT_IDENTIFIER, OCTET_STRING, ObjectIdentifier, Reader,
    SEQUENCE, Tlv,
};
use super::super::leaf::Leaf;
use super::error::{CmsError, CmsPart};

/// The parts of a message that matter, as they stand in it.
pub(super) struct Message<'a> {
    /// The one digest that it lists.
    pub(super) digest: Tlv<'a>,
    /// What is signed, unless it stands elsewhere.
    pub(super) content: Option<&'a [u8]>,
    pub(super) signer: Signer<'a>,
    certificates: Option<Tlv<'a>>,
}

/// The `SignerInfo`.
pub(super) struct Signer<'a> {
    issuer: &'a [u8],
    serial: &'a [u8],
    pub(super) digest: Tlv<'a>,
    /// `[0] IMPLICIT SET OF Attribute`.
    pub(super) attributes: Option<Tlv<'a>>,
    pub(super) algorithm: Tlv<'a>,
    pub(super) signature: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, CmsError> {
        use CmsPart as Part;
        if bytes.len() > MAX_BYTES {
            return Err(CmsError::TooLarge { bytes: bytes.len() });
        }
        let mut outer = Reader::new(bytes);
        let info = outer.take(SEQUENCE).map_err(|_| CmsError::NotDer)?;
        outer.end().map_err(|_| CmsError::TrailingData)?;
        der::well_formed(info.content, MAX_DEPTH).map_err(|_| CmsError::NotDer)?;

        let mut parts = info.reader();
        let kind = malformed(parts.take(OBJECT_IDENTIFIER), Part::Message)?;
        if kind.content != SIGNED_DATA {
            return Err(CmsError::NotSigned);
        }
        let explicit = malformed(parts.take(CONTEXT_0), Part::Message)?;
        malformed(parts.end(), Part::Message)?;
        let signed = malformed(sole(explicit, SEQUENCE), Part::Message)?;

        let mut fields = signed.reader();
        let version = malformed(fields.take(INTEGER), Part::Version)?;
        let digests = malformed(fields.take(SET), Part::Digests)?;
        let encapsulated = malformed(fields.take(SEQUENCE), Part::Content)?;
        let certificates = malformed(optional(&mut fields, CONTEXT_0), Part::Certificates)?;
        // Lists of revoked certificates would stand here; no device has any to send.
        let signers = malformed(fields.take(SET), Part::Signer)?;
        malformed(fields.end(), Part::Message)?;

        let count = malformed(count(signers), Part::Signer)?;
        if count != 1 {
            return Err(CmsError::Signers { count });
        }
        let signer = Signer::parse(malformed(sole(signers, SEQUENCE), Part::Signer)?)?;
        let content = content(encapsulated)?;
        if version.content != [1] {
            return Err(CmsError::Malformed(Part::Version));
        }
        Ok(Self {
            digest: malformed(sole(digests, SEQUENCE), Part::Digests)?,
            content,
            signer,
            certificates,
        })
    }

    /// The certificate that the signer names; it must be there once.
    pub(super) fn certificate(&self) -> Result<Leaf<'a>, CmsError> {
        let mut found = None;
        let mut certificates = match &self.certificates {
            Some(certificates) => certificates.reader(),
            None => return Err(CmsError::SignerAbsent),
        };
        for _ in 0..MAX_CERTIFICATES {
            if certificates.is_empty() {
                break;
            }
            let part = CmsPart::Certificates;
            let certificate = malformed(certificates.take(SEQUENCE), part)?;
            let leaf = malformed(Leaf::read(certificate.raw), part)?;
            if leaf.issuer == self.signer.issuer && leaf.serial == self.signer.serial {
                match found {
                    None => found = Some(leaf),
                    Some(_) => return Err(CmsError::SignerAbsent),
                }
            }
        }
        malformed(certificates.end(), CmsPart::Certificates)?;
        found.ok_or(CmsError::SignerAbsent)
    }
}

impl<'a> Signer<'a> {
    fn parse(info: Tlv<'a>) -> Result<Self, CmsError> {
        let malformed = |read| malformed(read, CmsPart::Signer);
        let mut fields = info.reader();
        let version = malformed(fields.take(INTEGER))?;
        let name = malformed(fields.any())?;
        if name.tag != SEQUENCE {
            return Err(CmsError::SignerByKey);
        }
        if version.content != [1] {
            return Err(CmsError::Malformed(CmsPart::Version));
        }
        let mut names = name.reader();
        let issuer = malformed(names.take(SEQUENCE))?;
        let serial = malformed(names.take(INTEGER))?;
        names
            .end()
            .map_err(|_| CmsError::Malformed(CmsPart::Signer))?;
        let digest = malformed(fields.take(SEQUENCE))?;
        let attributes = optional(&mut fields, CONTEXT_0);
        let attributes = attributes.map_err(|_| CmsError::Malformed(CmsPart::Attributes))?;
        let algorithm = malformed(fields.take(SEQUENCE))?;
        let signature = malformed(fields.take(OCTET_STRING))?;
        // Attributes that nobody signed say nothing.
        let ended = optional(&mut fields, CONTEXT_0 | 1).and_then(|_| fields.end());
        ended.map_err(|_| CmsError::Malformed(CmsPart::Signer))?;
        Ok(Self {
            issuer: issuer.raw,
            serial: serial.content,
            digest,
            attributes,
            algorithm,
            signature: signature.content,
        })
    }
}

/// The `eContent` of an `EncapsulatedContentInfo`; none where the signature is detached.
fn content(encapsulated: Tlv<'_>) -> Result<Option<&[u8]>, CmsError> {
    let part = CmsPart::Content;
    let mut fields = encapsulated.reader();
    let kind = malformed(fields.take(OBJECT_IDENTIFIER), part)?;
    if kind.content != DATA {
        let oid = ObjectIdentifier::from_content(kind.content);
        return Err(CmsError::ContentType { oid });
    }
    if fields.is_empty() {
        return Ok(None);
    }
    let explicit = malformed(fields.take(CONTEXT_0), part)?;
    malformed(fields.end(), part)?;
    Ok(Some(malformed(sole(explicit, OCTET_STRING), part)?.content))
}

/// The only value in another.
pub(super) fn sole(outer: Tlv<'_>, tag: u8) -> Result<Tlv<'_>, NotDer> {
    let mut reader = outer.reader();
    let value = reader.take(tag)?;
    reader.end()?;
    Ok(value)
}

/// Takes the next value if it has this tag.
fn optional<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<Option<Tlv<'a>>, NotDer> {
    let mut ahead = *reader;
    if reader.is_empty() || ahead.any()?.tag != tag {
        return Ok(None);
    }
    reader.take(tag).map(Some)
}

fn count(outer: Tlv<'_>) -> Result<usize, NotDer> {
    let (mut reader, mut count) = (outer.reader(), 0);
    while !reader.is_empty() {
        reader.any()?;
        count += 1;
    }
    Ok(count)
}

pub(super) fn malformed<T>(read: Result<T, NotDer>, part: CmsPart) -> Result<T, CmsError> {
    read.map_err(|_| CmsError::Malformed(part))
}

pub(super) const SET: u8 = 0x31;
/// The largest message read; the published one of Windows has 5,156 bytes.
const MAX_BYTES: usize = 32 * 1024;
/// How deep values may nest; a message with its certificate nests twelve deep.
const MAX_DEPTH: usize = 20;
/// A device's certificate, and perhaps the chain above it.
const MAX_CERTIFICATES: usize = 8;
/// id-signedData, 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
/// id-data, 1.2.840.113549.1.7.1
pub(super) const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
