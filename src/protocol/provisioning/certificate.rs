//! Certificates in a document: `CertificateStore`, and how a device is told which one to present.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Characteristic, Parm};

/// A certificate with the name it is filed under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-1 of the DER, 40 upper-case hexadecimal digits.
    pub thumbprint_hex: String,
    /// The certificate itself.
    pub der: Vec<u8>,
}

/// Where the device's certificate goes: MS-MDE2 2.2.9.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertificateStore {
    /// `My/User`, for [`EnrollmentType::Full`](crate::protocol::enrollment::EnrollmentType::Full).
    User,
    /// `My/System`, for [`EnrollmentType::Device`](crate::protocol::enrollment::EnrollmentType::Device).
    System,
}

impl Certificate {
    /// The certificate `der` under its own thumbprint.
    pub fn new(der: Vec<u8>) -> Self {
        Self {
            thumbprint_hex: thumbprint(&der),
            der,
        }
    }

    /// The characteristic that installs it.
    pub(super) fn to_characteristic(&self) -> Characteristic {
        Characteristic::new(self.thumbprint_hex.clone())
            .with_parm(Parm::new(ENCODED_CERTIFICATE, STANDARD.encode(&self.der)))
    }
}

impl CertificateStore {
    /// Its name below `My`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::System => "System",
        }
    }
}

/// The name a certificate is filed under: SHA-1 of its DER, 40 upper-case hexadecimal digits.
pub fn thumbprint(der: &[u8]) -> String {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, der);
    let mut hex = String::with_capacity(40);
    for byte in digest.as_ref() {
        hex.push(digit(byte >> 4));
        hex.push(digit(byte & 0x0f));
    }
    hex
}

/// `SSLCLIENTCERTSEARCHCRITERIA` that finds the certificate by the only name in its subject: MS-MDE2 2.2.9.5.
///
/// A wrong value is worse than none: without it devices present the certificate that they enrolled with.
pub fn client_certificate_criteria(subject_cn: &str, store: CertificateStore) -> String {
    let mut criteria = String::from("Subject=CN%3D");
    escape_into(&mut criteria, subject_cn);
    criteria.push_str("&Stores=My%5C");
    criteria.push_str(store.name());
    criteria
}

/// RFC 2396 escaping of all but its unreserved characters.
fn escape_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // A String never refuses a write.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

const fn digit(nibble: u8) -> char {
    (if nibble < 10 {
        b'0' + nibble
    } else {
        b'A' + nibble - 10
    }) as char
}

pub(super) const ENCODED_CERTIFICATE: &str = "EncodedCertificate";
