//! Counting wrong credentials, so that guessing ends early.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use crate::id::ObjectId;
use crate::provider::Tries;
use crate::refusal::Refusal;
use crate::tally::Tally;

/// How many wrong credentials are borne; 0: any number.
#[derive(Debug, Clone, Copy)]
pub struct LockoutLimits {
    /// For one user name.
    pub per_account: u32,
    /// Wrong passwords, for one person and for one name.
    pub per_person: u32,
    /// From one address. Addresses of this machine are not counted: a reverse proxy's carries everybody.
    pub per_address: u32,
    /// The time in which they are counted.
    pub window: SignedDuration,
}

/// Counts per account and per address, in memory: a restart forgives.
#[derive(Debug, Clone)]
pub(super) struct Lockout {
    limits: LockoutLimits,
    tally: Tally<Key>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// The name that a code came with.
    Account(String),
    /// The name that a password came with.
    Login(String),
    /// Somebody as an identity provider knows them, whatever was typed.
    Person(ObjectId, String),
    Address(IpAddr),
}

/// Characters of a name by which it is remembered.
const NAME: usize = 256;

impl Lockout {
    pub(super) fn new(limits: LockoutLimits) -> Self {
        Self {
            limits,
            tally: Tally::new(limits.window),
        }
    }

    /// Refuses when too many wrong credentials came before.
    pub(super) fn check(
        &self,
        account: Option<&str>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.refuse(self.keys(self.account(account), address), now)
    }

    /// Counts a wrong credential.
    pub(super) fn count(&self, account: Option<&str>, address: Option<IpAddr>, now: Timestamp) {
        self.tally
            .count(self.keys(self.account(account), address), now);
    }

    /// Refuses when too many wrong passwords came before with this name.
    pub(super) fn check_login(
        &self,
        login: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.refuse(self.keys(self.login(login), address), now)
    }

    /// Counts a wrong password.
    pub(super) fn count_login(&self, login: &str, address: Option<IpAddr>, now: Timestamp) {
        self.tally.count(self.keys(self.login(login), address), now);
    }

    /// The wrong passwords of those whom a provider knows.
    pub(super) fn people(&self, provider: ObjectId, now: Timestamp) -> People<'_> {
        People {
            lockout: self,
            provider,
            now,
        }
    }

    fn refuse(
        &self,
        keys: impl Iterator<Item = (Key, u32)>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        match self.tally.is_full(keys, now) {
            true => Err(Refusal::TooManyFailures),
            false => Ok(()),
        }
    }

    fn account(&self, name: Option<&str>) -> Option<(Key, u32)> {
        name.map(|name| (Key::Account(written(name)), self.limits.per_account))
    }

    fn login(&self, name: &str) -> Option<(Key, u32)> {
        Some((Key::Login(written(name)), self.limits.per_person))
    }

    /// What is counted, with its limit.
    fn keys(
        &self,
        name: Option<(Key, u32)>,
        address: Option<IpAddr>,
    ) -> impl Iterator<Item = (Key, u32)> + use<> {
        let per_address = self.limits.per_address;
        let address = address
            .filter(|address| !address.is_loopback())
            .map(|address| (Key::Address(address), per_address));
        name.into_iter()
            .chain(address)
            .filter(|(_, limit)| *limit > 0)
    }
}

/// A name, however it is written.
fn written(name: &str) -> String {
    let name: String = name.trim().chars().take(NAME).collect();
    name.to_lowercase()
}

/// Counts by the one identifier that a provider gives a person (T80): a name may be written in many ways.
#[derive(Debug)]
pub(super) struct People<'a> {
    lockout: &'a Lockout,
    provider: ObjectId,
    now: Timestamp,
}

impl People<'_> {
    fn key(&self, subject: &str) -> impl Iterator<Item = (Key, u32)> + use<> {
        let limit = self.lockout.limits.per_person;
        let key = (limit > 0).then(|| Key::Person(self.provider, subject.to_owned()));
        key.map(|key| (key, limit)).into_iter()
    }
}

impl Tries for People<'_> {
    fn allow(&self, subject: &str) -> bool {
        !self.lockout.tally.is_full(self.key(subject), self.now)
    }

    fn wrong(&self, subject: &str) {
        self.lockout.tally.count(self.key(subject), self.now);
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
            per_person: 0,
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
    fn a_person_is_counted_apart_at_each_provider() {
        let window = SignedDuration::from_secs(60);
        let limits = |per_person| LockoutLimits {
            per_account: 0,
            per_person,
            per_address: 0,
            window,
        };
        let [one, other] = [at(0), at(1)].map(ObjectId::generate);
        for (limit, allowed) in [(2, false), (3, true), (0, true)] {
            let lockout = Lockout::new(limits(limit));
            for _ in 0..2 {
                lockout.people(one, at(0)).wrong("ana");
            }
            assert_eq!(lockout.people(one, at(59)).allow("ana"), allowed, "{limit}");
            assert!(lockout.people(one, at(59)).allow("ben"));
            assert!(lockout.people(other, at(59)).allow("ana"));
            assert!(lockout.people(one, at(60)).allow("ana"));
            assert_eq!(lockout.check(Some("ana"), None, at(0)), Ok(()));
        }
    }

    #[test]
    fn an_address_is_counted_unless_it_is_of_this_machine() {
        let window = SignedDuration::from_secs(60);
        let lockout = Lockout::new(LockoutLimits {
            per_account: 0,
            per_person: 0,
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
