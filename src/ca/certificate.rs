//! A CA certificate read from its file: the facts that issuing and checking need, taken out once.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rcgen::{KeyPair, PublicKeyData};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;

use super::der::{Reader, SEQUENCE};
use super::error::Error;
use super::files::{self, OWNER_ONLY};
use super::master::MasterKey;
use super::public_key::PublicKey;
use super::signature::Scheme;
use super::{armor, files::Lock};

/// A CA certificate and where it lies.
#[derive(Clone, Debug)]
pub(super) struct CaCertificate {
    pub(super) path: PathBuf,
    pub(super) der: Vec<u8>,
    pub(super) pem: String,
    /// The DER of the subject Name.
    pub(super) subject: Vec<u8>,
    /// The DER of the `SubjectPublicKeyInfo`.
    pub(super) spki: Vec<u8>,
    /// The subject key identifier.
    pub(super) key_id: Vec<u8>,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl CaCertificate {
    /// Reads the certificate in a file, which must be a CA's and valid now.
    pub(super) fn load(path: &Path, now: Timestamp) -> Result<Self, Error> {
        let pem = files::read(path)?.ok_or_else(|| Error::Missing {
            path: path.to_path_buf(),
        })?;
        let der = armor::decode(CERTIFICATE, &pem);
        let certificate =
            der.and_then(|der| Self::read(path, der))
                .ok_or_else(|| Error::NotCaCertificate {
                    path: path.to_path_buf(),
                })?;
        certificate.check_time(now)?;
        Ok(certificate)
    }

    /// Puts a new certificate into its file.
    pub(super) fn store(lock: &Lock, path: &Path, der: &[u8]) -> Result<(), Error> {
        files::write(
            lock,
            path,
            0o644,
            armor::encode(CERTIFICATE, der).as_bytes(),
        )
    }

    fn read(path: &Path, der: Vec<u8>) -> Option<Self> {
        let (rest, x509) = X509Certificate::from_der(&der).ok()?;
        let constraints = x509.basic_constraints().ok()??;
        let usage = x509.key_usage().ok()??;
        if !rest.is_empty() || !constraints.value.ca || !usage.value.key_cert_sign() {
            return None;
        }
        // A name that rcgen would not write back as it stands cannot be issued under.
        if x509.subject().iter().any(|rdn| rdn.iter().count() != 1) {
            return None;
        }
        let key_id =
            x509.extensions()
                .iter()
                .find_map(|extension| match extension.parsed_extension() {
                    ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
                    _ => None,
                })?;
        let time =
            |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        Some(Self {
            path: path.to_path_buf(),
            pem: armor::encode(CERTIFICATE, &der),
            subject: x509.subject().as_raw().to_vec(),
            spki: x509.public_key().raw.to_vec(),
            key_id,
            not_before: time(x509.validity().not_before)?,
            not_after: time(x509.validity().not_after)?,
            der,
        })
    }

    fn check_time(&self, now: Timestamp) -> Result<(), Error> {
        let path = || self.path.clone();
        if now > self.not_after {
            return Err(Error::Expired {
                path: path(),
                not_after: self.not_after,
            });
        }
        if now < self.not_before {
            return Err(Error::NotYetValid {
                path: path(),
                not_before: self.not_before,
            });
        }
        Ok(())
    }

    /// Requires that this certificate was signed by `root`.
    pub(super) fn check_issuer(&self, root: &Self) -> Result<(), Error> {
        if self.is_signed_by(root).is_some() {
            Ok(())
        } else {
            Err(Error::NotIssuedByRoot {
                issuing: self.path.clone(),
                root: root.path.clone(),
            })
        }
    }

    fn is_signed_by(&self, root: &Self) -> Option<()> {
        let (_, x509) = X509Certificate::from_der(&self.der).ok()?;
        if x509.issuer().as_raw() != root.subject {
            return None;
        }
        let mut parts = Reader::new(&self.der).take(SEQUENCE).ok()?.reader();
        let tbs = parts.take(SEQUENCE).ok()?;
        let scheme = Scheme::parse(parts.take(SEQUENCE).ok()?).ok()?;
        let signature = parts.any().ok()?.bits().ok()?;
        let spki = Reader::new(&root.spki).take(SEQUENCE).ok()?;
        let key = PublicKey::parse(spki).ok()?;
        scheme.verify(&key, tbs.raw, signature).ok()
    }

    /// Reads the private key of this certificate from its sealed file; `None` when there is no file.
    pub(super) fn load_key(
        &self,
        path: &Path,
        master: &MasterKey,
    ) -> Result<Option<KeyPair>, Error> {
        let Some(key) = load_key(path, master)? else {
            return Ok(None);
        };
        if key.subject_public_key_info() != self.spki {
            return Err(Error::KeyMismatch {
                key: path.to_path_buf(),
                certificate: self.path.clone(),
            });
        }
        Ok(Some(key))
    }
}

/// The last second of the issuing CA in `directory`, without opening the authority; `None` when there is none to read.
pub fn issuing_end(directory: &Path) -> Option<Timestamp> {
    let path = files::Paths::in_directory(directory).issuing_certificate;
    let pem = files::read(&path).ok()??;
    let der = armor::decode(CERTIFICATE, &pem)?;
    Some(CaCertificate::read(&path, der)?.not_after)
}

/// Opens a sealed key file; `None` when there is none.
pub(super) fn load_key(path: &Path, master: &MasterKey) -> Result<Option<KeyPair>, Error> {
    let Some(text) = files::read_secret(path, OWNER_ONLY)? else {
        return Ok(None);
    };
    let pkcs8 = str::from_utf8(&text)
        .ok()
        .and_then(|text| armor::decode(SEALED_KEY, text))
        .and_then(|sealed| master.open(&purpose(path), &sealed).ok())
        .ok_or_else(|| Error::KeyNotOpened {
            path: path.to_path_buf(),
        })?;
    let mut key = KeyPair::try_from(pkcs8.as_slice()).map_err(|_| Error::KeyNotUsable {
        path: path.to_path_buf(),
    })?;
    // rcgen keeps a copy of the PKCS#8 beside the key; nothing here writes it out again.
    zeroize::Zeroize::zeroize(&mut key);
    Ok(Some(key))
}

/// Seals a new key into its file.
pub(super) fn store_key(
    lock: &Lock,
    path: &Path,
    master: &MasterKey,
    key: &KeyPair,
) -> Result<(), Error> {
    let sealed = master.seal(&purpose(path), key.serialized_der());
    files::write(
        lock,
        path,
        0o600,
        armor::encode(SEALED_KEY, &sealed).as_bytes(),
    )
}

/// A key opens only under the name of its own file, so that two cannot be swapped.
fn purpose(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    format!("ca/{}", name.to_string_lossy())
}

pub(super) const CERTIFICATE: &str = "CERTIFICATE";
const SEALED_KEY: &str = "PORTCULLIS SEALED KEY";
