//! How many requests a key may make, told in `RateLimit-*` headers.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::id::ObjectId;

use super::problem::{Kind, Problem};

type Limiter = RateLimiter<
    ObjectId,
    DefaultKeyedStateStore<ObjectId>,
    DefaultClock,
    StateInformationMiddleware,
>;

/// The limit of the whole server, shared by its workers. Without a limiter it is off.
#[derive(Clone)]
pub(in crate::http) struct RateLimit {
    per_minute: u32,
    limiter: Option<Arc<Limiter>>,
}

/// How a key stands after a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// Requests in a minute.
    pub(super) limit: u32,
    /// Requests that are left now.
    pub(super) remaining: u32,
    /// Seconds until all of them are there again.
    pub(super) reset: u64,
}

impl RateLimit {
    /// So many requests a minute for each key; 0 turns it off.
    pub(in crate::http) fn new(per_minute: u32) -> Self {
        let quota = NonZeroU32::new(per_minute).map(Quota::per_minute);
        let limiter = quota.map(|quota| {
            Arc::new(RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>())
        });
        Self {
            per_minute,
            limiter,
        }
    }

    /// Counts a request of `key`.
    pub(super) fn count(&self, key: ObjectId) -> Result<Option<Standing>, Problem> {
        let Some(limiter) = &self.limiter else {
            return Ok(None);
        };
        if limiter.len() > MANY {
            limiter.retain_recent();
        }
        match limiter.check_key(&key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = u64::from(self.per_minute.saturating_sub(remaining));
                Ok(Some(Standing {
                    limit: self.per_minute,
                    remaining,
                    reset: (used * 60).div_ceil(u64::from(self.per_minute).max(1)),
                }))
            }
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                let message = format!(
                    "Too many requests: this key may make {} a minute",
                    self.per_minute
                );
                Err(Problem {
                    retry_after: Some(wait.as_secs() + 1),
                    ..Problem::new(Kind::TooMany, message)
                })
            }
        }
    }
}

/// Keys that are remembered before those at rest are forgotten.
const MANY: usize = 10_000;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_key_that_asks_too_often_is_told_when_to_come_back_and_others_are_not_touched() {
        let limit = RateLimit::new(2);
        let [one, other] = [0; 2].map(|_| ObjectId::generate(Timestamp::UNIX_EPOCH));
        assert_eq!(limit.count(one).unwrap().unwrap().remaining, 1);
        assert_eq!(limit.count(one).unwrap().unwrap().remaining, 0);
        let refused = limit.count(one).unwrap_err();
        assert!(
            refused
                .retry_after
                .is_some_and(|seconds| (1..=31).contains(&seconds))
        );
        assert!(limit.count(other).is_ok());
    }

    #[test]
    fn zero_turns_the_limit_off() {
        let limit = RateLimit::new(0);
        assert!(
            limit
                .count(ObjectId::generate(Timestamp::UNIX_EPOCH))
                .unwrap()
                .is_none()
        );
    }
}
