//! The authority of a running server: it follows its files, so that a rotation needs no restart.

use std::fmt;
use std::fs;
use std::iter::successors;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    followed: Mutex<Followed>,
}

/// How far the files were followed.
#[derive(Default)]
struct Followed {
    /// The digest of the files that are in force.
    taken: Vec<u8>,
    /// The digest of those that were not taken, and why not, so that it is reported once.
    refused: Option<(Vec<u8>, String)>,
    /// Others came into force, and whoever asks for them was not told yet.
    is_untold: bool,
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
            followed: Mutex::default(),
        };
        live.followed().taken = live.digest();
        Ok(live)
    }

    /// What is in force now. Take it once for what belongs together.
    pub fn current(&self) -> Arc<Authority> {
        self.current.load_full()
    }

    /// Reads the files again when they are others than those in force; true when other CAs came into force since the
    /// last time. On an error the old ones stay, and the files are tried again the next time.
    ///
    /// # Errors
    ///
    /// As [`Authority::open`]; the same error of the same files is reported only once.
    pub fn reload(&self, now: Timestamp) -> Result<bool, Error> {
        let mut followed = self.followed();
        let digest = self.digest();
        if digest != followed.taken
            && let Err(error) = self.take(&mut followed, digest.clone(), now)
        {
            let refused = Some((digest, with_causes(&error)));
            if followed.refused != refused {
                followed.refused = refused;
                return Err(error);
            }
        }
        Ok(mem::take(&mut followed.is_untold))
    }

    /// Reads the files again, changed or not: what SIGHUP asks for. True as with [`LiveAuthority::reload`].
    ///
    /// # Errors
    ///
    /// As [`Authority::open`], every time.
    pub fn reload_now(&self, now: Timestamp) -> Result<bool, Error> {
        let mut followed = self.followed();
        let digest = self.digest();
        self.take(&mut followed, digest, now)?;
        Ok(mem::take(&mut followed.is_untold))
    }

    /// Retires the issuing CAs with these ids; see [`Authority::retire`]. What came into force by it, or was found to be,
    /// the next [`LiveAuthority::reload`] tells.
    ///
    /// # Errors
    ///
    /// What is wrong with the files.
    pub fn retire(&self, ids: &[String], now: Timestamp) -> Result<bool, Error> {
        let mut followed = self.followed();
        let retired = Authority::retire(&self.settings, &self.master, ids, now)?;
        let digest = self.digest();
        self.take(&mut followed, digest, now)?;
        Ok(retired)
    }

    fn followed(&self) -> MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts in force what the files hold, which had this digest before they are read.
    fn take(&self, followed: &mut Followed, digest: Vec<u8>, now: Timestamp) -> Result<(), Error> {
        let next = Authority::open(&self.settings, &self.master, now)?;
        followed.is_untold |= next.in_force() != self.current().in_force();
        self.current.store(Arc::new(next));
        followed.taken = digest;
        followed.refused = None;
        Ok(())
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

fn with_causes(error: &Error) -> String {
    let first: &dyn std::error::Error = error;
    let all = successors(Some(first), |error| error.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
