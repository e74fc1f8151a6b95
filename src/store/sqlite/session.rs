//! A SQLite transaction as the store's session: statements, values, errors.

use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, params_from_iter};

use crate::store::Error;
use crate::store::driver::Session;
use crate::store::row::{Column, Row, Value};

/// A session on an open transaction.
pub(super) struct Statements<'a>(pub(super) &'a Connection);

impl Session for Statements<'_> {
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error> {
        let mut statement = self.0.prepare_cached(&numbered(sql)).map_err(engine)?;
        let changed = statement
            .execute(params_from_iter(values))
            .map_err(engine)?;
        Ok(changed as u64)
    }

    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        let mut statement = self.0.prepare_cached(&numbered(sql)).map_err(engine)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(values)).map_err(engine)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(engine)? {
            let read = |index| row.get_ref(index).map_err(engine).and_then(column);
            found.push(Row((0..columns).map(read).collect::<Result<_, _>>()?));
        }
        Ok(found)
    }
}

/// A session without a database, for jobs whose transaction could not begin.
pub(super) struct Nothing;

impl Session for Nothing {
    fn execute(&mut self, _: &'static str, _: &[Value<'_>]) -> Result<u64, Error> {
        Err(Error::Busy)
    }

    fn query(&mut self, _: &'static str, _: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        Err(Error::Busy)
    }
}

/// SQLite counts `?1`, the store writes `$1`: SQLite would number `$1` by first appearance.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn column(value: ValueRef<'_>) -> Result<Column, Error> {
    Ok(match value {
        ValueRef::Null => Column::Null,
        ValueRef::Integer(number) => Column::Integer(number),
        ValueRef::Real(_) => return Err(Error::Row("a real number where none is stored")),
        ValueRef::Text(text) => Column::Text(
            std::str::from_utf8(text)
                .map_err(|_| Error::Row("a text is not UTF-8"))?
                .to_owned(),
        ),
        ValueRef::Blob(bytes) => Column::Blob(bytes.to_vec()),
    })
}

pub(super) fn engine(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Busy,
        Some(ErrorCode::DiskFull) => Error::Full,
        Some(ErrorCode::ConstraintViolation) => Error::Conflict,
        _ => Error::Engine(Arc::new(error)),
    }
}
