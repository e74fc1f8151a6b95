//! The signed message of a renewal as Windows makes it (MS-WSTEP 4.1.5.1): the new key's request, signed by the old key.

use rcgen::SigningKey;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::{
    ATTRIBUTES, CsrForm, DeviceKey, ECDSA_WITH_SHA256, INTEGER, Identity, Key, KeyError,
    OCTET_STRING, SET, sequence, tlv,
};

impl Key {
    /// The request of this new key to renew `certificate`, which it names.
    ///
    /// # Errors
    /// [`KeyError`] when the cryptographic library refuses to sign.
    pub fn renewal_csr(
        &self,
        identity: &Identity,
        form: CsrForm,
        certificate: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        let named = sequence(&[&RENEWAL_CERTIFICATE, &tlv(SET, &[certificate])]);
        self.csr_saying(identity, form, vec![named])
    }

    /// The message around `content`, signed by this key, whose certificate goes along. `None` when that is no
    /// certificate. As Windows makes it there are no signed attributes: the signature is over the content itself.
    ///
    /// # Errors
    /// [`KeyError`] when the cryptographic library refuses to sign.
    pub fn signed_message(
        &self,
        content: &[u8],
        certificate: &[u8],
    ) -> Result<Option<Vec<u8>>, KeyError> {
        let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
            return Ok(None);
        };
        let algorithm: &[u8] = match self.kind() {
            DeviceKey::Rsa2048 => &RSA,
            DeviceKey::P256 => &ECDSA_WITH_SHA256,
        };
        let digest = sequence(&[&SHA256]);
        let signer = sequence(&[
            &tlv(INTEGER, &[&[1]]),
            &sequence(&[
                parsed.issuer().as_raw(),
                &tlv(INTEGER, &[parsed.raw_serial()]),
            ]),
            &digest,
            algorithm,
            &tlv(OCTET_STRING, &[&self.0.sign(content)?]),
        ]);
        let octets = tlv(OCTET_STRING, &[content]);
        let signed = sequence(&[
            &tlv(INTEGER, &[&[1]]),
            &tlv(SET, &[&digest]),
            &sequence(&[&DATA, &tlv(EXPLICIT_0, &[&octets])]),
            &tlv(ATTRIBUTES, &[certificate]),
            &tlv(SET, &[&signer]),
        ]);
        Ok(Some(sequence(&[
            &SIGNED_DATA,
            &tlv(EXPLICIT_0, &[&signed]),
        ])))
    }
}

const EXPLICIT_0: u8 = 0xa0;
/// 1.3.6.1.4.1.311.13.1
const RENEWAL_CERTIFICATE: [u8; 11] = [0x06, 9, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 13, 1];
/// 1.2.840.113549.1.7.1
const DATA: [u8; 11] = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
/// 1.2.840.113549.1.7.2
const SIGNED_DATA: [u8; 11] = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
/// 2.16.840.1.101.3.4.2.1
const SHA256: [u8; 11] = [0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
/// 1.2.840.113549.1.1.1 with its NULL.
const RSA: [u8; 15] = [
    0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0,
];
