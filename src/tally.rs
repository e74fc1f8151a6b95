//! Counting what went wrong by whom, within a window of time, in memory: a restart forgives.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Counts by key. Clones count together.
#[derive(Clone)]
pub struct Tally<K> {
    window: SignedDuration,
    counts: Arc<Mutex<HashMap<K, Count>>>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    wrong: u32,
    since: Timestamp,
}

/// Keys that are remembered; a flood of made-up ones must not fill the memory.
const REMEMBERED: usize = 100_000;

impl<K: Eq + Hash> Tally<K> {
    /// Nothing counted yet.
    pub fn new(window: SignedDuration) -> Self {
        Self {
            window,
            counts: Arc::default(),
        }
    }

    /// Whether one of the keys reached its limit.
    pub fn is_full(&self, mut keys: impl Iterator<Item = (K, u32)>, now: Timestamp) -> bool {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        keys.any(|(key, limit)| {
            counts
                .get(&key)
                .is_some_and(|count| self.is_current(count, now) && count.wrong >= limit)
        })
    }

    /// Counts one more for each of the keys.
    pub fn count(&self, keys: impl Iterator<Item = (K, u32)>, now: Timestamp) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REMEMBERED {
            counts.retain(|_, count| self.is_current(count, now));
        }
        for (key, _) in keys {
            if counts.len() >= REMEMBERED && !counts.contains_key(&key) {
                continue;
            }
            let count = counts.entry(key).or_insert(Count {
                wrong: 0,
                since: now,
            });
            if !self.is_current(count, now) {
                *count = Count {
                    wrong: 0,
                    since: now,
                };
            }
            count.wrong = count.wrong.saturating_add(1);
        }
    }

    fn is_current(&self, count: &Count, now: Timestamp) -> bool {
        now.duration_since(count.since) < self.window
    }
}

impl<K> fmt::Debug for Tally<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally")
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
