//! An issuing CA that somebody brings: looked through, then put in place as by a rotation.

mod chain;

use std::path::Path;

use jiff::Timestamp;
use rcgen::{CertificateParams, PublicKeyData};
use zeroize::Zeroizing;

use super::authority::{Authority, AuthoritySettings};
use super::certificate::CaCertificate;
use super::csr::{Csr, CsrPolicy};
use super::error::Error;
use super::issue::Profile;
use super::key::{KeyKind, SigningScheme};
use super::master::MasterKey;
use super::pkcs11::{KeyUri, TokenKey};
use super::private_key;
use super::rotate::Change;
use super::sealed::{Kept, key_pair};
use super::signer::Signer;
use chain::Brought;

/// Why an issuing CA is not taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// No certificate.
    #[error(
        "the file holds no certificate: give PEM, the issuing CA first, then those above it up to the root"
    )]
    NoCertificate,
    /// Too many certificates.
    #[error(
        "the file holds more than 6 certificates: give the issuing CA and those above it, and no others"
    )]
    TooMany,
    /// Not a certificate.
    #[error("certificate {0} of the file cannot be read as an X.509 certificate of a CA")]
    Unreadable(usize),
    /// CA:FALSE or nothing.
    #[error("certificate {0} of the file is not a CA's: its basic constraints do not say CA:TRUE")]
    NotCa(usize),
    /// `keyCertSign` is missing.
    #[error(
        "certificate {0} of the file may not sign certificates: its key usage lacks keyCertSign"
    )]
    NoCertSign(usize),
    /// `cRLSign` is missing.
    #[error("the issuing CA may not sign revocation lists: its key usage lacks cRLSign")]
    NoCrlSign,
    /// The path length of a CA above forbids it.
    #[error(
        "certificate {0} of the file allows fewer CAs below it than there are: its path length is too small"
    )]
    PathLength(usize),
    /// Expired.
    #[error("certificate {0} of the file ended at {1}")]
    Expired(usize, Timestamp),
    /// Not valid yet.
    #[error("certificate {0} of the file is valid only from {1}: check the clock of this machine")]
    NotYetValid(usize, Timestamp),
    /// A key that is not accepted.
    #[error(
        "the key of certificate {0} of the file is not RSA of 2048 to 4096 bits with exponent 65537, P-256 or P-384"
    )]
    WeakKey(usize),
    /// SHA-1, or an algorithm that is not accepted.
    #[error(
        "certificate {0} of the file is signed with something other than RSA or ECDSA with SHA-256, SHA-384 or SHA-512"
    )]
    WeakSignature(usize),
    /// The chain is broken.
    #[error(
        "certificate {0} of the file was not signed by the one after it: put them in order, the issuing CA first"
    )]
    NotSignedByNext(usize),
    /// The root is missing.
    #[error(
        "the last certificate of the file is not self-signed: add those above it, up to the root"
    )]
    NoRoot,
    /// The issuing CA is a root.
    #[error(
        "the certificate is self-signed: bring an issuing CA below a root, whose key can stay elsewhere"
    )]
    IsRoot,
    /// An EKU without `clientAuth`.
    #[error(
        "certificate {0} of the file is not for the certificates of clients: its extended key usage lacks clientAuth"
    )]
    NoClientAuth(usize),
    /// No subject key identifier.
    #[error("certificate {0} of the file has no subject key identifier")]
    NoKeyIdentifier(usize),
    /// A name that cannot be written as an issuer.
    #[error(
        "the subject of certificate {0} of the file is empty, or has several values in one part"
    )]
    Name(usize),
    /// A critical extension that is not understood, such as name constraints.
    #[error(
        "certificate {0} of the file has a critical extension that is not understood here: {1}"
    )]
    Critical(usize, String),
    /// The key is not readable.
    #[error("the key file holds no private key in PEM: PKCS#8, SEC 1 (EC) or PKCS#1 (RSA)")]
    KeyUnreadable,
    /// The key's encryption is not supported.
    #[error(
        "the key is encrypted in a way that is not supported: convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc"
    )]
    KeyEncryption,
    /// A passphrase is needed.
    #[error("the key is encrypted: name a file with its passphrase")]
    PassphraseMissing,
    /// The passphrase does not open it.
    #[error("the passphrase does not open the key")]
    PassphraseWrong,
    /// Another certificate's key.
    #[error("the key is not the private key of the first certificate of the file")]
    KeyMismatch,
    /// It is in force already.
    #[error("this issuing CA is here already")]
    Known,
    /// One in force has its name and its key.
    #[error(
        "an issuing CA in force has the same subject and the same key: revocation lists and OCSP could not tell the certificates of the two apart; bring one with a key of its own"
    )]
    SameIssuer,
    /// What it would issue is not as it must be.
    #[error("a certificate made with this CA for trial is not as it must be: {0}")]
    Trial(String),
}

impl Authority {
    /// Makes the CA in `chain`, PEM up to its root, with the private key in `key`, PEM or the URI of one in the token, the active
    /// issuing CA.
    ///
    /// # Errors
    ///
    /// [`Error::Import`] with why it is not taken; nothing is changed then.
    pub fn import(
        settings: &AuthoritySettings,
        master: &MasterKey,
        chain: &str,
        key: &str,
        passphrase: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let brought = Brought::read(chain, now).map_err(Error::Import)?;
        let given = Given::read(settings, key, passphrase)?;
        let key = given.signer()?;
        if key.subject_public_key_info() != brought.issuing.spki {
            return Err(Error::Import(ImportError::KeyMismatch));
        }
        if SigningScheme::of(&key).is_none() {
            return Err(Error::Import(ImportError::WeakKey(1)));
        }
        brought.try_out(key, now)?;
        let change = Change::begin(settings, master, now)?;
        let current = &change.current;
        let known = current.shown()?;
        if known.iter().any(|it| it.id == brought.issuing.id) {
            return Err(Error::Import(ImportError::Known));
        }
        let same = |it: &CaCertificate| {
            it.subject == brought.issuing.subject && it.spki == brought.issuing.spki
        };
        if current.issuing().any(|it| same(&it.certificate)) {
            return Err(Error::Import(ImportError::SameIssuer));
        }
        if current.roots.all.iter().all(|it| it.id != brought.root.id) {
            change.root(brought.root.der.clone(), None)?;
        }
        let mut bundle: Vec<&[u8]> = vec![&brought.issuing.der];
        bundle.extend(brought.between.iter().map(|it| it.der.as_slice()));
        change.issuing(&bundle, given.kept())?;
        change.end()
    }
}

/// A private key as it was given: in PEM, or as the URI of one in the token.
enum Given {
    Pkcs8(Zeroizing<Vec<u8>>),
    Token(TokenKey),
}

impl Given {
    fn read(
        settings: &AuthoritySettings,
        key: &str,
        passphrase: Option<&[u8]>,
    ) -> Result<Self, Error> {
        if KeyUri::is_meant(key) {
            let key = TokenKey::open(settings.token.as_ref(), &KeyUri::parse(key)?)?;
            return Ok(Self::Token(key));
        }
        let pkcs8 = private_key::read(key, passphrase).map_err(Error::Import)?;
        Ok(Self::Pkcs8(pkcs8))
    }

    fn signer(&self) -> Result<Signer, Error> {
        match self {
            Self::Pkcs8(pkcs8) => match key_pair(Path::new(""), pkcs8) {
                Ok(key) => Ok(Signer::File(key)),
                Err(_) => Err(Error::Import(ImportError::KeyUnreadable)),
            },
            Self::Token(key) => Ok(Signer::Token(key.clone())),
        }
    }

    fn kept(&self) -> Kept<'_> {
        match self {
            Self::Pkcs8(pkcs8) => Kept::Pkcs8(pkcs8),
            Self::Token(key) => Kept::Token(key.uri()),
        }
    }
}

impl Brought {
    /// Makes a certificate with the CA, in a folder of its own: what the profile refuses is found before anything is
    /// changed.
    fn try_out(&self, key: Signer, now: Timestamp) -> Result<(), Error> {
        let trial =
            |error: &dyn std::fmt::Display| Error::Import(ImportError::Trial(error.to_string()));
        let issuing = self.open(key)?;
        let key = KeyKind::P256.generate()?;
        let request = CertificateParams::default().serialize_request(&key)?;
        let csr =
            Csr::verify(request.der(), CsrPolicy::default()).map_err(|error| trial(&error))?;
        let profile = Profile {
            lifetime_days: 1,
            backdate_minutes: 0,
        };
        issuing
            .plan(&csr, "trial", profile, now)
            .and_then(|planned| issuing.sign(&planned.tbs))
            .map(drop)
            .map_err(|error| trial(&error))
    }
}
