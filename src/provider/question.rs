//! Questions to providers: eight at a time to each, five seconds for an answer, none while it is left alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::id::ObjectId;

use super::breaker::Breaker;
use super::{Configured, Error, PATIENCE};

/// Questions to one provider at a time.
const AT_ONCE: usize = 8;
/// How long one waits for a place.
const TURN: Duration = Duration::from_secs(1);

/// Who is asked, and how it went lately.
pub(super) struct Questions {
    clock: Clock,
    lines: Mutex<HashMap<ObjectId, Arc<Line>>>,
}

/// Those who ask one revision of a provider.
struct Line {
    revision: i64,
    places: Semaphore,
    breaker: Mutex<Breaker>,
}

impl Questions {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            lines: Mutex::default(),
        }
    }

    /// Fails while a provider is left alone.
    pub(super) fn check(&self, provider: &Configured) -> Result<(), Error> {
        let line = self.line(provider);
        let breaker = line.breaker();
        match breaker.rests(self.clock.now()) {
            Some(why) => Err(left_alone(why)),
            None => Ok(()),
        }
    }

    /// The answer to a question, which is not begun before its turn.
    pub(super) async fn ask<T>(
        &self,
        provider: &Configured,
        question: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.check(provider)?;
        let line = self.line(provider);
        let place = timeout(TURN, line.places.acquire()).await;
        let place = place.map_err(|_| Error::unavailable("too many sign in at the same time"))?;
        let _place = place.map_err(|_| Error::unavailable("the server is stopping"))?;
        line.breaker().enter(self.clock.now()).map_err(left_alone)?;
        let answer = within(question).await;
        match &answer {
            Err(Error::Unreachable(why)) => line.breaker().failed(self.clock.now(), why),
            _ => line.breaker().answered(),
        }
        answer
    }

    fn line(&self, provider: &Configured) -> Arc<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            Arc::new(Line {
                revision: provider.revision,
                places: Semaphore::new(AT_ONCE),
                breaker: Mutex::default(),
            })
        };
        let line = lines.entry(provider.id).or_insert_with(new);
        // Its settings were changed: what was learnt of the old ones does not count.
        if line.revision != provider.revision {
            *line = new();
        }
        Arc::clone(line)
    }
}

impl Line {
    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn left_alone(why: &str) -> Error {
    Error::unavailable(format!(
        "it failed three times in a row and is left alone for half a minute; the last time: {why}"
    ))
}

/// An answer within five seconds.
pub(super) async fn within<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let answered = timeout(PATIENCE, asked).await;
    answered.unwrap_or_else(|_| Err(Error::unreachable("it does not answer within 5 seconds")))
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use jiff::Timestamp;

    use super::*;
    use crate::secret::Secret;

    fn provider(id: ObjectId, revision: i64) -> Configured {
        let settings = r#"{"type":"oidc","issuer":"https://x","clientId":"x"}"#;
        Configured {
            id,
            revision,
            settings: serde_json::from_str(settings).unwrap(),
            secret: Secret::default(),
        }
    }

    #[tokio::test]
    async fn one_revision_of_one_provider_is_left_alone_and_others_are_asked() {
        let clock = Clock::fixed(Timestamp::UNIX_EPOCH);
        let questions = Questions::new(clock.clone());
        let [one, other] =
            [1, 2].map(|second| ObjectId::generate(Timestamp::from_second(second).unwrap()));
        let first = provider(one, 1);
        let silent = Error::unreachable("no connection");
        for _ in 0..3 {
            let asked = questions.ask::<()>(&first, ready(Err(silent.clone())));
            assert_eq!(asked.await, Err(silent.clone()));
        }
        let asked = questions.ask(&first, async { panic!("it is asked") });
        let Err::<(), _>(Error::Unavailable(why)) = asked.await else {
            panic!("it is not left alone");
        };
        assert!(why.ends_with("the last time: no connection"), "{why}");
        assert!(questions.check(&first).is_err());
        for good in [provider(other, 1), provider(one, 2)] {
            assert_eq!(questions.ask(&good, ready(Ok(()))).await, Ok(()));
        }
    }

    #[tokio::test]
    async fn what_a_provider_says_is_an_answer_whether_it_pleases_or_not() {
        let questions = Questions::new(Clock::fixed(Timestamp::UNIX_EPOCH));
        let one = provider(ObjectId::generate(Timestamp::UNIX_EPOCH), 1);
        for turn in 0..12 {
            let error = match turn % 3 {
                0 => Error::unreachable("no connection"),
                1 => Error::unreachable("no connection"),
                _ if turn % 2 == 0 => Error::wrong("the password is another"),
                _ => Error::unavailable("it answers 52"),
            };
            let asked = questions.ask::<()>(&one, ready(Err(error.clone())));
            assert_eq!(asked.await, Err(error), "{turn}");
        }
    }

    #[tokio::test]
    async fn whoever_finds_no_place_among_eight_waits_for_a_second() {
        let questions = Questions::new(Clock::fixed(Timestamp::UNIX_EPOCH));
        let one = provider(ObjectId::generate(Timestamp::UNIX_EPOCH), 1);
        let hangs = || questions.ask::<()>(&one, std::future::pending());
        let all = futures_util::future::join_all((0..AT_ONCE).map(|_| hangs()));
        let late = async {
            tokio::task::yield_now().await;
            hangs().await
        };
        let answer = tokio::select! {
            _ = all => panic!("they do not hang"),
            answer = late => answer,
        };
        assert_eq!(
            answer,
            Err(Error::unavailable("too many sign in at the same time"))
        );
    }
}
