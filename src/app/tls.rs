//! The TLS certificate that an installation makes for itself, kept beside its authority.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::ca::{self, Authority};

/// Where the TLS certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, PEM.
    pub chain: PathBuf,
    /// The key, PEM.
    pub key: PathBuf,
}

/// Why there is no TLS certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The authority did not make one.
    #[error(
        "cannot make one; give web.tls_certificate and web.tls_key, or put the root's key back"
    )]
    Authority(#[from] ca::Error),
    /// A file cannot be written.
    #[error("{path} cannot be written")]
    Write {
        /// Its path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A certificate that ends sooner than this is made anew at the start.
const SPARE: i64 = 30 * 24 * 60 * 60;

/// The installation's own TLS certificate for `names`, made unless a good one is there.
pub(super) fn own(
    directory: &Path,
    names: &[String],
    authority: &Authority,
    now: Timestamp,
) -> Result<TlsFiles, TlsError> {
    let files = TlsFiles {
        chain: directory.join("tls.pem"),
        key: directory.join("tls.key"),
    };
    if is_good(&files, names, authority, now) {
        return Ok(files);
    }
    let identity = authority.issue_tls(names, now)?;
    write(&files.key, identity.key_pem.as_bytes(), 0o600)?;
    write(&files.chain, identity.chain_pem.as_bytes(), 0o644)?;
    Ok(files)
}

/// Whether the file's certificate is of our root, lasts, and names every host.
fn is_good(files: &TlsFiles, names: &[String], authority: &Authority, now: Timestamp) -> bool {
    if !files.key.exists() {
        return false;
    }
    let Ok(der) = CertificateDer::from_pem_file(&files.chain) else {
        return false;
    };
    let Ok((_, certificate)) = X509Certificate::from_der(&der) else {
        return false;
    };
    let Ok((_, root)) = X509Certificate::from_der(authority.root_der()) else {
        return false;
    };
    let lasts = certificate.validity().not_after.timestamp() - SPARE > now.as_second();
    let ours = certificate.issuer().as_raw() == root.subject().as_raw();
    let found: Vec<String> = certificate
        .subject_alternative_name()
        .ok()
        .flatten()
        .map(|extension| {
            extension
                .value
                .general_names
                .iter()
                .filter_map(name_of)
                .collect()
        })
        .unwrap_or_default();
    lasts
        && ours
        && names
            .iter()
            .all(|name| found.iter().any(|other| other.eq_ignore_ascii_case(name)))
}

fn name_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes)
                .ok()
                .map(|bytes| std::net::IpAddr::from(bytes).to_string()),
            16 => <[u8; 16]>::try_from(*bytes)
                .ok()
                .map(|bytes| std::net::IpAddr::from(bytes).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// Writes beside and renames, so that a crash leaves the old file or the new one.
fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), TlsError> {
    let failed = |source| TlsError::Write {
        path: path.to_owned(),
        source,
    };
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&beside)
        .map_err(failed)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)
}
