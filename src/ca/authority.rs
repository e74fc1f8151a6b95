//! The authority opened: its certificates, and the issuing CA's key ready to sign.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::signature::ParsedPublicKey;
use jiff::Timestamp;
use rcgen::{
    Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm,
    SigningKey,
};

use super::certificate::CaCertificate;
use super::create;
use super::csr::sha256;
use super::error::Error;
use super::files::Paths;
use super::hex;
use super::key::{KeyKind, SigningScheme};
use super::master::MasterKey;
use super::pointer::Pointers;

/// Where the authority lies and what it is made of on the first start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthoritySettings {
    /// The directory of `root.pem`, `root.key`, `issuing.pem` and `issuing.key`.
    pub directory: PathBuf,
    /// The root's key.
    pub root_key: KeyKind,
    /// The issuing CA's key.
    pub issuing_key: KeyKind,
    /// The installation's name, which begins the names of both CAs; at most 53 bytes.
    pub name: String,
}

impl AuthoritySettings {
    /// The common names of root and issuing CA.
    pub(super) fn common_names(&self) -> Result<(String, String), Error> {
        let root = format!("{} Root CA", self.name);
        let issuing = format!("{} Issuing CA", self.name);
        if self.name.trim().is_empty() || !is_common_name(&issuing) {
            return Err(Error::Name {
                name: self.name.clone(),
            });
        }
        Ok((root, issuing))
    }
}

/// The certification authority of the installation.
pub struct Authority {
    pub(super) paths: Paths,
    pub(super) master: MasterKey,
    pub(super) root: CaCertificate,
    pub(super) issuing: CaCertificate,
    pub(super) key: KeyPair,
    pub(super) scheme: SigningScheme,
    /// The issuing CA's public key, parsed once, for the check of every certificate.
    pub(super) public_key: ParsedPublicKey,
    /// The issuing CA as rcgen sees it; its key signs nothing.
    pub(super) planner: Issuer<'static, Unsigned>,
    pub(super) signatures: AtomicU64,
    /// Where its certificates say that more is to be had.
    pub(super) pointers: Pointers,
    issuing_id: String,
}

impl Authority {
    /// Opens the authority, making what is missing of it on the first start: a root of twenty years,
    /// then an issuing CA of five (path length 0, EKU `clientAuth`).
    ///
    /// `root.key` may be taken away afterwards; all but [`Authority::issue_tls`] works without it.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written, is open to others, does not fit the others, was sealed
    /// under another master key, or when a certificate is outside its validity at `now`.
    pub fn open(
        settings: &AuthoritySettings,
        master: &MasterKey,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let paths = Paths::in_directory(&settings.directory);
        create::complete(settings, &paths, master, now)?;
        let root = CaCertificate::load(&paths.root_certificate, now)?;
        let issuing = CaCertificate::load(&paths.issuing_certificate, now)?;
        root.check_issuer(&root)?;
        issuing.check_issuer(&root)?;
        // The root's key is looked at for its mode and its match, and then dropped.
        root.load_key(&paths.root_key, master)?;
        let key = issuing
            .load_key(&paths.issuing_key, master)?
            .ok_or_else(|| Error::Missing {
                path: paths.issuing_key.clone(),
            })?;
        let unusable = || Error::KeyNotUsable {
            path: paths.issuing_key.clone(),
        };
        let scheme = SigningScheme::of(&key).ok_or_else(unusable)?;
        let public_key = ParsedPublicKey::new(scheme.verification, key.public_key_raw())
            .map_err(|_| unusable())?;
        let unsigned = Unsigned {
            public_key: key.public_key_raw().to_vec(),
            algorithm: key.algorithm(),
        };
        let planner = Issuer::from_ca_cert_der(&issuing.der.as_slice().into(), unsigned)?;
        Ok(Self {
            issuing_id: hex(&sha256(&issuing.der)),
            master: master.clone(),
            signatures: AtomicU64::new(0),
            pointers: Pointers::default(),
            paths,
            root,
            issuing,
            key,
            scheme,
            public_key,
            planner,
        })
    }

    /// The root certificate in DER.
    pub fn root_der(&self) -> &[u8] {
        &self.root.der
    }

    /// The issuing CA's certificate in DER.
    pub fn issuing_der(&self) -> &[u8] {
        &self.issuing.der
    }

    /// The root certificate in PEM.
    pub fn root_pem(&self) -> &str {
        &self.root.pem
    }

    /// The issuing CA's certificate in PEM.
    pub fn issuing_pem(&self) -> &str {
        &self.issuing.pem
    }

    /// The subject Names of root and issuing CA in DER: the hint of a TLS certificate request.
    pub fn subjects(&self) -> [&[u8]; 2] {
        [&self.root.subject, &self.issuing.subject]
    }

    /// The issuing CA's subject Name in DER and its `subjectPublicKey` bits: what OCSP knows it by.
    pub(super) fn issuing_name_and_key(&self) -> (&[u8], &[u8]) {
        (&self.issuing.subject, self.key.public_key_raw())
    }

    /// The SHA-256 of the issuing CA's certificate in lower-case hexadecimal.
    pub fn issuing_id(&self) -> &str {
        &self.issuing_id
    }

    /// The last second of the root.
    pub fn root_not_after(&self) -> Timestamp {
        self.root.not_after
    }

    /// The last second of the issuing CA.
    pub fn issuing_not_after(&self) -> Timestamp {
        self.issuing.not_after
    }

    /// Whether a signature takes so little time, half a millisecond at most, that handing it to another thread costs
    /// more than it saves: P-256 and RSA-2048.
    pub fn signs_quickly(&self) -> bool {
        const RSA_2048_MODULUS: usize = 256;
        self.key.algorithm() == &PKCS_ECDSA_P256_SHA256
            || (self.key.algorithm() == &PKCS_RSA_SHA256
                && self.key.der_bytes().len() < RSA_2048_MODULUS + 32)
    }

    /// How many device certificates the issuing CA's key has signed since the authority was opened.
    pub fn signatures(&self) -> u64 {
        self.signatures.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("issuing_id", &self.issuing_id)
            .finish_non_exhaustive()
    }
}

/// The issuing CA's public half, in place of its key while a certificate is only planned.
pub(super) struct Unsigned {
    public_key: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

impl PublicKeyData for Unsigned {
    fn der_bytes(&self) -> &[u8] {
        &self.public_key
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Unsigned {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Vec::new())
    }
}

/// Whether a text can be a common name: not empty, at most 64 bytes (X.520), no control characters.
pub(super) fn is_common_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && !text.chars().any(char::is_control)
}
