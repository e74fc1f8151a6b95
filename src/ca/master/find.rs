//! Where the master key is found, and what it looks like there.

use std::ffi::OsString;
use std::path::Path;

use aws_lc_rs::rand;
use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::super::error::Error;
use super::super::files::{self, Lock, OWNER_AND_READING_GROUP, OWNER_ONLY};
use super::{Origin, data};

/// A master key and where it was found.
pub(super) struct Located {
    pub(super) bytes: Zeroizing<[u8; 32]>,
    pub(super) origin: Origin,
}

/// Finds the master key, or makes one.
pub(super) fn locate(
    directory: &Path,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Located, Error> {
    if let Some(text) = variable(VARIABLE) {
        let text = Zeroizing::new(text.into_encoded_bytes());
        return located(&text, Origin::Variable);
    }
    if let Some(path) = variable(FILE_VARIABLE) {
        return read(Path::new(&path), OWNER_AND_READING_GROUP);
    }
    if let Some(credentials) = variable("CREDENTIALS_DIRECTORY") {
        let path = Path::new(&credentials).join(CREDENTIAL);
        // systemd guards its credentials itself, sometimes by an access list that shows as a mode.
        if let Some(text) = files::read_secret(&path, 0)? {
            return located(&text, Origin::File(path));
        }
    }
    own(directory)
}

/// Reads a master key from a file that must be there.
pub(super) fn read(path: &Path, forbidden: u32) -> Result<Located, Error> {
    match files::read_secret(path, forbidden)? {
        Some(text) => located(&text, Origin::File(path.to_path_buf())),
        None => Err(Error::Missing {
            path: path.to_path_buf(),
        }),
    }
}

/// Reads the installation's own file, or makes it, with the data key that it opens.
fn own(directory: &Path) -> Result<Located, Error> {
    let path = directory.join(OWN);
    let found = |text: Zeroizing<Vec<u8>>| located(&text, Origin::File(path.clone()));
    if let Some(text) = files::read_secret(&path, OWNER_ONLY)? {
        return found(text);
    }
    let lock = files::lock(directory)?;
    if let Some(text) = files::read_secret(&path, OWNER_ONLY)? {
        return found(text);
    }
    // With another master key these would never open again.
    if data::has_keys(directory) {
        return Err(Error::Missing { path });
    }
    let bytes = random()?;
    // First the data key: whoever sees the master key finds it.
    let key = random()?;
    data::write(&lock, directory, &key, &[&bytes])?;
    write(&lock, &path, &bytes)?;
    Ok(Located {
        bytes,
        origin: Origin::File(path),
    })
}

/// Writes a master key as text.
pub(super) fn write(lock: &Lock, path: &Path, bytes: &[u8; 32]) -> Result<(), Error> {
    let mut text = Zeroizing::new(String::with_capacity(64));
    engine(&STANDARD).encode_string(bytes, &mut text);
    text.push('\n');
    files::write(lock, path, 0o600, text.as_bytes())
}

/// 32 bytes that nobody knows.
pub(super) fn random() -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::fill(bytes.as_mut()).map_err(|_| Error::Randomness)?;
    Ok(bytes)
}

fn located(text: &[u8], origin: Origin) -> Result<Located, Error> {
    match decode(text) {
        Some(bytes) => Ok(Located { bytes, origin }),
        None => Err(Error::MasterKeyFormat { origin }),
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

pub(super) const VARIABLE: &str = "PORTCULLIS_MASTER_KEY";
pub(super) const FILE_VARIABLE: &str = "PORTCULLIS_MASTER_KEY_FILE";
pub(super) const CREDENTIAL: &str = "portcullis.master_key";
/// The installation's own file.
pub(super) const OWN: &str = "master.key";
