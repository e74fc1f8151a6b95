//! Why commands fail, and how that is told.

use std::io;
use std::path::PathBuf;

use crate::config::{Error as ConfigError, with_causes};

use super::{ExitCode, remote, tell};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no usable configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The result cannot be written.
    #[error("the result cannot be written")]
    Output(#[source] io::Error),
    /// A file that is to be made is there already.
    #[error("{} exists already and is left as it is", .0.display())]
    Exists(PathBuf),
    /// A file cannot be made.
    #[error("{} cannot be written", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The data cannot be opened.
    #[error(transparent)]
    App(#[from] crate::app::Error),
    /// The certification authority.
    #[error(transparent)]
    Authority(crate::ca::Error),
    /// A passphrase is needed, and none was given, or two that differ.
    #[error(
        "a passphrase is needed: name a file that holds it with --passphrase-file, or type it twice the same"
    )]
    PassphraseMissing,
    /// The terminal cannot be read.
    #[error("the terminal cannot be read")]
    Terminal(#[source] io::Error),
    /// The server did not start, or ended.
    #[error(transparent)]
    Serve(#[from] crate::http::Error),
    /// The administrator's wish was not carried out.
    #[error(transparent)]
    Admin(#[from] crate::admin::Error),
    /// The database.
    #[error("the database")]
    Store(#[from] crate::store::Error),
    /// The revocation list.
    #[error("the revocation list")]
    Status(#[from] crate::status::Error),
    /// The log.
    #[error(transparent)]
    Logging(#[from] crate::logging::Error),
    /// No runtime.
    #[error("the runtime cannot start")]
    Runtime(#[source] io::Error),
    /// The server refused.
    #[error(transparent)]
    Remote(#[from] remote::Error),
    /// A text that is no identifier.
    #[error("{0} is no id: an id has 24 hexadecimal digits")]
    NotAnId(String),
    /// Nothing has the identifier.
    #[error("there is no {0} {1}")]
    NotFound(&'static str, String),
    /// A duration beyond what time can hold.
    #[error("the duration is too long")]
    Duration,
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file that holds no JSON.
    #[error("{} holds no JSON", path.display())]
    NotJson {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// The address is none of an enrollment server.
    #[error(transparent)]
    Url(crate::simulator::InvalidUrl),
    /// The simulated PCs have no connections.
    #[error("the simulated PC cannot connect")]
    Network(#[source] crate::simulator::NetworkError),
    /// A simulated PC has no key.
    #[error("the simulated PC has no key")]
    Key(#[source] crate::simulator::KeyError),
    /// A simulated PC did not enroll.
    #[error("the simulated PC did not enroll")]
    Pc(#[source] crate::simulator::Error),
    /// The fleet itself failed.
    #[error("the simulation failed")]
    Fleet(#[source] crate::simulator::FleetError),
    /// The device is not where it should be after its first session.
    #[error("the device did not become active")]
    NotActive,
}

/// Tells what went wrong, each fault on a line of its own.
pub(super) fn report(error: &Error) -> ExitCode {
    let lines = match error {
        // Whoever reads the result has enough of it: `portcullis … | head`.
        Error::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => {
            return ExitCode::Done;
        }
        Error::Config(error) => error.lines(),
        error => vec![with_causes(error)],
    };
    for line in lines {
        tell(&format!("error: {line}"));
    }
    match error {
        Error::Remote(remote::Error::Refused { .. })
        | Error::Admin(crate::admin::Error::Forbidden(_)) => ExitCode::Refused,
        _ => ExitCode::Failed,
    }
}
