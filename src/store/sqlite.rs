//! SQLite: WAL with `synchronous=FULL`, one writer thread that commits what queued together, a pool of readers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params_from_iter};

use super::Error;
use super::driver::{Driver, Finish, Job, Session};
use super::row::{Column, Row, Value};

mod migrations {
    refinery::embed_migrations!("src/store/schema/sqlite");
}

/// Jobs that may wait for the writer; more means that the disk does not keep up.
const QUEUE: usize = 4_096;
/// Jobs that share one commit at most.
const BATCH: usize = 256;
const READERS: usize = 4;
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
            std::fs::create_dir_all(directory).map_err(|error| open(error.to_string()))?;
        }
        let mut connection = Connection::open(path).map_err(|error| open(error.to_string()))?;
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

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
         PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000;",
    )?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

fn prepare_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
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

struct Statements<'a>(&'a Connection);

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
struct Nothing;

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

fn engine(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Busy,
        Some(ErrorCode::DiskFull) => Error::Full,
        Some(ErrorCode::ConstraintViolation) => Error::Conflict,
        _ => Error::Engine(Arc::new(error)),
    }
}
