//! The database: closures are transactions, SQL stands once per noun, a [`Driver`] runs it.
//!
//! `store.write(|tx| …)` returns only after the commit is durable. What may happen once is one conditional
//! `UPDATE … RETURNING`; nothing here relies on isolation levels. The only module that contains SQL.

mod api_key;
mod approval;
mod attempt;
mod authority;
mod blocked_key;
mod branding;
mod crl;
mod delivery;
mod device;
mod driver;
mod event;
mod holder;
mod identifier;
mod identity_provider;
mod issuance;
mod known;
mod letter;
mod mdm_user;
mod organization;
mod policy;
mod repeated;
mod report;
mod restriction;
mod revocation;
mod row;
mod segment;
mod setting;
mod sign_in;
mod spent;
mod sqlite;
mod template;
mod terms;
mod token;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};

pub use self::api_key::{NewApiKey, StoredKey};
pub use self::approval::Verdict;
pub use self::attempt::{AttemptFilter, AttemptQuery, AttemptRow, AttemptView};
pub use self::blocked_key::BlockedKey;
pub use self::branding::StoredBranding;
pub use self::crl::{CrlRow, NewCrl, StoredCrl};
pub use self::delivery::Standing;
pub use self::device::{DeviceFilter, DeviceOrder, DeviceUpdate, HardwareMatch};
pub use self::driver::{Driver, Session};
pub use self::event::{DueEvent, WEBHOOKS};
pub use self::holder::{Claimant, IssuedTo};
pub use self::identifier::{IdentifierFilter, IdentifierRow};
pub use self::identity_provider::StoredProvider;
pub use self::issuance::{Earlier, Issuance, IssuanceState, NewIssuance};
pub use self::known::Asking;
pub use self::letter::{Handed, LetterLimits, LetterRow};
pub use self::mdm_user::{StoredUser, UserFilter, UserOrder};
pub use self::policy::{PolicyFilter, PolicyOrder};
pub use self::repeated::RepeatedRow;
pub use self::report::DueReport;
pub use self::row::{Row, Value};
pub use self::setting::WEB_URL;
pub use self::sign_in::SignIn;
pub use self::template::{StoredApplication, StoredTemplate, TemplateFilter, TemplateOrder};
pub use self::token::{AroundTokens, NewToken, SealedToken, TokenFilter, TokenOrder, UserOfToken};

/// Why the database did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Another process holds the database, or the queue is full: worth a retry.
    #[error("the database is busy")]
    Busy,
    /// No room on the disk.
    #[error("the disk of the database is full")]
    Full,
    /// The database cannot be opened.
    #[error("cannot open the database {path}: {reason}")]
    Open {
        /// Its path.
        path: String,
        /// What the engine says.
        reason: String,
    },
    /// The schema cannot be brought up to date, or is newer than this program.
    #[error("the database's schema does not fit this program: {0}")]
    Schema(String),
    /// A row is not what its table says.
    #[error("a row of the database is not readable: {0}")]
    Row(&'static str),
    /// A unique value is there already.
    #[error("the value exists already")]
    Conflict,
    /// What the engine says otherwise.
    #[error("the database failed")]
    Engine(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
}

/// A transaction: what a closure reads and writes through.
pub struct Transaction<'a>(&'a mut dyn Session);

/// The schema of a database that is looked at before it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// Its version; 0: there is none yet.
    pub found: i64,
    /// The version that this program works with.
    pub known: i64,
}

/// The database. Cheap to clone; all clones share one writer and one pool of readers.
#[derive(Clone)]
pub struct Store {
    driver: Arc<dyn Driver>,
    long_reads: Arc<Semaphore>,
}

/// Reads on other threads that may run at a time: they never take the last reader from a look.
const LONG_READS: usize = 4;

impl Store {
    /// Opens the SQLite database at `path`, making it or bringing its schema up to date first.
    ///
    /// # Errors
    /// [`Error::Open`], or [`Error::Schema`] when it was written by a newer program.
    pub fn sqlite(path: &Path) -> Result<Self, Error> {
        Ok(Self {
            driver: Arc::new(sqlite::Sqlite::open(path)?),
            long_reads: Arc::new(Semaphore::new(LONG_READS)),
        })
    }

    /// The schema of the SQLite database at `path`, which is neither made nor changed.
    ///
    /// # Errors
    /// [`Error::Open`], or [`Error::Schema`] for a file that has no such thing.
    pub fn sqlite_schema(path: &Path) -> Result<Schema, Error> {
        sqlite::versions(path)
    }

    /// Runs `work` in a transaction that may write; returns after it is durable. An error of `work` undoes its writes.
    ///
    /// # Errors
    /// What `work` returns, or the store's own error as `E`.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.driver.write(Box::new(move |session| {
            let result = work(&mut Transaction(session));
            let succeeded = result.is_ok();
            let finish: driver::Finish = Box::new(move |commit| {
                // The caller may have gone away; its work is committed all the same.
                let _ = answer.send(match commit {
                    Ok(()) => result,
                    Err(error) => result.and(Err(E::from(error))),
                });
            });
            (succeeded, finish)
        }))?;
        answered
            .await
            .unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    /// Runs `work` on a reader, on a thread for work that may take long. Nothing it does can write.
    ///
    /// # Errors
    /// What `work` returns, or the store's own error as `E`.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let store = self.clone();
        let permit = Arc::clone(&self.long_reads)
            .acquire_owned()
            .await
            .map_err(|_| E::from(Error::Closed))?;
        let task = tokio::task::spawn_blocking(move || {
            let _held_while_reading = permit;
            store.look(work)
        });
        task.await.unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    /// Runs `work` on a reader, on the calling thread. For looks at a few rows by index alone: they take less time than
    /// handing them to another thread and back.
    ///
    /// # Errors
    /// What `work` returns, or the store's own error as `E`.
    pub fn look<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Transaction<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        let mut result = Err(E::from(Error::Closed));
        let mut work = Some(work);
        self.driver.read(&mut |session| {
            if let Some(work) = work.take() {
                result = work(&mut Transaction(session));
            }
        })?;
        result
    }
}

impl Transaction<'_> {
    /// Runs a statement; the number of rows that it changed.
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error> {
        self.0.execute(sql, values)
    }

    /// Runs a query; all its rows.
    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        self.0.query(sql, values)
    }

    /// Runs a query that finds at most one row.
    fn first(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<Row>, Error> {
        Ok(self.query(sql, values)?.into_iter().next())
    }

    /// Runs a query whose first column is a number of rows.
    fn count(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error> {
        let row = self.first(sql, values)?;
        let count = row.map(|row| row.optional_integer(0)).transpose()?;
        Ok(count
            .flatten()
            .and_then(|count| count.try_into().ok())
            .unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
