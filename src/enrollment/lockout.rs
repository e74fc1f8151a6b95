//! Counting wrong credentials, so that guessing ends early.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::refusal::Refusal;

/// How many wrong credentials are borne; 0: any number.
#[derive(Debug, Clone, Copy)]
pub struct LockoutLimits {
    /// For one user name.
    pub per_account: u32,
    /// From one address. Addresses of this machine are not counted: a reverse proxy's carries everybody.
    pub per_address: u32,
    /// The time in which they are counted.
    pub window: SignedDuration,
}

/// Counts per account and per address, in memory: a restart forgives.
#[derive(Debug, Clone)]
pub(super) struct Lockout {
    limits: LockoutLimits,
    counts: Arc<Mutex<HashMap<Key, Count>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Count {
    wrong: u32,
    since: Timestamp,
}

/// Accounts and addresses that are remembered; a flood of made-up names must not fill the memory.
const REMEMBERED: usize = 100_000;

impl Lockout {
    pub(super) fn new(limits: LockoutLimits) -> Self {
        Self {
            limits,
            counts: Arc::default(),
        }
    }

    /// Refuses when too many wrong credentials came before.
    pub(super) fn check(
        &self,
        account: Option<&str>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let locked = self.keys(account, address).any(|(key, limit)| {
            counts
                .get(&key)
                .is_some_and(|count| self.is_current(count, now) && count.wrong >= limit)
        });
        if locked {
            Err(Refusal::TooManyFailures)
        } else {
            Ok(())
        }
    }

    /// Counts a wrong credential.
    pub(super) fn count(&self, account: Option<&str>, address: Option<IpAddr>, now: Timestamp) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REMEMBERED {
            counts.retain(|_, count| self.is_current(count, now));
        }
        for (key, _) in self.keys(account, address) {
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
        now.duration_since(count.since) < self.limits.window
    }

    /// What is counted, with its limit.
    fn keys(
        &self,
        account: Option<&str>,
        address: Option<IpAddr>,
    ) -> impl Iterator<Item = (Key, u32)> + use<> {
        let LockoutLimits {
            per_account,
            per_address,
            ..
        } = self.limits;
        let account = account.map(|name| (Key::Account(name.trim().to_lowercase()), per_account));
        let address = address
            .filter(|address| !address.is_loopback())
            .map(|address| (Key::Address(address), per_address));
        account
            .into_iter()
            .chain(address)
            .filter(|(_, limit)| *limit > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn after_so_many_wrong_credentials_an_account_waits_out_the_window() {
        let window = SignedDuration::from_secs(60);
        let lockout = Lockout::new(LockoutLimits {
            per_account: 3,
            per_address: 0,
            window,
        });
        for _ in 0..3 {
            assert_eq!(lockout.check(Some("Ana"), None, at(0)), Ok(()));
            lockout.count(Some("ana "), None, at(0));
        }
        assert_eq!(
            lockout.check(Some("ANA"), None, at(59)),
            Err(Refusal::TooManyFailures)
        );
        assert_eq!(lockout.check(Some("ben"), None, at(59)), Ok(()));
        assert_eq!(lockout.check(Some("ana"), None, at(60)), Ok(()));
    }

    #[test]
    fn an_address_is_counted_unless_it_is_of_this_machine() {
        let window = SignedDuration::from_secs(60);
        let lockout = Lockout::new(LockoutLimits {
            per_account: 0,
            per_address: 1,
            window,
        });
        for address in ["192.0.2.1", "127.0.0.1"] {
            lockout.count(None, address.parse().ok(), at(0));
        }
        assert_eq!(
            lockout.check(None, "192.0.2.1".parse().ok(), at(1)),
            Err(Refusal::TooManyFailures)
        );
        assert_eq!(lockout.check(None, "127.0.0.1".parse().ok(), at(1)), Ok(()));
    }
}
