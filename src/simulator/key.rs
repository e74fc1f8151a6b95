//! The device's key pair and the certificate request that Windows makes with it (PKCS#10, RFC 2986).
//!
//! The request is written byte by byte: its subject and one of its extensions are not what an encoder of good manners
//! would write.

mod message;

use std::fmt;
use std::sync::Arc;

use rcgen::{KeyPair, PublicKeyData, RsaKeySize, SigningKey};

use super::Identity;

/// What kind of key a device makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeviceKey {
    /// RSA of 2048 bits, as Windows does.
    #[default]
    Rsa2048,
    /// ECDSA on P-256, much quicker to make; no published device log shows it.
    P256,
}

/// A device's key pair. Clones share it; `Debug` does not show it.
#[derive(Clone)]
pub struct Key(Arc<KeyPair>);

/// The forms of certificate request that devices have been seen to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CsrForm {
    /// Windows 11: the name is a `UTF8String`, the extensions ask for client authentication.
    #[default]
    Windows11,
    /// Windows 10: the name is a `PrintableString` with `!` and a final NUL, which that type forbids.
    Windows10,
}

/// A key that could not be made or used.
#[derive(Debug, thiserror::Error)]
#[error("the device's key could not be made or used")]
pub struct KeyError(#[from] rcgen::Error);

impl DeviceKey {
    /// Makes a key of this kind; RSA takes a tenth of a second or more.
    ///
    /// # Errors
    /// [`KeyError`] when the cryptographic library refuses.
    pub fn generate(self) -> Result<Key, KeyError> {
        let pair = match self {
            Self::Rsa2048 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)?,
            Self::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?,
        };
        Ok(Key(Arc::new(pair)))
    }
}

impl Key {
    /// What kind of key it is.
    pub fn kind(&self) -> DeviceKey {
        if self.0.is_compatible(&rcgen::PKCS_ECDSA_P256_SHA256) {
            DeviceKey::P256
        } else {
            DeviceKey::Rsa2048
        }
    }

    /// The DER of the public key, a `SubjectPublicKeyInfo`.
    pub fn spki(&self) -> Vec<u8> {
        self.0.subject_public_key_info()
    }

    /// The DER of a certificate request for the device `identity`, signed with SHA-256.
    ///
    /// # Errors
    /// [`KeyError`] when the cryptographic library refuses to sign.
    pub fn csr(&self, identity: &Identity, form: CsrForm) -> Result<Vec<u8>, KeyError> {
        self.csr_saying(identity, form, Vec::new())
    }

    /// The same with further attributes.
    fn csr_saying(
        &self,
        identity: &Identity,
        form: CsrForm,
        mut attributes: Vec<Vec<u8>>,
    ) -> Result<Vec<u8>, KeyError> {
        attributes.push(extension_request(identity, form));
        attributes.sort();
        let attributes: Vec<_> = attributes.iter().map(Vec::as_slice).collect();
        let info = sequence(&[
            &tlv(INTEGER, &[&[0]]),
            &subject(identity, form),
            &self.spki(),
            &tlv(ATTRIBUTES, &attributes),
        ]);
        let signature = self.0.sign(&info)?;
        let algorithm: &[u8] = match self.kind() {
            DeviceKey::Rsa2048 => &SHA256_WITH_RSA,
            DeviceKey::P256 => &ECDSA_WITH_SHA256,
        };
        Ok(sequence(&[
            &info,
            algorithm,
            &tlv(BIT_STRING, &[&[0], &signature]),
        ]))
    }

    /// The PKCS#8 of the private key, for TLS.
    pub(super) fn pkcs8(&self) -> Vec<u8> {
        self.0.serialize_der()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.kind()).finish()
    }
}

/// One common name: 30 characters of a GUID, `!`, the DeviceID.
fn subject(identity: &Identity, form: CsrForm) -> Vec<u8> {
    let mut name = format!("{}!{}", identity.key_name, identity.device_id);
    let tag = match form {
        CsrForm::Windows11 => UTF8_STRING,
        CsrForm::Windows10 => {
            name.push('\0');
            PRINTABLE_STRING
        }
    };
    let attribute = sequence(&[&COMMON_NAME, &tlv(tag, &[name.as_bytes()])]);
    sequence(&[&tlv(SET, &[&attribute])])
}

/// The attribute `extensionRequest` with client authentication and the DeviceID, which is raw ASCII and a NUL.
fn extension_request(identity: &Identity, form: CsrForm) -> Vec<u8> {
    let extension = |oid: &[u8], value: &[u8]| sequence(&[oid, &tlv(OCTET_STRING, &[value])]);
    let device_id = extension(&DEVICE_ID, format!("{}\0", identity.device_id).as_bytes());
    let extensions = match form {
        CsrForm::Windows11 => {
            let usage = extension(&EXTENDED_KEY_USAGE, &sequence(&[&CLIENT_AUTH]));
            sequence(&[&usage, &device_id])
        }
        CsrForm::Windows10 => sequence(&[&device_id]),
    };
    sequence(&[&EXTENSION_REQUEST, &tlv(SET, &[&extensions])])
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, parts)
}

/// One DER element: tag, length, contents.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    if length < 0x80 {
        out.push(length.to_le_bytes()[0]);
    } else {
        let bytes = length.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        out.push(0x80 | (bytes.len() - zeros).to_le_bytes()[0]);
        out.extend(bytes.iter().skip(zeros));
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0] IMPLICIT SET OF Attribute`.
const ATTRIBUTES: u8 = 0xa0;

/// 2.5.4.3
const COMMON_NAME: [u8; 5] = [0x06, 3, 0x55, 0x04, 0x03];
/// 2.5.29.37
const EXTENDED_KEY_USAGE: [u8; 5] = [0x06, 3, 0x55, 0x1d, 0x25];
/// 1.3.6.1.5.5.7.3.2
const CLIENT_AUTH: [u8; 10] = [0x06, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2];
/// 1.2.840.113549.1.9.14
const EXTENSION_REQUEST: [u8; 11] = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];
/// 1.3.6.1.4.1.311.66.1.0
const DEVICE_ID: [u8; 12] = [0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x42, 1, 0];
/// 1.2.840.113549.1.1.11 with its NULL.
const SHA256_WITH_RSA: [u8; 15] = [
    0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0,
];
/// 1.2.840.10045.4.3.2
const ECDSA_WITH_SHA256: [u8; 12] = [0x30, 10, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

#[cfg(test)]
mod tests {
    use x509_parser::certification_request::X509CertificationRequest;
    use x509_parser::prelude::{FromDer, ParsedExtension};

    use super::*;

    fn parsed(der: &[u8]) -> X509CertificationRequest<'_> {
        let (rest, csr) = X509CertificationRequest::from_der(der).expect("a PKCS#10");
        assert!(rest.is_empty());
        csr.verify_signature().expect("signed by its own key");
        csr
    }

    #[test]
    fn requests_of_both_kinds_of_key_and_both_forms_parse_and_verify() {
        let identity = Identity::random(1);
        for kind in [DeviceKey::P256, DeviceKey::Rsa2048] {
            let key = kind.generate().expect("a key");
            assert_eq!(key.kind(), kind);
            for form in [CsrForm::Windows11, CsrForm::Windows10] {
                let der = key.csr(&identity, form).expect("a request");
                let csr = parsed(&der);
                let info = &csr.certification_request_info;
                assert_eq!(info.subject_pki.raw, key.spki());
                let name = info.subject.iter_common_name().next().expect("a name");
                let mut expected = format!("{}!{}", identity.key_name, identity.device_id);
                if form == CsrForm::Windows10 {
                    expected.push('\0');
                }
                assert_eq!(name.attr_value().data, expected.as_bytes());
            }
        }
    }

    #[test]
    fn the_device_id_extension_is_raw_ascii_with_a_nul() {
        let identity = Identity::random(2);
        let key = DeviceKey::P256.generate().expect("a key");
        let der = key.csr(&identity, CsrForm::Windows11).expect("a request");
        let csr = parsed(&der);
        let mut extensions = csr.requested_extensions().expect("extensions");
        let usage = extensions.next();
        assert!(
            matches!(usage, Some(ParsedExtension::ExtendedKeyUsage(usage)) if usage.client_auth)
        );
        let Some(ParsedExtension::UnsupportedExtension { oid }) = extensions.next() else {
            panic!("no second extension");
        };
        assert_eq!(oid.to_id_string(), "1.3.6.1.4.1.311.66.1.0");
        let mut raw = identity.device_id.into_bytes();
        raw.push(0);
        let mut expected = vec![0x04, 33];
        expected.extend(raw);
        assert!(der.windows(expected.len()).any(|window| window == expected));
    }
}
