//! The master key: the one secret under which every other secret at rest is sealed.
//!
//! Where `data.key` is there, the master key opens that file alone, and the key in it takes its place for all else, so
//! that another master key changes one file. Installations that began without it use the master key itself.
//!
//! From that key come two (HKDF, RFC 5869): one seals (AES-256-GCM), one makes look-up values
//! (HMAC-SHA-256), so that a stored token can be found without being readable. It is
//! forgotten once they are derived.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac, rand};
use zeroize::Zeroizing;

use super::error::Error;

mod change;
mod data;
mod find;

pub use change::Changed;

/// Seals secrets at rest and makes their look-up values; cheap to clone.
#[derive(Clone)]
pub struct MasterKey(Arc<Keys>);

struct Keys {
    seal: LessSafeKey,
    lookup: hmac::Key,
}

/// Where a master key was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The environment variable `PORTCULLIS_MASTER_KEY`.
    Variable,
    /// A file.
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable => f.write_str(find::VARIABLE),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl MasterKey {
    /// Finds the master key, or makes one on the first start.
    ///
    /// In this order: the variable `PORTCULLIS_MASTER_KEY` (base64 or hexadecimal), the file that
    /// `PORTCULLIS_MASTER_KEY_FILE` names, the systemd credential `portcullis.master_key`, the file
    /// `master.key` in `directory`, which is made if it is not there (0600, in a directory of 0700).
    ///
    /// # Errors
    ///
    /// When a source is named but cannot be read, is open to others, or does not hold 32 bytes.
    pub fn load(directory: &Path) -> Result<Self, Error> {
        Self::find(directory, environment)
    }

    /// [`MasterKey::load`] for an installation that has no data yet: it gets a `data.key`.
    ///
    /// # Errors
    ///
    /// As [`MasterKey::load`].
    pub fn begin(directory: &Path) -> Result<Self, Error> {
        let master = find::locate(directory, environment)?;
        data::begin(directory, &master.bytes)?;
        data::open(directory, &master.bytes).map(|bytes| Self::from_secret(&bytes))
    }

    /// Whether [`MasterKey::load`] would find one, and make none.
    pub fn is_there(directory: &Path) -> bool {
        use find::{CREDENTIAL, FILE_VARIABLE, VARIABLE};
        let named = |name| std::env::var_os(name).is_some();
        let credential = std::env::var_os("CREDENTIALS_DIRECTORY")
            .is_some_and(|folder| Path::new(&folder).join(CREDENTIAL).exists());
        named(VARIABLE)
            || named(FILE_VARIABLE)
            || credential
            || directory.join("master.key").exists()
    }

    /// Uses these bytes as the master key.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self::from_secret(&Zeroizing::new(bytes))
    }

    fn from_secret(bytes: &[u8; 32]) -> Self {
        Self(Arc::new(Keys::derive(bytes)))
    }

    /// [`MasterKey::load`] with the environment as a function, since a test cannot set variables.
    pub(super) fn find(
        directory: &Path,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        let master = find::locate(directory, variable)?;
        data::open(directory, &master.bytes).map(|bytes| Self::from_secret(&bytes))
    }

    /// Encrypts `plaintext` for one purpose: nonce, ciphertext, tag.
    ///
    /// The purpose is authenticated, so that what was sealed for one use never opens in another.
    pub fn seal(&self, purpose: &str, plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        fill(&mut nonce);
        let mut sealed = Vec::with_capacity(NONCE_LEN + plaintext.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let (_, body) = sealed.split_at_mut(NONCE_LEN);
        let tag = self.0.seal.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(purpose.as_bytes()),
            body,
        );
        #[expect(
            clippy::expect_used,
            reason = "AES-GCM fails only beyond 64 GiB, which no slice here reaches"
        )]
        let tag = tag.expect("a secret is shorter than 64 GiB");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Decrypts what [`MasterKey::seal`] made for the same purpose.
    ///
    /// # Errors
    ///
    /// [`Error::Unsealing`] when the key or the purpose is another one, or the bytes were altered.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (nonce, body) = sealed
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(Error::Unsealing)?;
        let mut plaintext = Zeroizing::new(body.to_vec());
        let length = self
            .0
            .seal
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(purpose.as_bytes()),
                &mut plaintext,
            )
            .map_err(|_| Error::Unsealing)?
            .len();
        plaintext.truncate(length);
        Ok(plaintext)
    }

    /// A value by which a stored secret is found: HMAC-SHA-256 over the purpose and the value.
    pub fn lookup(&self, purpose: &str, value: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0.lookup);
        context.update(&(purpose.len() as u64).to_be_bytes());
        context.update(purpose.as_bytes());
        context.update(value);
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(redacted)")
    }
}

impl Keys {
    #[expect(
        clippy::expect_used,
        reason = "HKDF-SHA-256 gives up to 8160 bytes, and AES-256 takes any 32"
    )]
    fn derive(master: &[u8; 32]) -> Self {
        let source = hkdf::Salt::new(hkdf::HKDF_SHA256, b"portcullis").extract(master);
        let derive = |info: &[u8]| {
            let mut key = Zeroizing::new([0; 32]);
            source
                .expand(&[info], hkdf::HKDF_SHA256)
                .and_then(|output| output.fill(key.as_mut()))
                .expect("HKDF gives 32 bytes");
            key
        };
        let seal = UnboundKey::new(&AES_256_GCM, derive(b"seal").as_ref());
        Self {
            seal: LessSafeKey::new(seal.expect("AES-256 takes 32 bytes")),
            lookup: hmac::Key::new(hmac::HMAC_SHA256, derive(b"lookup").as_ref()),
        }
    }
}

/// Fills `bytes` from the system's generator.
#[expect(
    clippy::expect_used,
    reason = "a process without randomness must not go on to seal with a known nonce"
)]
fn fill(bytes: &mut [u8]) {
    rand::fill(bytes).expect("the system gives random bytes");
}

fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
