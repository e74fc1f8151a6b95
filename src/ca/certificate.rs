//! A CA certificate read from its file: the facts that issuing and checking need, taken out once.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rcgen::{KeyPair, PublicKeyData};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;

use super::der::{Reader, SEQUENCE};
use super::error::Error;
use super::files;
use super::master::MasterKey;
use super::public_key::PublicKey;
use super::sealed::load_key;
use super::signature::Scheme;
use super::{armor, csr::sha256, files::Lock, hex};

/// A CA certificate and where it lies.
#[derive(Clone, Debug)]
pub(super) struct CaCertificate {
    pub(super) path: PathBuf,
    /// The SHA-256 of the DER in lower-case hexadecimal.
    pub(super) id: String,
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
    /// Since when it is in force here.
    pub(super) since: Timestamp,
}

impl CaCertificate {
    /// Reads the certificate in a file, which must be a CA's.
    pub(super) fn load(path: &Path) -> Result<Self, Error> {
        let unusable = || Error::NotCaCertificate {
            path: path.to_path_buf(),
        };
        let bundle = Self::load_bundle(path)?;
        bundle.into_iter().next().ok_or_else(unusable)
    }

    /// Reads every certificate in a file: a CA's, then those of the CAs between it and its root.
    pub(super) fn load_bundle(path: &Path) -> Result<Vec<Self>, Error> {
        let pem = files::read(path)?.ok_or_else(|| Error::Missing {
            path: path.to_path_buf(),
        })?;
        let since = since(&pem);
        let read = |der| {
            let mut certificate = Self::read(path, der)?;
            certificate.since = since.unwrap_or(certificate.since);
            Some(certificate)
        };
        let all: Option<Vec<Self>> = armor::decode_all(CERTIFICATE, &pem)
            .and_then(|all| all.into_iter().map(read).collect());
        all.filter(|all| !all.is_empty())
            .ok_or_else(|| Error::NotCaCertificate {
                path: path.to_path_buf(),
            })
    }

    /// Puts a new certificate into its file, with those of the CAs above it.
    pub(super) fn store(
        lock: &Lock,
        path: &Path,
        bundle: &[&[u8]],
        since: Timestamp,
    ) -> Result<(), Error> {
        let mut text = format!("{SINCE}{since}\n");
        for der in bundle {
            text.push_str(&armor::encode(CERTIFICATE, der));
        }
        files::write(lock, path, 0o644, text.as_bytes())
    }

    pub(super) fn read(path: &Path, der: Vec<u8>) -> Option<Self> {
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
            since: time(x509.validity().not_before)?,
            id: hex(&sha256(&der)),
            der,
        })
    }

    /// The beginning of the id, by which its files are named.
    pub(super) fn short_id(&self) -> &str {
        self.id.get(..16).unwrap_or(&self.id)
    }

    pub(super) fn check_time(&self, now: Timestamp) -> Result<(), Error> {
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
        if self.is_signed_by(root) {
            Ok(())
        } else {
            Err(Error::NotIssuedByRoot {
                issuing: self.path.clone(),
                root: root.path.clone(),
            })
        }
    }

    /// Whether `issuer` signed this certificate: its name and its key.
    pub(super) fn is_signed_by(&self, issuer: &Self) -> bool {
        issuer.has_signed(&self.der).is_some()
    }

    /// `Some` when this CA signed the certificate in `der`: the name is its own, and the signature its key's.
    pub(super) fn has_signed(&self, der: &[u8]) -> Option<()> {
        let (_, x509) = X509Certificate::from_der(der).ok()?;
        if x509.issuer().as_raw() != self.subject {
            return None;
        }
        let mut parts = Reader::new(der).take(SEQUENCE).ok()?.reader();
        let tbs = parts.take(SEQUENCE).ok()?;
        let scheme = Scheme::parse(parts.take(SEQUENCE).ok()?).ok()?;
        let signature = parts.any().ok()?.bits().ok()?;
        let spki = Reader::new(&self.spki).take(SEQUENCE).ok()?;
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
        self.require_own(&key, path)?;
        Ok(Some(key))
    }

    /// Requires that the key from `path` is this certificate's.
    pub(super) fn require_own(&self, key: &impl PublicKeyData, path: &Path) -> Result<(), Error> {
        if key.subject_public_key_info() == self.spki {
            return Ok(());
        }
        Err(Error::KeyMismatch {
            key: path.to_path_buf(),
            certificate: self.path.clone(),
        })
    }
}

/// The last second of the issuing CA in `directory`, without opening the authority; `None` when there is none to read.
pub fn issuing_end(directory: &Path) -> Option<Timestamp> {
    let path = files::Paths::in_directory(directory).issuing_certificate;
    CaCertificate::load(&path).ok().map(|it| it.not_after)
}

/// Since when a CA is in force, as its file says above the certificate.
fn since(pem: &str) -> Option<Timestamp> {
    let line = pem.lines().find_map(|line| line.strip_prefix(SINCE))?;
    line.trim().parse().ok()
}

pub(super) const CERTIFICATE: &str = "CERTIFICATE";
/// What begins the line of a certificate's file that says since when it is in force.
const SINCE: &str = "In force since: ";
