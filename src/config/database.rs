//! The database's URL.

use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

/// Where the data is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        if let Some(rest) = text.strip_prefix("sqlite:") {
            return sqlite(rest.strip_prefix("//").unwrap_or(rest));
        }
        match text.split_once(':') {
            Some(("postgres" | "postgresql", _)) => match Url::parse(text) {
                Ok(url) if url.has_host() => Err(DatabaseUrlError::Postgres),
                Ok(_) | Err(_) => Err(DatabaseUrlError::NotAUrl),
            },
            Some(_) | None => Err(DatabaseUrlError::Scheme),
        }
    }
}

fn sqlite(path: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    match path {
        "" => Err(DatabaseUrlError::NoPath),
        ":memory:" => Err(DatabaseUrlError::Memory),
        path if path.contains('?') => Err(DatabaseUrlError::Options),
        path => Ok(DatabaseUrl::Sqlite(PathBuf::from(path))),
    }
}

/// Why a URL names no database.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Neither SQLite nor PostgreSQL.
    #[error("must begin with sqlite:, as in sqlite:/var/lib/portcullis/portcullis.db")]
    Scheme,
    /// `sqlite:` without a path.
    #[error("must name a file after sqlite:")]
    NoPath,
    /// A database that would be gone with the process.
    #[error("must name a file; a database in memory would lose every device at the next stop")]
    Memory,
    /// Options after the path.
    #[error("must be a path alone; options after a question mark are not read")]
    Options,
    /// A PostgreSQL URL without a host, or no URL at all.
    #[error("must have a host after postgres://")]
    NotAUrl,
    /// PostgreSQL, which this build cannot use.
    #[error("names PostgreSQL, but this build stores in SQLite only; write sqlite:PATH")]
    Postgres,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_url_is_a_path_with_or_without_slashes() {
        for (url, path) in [
            ("sqlite:a/b.db", "a/b.db"),
            ("sqlite:/a/b.db", "/a/b.db"),
            ("sqlite://a/b.db", "a/b.db"),
            ("sqlite:///a/b.db", "/a/b.db"),
            (r"sqlite:C:\a\b.db", r"C:\a\b.db"),
        ] {
            assert_eq!(url.parse(), Ok(DatabaseUrl::Sqlite(path.into())), "{url}");
        }
    }

    #[test]
    fn what_names_no_database_is_refused_by_its_reason() {
        for (url, error) in [
            ("portcullis.db", DatabaseUrlError::Scheme),
            ("mysql://localhost/x", DatabaseUrlError::Scheme),
            ("sqlite:", DatabaseUrlError::NoPath),
            ("sqlite::memory:", DatabaseUrlError::Memory),
            ("sqlite:x.db?mode=ro", DatabaseUrlError::Options),
            ("postgres:x", DatabaseUrlError::NotAUrl),
            ("postgres://u:p@db/x", DatabaseUrlError::Postgres),
            ("postgresql://db/x", DatabaseUrlError::Postgres),
        ] {
            assert_eq!(url.parse::<DatabaseUrl>(), Err(error), "{url}");
        }
    }
}
