//! OCSP (RFC 6960): what is asked, and the signed answer. Whoever answers looks the certificates up in between.
//!
//! Requests may be signed; nobody checks it, since everyone may ask. Nonces follow RFC 8954.

mod signer;

use aws_lc_rs::digest::{self, Algorithm};
use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use rcgen::PublicKeyData as _;
use x509_ocsp::{CertId, OcspRequest, OcspResponse, TbsRequest};

use super::authority::Authority;

pub use signer::OcspSigner;

/// A request that can be answered.
#[derive(Clone, Debug)]
pub struct OcspQuestion(TbsRequest);

/// Why there is no answer but a status (RFC 6960, 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OcspFault {
    /// The request is not one, asks for too much, or insists on what is not known here.
    #[error("the request is malformed")]
    Malformed,
    /// Something failed here.
    #[error("the responder failed")]
    Internal,
    /// The responder is too busy to look.
    #[error("the responder is busy")]
    TryLater,
    /// The responder cannot speak for the issuing CA any more.
    #[error("the responder may not answer")]
    Unauthorized,
}

impl OcspFault {
    /// The answer that says so; it is never signed.
    pub fn answer(self) -> Vec<u8> {
        let response = match self {
            Self::Malformed => OcspResponse::malformed_request(),
            Self::Internal => OcspResponse::internal_error(),
            Self::TryLater => OcspResponse::try_later(),
            Self::Unauthorized => OcspResponse::unauthorized(),
        };
        // A sequence of one enumerated value always encodes.
        response.to_der().unwrap_or_default()
    }
}

impl OcspQuestion {
    /// The largest request that is read, in bytes: many times as many as twenty certificates take.
    pub const MAX_BYTES: usize = 8 * 1024;
    /// The most certificates that one request may ask for.
    pub const MAX_CERTIFICATES: usize = 20;

    /// Reads a request.
    ///
    /// # Errors
    /// [`OcspFault::Malformed`] for anything else.
    pub fn read(request: &[u8]) -> Result<Self, OcspFault> {
        if request.len() > Self::MAX_BYTES {
            return Err(OcspFault::Malformed);
        }
        let tbs = OcspRequest::from_der(request)
            .map_err(|_| OcspFault::Malformed)?
            .tbs_request;
        let count = tbs.request_list.len();
        let extensions = tbs.request_extensions.as_deref().unwrap_or_default();
        let mut nonces = extensions.iter().filter(|it| it.extn_id == NONCE);
        let nonce = nonces.next().map(|it| it.extn_value.as_bytes());
        let singles = tbs.request_list.iter();
        let singles = singles.filter_map(|it| it.single_request_extensions.as_deref());
        let mut all = extensions.iter().chain(singles.flatten());
        let readable = (1..=Self::MAX_CERTIFICATES).contains(&count)
            && nonce.is_none_or(is_nonce)
            && nonces.next().is_none()
            && !all.any(|it| it.critical && it.extn_id != NONCE);
        if readable {
            Ok(Self(tbs))
        } else {
            Err(OcspFault::Malformed)
        }
    }

    /// The certificates that are asked for, as they are named.
    pub fn certificates(&self) -> impl Iterator<Item = OcspCertificate<'_>> {
        self.0
            .request_list
            .iter()
            .map(|it| OcspCertificate(&it.req_cert))
    }

    /// Whether the answer is for this request alone.
    pub fn has_nonce(&self) -> bool {
        let mut extensions = self.0.request_extensions.iter().flatten();
        extensions.any(|it| it.extn_id == NONCE)
    }
}

/// A certificate as a request names it: by its serial number and hashes of its issuer.
#[derive(Clone, Copy, Debug)]
pub struct OcspCertificate<'a>(&'a CertId);

impl OcspCertificate<'_> {
    /// The serial number, big-endian.
    pub fn serial(&self) -> &[u8] {
        self.0.serial_number.as_bytes()
    }

    /// The id of the authority's issuing CA that is meant, if one in force is.
    pub fn issuer<'a>(&self, authority: &'a Authority) -> Option<&'a str> {
        let algorithm: &Algorithm = match self.0.hash_algorithm.oid {
            SHA1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            SHA256 => &digest::SHA256,
            _ => return None,
        };
        let is = |hash: &[u8], of: &[u8]| digest::digest(algorithm, of).as_ref() == hash;
        let meant = authority.issuing().find(|it| {
            is(self.0.issuer_name_hash.as_bytes(), &it.certificate.subject)
                && is(self.0.issuer_key_hash.as_bytes(), it.key.der_bytes())
        });
        meant.map(|it| it.certificate.id.as_str())
    }
}

/// `Nonce` (RFC 8954, 2.1): an OCTET STRING of 1 to 32 bytes.
fn is_nonce(value: &[u8]) -> bool {
    matches!(value, [4, length, nonce @ ..] if usize::from(*length) == nonce.len() && (1..=32).contains(length))
}

const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_has_1_to_32_bytes_in_an_octet_string() {
        let nonce = |length: u8| [&[4, length][..], &vec![7; usize::from(length)]].concat();
        for length in [1, 16, 32] {
            assert!(is_nonce(&nonce(length)), "{length}");
        }
        for wrong in [
            nonce(0),
            nonce(33),
            vec![4, 2, 1],
            vec![2, 1, 1],
            vec![7; 16],
            vec![],
        ] {
            assert!(!is_nonce(&wrong), "{wrong:x?}");
        }
    }

    #[test]
    fn what_is_no_request_is_malformed() {
        for bytes in [&[][..], b"hello", &[0x30, 0x00], &[0x30; 9000]] {
            assert_eq!(OcspQuestion::read(bytes).err(), Some(OcspFault::Malformed));
        }
    }

    #[test]
    fn a_fault_is_a_status_and_nothing_else() {
        for (fault, status) in [
            (OcspFault::Malformed, 1),
            (OcspFault::Internal, 2),
            (OcspFault::TryLater, 3),
            (OcspFault::Unauthorized, 6),
        ] {
            assert_eq!(fault.answer(), [0x30, 3, 0x0a, 1, status]);
        }
    }
}
