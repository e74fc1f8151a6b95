//! The authority of a running server: it follows its files, so that a rotation needs no restart.

use std::fmt;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;

use super::authority::{Authority, AuthoritySettings};
use super::error::Error;
use super::master::MasterKey;

/// What is in force, replaceable while it is used.
pub struct LiveAuthority {
    settings: AuthoritySettings,
    master: MasterKey,
    current: ArcSwap<Authority>,
    /// The digest of the files that were read last, good or bad, so that one bad state is reported once.
    seen: Mutex<Vec<u8>>,
}

impl LiveAuthority {
    /// Opens the authority, making what is missing of it on the first start.
    ///
    /// # Errors
    ///
    /// As [`Authority::open`].
    pub fn open(
        settings: AuthoritySettings,
        master: &MasterKey,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let current = Authority::open(&settings, master, now)?;
        let live = Self {
            settings,
            master: master.clone(),
            current: ArcSwap::from_pointee(current),
            seen: Mutex::new(Vec::new()),
        };
        live.is_new();
        Ok(live)
    }

    /// What is in force now. Take it once for what belongs together.
    pub fn current(&self) -> Arc<Authority> {
        self.current.load_full()
    }

    /// Reads the files again when they changed; true when others are in force now. On an error the old ones stay.
    ///
    /// # Errors
    ///
    /// As [`Authority::open`]; the same bad files are reported only once.
    pub fn reload(&self, now: Timestamp) -> Result<bool, Error> {
        if !self.is_new() {
            return Ok(false);
        }
        let next = Authority::open(&self.settings, &self.master, now)?;
        let others = next.in_force() != self.current().in_force();
        self.current.store(Arc::new(next));
        Ok(others)
    }

    /// Retires the issuing CAs with these ids; see [`Authority::retire`].
    ///
    /// # Errors
    ///
    /// What is wrong with the files.
    pub fn retire(&self, ids: &[String], now: Timestamp) -> Result<bool, Error> {
        let retired = Authority::retire(&self.settings, &self.master, ids, now)?;
        self.reload(now)?;
        Ok(retired)
    }

    /// Remembers the files; false when they are those that were remembered.
    fn is_new(&self) -> bool {
        let digest = self.digest();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let new = *seen != digest;
        *seen = digest;
        new
    }

    /// A digest of the names and contents of all certificates and keys.
    fn digest(&self) -> Vec<u8> {
        let entries = fs::read_dir(&self.settings.directory);
        let paths = entries.into_iter().flatten().flatten().map(|it| it.path());
        let ours = |extension: &std::ffi::OsStr| extension == "pem" || extension == "key";
        let mut paths: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(ours))
            .collect();
        paths.sort();
        let mut context = Context::new(&SHA256);
        for path in paths {
            let content = fs::read(&path).unwrap_or_default();
            let name = path.as_os_str().as_encoded_bytes();
            for part in [name, &content] {
                context.update(&(part.len() as u64).to_be_bytes());
                context.update(part);
            }
        }
        context.finish().as_ref().to_vec()
    }
}

impl fmt::Debug for LiveAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveAuthority")
            .field("current", &self.current())
            .finish_non_exhaustive()
    }
}
