//! The directory of the authority: files that are whole or absent, secrets that only their owner reads.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use zeroize::Zeroizing;

use super::authority::AuthoritySettings;
use super::error::Error;
use super::pkcs11::TokenSettings;

/// Holds the directory against another process that would create the same files.
#[derive(Debug)]
pub(super) struct Lock {
    #[expect(dead_code, reason = "dropping it lets go")]
    file: File,
    owner: Owner,
}

/// Whom what root makes belongs to: whoever has the directory, since the server runs as that user. Root's is root's.
#[derive(Debug, Clone, Copy)]
struct Owner(Option<(u32, u32)>);

impl Owner {
    fn of(directory: &Path) -> io::Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self(None));
        }
        let facts = fs::metadata(directory)?;
        let owner = (facts.uid(), facts.gid());
        Ok(Self(Some(owner).filter(|(user, _)| *user != 0)))
    }
}

/// Makes the directory (0700) if need be, and waits for its lock.
pub(super) fn lock(directory: &Path) -> Result<Lock, Error> {
    if directory.is_dir() {
        tighten(directory);
    } else {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .and_then(|()| sync_parent(directory))
            .map_err(|source| unwritable(directory, source))?;
    }
    let owner = Owner::of(directory).map_err(|source| unwritable(directory, source))?;
    let path = directory.join(LOCK);
    let opened = match create(&path, 0o600, owner) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            OpenOptions::new().write(true).open(&path)
        }
        made => made,
    };
    let file = opened
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|source| unwritable(&path, source))?;
    Ok(Lock { file, owner })
}

/// Makes a file that is not there.
fn create(path: &Path, mode: u32, owner: Owner) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(mode).open(path)?;
    if let Owner(Some((user, group))) = owner {
        fchown(&file, Some(user), Some(group))?;
    }
    Ok(file)
}

/// Reads a public file; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, Error> {
    let Some((mut file, _)) = open(path)? else {
        return Ok(None);
    };
    let mut text = String::new();
    file.read_to_string(&mut text)
        .map_err(|source| unreadable(path, source))?;
    Ok(Some(text))
}

/// Reads a secret's file, refusing a mode with any of the `forbidden` bits; `None` when there is none.
pub(super) fn read_secret(
    path: &Path,
    forbidden: u32,
) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let Some((mut file, mode)) = open(path)? else {
        return Ok(None);
    };
    if mode & forbidden != 0 {
        let path = path.to_path_buf();
        return Err(Error::LooseMode { path, mode });
    }
    // Room for the whole file at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
    file.read_to_end(&mut bytes)
        .map_err(|source| unreadable(path, source))?;
    Ok(Some(bytes))
}

/// Writes a file so that it is there wholly or not at all, whenever the machine stops.
pub(super) fn write(lock: &Lock, path: &Path, mode: u32, bytes: &[u8]) -> Result<(), Error> {
    place(path, mode, bytes, lock.owner).map_err(|source| unwritable(path, source))
}

fn place(path: &Path, mode: u32, bytes: &[u8], owner: Owner) -> io::Result<()> {
    let draft = path.with_added_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create(&draft, mode, owner)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&draft, path)?;
    sync_parent(path)
}

/// Makes durable that a name now stands in its directory.
fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(parent(path))?.sync_all()
}

fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."))
}

/// Opens a regular file of sensible size, with its permission bits.
fn open(path: &Path) -> Result<Option<(io::Take<File>, u32)>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(unreadable(path, source)),
    };
    let facts = file.metadata().map_err(|source| unreadable(path, source))?;
    if facts.len() > MAX_BYTES as u64 {
        let path = path.to_path_buf();
        return Err(Error::FileTooLarge { path });
    }
    let mode = facts.permissions().mode() & 0o7777;
    Ok(Some((file.take(MAX_BYTES as u64), mode)))
}

/// Closes an existing directory to others when it holds nothing but the authority's own files.
///
/// A checkout's `certs` arrives open to all. A directory with anything else in it is the operator's, and
/// the files in it are closed anyway, so that failing to is no error.
fn tighten(directory: &Path) {
    let ours = fs::read_dir(directory).is_ok_and(|entries| {
        entries.flatten().all(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(is_ours)
        })
    });
    if ours {
        let _ = fs::set_permissions(directory, Permissions::from_mode(0o700));
    }
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Read {
        path: path.to_path_buf(),
        source,
    }
}

fn unwritable(path: &Path, source: io::Error) -> Error {
    Error::Write {
        path: path.to_path_buf(),
        source,
    }
}

/// The paths of the authority's files in one directory.
///
/// The active CA and the newest root have fixed names. What else is in force is named by the beginning of its id:
/// `issuing-<id>.pem` and its key, `root-<id>.pem` and its key.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    pub(super) directory: PathBuf,
    pub(super) root_certificate: PathBuf,
    pub(super) root_key: PathBuf,
    pub(super) issuing_certificate: PathBuf,
    pub(super) issuing_key: PathBuf,
    /// The token that holds the keys which files only name.
    pub(super) token: Option<TokenSettings>,
}

impl Paths {
    pub(super) fn of(settings: &AuthoritySettings) -> Self {
        Self {
            token: settings.token.clone(),
            ..Self::in_directory(&settings.directory)
        }
    }

    pub(super) fn in_directory(directory: &Path) -> Self {
        Self {
            root_certificate: directory.join("root.pem"),
            root_key: directory.join("root.key"),
            issuing_certificate: directory.join("issuing.pem"),
            issuing_key: directory.join("issuing.key"),
            directory: directory.to_path_buf(),
            token: None,
        }
    }

    /// Where the certificate `issuing`, `root`, `retired-issuing` or `retired-root` of an id lies.
    pub(super) fn certificate(&self, kind: &str, short_id: &str) -> PathBuf {
        self.directory.join(format!("{kind}-{short_id}.pem"))
    }

    /// Where the key of an `issuing` CA or a `root` lies that is not, or not yet, under the fixed name.
    pub(super) fn key(&self, kind: &str, short_id: &str) -> PathBuf {
        self.directory.join(format!("{kind}-{short_id}.key"))
    }

    /// The files `kind-<id>.<extension>` that are there, in the order of their names.
    pub(super) fn list(&self, kind: &str, extension: &str) -> Result<Vec<PathBuf>, Error> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(unreadable(&self.directory, source)),
        };
        let named = entries.flatten().map(|entry| entry.path()).filter(|path| {
            let id = path
                .file_name()
                .and_then(|name| name.to_str())
                .and_then(|name| name.strip_prefix(kind)?.strip_prefix('-'))
                .and_then(|name| name.strip_suffix(extension)?.strip_suffix('.'));
            id.is_some_and(|id| id.len() == 16 && id.bytes().all(|it| it.is_ascii_hexdigit()))
        });
        let mut found: Vec<PathBuf> = named.collect();
        found.sort();
        Ok(found)
    }
}

/// Nobody but the owner.
pub(super) const OWNER_ONLY: u32 = 0o077;
/// Nobody but the owner, and a group that may read: how orchestrators mount secrets.
pub(super) const OWNER_AND_READING_GROUP: u32 = 0o037;

fn is_ours(name: &str) -> bool {
    let kept = |kind: &str| name.starts_with(kind) && name.rsplit('.').next() != Some(name);
    OUR_FILES.contains(&name)
        || ["root-", "issuing-", "retired-", "cross-"]
            .iter()
            .any(|kind| kept(kind))
}

const LOCK: &str = ".lock";

const OUR_FILES: [&str; 12] = [
    "README.md",
    ".gitignore",
    LOCK,
    "master.key",
    "data.key",
    "roots.pem",
    "root.pem",
    "root.key",
    "issuing.pem",
    "issuing.key",
    "tls.pem",
    "tls.key",
];

/// The largest file read here; a certificate or a sealed key has a few kilobytes.
const MAX_BYTES: usize = 64 * 1024;
