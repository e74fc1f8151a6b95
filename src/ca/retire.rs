//! The end of an issuing CA: its last certificate has ended, so its key goes, and its root when nothing needs it.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::authority::{Authority, AuthoritySettings};
use super::error::Error;
use super::files::Paths;
use super::master::MasterKey;
use super::rotate::Change;
use super::sealed::remove;

impl Authority {
    /// Retires those of the retiring issuing CAs whose ids are given, and the roots that nothing needs any more. Their
    /// certificates stay as a record, their keys are removed; one in a token stays there. True: something was retired.
    ///
    /// # Errors
    ///
    /// What is wrong with the files.
    pub fn retire(
        settings: &AuthoritySettings,
        master: &MasterKey,
        ids: &[String],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let change = Change::begin(settings, master, now)?;
        let paths = &change.current.paths;
        finish(paths)?;
        let mut retired = false;
        let retiring = change.current.retiring.iter();
        for it in retiring.filter(|it| ids.contains(&it.certificate.id)) {
            retire(paths, "issuing", it.certificate.short_id())?;
            retired = true;
        }
        let after = Self::load(paths.clone(), master, None)?;
        let needless = |root: &&_| !after.roots.is_in_force(root);
        for root in after.roots.all.iter().filter(needless) {
            retire(paths, "root", root.short_id())?;
            retired = true;
        }
        Ok(retired)
    }

    /// Whether a retirement would find something: a root that nothing needs, or a key that should be gone.
    pub fn has_needless(&self) -> bool {
        let paths = &self.paths;
        let roots = self.roots.all.iter();
        roots.filter(|root| !self.roots.is_in_force(root)).count() > 0
            || paths.list("retired-issuing", "pem").is_ok_and(|found| {
                found
                    .iter()
                    .any(|path| key_of(paths, "issuing", path).exists())
            })
    }
}

/// The certificate first: a key without one is removed by the next retirement.
fn retire(paths: &Paths, kind: &str, id: &str) -> Result<(), Error> {
    let from = paths.certificate(kind, id);
    let to = paths.certificate(&format!("retired-{kind}"), id);
    fs::rename(&from, &to).map_err(|source| Error::Write { path: from, source })?;
    remove(&paths.key(kind, id))
}

/// Removes the keys that an interrupted retirement left.
fn finish(paths: &Paths) -> Result<(), Error> {
    for kind in ["issuing", "root"] {
        for path in paths.list(&format!("retired-{kind}"), "pem")? {
            remove(&key_of(paths, kind, &path))?;
        }
    }
    Ok(())
}

/// Where the key of a retired certificate was.
fn key_of(paths: &Paths, kind: &str, certificate: &Path) -> std::path::PathBuf {
    let stem = certificate.file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy();
    let id = stem.rsplit('-').next().unwrap_or_default().to_owned();
    paths.key(kind, &id)
}
