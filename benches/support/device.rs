//! Devices with keys made before the clock starts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

use super::Error;

/// A device: its number and its certificate request.
pub(crate) struct Device {
    /// Its number, of which its identifiers are made.
    pub(crate) number: usize,
    /// The certificate request, DER.
    pub(crate) csr: Vec<u8>,
    /// Its key, PEM.
    pub(crate) key: String,
}

impl Device {
    /// Makes `count` devices on two threads.
    pub(crate) fn make(count: usize) -> Result<Vec<Self>, Error> {
        let halves: Vec<_> = (0..2)
            .map(|half| {
                std::thread::spawn(move || {
                    (half..count)
                        .step_by(2)
                        .map(Self::new)
                        .collect::<Result<Vec<_>, _>>()
                })
            })
            .collect();
        let mut devices = Vec::new();
        for half in halves {
            devices.extend(
                half.join()
                    .map_err(|_| "a thread that makes keys panicked")??,
            );
        }
        Ok(devices)
    }

    fn new(number: usize) -> Result<Self, Error> {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(
            DnType::CommonName,
            format!("0F3B8E6C-A271-4556-9B72-A26CBD!{number:032X}"),
        );
        Ok(Self {
            number,
            csr: params.serialize_request(&key)?.der().to_vec(),
            key: key.serialize_pem(),
        })
    }

    /// The certificate request as a device sends it.
    pub(crate) fn csr_base64(&self) -> String {
        STANDARD.encode(&self.csr)
    }
}
