//! The seam between the store and a database engine.

use super::{Error, Row, Value};

/// What a writer does after the commit: it hears how the commit went and tells the caller.
pub(super) type Finish = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// One writing closure; it says whether its writes shall stand.
pub(super) type Job = Box<dyn FnOnce(&mut dyn Session) -> (bool, Finish) + Send>;

/// A database engine.
pub trait Driver: Send + Sync {
    /// Queues `job` for a read-write transaction and returns at once. Jobs may share a commit, never each other's fate.
    ///
    /// # Errors
    /// [`Error::Busy`] when the queue is full, [`Error::Closed`] when the writer has gone.
    fn write(&self, job: Job) -> Result<(), Error>;

    /// Runs `work` once in a read-only transaction, blocking the calling thread.
    ///
    /// # Errors
    /// [`Error::Busy`] when no reader becomes free, [`Error::Closed`] when there is none.
    fn read(&self, work: &mut dyn FnMut(&mut dyn Session)) -> Result<(), Error>;
}

/// An open transaction of an engine. SQL uses `$1`, `$2`, … for its values.
pub trait Session {
    /// Runs a statement; the number of rows that it changed.
    ///
    /// # Errors
    /// What the engine says.
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error>;

    /// Runs a query; all its rows.
    ///
    /// # Errors
    /// What the engine says.
    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error>;
}
