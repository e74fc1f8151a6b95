//! Nonces, each good once and for a few minutes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::id::fill_random;

/// The nonces of all devices.
///
/// They are not kept but made again: from a random key of this process, the device's name, the time, and how often the
/// device has proved itself within it. So a stranger who asks for challenges in a device's name neither fills the memory nor
/// spoils the challenge that the device itself was given. What is kept is kept of devices that proved themselves.
pub(super) struct Nonces {
    key: hmac::Key,
    spent: Mutex<HashMap<String, Spent>>,
}

/// How often a device has proved itself, until nothing is good any more of what it was given before.
#[derive(Clone, Copy)]
struct Spent {
    times: u64,
    window: i64,
}

impl Nonces {
    pub(super) fn new() -> Self {
        let mut key = [0; 32];
        fill_random(&mut key);
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            spent: Mutex::default(),
        }
    }

    /// What the device of this name must use next. It is ASCII, for devices that take a nonce for text.
    pub(super) fn next(&self, device: &str, now: Timestamp) -> String {
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        self.nonce(device, times(&spent, device, window(now)), window(now))
    }

    /// Spends the nonce of the device for which `is_right` holds; false when there is none.
    pub(super) fn spend(
        &self,
        device: &str,
        now: Timestamp,
        is_right: impl Fn(&str) -> bool,
    ) -> bool {
        let current = window(now);
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let times = times(&spent, device, current);
        let mut good = [current, current - 1].into_iter();
        if !good.any(|window| is_right(&self.nonce(device, times, window))) {
            return false;
        }
        if spent.len() >= REMEMBERED {
            spent.retain(|_, it| it.is_current(current));
            if spent.len() >= REMEMBERED && !spent.contains_key(device) {
                return false;
            }
        }
        let (times, window) = (times + 1, current);
        spent.insert(device.to_owned(), Spent { times, window });
        true
    }

    fn nonce(&self, device: &str, times: u64, window: i64) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&times.to_be_bytes());
        context.update(&window.to_be_bytes());
        context.update(device.as_bytes());
        let tag = context.sign();
        let (nonce, _) = tag.as_ref().split_at(tag.as_ref().len().min(BYTES));
        URL_SAFE_NO_PAD.encode(nonce)
    }
}

impl Spent {
    /// Whether a nonce of its time may still be good.
    fn is_current(self, window: i64) -> bool {
        window <= self.window + 1
    }
}

fn times(spent: &HashMap<String, Spent>, device: &str, window: i64) -> u64 {
    let it = spent.get(device).filter(|it| it.is_current(window));
    it.map_or(0, |it| it.times)
}

fn window(now: Timestamp) -> i64 {
    now.as_second().div_euclid(SECONDS)
}

/// A nonce is good in the window that it was given in and in the next: for three to six minutes.
const SECONDS: i64 = 180;
/// Random bytes of a nonce, before they are written as 32 characters.
const BYTES: usize = 24;
/// Devices that are remembered; when there are more, none is believed for the moment.
const REMEMBERED: usize = 500_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_nonce_is_good_once_and_for_its_device_alone() {
        let nonces = Nonces::new();
        let nonce = nonces.next("one", at(0));
        assert_eq!(nonce.len(), 32);
        assert!(!nonces.spend("other", at(1), |it| it == nonce));
        assert!(!nonces.spend("one", at(1), |it| it == "none"));
        assert!(nonces.spend("one", at(1), |it| it == nonce));
        assert!(!nonces.spend("one", at(1), |it| it == nonce));
        let next = nonces.next("one", at(1));
        assert_ne!(next, nonce);
        assert!(nonces.spend("one", at(2), |it| it == next));
    }

    #[test]
    fn a_nonce_ends_by_itself_whether_spent_or_not() {
        for (given, used, good) in [(0, 359, true), (179, 359, true), (179, 360, false)] {
            let nonces = Nonces::new();
            let nonce = nonces.next("one", at(given));
            let found = nonces.spend("one", at(used), |it| it == nonce);
            assert_eq!(found, good, "{given} {used}");
        }
    }

    #[test]
    fn a_spent_nonce_never_comes_again() {
        let nonces = Nonces::new();
        let mut seen = std::collections::HashSet::new();
        for second in (0..3600).step_by(50) {
            let nonce = nonces.next("one", at(second));
            assert!(seen.insert(nonce.clone()), "{second}");
            assert!(nonces.spend("one", at(second), |it| it == nonce));
            for old in &seen {
                assert!(!nonces.spend("one", at(second + 1), |it| it == old));
            }
        }
    }

    #[test]
    fn challenges_that_others_ask_for_do_not_spoil_the_one_a_device_was_given() {
        let nonces = Nonces::new();
        let nonce = nonces.next("one", at(0));
        for second in 0..100 {
            nonces.next("one", at(second));
            assert!(!nonces.spend("one", at(second), |it| it == "a guess"));
        }
        assert!(nonces.spend("one", at(100), |it| it == nonce));
    }
}
