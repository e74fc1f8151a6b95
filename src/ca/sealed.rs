//! Private keys in their sealed files, and the files that name a key in a token.

use std::fs;
use std::path::Path;

use rcgen::KeyPair;
use zeroize::{Zeroize, Zeroizing};

use super::armor;
use super::error::Error;
use super::files::{self, Lock, OWNER_ONLY};
use super::master::MasterKey;
use super::pkcs11::KeyUri;

/// Opens a sealed key file; `None` when there is none.
pub(super) fn load_key(path: &Path, master: &MasterKey) -> Result<Option<KeyPair>, Error> {
    let Some(pkcs8) = load_pkcs8(path, master)? else {
        return Ok(None);
    };
    key_pair(path, &pkcs8).map(Some)
}

/// The key in a PKCS#8 document.
pub(super) fn key_pair(path: &Path, pkcs8: &[u8]) -> Result<KeyPair, Error> {
    let mut key = KeyPair::try_from(pkcs8).map_err(|_| Error::KeyNotUsable {
        path: path.to_path_buf(),
    })?;
    // rcgen keeps a copy of the PKCS#8 beside the key; nothing here writes it out again.
    key.zeroize();
    Ok(key)
}

/// The PKCS#8 document in a sealed key file; `None` when there is none.
pub(super) fn load_pkcs8(
    path: &Path,
    master: &MasterKey,
) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let Some(text) = files::read_secret(path, OWNER_ONLY)? else {
        return Ok(None);
    };
    open(&text, &purpose(path), master)
        .map(Some)
        .ok_or_else(|| Error::KeyNotOpened {
            path: path.to_path_buf(),
        })
}

/// The PKCS#8 document in a key file that was taken away, whatever it is called now: it was sealed under `names`.
pub(super) fn load_elsewhere(
    path: &Path,
    names: &[&Path],
    master: &MasterKey,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let text = files::read_secret(path, OWNER_ONLY)?.ok_or_else(|| Error::NotThere {
        path: path.to_path_buf(),
    })?;
    let opened = names
        .iter()
        .find_map(|name| open(&text, &purpose(name), master));
    opened.ok_or_else(|| Error::KeyNotOpened {
        path: path.to_path_buf(),
    })
}

/// The name of the key that a file gives in place of a key; `None` when it holds a key, or is not there.
pub(super) fn load_uri(path: &Path) -> Result<Option<KeyUri>, Error> {
    let text = files::read_secret(path, OWNER_ONLY)?;
    let text = text.as_deref().and_then(|text| str::from_utf8(text).ok());
    let uri = text.filter(|text| KeyUri::is_meant(text));
    Ok(uri.map(KeyUri::parse).transpose()?)
}

/// What a key's file holds.
#[derive(Clone, Copy)]
pub(super) enum Kept<'k> {
    /// The key, as PKCS#8 before it is sealed.
    Pkcs8(&'k [u8]),
    /// Which key of a token it is.
    Token(&'k KeyUri),
}

impl Kept<'_> {
    /// Writes the file.
    pub(super) fn store(self, lock: &Lock, path: &Path, master: &MasterKey) -> Result<(), Error> {
        match self {
            Self::Pkcs8(pkcs8) => store_pkcs8(lock, path, master, pkcs8),
            Self::Token(uri) => files::write(lock, path, 0o600, format!("{uri}\n").as_bytes()),
        }
    }
}

/// Seals a key into its file.
pub(super) fn store_pkcs8(
    lock: &Lock,
    path: &Path,
    master: &MasterKey,
    pkcs8: &[u8],
) -> Result<(), Error> {
    let sealed = master.seal(&purpose(path), pkcs8);
    let text = armor::encode(SEALED_KEY, &sealed);
    files::write(lock, path, 0o600, text.as_bytes())
}

/// Copies a key to another name, under which it is sealed anew; false when there is none.
pub(super) fn copy_key(
    lock: &Lock,
    from: &Path,
    to: &Path,
    master: &MasterKey,
) -> Result<bool, Error> {
    if let Some(uri) = load_uri(from)? {
        Kept::Token(&uri).store(lock, to, master)?;
        return Ok(true);
    }
    let Some(pkcs8) = load_pkcs8(from, master)? else {
        return Ok(false);
    };
    store_pkcs8(lock, to, master, &pkcs8)?;
    Ok(true)
}

/// Removes a file; one that is not there is none to remove.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::Write {
            path: path.to_path_buf(),
            source,
        }),
        _ => Ok(()),
    }
}

fn open(text: &[u8], purpose: &str, master: &MasterKey) -> Option<Zeroizing<Vec<u8>>> {
    let text = str::from_utf8(text).ok()?;
    master.open(purpose, &armor::decode(SEALED_KEY, text)?).ok()
}

/// A key opens only under the name of its own file, so that two cannot be swapped.
fn purpose(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    format!("ca/{}", name.to_string_lossy())
}

const SEALED_KEY: &str = "PORTCULLIS SEALED KEY";
