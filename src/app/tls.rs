//! The TLS certificate that an installation makes for itself, kept beside its authority.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::ca::{self, Authority};
use crate::config::Config;

use super::Installation;

/// Where the TLS certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, PEM.
    pub chain: PathBuf,
    /// The key, PEM.
    pub key: PathBuf,
}

impl TlsFiles {
    /// Those that a configuration names, else those of the installation's own certificate, whether it is there or not.
    pub fn of(config: &Config) -> Self {
        let (web, directory) = (&config.web, config.ca_directory());
        if web.tls_certificate.as_os_str().is_empty() {
            return Self {
                chain: directory.join("tls.pem"),
                key: directory.join("tls.key"),
            };
        }
        Self {
            chain: web.tls_certificate.clone(),
            key: web.tls_key.clone(),
        }
    }
}

/// What a TLS certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// When it ends, in seconds.
    pub not_after: i64,
    /// The hosts that it names.
    pub names: Vec<String>,
}

impl TlsFacts {
    /// Reads the first certificate of a chain; none: there is none to read.
    pub fn read(chain: &Path) -> Option<Self> {
        let der = CertificateDer::from_pem_file(chain).ok()?;
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        Some(Self {
            not_after: certificate.validity().not_after.timestamp(),
            names: names(&certificate),
        })
    }

    /// Whether it names a host, itself or by a wildcard for its first label (RFC 6125, section 6.4.3).
    pub fn covers(&self, host: &str) -> bool {
        let below = host.split_once('.').map(|(_, below)| below);
        self.names.iter().any(|name| {
            let wild = name.strip_prefix("*.");
            name.eq_ignore_ascii_case(host)
                || wild
                    .zip(below)
                    .is_some_and(|(name, below)| name.eq_ignore_ascii_case(below))
        })
    }
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

/// The files of the TLS certificate: the configured ones, else our own, made when they are missing, too old, or name
/// other hosts.
///
/// # Errors
/// What is wrong with them.
pub fn tls_files(
    installation: &Installation,
    authority: &Authority,
) -> Result<TlsFiles, super::Error> {
    let config = &installation.config;
    let files = TlsFiles::of(config);
    if config.web.tls_certificate.as_os_str().is_empty() {
        let (names, now) = (super::settings::tls_names(config), installation.clock.now());
        complete(&files, &names, authority, now)?;
    }
    Ok(files)
}

/// Makes the installation's own TLS certificate anew when another root is to sign it.
pub fn tls_completion(installation: &Installation) -> Arc<dyn Fn(&Authority) + Send + Sync> {
    let config = installation.config.clone();
    let (files, names) = (TlsFiles::of(&config), super::settings::tls_names(&config));
    let (own, clock) = (
        config.web.tls_certificate.as_os_str().is_empty(),
        installation.clock.clone(),
    );
    Arc::new(move |authority| {
        if !own {
            return;
        }
        if let Err(error) = complete(&files, &names, authority, clock.now()) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the TLS certificate stays as it was"
            );
        }
    })
}

/// A certificate that ends sooner than this is made anew at the start.
const SPARE: i64 = 30 * 24 * 60 * 60;

/// Makes the installation's own TLS certificate for `names`, unless a good one is there.
fn complete(
    files: &TlsFiles,
    names: &[String],
    authority: &Authority,
    now: Timestamp,
) -> Result<(), TlsError> {
    if is_good(files, names, authority, now) {
        return Ok(());
    }
    let identity = authority.issue_tls(names, now)?;
    write(&files.key, identity.key_pem.as_bytes(), 0o600)?;
    write(&files.chain, identity.chain_pem.as_bytes(), 0o644)
}

/// Whether the file's certificate is of one of our roots, lasts, names every host, and has the key beside it: a crash
/// between the two files leaves the new key with the old certificate.
fn is_good(files: &TlsFiles, names: &[String], authority: &Authority, now: Timestamp) -> bool {
    let Ok(der) = CertificateDer::from_pem_file(&files.chain) else {
        return false;
    };
    if !is_key_of(&files.key, &der) {
        return false;
    }
    let Ok((_, certificate)) = X509Certificate::from_der(&der) else {
        return false;
    };
    let lasts = certificate.validity().not_after.timestamp() - SPARE > now.as_second();
    let ours = authority.keeps_tls(&der);
    let found = self::names(&certificate);
    lasts
        && ours
        && names
            .iter()
            .all(|name| found.iter().any(|other| other.eq_ignore_ascii_case(name)))
}

/// Whether the file holds the private key of the certificate.
fn is_key_of(path: &Path, certificate: &CertificateDer<'_>) -> bool {
    let Ok(key) = PrivateKeyDer::from_pem_file(path) else {
        return false;
    };
    let chain = vec![certificate.clone().into_owned()];
    CertifiedKey::from_der(chain, key, &default_provider()).is_ok()
}

/// The hosts that a certificate names.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let extension = certificate.subject_alternative_name().ok().flatten();
    let names = extension.map(|it| it.value.general_names.iter().filter_map(name_of).collect());
    names.unwrap_or_default()
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
    let directory = path.parent().unwrap_or(path);
    fs::rename(&beside, path)
        .and_then(|()| File::open(directory)?.sync_all())
        .map_err(failed)
}
