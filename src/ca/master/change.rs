//! Another master key: only `data.key` is sealed anew, so that everything else opens as before.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::super::error::Error;
use super::super::files::{self, OWNER_AND_READING_GROUP};
use super::find::{self, OWN};
use super::{MasterKey, Origin, data, environment};

/// What remains to be done after the master key was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Nothing: the new key stands in the installation's own file.
    Done(PathBuf),
    /// The new key is in this file, and is to be given in place of the old one. Until the first start with it, both open.
    Give {
        /// The new key.
        file: PathBuf,
        /// Where the old one comes from.
        origin: Origin,
    },
}

impl MasterKey {
    /// Changes the master key: to the one in `new`, which is made where there is no such file; without it, to a new one
    /// in the installation's own file. However it is interrupted, the key in its place opens everything.
    ///
    /// # Errors
    ///
    /// [`Error::MasterKeyElsewhere`] when the present key comes from elsewhere and no file is named.
    pub fn change(directory: &Path, new: Option<&Path>) -> Result<Changed, Error> {
        Self::change_in(directory, new, environment)
    }

    /// [`MasterKey::change`] with the environment as a function.
    pub(in super::super) fn change_in(
        directory: &Path,
        new: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Changed, Error> {
        let old = find::locate(directory, variable)?;
        let lock = files::lock(directory)?;
        let data = data::open(directory, &old.bytes)?;
        let own = directory.join(OWN);
        let is_own = old.origin == Origin::File(own.clone());
        let bytes = match new {
            None if !is_own => return Err(Error::MasterKeyElsewhere { origin: old.origin }),
            None => find::random()?,
            Some(path) if path.exists() => find::read(path, OWNER_AND_READING_GROUP)?.bytes,
            Some(path) => {
                let bytes = find::random()?;
                find::write(&lock, path, &bytes)?;
                bytes
            }
        };
        data::write(&lock, directory, &data, &[&old.bytes, &bytes])?;
        match new {
            Some(file) if !is_own => Ok(Changed::Give {
                file: file.to_path_buf(),
                origin: old.origin,
            }),
            _ => {
                find::write(&lock, &own, &bytes)?;
                data::write(&lock, directory, &data, &[&bytes])?;
                Ok(Changed::Done(own))
            }
        }
    }

    /// Ends a change whose new key was put in its place: the old one opens nothing from now on.
    ///
    /// # Errors
    ///
    /// As [`MasterKey::load`].
    pub fn settle(directory: &Path) -> Result<(), Error> {
        Self::settle_in(directory, environment)
    }

    /// [`MasterKey::settle`] with the environment as a function.
    pub(in super::super) fn settle_in(
        directory: &Path,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(), Error> {
        data::settle(directory, &find::locate(directory, variable)?.bytes)
    }
}
