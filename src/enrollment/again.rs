//! When something that failed outside is tried again: after a pause that doubles up to an hour, for a day.

use jiff::{SignedDuration, Timestamp};

/// How long it is tried.
const LASTING: SignedDuration = SignedDuration::from_hours(24);
/// The pause after the first try, in seconds.
const PAUSE: i64 = 15;
/// The longest pause, in seconds.
pub(super) const LONGEST: i64 = 60 * 60;

/// The pause after so many tries, in seconds.
pub(super) fn pause(tries: u32) -> i64 {
    let doubled = PAUSE.saturating_mul(1_i64 << tries.saturating_sub(1).min(20));
    doubled.min(LONGEST)
}

/// The time of the next try; none: a day is over.
pub(super) fn after(pause: i64, began: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let again = now + SignedDuration::from_secs(pause);
    (again.duration_since(began) <= LASTING).then_some(again)
}
