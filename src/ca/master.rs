//! The master key: the one secret under which every other secret at rest is sealed.
//!
//! From it come two keys (HKDF, RFC 5869): one seals (AES-256-GCM), one makes look-up values
//! (HMAC-SHA-256), so that a stored token can be found without being readable. The master key itself is
//! forgotten once they are derived.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac, rand};
use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::error::Error;
use super::files::{self, OWNER_AND_READING_GROUP, OWNER_ONLY};

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
            Self::Variable => f.write_str(VARIABLE),
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
        Self::find(directory, |name| std::env::var_os(name))
    }

    /// Whether [`MasterKey::load`] would find one, and make none.
    pub fn is_there(directory: &Path) -> bool {
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
        let bytes = Zeroizing::new(bytes);
        Self(Arc::new(Keys::derive(&bytes)))
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

    /// [`MasterKey::load`] with the environment as a function, since a test cannot set variables.
    pub(super) fn find(
        directory: &Path,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        if let Some(text) = variable(VARIABLE) {
            let text = Zeroizing::new(text.into_encoded_bytes());
            return Self::decode(&text, || Origin::Variable);
        }
        if let Some(path) = variable(FILE_VARIABLE) {
            return Self::required(Path::new(&path), OWNER_AND_READING_GROUP);
        }
        if let Some(credentials) = variable("CREDENTIALS_DIRECTORY") {
            let path = Path::new(&credentials).join(CREDENTIAL);
            // systemd guards its credentials itself, sometimes by an access list that shows as a mode.
            if let Some(text) = files::read_secret(&path, 0)? {
                return Self::decode(&text, || Origin::File(path.clone()));
            }
        }
        Self::own(&directory.join("master.key"), directory)
    }

    /// Reads a file that must be there.
    fn required(path: &Path, forbidden: u32) -> Result<Self, Error> {
        match files::read_secret(path, forbidden)? {
            Some(text) => Self::decode(&text, || Origin::File(path.to_path_buf())),
            None => Err(Error::Missing {
                path: path.to_path_buf(),
            }),
        }
    }

    /// Reads the installation's own file, or makes it.
    fn own(path: &Path, directory: &Path) -> Result<Self, Error> {
        let decode =
            |text: Zeroizing<Vec<u8>>| Self::decode(&text, || Origin::File(path.to_path_buf()));
        if let Some(text) = files::read_secret(path, OWNER_ONLY)? {
            return decode(text);
        }
        let lock = files::lock(directory)?;
        if let Some(text) = files::read_secret(path, OWNER_ONLY)? {
            return decode(text);
        }
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(bytes.as_mut()).map_err(|_| Error::Randomness)?;
        let mut text = Zeroizing::new(String::with_capacity(64));
        engine(&STANDARD).encode_string(bytes.as_ref(), &mut text);
        text.push('\n');
        files::write(&lock, path, 0o600, text.as_bytes())?;
        Ok(Self::from_bytes(*bytes))
    }

    fn decode(text: &[u8], origin: impl Fn() -> Origin) -> Result<Self, Error> {
        decode(text)
            .map(|bytes| Self::from_bytes(*bytes))
            .ok_or_else(|| Error::MasterKeyFormat { origin: origin() })
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

/// Reads 32 bytes: as hexadecimal or base64 text, or as they are when they cannot be text.
fn decode(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    let trimmed = text.trim_ascii();
    if text.len() == 32 && !text.is_ascii() {
        bytes.copy_from_slice(text);
    } else if trimmed.len() == 64 {
        for (byte, digits) in bytes.iter_mut().zip(trimmed.chunks_exact(2)) {
            let digits = str::from_utf8(digits)
                .ok()
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            *byte = u8::from_str_radix(digits, 16).ok()?;
        }
    } else {
        let length = [&STANDARD, &URL_SAFE].into_iter().find_map(|alphabet| {
            let mut room = Zeroizing::new([0; 48]);
            let length = engine(alphabet).decode_slice(trimmed, room.as_mut()).ok()?;
            bytes.copy_from_slice(room.first_chunk::<32>()?);
            Some(length)
        })?;
        (length == 32).then_some(())?;
    }
    Some(bytes)
}

fn engine(alphabet: &Alphabet) -> GeneralPurpose {
    let padding =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, padding)
}

/// Fills `bytes` from the system's generator.
#[expect(
    clippy::expect_used,
    reason = "a process without randomness must not go on to seal with a known nonce"
)]
fn fill(bytes: &mut [u8]) {
    rand::fill(bytes).expect("the system gives random bytes");
}

const VARIABLE: &str = "PORTCULLIS_MASTER_KEY";
const FILE_VARIABLE: &str = "PORTCULLIS_MASTER_KEY_FILE";
const CREDENTIAL: &str = "portcullis.master_key";
