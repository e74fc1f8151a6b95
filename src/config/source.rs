//! Where each value of the configuration came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where one value came from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The environment.
    Environment {
        /// Which variable.
        variable: String,
    },
    /// The command line.
    Flag,
}

impl Source {
    /// The source's kind in one word: `default`, `file`, `environment` or `flag`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File { .. } => "file",
            Self::Environment { .. } => "environment",
            Self::Flag => "flag",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Environment { variable } => f.write_str(variable),
            Self::Flag => f.write_str("command line"),
        }
    }
}

/// Where every value came from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub(super) file: Option<PathBuf>,
    pub(super) places: BTreeMap<&'static str, Source>,
}

impl Sources {
    /// The configuration file that was read, if any was.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Where the value of the dotted `key` came from.
    pub fn of(&self, key: &str) -> &Source {
        self.places.get(key).unwrap_or(&Source::Default)
    }
}
