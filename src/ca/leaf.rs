//! The outer parts of any X.509 certificate (RFC 5280, 4.1) as they stand in it, and who signed it.

use super::authority::Authority;
use super::der::{self, BIT_STRING, CONTEXT_0, INTEGER, NotDer, Reader, SEQUENCE, Tlv};

/// A certificate taken apart, and nothing of it believed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf<'a> {
    /// The whole of it.
    pub(super) raw: &'a [u8],
    /// The signed bytes.
    tbs: &'a [u8],
    /// The `AlgorithmIdentifier` of the signature.
    algorithm: &'a [u8],
    signature: &'a [u8],
    /// The issuer's Name in DER.
    pub(super) issuer: &'a [u8],
    /// The content of the serial number.
    pub(super) serial: &'a [u8],
    /// The `SubjectPublicKeyInfo`.
    pub(super) spki: Tlv<'a>,
}

impl<'a> Leaf<'a> {
    /// Takes a certificate apart.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, NotDer> {
        let mut outer = Reader::new(bytes);
        let certificate = outer.take(SEQUENCE)?;
        outer.end()?;
        let mut parts = certificate.reader();
        let tbs = parts.take(SEQUENCE)?;
        let algorithm = parts.take(SEQUENCE)?;
        let signature = parts.take(BIT_STRING)?.bits()?;
        parts.end()?;
        der::well_formed(tbs.content, MAX_DEPTH)?;
        let mut fields = tbs.reader();
        fields.take(CONTEXT_0)?;
        let serial = fields.take(INTEGER)?;
        fields.take(SEQUENCE)?;
        let issuer = fields.take(SEQUENCE)?;
        for _validity_and_subject in 0..2 {
            fields.take(SEQUENCE)?;
        }
        Ok(Self {
            raw: certificate.raw,
            tbs: tbs.raw,
            algorithm: algorithm.raw,
            signature,
            issuer: issuer.raw,
            serial: serial.content,
            spki: fields.take(SEQUENCE)?,
        })
    }
}

/// Who signed a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The key of one of our issuing CAs in force.
    Ours,
    /// Another key, under the name of one of them.
    Pretended,
    /// Somebody else, or it is no certificate.
    Foreign,
}

impl Authority {
    /// Who signed this certificate: judged by the key, never by the name alone.
    pub fn origin(&self, certificate: &[u8]) -> Origin {
        let Ok(leaf) = Leaf::read(certificate) else {
            return Origin::Foreign;
        };
        let mut origin = Origin::Foreign;
        for issuing in self.issuing() {
            if leaf.issuer != issuing.certificate.subject {
                continue;
            }
            let key = &issuing.public_key;
            let signed = leaf.algorithm == issuing.scheme.identifier
                && key.verify_sig(leaf.tbs, leaf.signature).is_ok();
            if signed {
                return Origin::Ours;
            }
            origin = Origin::Pretended;
        }
        origin
    }
}

/// How deep values of a certificate may nest.
const MAX_DEPTH: usize = 12;
