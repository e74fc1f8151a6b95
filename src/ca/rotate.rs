//! A new issuing CA, and a new root with it, beside the old ones.
//!
//! Every step leaves files that open: the old CA gets a name of its own, then the new key is there, then the new
//! certificate takes the place of the active one, which is the moment of the change, then the key follows it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rcgen::{KeyPair, PublicKeyData};

use super::authority::{Authority, AuthoritySettings};
use super::certificate::CaCertificate;
use super::create::Maker;
use super::error::Error;
use super::files::{self, Lock, Paths};
use super::master::MasterKey;
use super::sealed::{Kept, copy_key, key_pair, load_elsewhere, load_key, remove, store_pkcs8};
use super::signer::Signer;

/// What a rotation is to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation<'a> {
    /// A new root as well.
    pub new_root: bool,
    /// The root's sealed key, where it was taken away.
    pub root_key: Option<&'a Path>,
}

/// A root's key that was moved out of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedKey {
    /// Where it was; put back, it opens under this name alone.
    pub from: PathBuf,
    /// The keys of other roots that are still there.
    pub remaining: Vec<PathBuf>,
}

impl Authority {
    /// Makes a new issuing CA, which issues from now on; what the old one issued stays trusted until it ends.
    ///
    /// # Errors
    ///
    /// As [`Authority::open`]; [`Error::RootKeyAbsent`] when the root's key was taken away and not given; the old CA goes
    /// on then.
    pub fn rotate(
        settings: &AuthoritySettings,
        master: &MasterKey,
        rotation: Rotation<'_>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let change = Change::begin(settings, master, now)?;
        let (current, paths) = (&change.current, &change.current.paths);
        let maker = Maker {
            lock: &change.lock,
            master,
            now,
        };
        let (root, root_key) = if rotation.new_root {
            let number = current.roots.all.len() + paths.list("retired-root", "pem")?.len() + 1;
            let name = settings.common_name("Root CA", number)?;
            let key = settings.root_key.generate()?;
            let der = maker.root(&key, &name)?;
            let before = match change.present_root(rotation.root_key) {
                Err(Error::RootKeyAbsent { .. }) => None,
                before => Some(before?),
            };
            let root = CaCertificate::read(&paths.root_certificate, der.clone());
            let root = root.zip(before);
            if let Some((root, (old, old_key))) = root {
                let cross = maker.cross(&root, &key, &name, (&old, &old_key))?;
                let path = paths.certificate("cross", root.short_id());
                CaCertificate::store(&change.lock, &path, &[&cross], now)?;
            }
            let root = change.root(der, Some(key.serialized_der()))?;
            (root, key)
        } else {
            change.present_root(rotation.root_key)?
        };
        root.check_time(now)?;
        let earlier = current.issuing().count() + paths.list("retired-issuing", "pem")?.len();
        let name = settings.common_name("Issuing CA", earlier + 1)?;
        let key = Signer::generate(settings.issuing_key, settings.token.as_ref(), &name)?;
        let der = maker.issuing(&key, &name, &root, &root_key)?;
        change.issuing(&[&der], key.kept())?;
        change.end()
    }

    /// Moves a root's key out of the directory, sealed as it is: the newest root's, or once that one is away an earlier
    /// root's. Only a rotation and a new TLS certificate need them.
    ///
    /// # Errors
    ///
    /// [`Error::RootKeyAbsent`] when none is there; [`Error::FileExists`] when the other file is.
    pub fn remove_root_key(
        settings: &AuthoritySettings,
        master: &MasterKey,
        to: &Path,
        now: Timestamp,
    ) -> Result<RemovedKey, Error> {
        let change = Change::begin(settings, master, now)?;
        let mut there = change.root_keys();
        there.retain(|path| path.exists());
        let mut there = there.into_iter();
        let absent = || Error::RootKeyAbsent {
            path: change.current.paths.root_key.clone(),
        };
        let from = there.next().ok_or_else(absent)?;
        let text = files::read_secret(&from, files::OWNER_ONLY)?.ok_or_else(absent)?;
        if to.exists() {
            return Err(Error::FileExists {
                path: to.to_path_buf(),
            });
        }
        files::write(&change.lock, to, 0o600, &text)?;
        remove(&from)?;
        Ok(RemovedKey {
            from,
            remaining: there.collect(),
        })
    }

    /// Whether an earlier root signed the newest one's key: by that certificate whoever trusts the one trusts the other.
    pub fn newest_root_is_vouched_for(&self) -> bool {
        self.cross(&self.roots.newest).is_some()
    }
}

/// A change of the directory under its lock, from what is in force now.
pub(super) struct Change<'m> {
    pub(super) lock: Lock,
    pub(super) current: Authority,
    master: &'m MasterKey,
    now: Timestamp,
}

impl<'m> Change<'m> {
    /// Waits for the lock, and finishes what an interrupted change left.
    pub(super) fn begin(
        settings: &AuthoritySettings,
        master: &'m MasterKey,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let paths = Paths::of(settings);
        let lock = files::lock(&paths.directory)?;
        settle(&lock, &paths, master)?;
        // What has ended is changed all the more.
        let current = Authority::load(paths, master, None)?;
        Ok(Self {
            lock,
            current,
            master,
            now,
        })
    }

    /// The newest root whose key is here, or the one whose key is in the file.
    fn present_root(&self, file: Option<&Path>) -> Result<(CaCertificate, KeyPair), Error> {
        let roots: Vec<&CaCertificate> = self.current.roots.in_force().collect();
        let Some(file) = file else {
            let (root, key) = self.current.first_with_key(&roots)?;
            return Ok((root.clone(), key));
        };
        let paths = &self.current.paths;
        let names = self.root_keys();
        let names: Vec<&Path> = names.iter().map(PathBuf::as_path).collect();
        let key = key_pair(file, &load_elsewhere(file, &names, self.master)?)?;
        let spki = key.subject_public_key_info();
        let root = roots.into_iter().find(|root| root.spki == spki);
        let root = root.ok_or_else(|| Error::KeyMismatch {
            key: file.to_path_buf(),
            certificate: paths.root_certificate.clone(),
        })?;
        Ok((root.clone(), key))
    }

    /// Where the keys of roots lie, whether they are there or not: the newest one's first.
    fn root_keys(&self) -> Vec<PathBuf> {
        let paths = &self.current.paths;
        let roots = self.current.roots.all.iter();
        let kept = roots.map(|it| paths.key("root", it.short_id()));
        std::iter::once(paths.root_key.clone())
            .chain(kept)
            .collect()
    }

    /// Makes this the newest root; the one before keeps its certificate and its key under names of its own.
    pub(super) fn root(&self, der: Vec<u8>, pkcs8: Option<&[u8]>) -> Result<CaCertificate, Error> {
        let (paths, before) = (&self.current.paths, &self.current.roots.newest);
        let kept = paths.certificate("root", before.short_id());
        let key = paths.key("root", before.short_id());
        copy_key(&self.lock, &paths.root_key, &key, self.master)?;
        CaCertificate::store(&self.lock, &kept, &[&before.der], before.since)?;
        let path = paths.root_certificate.clone();
        let root = CaCertificate::read(&path, der).ok_or(Error::NotCaCertificate { path })?;
        if let Some(pkcs8) = pkcs8 {
            let key = paths.key("root", root.short_id());
            store_pkcs8(&self.lock, &key, self.master, pkcs8)?;
        }
        CaCertificate::store(&self.lock, &root.path, &[&root.der], self.now)?;
        Ok(root)
    }

    /// Makes this the active issuing CA; the one before is kept as a retiring one.
    pub(super) fn issuing(&self, bundle: &[&[u8]], held: Kept<'_>) -> Result<(), Error> {
        let (paths, before) = (&self.current.paths, &self.current.active);
        let id = before.certificate.short_id();
        copy_key(
            &self.lock,
            &paths.issuing_key,
            &paths.key("issuing", id),
            self.master,
        )?;
        let mut old: Vec<&[u8]> = vec![&before.certificate.der];
        old.extend(before.between.iter().map(|it| it.der.as_slice()));
        let kept = paths.certificate("issuing", id);
        CaCertificate::store(&self.lock, &kept, &old, before.certificate.since)?;
        let path = paths.issuing_certificate.clone();
        let der = bundle.first().map(|der| der.to_vec());
        let new = der.and_then(|der| CaCertificate::read(&path, der));
        let new = new.ok_or(Error::NotCaCertificate { path })?;
        let key = paths.key("issuing", new.short_id());
        held.store(&self.lock, &key, self.master)?;
        CaCertificate::store(&self.lock, &new.path, bundle, self.now)
    }

    /// Puts the keys beside their certificates, and opens the outcome.
    pub(super) fn end(self) -> Result<Authority, Error> {
        let paths = self.current.paths.clone();
        settle(&self.lock, &paths, self.master)?;
        Authority::load(paths, self.master, Some(self.now))
    }
}

/// Brings the keys of the active CA and of the newest root under their fixed names.
fn settle(lock: &Lock, paths: &Paths, master: &MasterKey) -> Result<(), Error> {
    let issuing = CaCertificate::load(&paths.issuing_certificate)?;
    let kept = paths.key("issuing", issuing.short_id());
    if copy_key(lock, &kept, &paths.issuing_key, master)? {
        remove(&kept)?;
    }
    let root = CaCertificate::load(&paths.root_certificate)?;
    let kept = paths.key("root", root.short_id());
    if copy_key(lock, &kept, &paths.root_key, master)? {
        return remove(&kept);
    }
    // The key of the root before, which has a name of its own by now.
    if let Some(key) = load_key(&paths.root_key, master)?
        && key.subject_public_key_info() != root.spki
    {
        for path in paths.list("root", "pem")? {
            let earlier = CaCertificate::load(&path)?;
            let copy = paths.key("root", earlier.short_id());
            if earlier.spki == key.subject_public_key_info() && copy.exists() {
                return remove(&paths.root_key);
            }
        }
    }
    Ok(())
}
