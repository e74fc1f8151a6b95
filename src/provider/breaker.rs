//! A provider that does not answer is left alone for a while: whoever signs in by it need not wait to hear so.
//!
//! Nothing here waits or asks, and the time is told to it.

use jiff::{SignedDuration, Timestamp};

/// So many failures in a row are enough.
const FAILURES: u32 = 3;
/// How long it is left alone.
const REST: SignedDuration = SignedDuration::from_secs(30);
/// How long one who tries it again may take.
const TRY: SignedDuration = SignedDuration::from_secs(6);

/// Whether a provider is asked.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    /// Until when it is left alone, and the failure that was the last.
    rest: Option<(Timestamp, String)>,
}

impl Breaker {
    /// Why it is not asked now, if it is not.
    pub(super) fn rests(&self, now: Timestamp) -> Option<&str> {
        let (until, why) = self.rest.as_ref()?;
        (now < *until).then_some(why)
    }

    /// Lets one ask. After a rest it is one alone: the others wait for what becomes of it.
    ///
    /// # Errors
    /// Why it is not asked now.
    pub(super) fn enter(&mut self, now: Timestamp) -> Result<(), &str> {
        match &mut self.rest {
            Some((until, why)) if now < *until => Err(why),
            Some((until, _)) => {
                *until = now + TRY;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// It answered, whatever it said.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// It did not answer.
    pub(super) fn failed(&mut self, now: Timestamp, why: &str) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES {
            self.rest = Some((now + REST, why.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// One that failed so often, the last time at second 0.
    fn failed(times: u32) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..times {
            breaker.failed(at(0), "it is away");
        }
        breaker
    }

    #[test]
    fn it_is_left_alone_for_half_a_minute_after_three_failures_and_not_after_two() {
        assert_eq!(failed(2).enter(at(0)), Ok(()));
        let mut breaker = failed(3);
        for second in [0, 1, 29] {
            assert_eq!(breaker.rests(at(second)), Some("it is away"), "{second}");
            assert_eq!(breaker.enter(at(second)), Err("it is away"), "{second}");
        }
        assert_eq!(breaker.rests(at(30)), None);
    }

    #[test]
    fn an_answer_between_two_failures_begins_the_count_anew() {
        let mut breaker = failed(2);
        breaker.answered();
        breaker.failed(at(0), "it is away");
        breaker.failed(at(0), "it is away");
        assert_eq!(breaker.enter(at(0)), Ok(()));
    }

    #[test]
    fn one_tries_after_the_rest_and_what_becomes_of_it_decides() {
        let mut breaker = failed(3);
        assert_eq!(breaker.enter(at(30)), Ok(()));
        assert_eq!(breaker.enter(at(30)), Err("it is away"));
        breaker.failed(at(35), "it hangs");
        assert_eq!(breaker.enter(at(64)), Err("it hangs"));
        assert_eq!(breaker.enter(at(65)), Ok(()));
        breaker.answered();
        for _ in 0..3 {
            assert_eq!(breaker.enter(at(65)), Ok(()));
        }
    }

    #[test]
    fn one_who_tries_and_is_never_heard_of_again_holds_nobody_up_for_long() {
        let mut breaker = failed(3);
        assert_eq!(breaker.enter(at(30)), Ok(()));
        assert_eq!(breaker.enter(at(35)), Err("it is away"));
        assert_eq!(breaker.enter(at(36)), Ok(()));
    }
}
