//! The configuration: one TOML file, an environment twin for every key, and flags.
//!
//! A flag goes before the environment, the environment before the file, the file
//! before the default, and [`Sources`] knows for each value which of them it was.
//! What is refused is refused with the key's name and the place it stands at.
//! This module reads and judges; it opens no socket and makes no file.

use std::fs::File;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

mod database;
mod document;
mod enrollment;
mod entra;
mod error;
mod key;
mod layer;
mod limits;
mod listener;
mod management;
mod provisioning;
mod proxy;
mod setting;
mod smtp;
mod source;
mod text;
mod validate;
mod value;
mod warning;

#[cfg(test)]
mod tests;

pub use database::{DatabaseUrl, DatabaseUrlError};
pub use document::{reference, template};
pub use enrollment::{AuthPolicyPreference, Certificate, Csr, Enrollment, VERSIONS};
pub use entra::{Entra, EntraCloud, EntraReport};
pub(crate) use error::with_causes;
pub use error::{Error, Fault, Problem};
pub use key::{Key, Kind, Secrecy};
pub use limits::Limits;
pub use listener::{Ca, Database, Device, KEY_KINDS, Log, LogFormat, LogLevel, Web};
pub use management::{Management, ManagementMode};
pub use provisioning::{AttestationFailureBehavior, Poll, Provisioning};
pub use proxy::{Proxy, SECRET_HEADER};
pub use smtp::{Smtp, SmtpTls};
pub use source::{Source, Sources};
pub use warning::Warning;

use layer::Layers;

key::section! {
    /// The whole configuration.
    pub struct Config in "" {
        /// Directory of the database and of everything else the server writes.
        data: PathBuf = PathBuf::from(DEFAULT_DATA);
    }
    sections {
        /// The web listener.
        web: Web;
        /// The device listener.
        device: Device;
        /// Reverse proxies in front of both.
        proxy: Proxy;
        /// Where everything is stored.
        database: Database;
        /// The certification authority.
        ca: Ca;
        /// The device certificate.
        certificate: Certificate;
        /// The certificate request.
        csr: Csr;
        /// How devices enroll.
        enrollment: Enrollment;
        /// Microsoft Entra ID.
        entra: Entra;
        /// The provisioning document.
        provisioning: Provisioning;
        /// Who manages the devices.
        management: Management;
        /// The mail server.
        smtp: Smtp;
        /// The limits.
        limits: Limits;
        /// The log.
        log: Log;
    }
}

/// What [`Config::load`] is told by the command line.
#[derive(Clone, Debug, Default)]
pub struct LoadArguments {
    /// The file to read. Without it `PORTCULLIS_CONFIG` names it, and without that
    /// `portcullis.toml` in the current directory is read when it exists.
    pub file: Option<PathBuf>,
    /// Dotted keys and their values, as flags gave them.
    pub overrides: Vec<(String, String)>,
}

impl Config {
    /// Reads the configuration and judges it.
    ///
    /// `environment` is the whole environment; what does not begin with
    /// `PORTCULLIS_` is passed over.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is not TOML; or, all of them at once, every
    /// unknown key, every value of the wrong type and every value refused.
    pub fn load(
        arguments: LoadArguments,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<(Self, Sources), Error> {
        let keys = Self::keys();
        let mut layers = Layers::new(&keys);
        let environment: Vec<_> = environment
            .filter(|(name, _)| name.starts_with(key::PREFIX))
            .collect();

        let file = named_file(arguments.file, &environment)
            .or_else(|| Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists()));
        if let Some(path) = &file {
            layers.file(path, &read(path)?)?;
        }
        layers.environment(&environment);
        layers.flags(&arguments.overrides);

        let (table, sources, mut problems) = layers.into_parts(file);
        let config: Self = table.try_into().map_err(Error::Unfit)?;
        problems.extend(config.problems(&sources));
        if problems.is_empty() {
            Ok((config, sources))
        } else {
            Err(Error::Invalid(problems))
        }
    }

    /// Where the data is stored: `database.url`, or `portcullis.db` in the data directory.
    ///
    /// # Errors
    ///
    /// `database.url` names no database; never after [`Config::load`].
    pub fn database_url(&self) -> Result<DatabaseUrl, DatabaseUrlError> {
        if self.database.url.is_empty() {
            Ok(DatabaseUrl::Sqlite(self.data.join("portcullis.db")))
        } else {
            self.database.url.parse()
        }
    }

    /// Where the authority keeps its certificates and sealed keys: `ca.directory`, or
    /// `certs` beside the default data directory, or `certs` inside another one.
    pub fn ca_directory(&self) -> PathBuf {
        if !self.ca.directory.as_os_str().is_empty() {
            self.ca.directory.clone()
        } else if self.data == Path::new(DEFAULT_DATA) {
            PathBuf::from("certs")
        } else {
            self.data.join("certs")
        }
    }

    /// The URL of the web listener, without a slash at its end; `bound` is where it listens.
    pub fn web_url(&self, bound: SocketAddr) -> String {
        public_url(&self.web.public_url, bound)
    }

    /// The URL of the device listener, without a slash at its end; `bound` is where it listens.
    pub fn device_url(&self, bound: SocketAddr) -> String {
        public_url(&self.device.public_url, bound)
    }
}

/// The environment's variables that concern Portcullis, for [`Config::load`].
///
/// # Errors
///
/// One of them is not UTF-8.
pub fn environment() -> Result<Vec<(String, String)>, Error> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(key::PREFIX))
        .map(|(name, value)| match value.into_string() {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(Error::NotUnicode { variable: name }),
        })
        .collect()
}

fn public_url(configured: &str, bound: SocketAddr) -> String {
    match (configured, bound.port()) {
        ("", 443) => "https://localhost".to_owned(),
        ("", port) => format!("https://localhost:{port}"),
        (url, _) => url.trim_end_matches('/').to_owned(),
    }
}

/// The configuration file that the command line or else `PORTCULLIS_CONFIG` names.
pub(crate) fn named_file(
    argument: Option<PathBuf>,
    environment: &[(String, String)],
) -> Option<PathBuf> {
    argument.or_else(|| {
        environment
            .iter()
            .find(|(name, value)| name == "PORTCULLIS_CONFIG" && !value.is_empty())
            .map(|(_, value)| PathBuf::from(value))
    })
}

fn read(path: &Path) -> Result<String, Error> {
    let refused = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(refused)?;
    let mut text = String::new();
    file.take(FILE_LIMIT + 1)
        .read_to_string(&mut text)
        .map_err(refused)?;
    if text.len() as u64 > FILE_LIMIT {
        return Err(refused(io::ErrorKind::FileTooLarge.into()));
    }
    // Notepad may put a byte order mark before everything.
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}

/// The file that is read from the current directory when no other is named.
pub const DEFAULT_FILE: &str = "portcullis.toml";

const DEFAULT_DATA: &str = "data";

/// What stands for the issuing CA's id in an address.
const ISSUER: &str = "{issuer}";

/// Bytes that a configuration file or a secret's file may have.
const FILE_LIMIT: u64 = 1024 * 1024;
