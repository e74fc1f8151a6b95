//! SQLite: WAL with `synchronous=FULL`, one writer thread that commits what queued together, a pool of readers.

#[cfg(test)]
mod past;
mod schema;
mod session;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::driver::{Driver, Finish, Job, Session};
use super::{Error, LONG_READS};
pub(super) use schema::versions;
use session::{Nothing, Statements, engine};

mod migrations {
    refinery::embed_migrations!("src/store/schema/sqlite");
}

/// Jobs that may wait for the writer; more means that the disk does not keep up.
const QUEUE: usize = 4_096;
/// Jobs that share one commit at most.
const BATCH: usize = 256;
/// Connections for reading; long reads leave half of them to looks.
const READERS: usize = 2 * LONG_READS;
const BUSY: Duration = Duration::from_secs(5);

/// A SQLite database file.
pub(super) struct Sqlite {
    jobs: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Sqlite {
    /// Opens `path`, migrates it and starts the writer.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let open = |reason: String| Error::Open {
            path: path.display().to_string(),
            reason,
        };
        if let Some(directory) = path
            .parent()
            .filter(|directory| !directory.as_os_str().is_empty())
        {
            private_directory(directory).map_err(|error| open(error.to_string()))?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection =
            Connection::open_with_flags(path, flags).map_err(|error| open(error.to_string()))?;
        prepare(&connection).map_err(|error| open(error.to_string()))?;
        migrate(&mut connection)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut readers = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            let reader = Connection::open_with_flags(path, flags)
                .map_err(|error| open(error.to_string()))?;
            prepare_reader(&reader).map_err(|error| open(error.to_string()))?;
            readers.push(reader);
        }
        let (jobs, queue) = sync_channel(QUEUE);
        let writer = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || write_all(connection, &queue))
            .map_err(|error| open(error.to_string()))?;
        Ok(Self {
            jobs: Some(jobs),
            writer: Some(writer),
            readers: Mutex::new(readers),
            returned: Condvar::new(),
        })
    }

    fn take_reader(&self) -> Result<Connection, Error> {
        let readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut readers, _) = self
            .returned
            .wait_timeout_while(readers, BUSY, |readers| readers.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        readers.pop().ok_or(Error::Busy)
    }
}

impl Driver for Sqlite {
    fn write(&self, job: Job) -> Result<(), Error> {
        let jobs = self.jobs.as_ref().ok_or(Error::Closed)?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::Closed,
        })
    }

    fn read(&self, work: &mut dyn FnMut(&mut dyn Session)) -> Result<(), Error> {
        let connection = self.take_reader()?;
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut Statements(&connection))));
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        self.returned.notify_one();
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok(())
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            // The writer catches its jobs' panics, so joining cannot fail in a way that matters here.
            let _ = writer.join();
        }
    }
}

/// Makes the directory of a database for its owner alone: devices and people are named in it.
fn private_directory(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    keep_plans(connection)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
         PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000;",
    )?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// A plan must not depend on bound values: statements with partial indexes would be planned anew at every call.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(|_| ())
}

fn prepare_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    keep_plans(connection)?;
    keep_plans(connection)?;
    connection.execute_batch(
        "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4000;",
    )?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    migrations::migrations::runner()
        .run(connection)
        .map(|_| ())
        .map_err(|error| Error::Schema(error.to_string()))
}

/// The writer: sleeps until a job comes, takes along what queued meanwhile, and commits once for all.
fn write_all(mut connection: Connection, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        let finished = match commit_batch(&mut connection, &mut batch, queue) {
            Ok(finished) => finished,
            Err((error, finished)) => {
                for finish in finished {
                    finish(Err(error.clone()));
                }
                continue;
            }
        };
        for finish in finished {
            finish(Ok(()));
        }
    }
    // Statistics help the next start; failing to write them harms nothing.
    let _ = connection.execute_batch("PRAGMA optimize;");
}

type Failed = (Error, Vec<Finish>);

fn commit_batch(
    connection: &mut Connection,
    batch: &mut Vec<Job>,
    queue: &Receiver<Job>,
) -> Result<Vec<Finish>, Failed> {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => return Err((engine(error), refuse_all(batch))),
    };
    let mut finished = Vec::new();
    while let Some(job) = batch.pop() {
        match run_job(&transaction, job) {
            Ok(finish) => finished.extend(finish),
            Err(error) => return Err((error, finished)),
        }
        if finished.len() < BATCH {
            batch.extend(queue.try_recv());
        }
    }
    match transaction.commit() {
        Ok(()) => Ok(finished),
        Err(error) => {
            stop_if_not_durable(&error);
            Err((engine(error), finished))
        }
    }
}

/// Runs a job inside its savepoint, so that a failing neighbour takes nobody with it.
fn run_job(connection: &Connection, job: Job) -> Result<Option<Finish>, Error> {
    let run = |sql: &str| {
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map_err(engine)
    };
    run("SAVEPOINT job")?;
    let outcome = catch_unwind(AssertUnwindSafe(|| job(&mut Statements(connection))));
    let (stands, finish) = match outcome {
        Ok((stands, finish)) => (stands, Some(finish)),
        Err(_) => (false, None),
    };
    if !stands {
        run("ROLLBACK TO job")?;
    }
    run("RELEASE job")?;
    Ok(finish)
}

/// Jobs that never ran still owe their callers an answer: run on nothing, they report the commit's error.
fn refuse_all(batch: &mut Vec<Job>) -> Vec<Finish> {
    batch.drain(..).map(|job| job(&mut Nothing).1).collect()
}

/// After a failed fsync nobody knows what is on the disk: going on could acknowledge what is lost.
fn stop_if_not_durable(error: &rusqlite::Error) {
    const FSYNC: [i32; 2] = [
        rusqlite::ffi::SQLITE_IOERR_FSYNC,
        rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC,
    ];
    if let rusqlite::Error::SqliteFailure(failure, _) = error
        && FSYNC.contains(&failure.extended_code)
    {
        tracing::error!(
            "the disk did not confirm a write: stopping, so that nothing is acknowledged that may be lost"
        );
        #[expect(clippy::exit, reason = "a failed fsync ends the process by design")]
        std::process::exit(1);
    }
}
