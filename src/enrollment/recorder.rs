//! The recorder of attempts: takes records without waiting and writes them in batches, off every reply's path.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::attempt::Record;
use crate::store::{Error, Store, Transaction};

use super::notice;

/// Records that may wait; beyond, the oldest news matter less than the reply.
const QUEUE: usize = 20_000;
/// Records of one transaction.
const BATCH: usize = 512;
/// How often a batch is offered to a busy database, and the pause between: five minutes in all.
const TRIES: usize = 60;
const AGAIN: Duration = Duration::from_secs(5);
/// How long a record may wait for company.
const PAUSE: Duration = Duration::from_millis(20);

/// Takes records. Cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    sender: mpsc::Sender<Message>,
    dropped: Arc<AtomicU64>,
}

enum Message {
    Record(Box<Record>),
    Flush(oneshot::Sender<()>),
}

impl Recorder {
    /// Starts the writing task on the current runtime. With `letters`, people are written to of what they can mend.
    pub fn start(store: Store, letters: bool) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(write_all(store, receiver, letters));
        Self {
            sender,
            dropped: Arc::default(),
        }
    }

    /// Takes a record; when the store does not keep up it is counted instead of kept.
    pub fn record(&self, record: Record) {
        if self
            .sender
            .try_send(Message::Record(Box::new(record)))
            .is_err()
        {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed);
            if dropped.is_multiple_of(1_000) {
                tracing::warn!(
                    dropped = dropped + 1,
                    "records of attempts are dropped: the database does not keep up"
                );
            }
        }
    }

    /// Returns when everything taken so far is written.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.sender.send(Message::Flush(done)).await.is_ok() {
            // An error means that the task has ended, and with it the queue.
            let _ = written.await;
        }
    }
}

async fn write_all(store: Store, mut receiver: mpsc::Receiver<Message>, letters: bool) {
    let mut messages = Vec::new();
    while receiver.recv_many(&mut messages, BATCH).await > 0 {
        if !messages
            .iter()
            .any(|message| matches!(message, Message::Flush(_)))
            && messages.len() < BATCH
        {
            tokio::time::sleep(PAUSE).await;
            while messages.len() < BATCH {
                match receiver.try_recv() {
                    Ok(message) => messages.push(message),
                    Err(_) => break,
                }
            }
        }
        let (mut records, mut waiting) = (Vec::new(), Vec::new());
        for message in messages.drain(..) {
            match message {
                Message::Record(record) => records.push(*record),
                Message::Flush(done) => waiting.push(done),
            }
        }
        write(&store, Arc::new(records), letters).await;
        for done in waiting {
            // Whoever asked may have gone away.
            let _ = done.send(());
        }
    }
}

/// Writes the records, again and again while the database is busy or full: nothing else waits for them.
async fn write(store: &Store, records: Arc<Vec<Record>>, letters: bool) {
    for _ in 0..TRIES {
        let batch = Arc::clone(&records);
        let work = move |tx: &mut Transaction<'_>| {
            tx.record_exchanges(&batch)?;
            match letters {
                true => notice::refused(tx, &batch),
                false => Ok(()),
            }
        };
        let written = store.write(work).await;
        match written {
            Ok(()) => return,
            Err(Error::Busy | Error::Full) => tokio::time::sleep(AGAIN).await,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "attempts could not be recorded"
                );
                return;
            }
        }
    }
    tracing::warn!(
        records = records.len(),
        "attempts could not be recorded: the database stays busy or full"
    );
}
