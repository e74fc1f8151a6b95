//! `data.key`: the key that seals everything, sealed itself under the master key; under two while it changes.

use std::path::Path;

use zeroize::Zeroizing;

use super::super::armor;
use super::super::error::Error;
use super::super::files::{self, Lock, OWNER_ONLY};
use super::MasterKey;
use super::find::random;

/// The key that seals: the one in `data.key`, else the master key itself.
pub(super) fn open(directory: &Path, master: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, Error> {
    let path = directory.join(NAME);
    let not_opened = || Error::KeyNotOpened { path: path.clone() };
    let Some(blocks) = blocks(directory)? else {
        return Ok(Zeroizing::new(*master));
    };
    let master = MasterKey::from_secret(master);
    let mut opened = blocks
        .iter()
        .filter_map(|block| master.open(PURPOSE, block).ok());
    let found = opened.next().ok_or_else(not_opened)?;
    let mut bytes = Zeroizing::new([0; 32]);
    bytes.copy_from_slice(found.first_chunk::<32>().ok_or_else(not_opened)?);
    Ok(bytes)
}

/// Makes a data key where there is none, and nothing yet that is sealed without it.
pub(super) fn begin(directory: &Path, master: &[u8; 32]) -> Result<(), Error> {
    if directory.join(NAME).exists() || has_keys(directory) {
        return Ok(());
    }
    let lock = files::lock(directory)?;
    if directory.join(NAME).exists() || has_keys(directory) {
        return Ok(());
    }
    let data = random()?;
    write(&lock, directory, &data, &[master])
}

/// Seals the data key under each of the master keys.
pub(super) fn write(
    lock: &Lock,
    directory: &Path,
    data: &[u8; 32],
    masters: &[&[u8; 32]],
) -> Result<(), Error> {
    let sealed = |master: &&[u8; 32]| {
        let sealed = MasterKey::from_secret(master).seal(PURPOSE, data);
        armor::encode(LABEL, &sealed)
    };
    let text: String = masters.iter().map(sealed).collect();
    files::write(lock, &directory.join(NAME), 0o600, text.as_bytes())
}

/// Ends a change: the master key that was put in place opens the data key from now on, and no earlier one does.
pub(super) fn settle(directory: &Path, master: &[u8; 32]) -> Result<(), Error> {
    let is_last = |blocks: &[Vec<u8>]| {
        let master = MasterKey::from_secret(master);
        let last = blocks.last().filter(|_| blocks.len() > 1);
        last.is_some_and(|block| master.open(PURPOSE, block).is_ok())
    };
    if !blocks(directory)?.is_some_and(|blocks| is_last(&blocks)) {
        return Ok(());
    }
    let lock = files::lock(directory)?;
    let data = open(directory, master)?;
    write(&lock, directory, &data, &[master])
}

/// Whether there are keys that were sealed already.
pub(super) fn has_keys(directory: &Path) -> bool {
    ["root.key", "issuing.key", "issuing.pem"]
        .iter()
        .any(|name| directory.join(name).exists())
}

fn blocks(directory: &Path) -> Result<Option<Vec<Vec<u8>>>, Error> {
    let path = directory.join(NAME);
    let Some(text) = files::read_secret(&path, OWNER_ONLY)? else {
        return Ok(None);
    };
    let text = str::from_utf8(&text).ok();
    let blocks = text.and_then(|text| armor::decode_all(LABEL, text));
    blocks.map(Some).ok_or(Error::KeyNotOpened { path })
}

const NAME: &str = "data.key";
const PURPOSE: &str = "ca/data.key";
const LABEL: &str = "PORTCULLIS SEALED DATA KEY";
