//! What is wrong with a configuration, and where.

mod fault;

use std::iter::successors;
use std::path::PathBuf;
use std::{fmt, io};

pub use self::fault::Fault;
use super::Source;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is not TOML.
    // The reason is no `source`: printed whole it would quote the line, and a secret with it.
    #[error("{}, line {line}: not TOML: {}", path.display(), reason.message())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        reason: Box<toml::de::Error>,
    },
    /// An environment variable is not UTF-8.
    #[error("the environment variable {variable} is not UTF-8")]
    NotUnicode {
        /// Which variable.
        variable: String,
    },
    /// The values passed their own checks but do not make a configuration.
    #[error("the configuration does not fit: {}", .0.message())]
    Unfit(toml::de::Error),
    /// Keys or values are refused.
    #[error("{}", lines(.0))]
    Invalid(Vec<Problem>),
}

impl Error {
    /// The refused keys and values, when that is what is wrong.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid(problems) => problems,
            Self::Read { .. } | Self::Syntax { .. } | Self::NotUnicode { .. } | Self::Unfit(_) => {
                &[]
            }
        }
    }

    /// What is wrong, each fault on a line of its own.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Invalid(problems) => problems.iter().map(Problem::to_string).collect(),
            Self::Read { .. } | Self::Syntax { .. } | Self::NotUnicode { .. } | Self::Unfit(_) => {
                vec![with_causes(self)]
            }
        }
    }
}

/// One refused key or value.
#[derive(Debug)]
pub struct Problem {
    /// Where it stands.
    pub place: Source,
    /// The dotted key, or the environment variable when there is no such key.
    pub key: String,
    /// What is wrong with it.
    pub fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, key, fault } = self;
        match place {
            Source::Environment { variable } if variable == key => write!(f, "{key}: {fault}"),
            Source::Default => write!(f, "{key}: {fault}"),
            Source::File { .. } | Source::Environment { .. } | Source::Flag => {
                write!(f, "{place}: {key}: {fault}")
            }
        }
    }
}

/// An error and what caused it, on one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}
