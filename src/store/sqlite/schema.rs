//! What schema a database file has, found by looking alone.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::migrations::migrations::runner;
use crate::store::{Error, Schema};

/// The schema of a database file, and the one of this program.
pub(in crate::store) fn versions(path: &Path) -> Result<Schema, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = |error: rusqlite::Error| Error::Open {
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let mut connection = Connection::open_with_flags(path, flags).map_err(open)?;
    connection.busy_timeout(super::BUSY).map_err(open)?;
    let runner = runner();
    let last = runner.get_last_applied_migration(&mut connection);
    let last = last.map_err(|error| Error::Schema(error.to_string()))?;
    let known = runner.get_migrations().iter().map(|it| it.version()).max();
    Ok(Schema {
        found: last.map_or(0, |last| last.version()).into(),
        known: known.unwrap_or_default().into(),
    })
}
