//! When devices were seen, kept in memory for a minute: a check-in with nothing to do writes nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::store::{Error, Store};

/// When devices were seen that is not written yet.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<HashMap<ObjectId, Timestamp>>);

impl Seen {
    pub(super) fn note(&self, device: ObjectId, now: Timestamp) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(device, now);
    }

    /// Writes all in one transaction; where that fails they are kept for the next time.
    pub(super) async fn write(&self, store: &Store) -> Result<(), Error> {
        let seen = {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *seen)
        };
        if seen.is_empty() {
            return Ok(());
        }
        let batch = seen.clone();
        let written = store
            .write::<_, Error, _>(move |tx| {
                for (device, at) in &batch {
                    tx.note_session(*device, false, *at)?;
                }
                Ok(())
            })
            .await;
        if written.is_err() {
            let mut newer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for (device, at) in seen {
                newer.entry(device).or_insert(at);
            }
        }
        written
    }
}
