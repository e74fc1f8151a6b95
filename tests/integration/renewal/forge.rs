//! A signed message written byte by byte, so that each of its parts can be wrong.

use std::sync::Arc;

use aws_lc_rs::digest;
use rcgen::{KeyPair, SigningKey as _};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::Own;

pub(super) const SHA256: &[u8] = b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
pub(super) const SHA1: &[u8] = b"\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00";
pub(super) const MD5: &[u8] = b"\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00";
pub(super) const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
pub(super) const ENVELOPED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const ECDSA_WITH_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
const CONTENT_TYPE: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
const MESSAGE_DIGEST: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";

/// The parts of a message.
pub(super) struct Forge {
    pub(super) listed: &'static [u8],
    pub(super) digest: &'static [u8],
    pub(super) content_type: &'static [u8],
    pub(super) content: Vec<u8>,
    pub(super) detached: bool,
    pub(super) certificates: Vec<Vec<u8>>,
    /// The certificate that the signer names.
    pub(super) named: Vec<u8>,
    /// What the signer is named by instead.
    pub(super) named_otherwise: Option<Vec<u8>>,
    pub(super) attributes: Option<Vec<Vec<u8>>>,
    pub(super) signers: usize,
    pub(super) key: Arc<KeyPair>,
}

impl Forge {
    /// The good message without signed attributes.
    pub(super) fn new(own: &Own, content: &[u8]) -> Self {
        Self {
            listed: SHA256,
            digest: SHA256,
            content_type: DATA,
            content: content.to_vec(),
            detached: false,
            certificates: vec![own.certificate.clone()],
            named: own.certificate.clone(),
            named_otherwise: None,
            attributes: None,
            signers: 1,
            key: Arc::clone(&own.key),
        }
    }

    /// The good message with both signed attributes.
    pub(super) fn attributed(own: &Own, content: &[u8]) -> Self {
        let digest = digest::digest(&digest::SHA256, content);
        Self {
            attributes: Some(vec![content_type(DATA), message_digest(digest.as_ref())]),
            ..Self::new(own, content)
        }
    }

    pub(super) fn build(&self) -> Vec<u8> {
        let octets = tlv(0x04, &[&self.content]);
        let content = match self.detached {
            true => Vec::new(),
            false => tlv(0xa0, &[&octets]),
        };
        let attributes = self.attributes.as_ref().map(|list| list.concat());
        let signed = match &attributes {
            Some(attributes) => tlv(0x31, &[attributes]),
            None => self.content.clone(),
        };
        let (_, named) = X509Certificate::from_der(&self.named).unwrap();
        let by_serial = tlv(
            0x30,
            &[named.issuer().as_raw(), &tlv(0x02, &[named.raw_serial()])],
        );
        let signer = tlv(
            0x30,
            &[
                b"\x02\x01\x01",
                self.named_otherwise.as_ref().unwrap_or(&by_serial),
                self.digest,
                &attributes.map_or_else(Vec::new, |attributes| tlv(0xa0, &[&attributes])),
                ECDSA_WITH_SHA256,
                &tlv(0x04, &[&self.key.sign(&signed).unwrap()]),
            ],
        );
        let data = tlv(
            0x30,
            &[
                b"\x02\x01\x01",
                &tlv(0x31, &[self.listed]),
                &tlv(0x30, &[self.content_type, &content]),
                &tlv(0xa0, &[&self.certificates.concat()]),
                &tlv(0x31, &[&signer.repeat(self.signers)]),
            ],
        );
        tlv(0x30, &[SIGNED_DATA, &tlv(0xa0, &[&data])])
    }
}

pub(super) fn content_type(value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[CONTENT_TYPE, &tlv(0x31, &[value])])
}

pub(super) fn message_digest(value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[MESSAGE_DIGEST, &tlv(0x31, &[&tlv(0x04, &[value])])])
}

/// One value in DER.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        short @ 0..0x80 => out.push(u8::try_from(short).unwrap()),
        long => {
            let bytes = u16::try_from(long).unwrap().to_be_bytes();
            match bytes {
                [0, low] => out.extend([0x81, low]),
                [high, low] => out.extend([0x82, high, low]),
            }
        }
    }
    out.extend(content);
    out
}
