//! What a running server does for its authority: retires what has ended, and says in time what will end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fail::fail_point;
use jiff::{SignedDuration, Timestamp};

use crate::ca::{self, Authority, LiveAuthority, ShownKind, Standing};
use crate::clock::Clock;
use crate::store::{self, Store};

use super::{Error, Installation, TlsFacts, TlsFiles};

/// Something that ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// What ends.
    pub what: &'static str,
    /// Whole days until then; below 0 it has ended.
    pub days: i64,
    /// How near that is: 90, 30 or 7 days.
    pub within: i64,
    /// What to do about it.
    pub remedy: &'static str,
}

/// The days before an end at which it is spoken of.
const WARNINGS: [i64; 3] = [7, 30, 90];
const DAY: i64 = 24 * 60 * 60;
/// A CA is retired no sooner after the next one: promises that it made are kept or given up by then.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

impl Ending {
    fn of(what: &'static str, remedy: &'static str, end: i64, now: Timestamp) -> Option<Self> {
        let days = (end - now.as_second()).div_euclid(DAY);
        let within = WARNINGS.into_iter().find(|within| days < *within)?;
        Some(Self {
            what,
            days,
            within,
            remedy,
        })
    }
}

/// What of the installation ends soon: the newest root and the active issuing CA within 90 days, the TLS certificate
/// within 30.
///
/// # Errors
/// What is wrong with the authority's files.
pub fn endings(
    authority: &Authority,
    tls: &TlsFiles,
    now: Timestamp,
) -> Result<Vec<Ending>, ca::Error> {
    const ROOT: &str = "run portcullis ca rotate --root, and bring the new root to the PCs";
    const ISSUING: &str = "run portcullis ca rotate";
    const TLS: &str = "put another in its place, or start anew where the server makes its own";
    let mut endings = Vec::new();
    for it in authority.shown()? {
        let (what, remedy) = match (it.kind, it.standing) {
            (ShownKind::Root, Standing::Active) => ("the root", ROOT),
            (ShownKind::Issuing, Standing::Active) => ("the issuing CA", ISSUING),
            (_, Standing::Retiring | Standing::Retired) => continue,
        };
        endings.extend(Ending::of(what, remedy, it.not_after.as_second(), now));
    }
    if let Some(facts) = TlsFacts::read(&tls.chain) {
        // Many are made for 90 days to begin with.
        let ending = Ending::of("the TLS certificate", TLS, facts.not_after, now);
        endings.extend(ending.filter(|it| it.within <= 30));
    }
    Ok(endings)
}

/// Starts to watch: at once and then every minute for what has ended, every day for what will.
pub(super) fn start(
    installation: &Installation,
    authority: &Arc<LiveAuthority>,
) -> Result<(), Error> {
    let watch = Watch {
        authority: Arc::clone(authority),
        store: installation.store.clone(),
        clock: installation.clock.clone(),
        tls: TlsFiles::of(&installation.config),
        ended: Mutex::default(),
    };
    watch.warn()?;
    tokio::spawn(async move {
        let mut minutes = tokio::time::interval(Duration::from_secs(60));
        let mut warned = watch.clock.now();
        loop {
            minutes.tick().await;
            if let Err(error) = watch.retire().await {
                told(
                    &error,
                    "what has ended of the authority could not be retired",
                );
            }
            let now = watch.clock.now();
            if now.as_second() - warned.as_second() >= DAY {
                warned = now;
                if let Err(error) = watch.warn() {
                    told(&error, "the authority could not be looked through");
                }
            }
        }
    });
    Ok(())
}

struct Watch {
    authority: Arc<LiveAuthority>,
    store: Store,
    clock: Clock,
    tls: TlsFiles,
    ended: Mutex<Ended>,
}

/// The issuing CAs whose last certificate has ended, and since when they were found so without a break, by a clock that
/// nobody sets: what the other clock says for a moment must not cost a key.
#[derive(Default)]
struct Ended(HashMap<String, Instant>);

impl Ended {
    /// Those of the CAs that have ended by now which were found so for long enough.
    fn lasting(&mut self, ended: Vec<String>, at: Instant) -> Vec<String> {
        self.0.retain(|issuer, _| ended.contains(issuer));
        let mut lasting = ended;
        lasting.retain(|issuer| {
            let since = *self.0.entry(issuer.clone()).or_insert(at);
            at.saturating_duration_since(since) >= patience()
        });
        lasting
    }
}

/// How long a CA is found to have ended before it is retired.
fn patience() -> Duration {
    fail_point!("retire_at_once", |_| Duration::ZERO);
    Duration::from_secs(24 * 60 * 60)
}

impl Watch {
    /// Retires the issuing CAs whose last certificate has ended.
    async fn retire(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let ended = ended(&self.authority, &self.store, now).await?;
        let lasting = {
            let mut known = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            known.lasting(ended, Instant::now())
        };
        put_away(&self.authority, &lasting, now).map(drop)
    }

    fn warn(&self) -> Result<(), Error> {
        for it in endings(&self.authority.current(), &self.tls, self.clock.now())? {
            let Ending { what, days, .. } = it;
            tracing::warn!(what, days, remedy = it.remedy, "something ends soon");
        }
        Ok(())
    }
}

/// Retires the issuing CAs whose last certificate has ended; true when there was one.
///
/// # Errors
/// What the store says, or the files.
pub async fn retire(
    authority: &Arc<LiveAuthority>,
    store: &Store,
    now: Timestamp,
) -> Result<bool, Error> {
    let ended = ended(authority, store, now).await?;
    put_away(authority, &ended, now)
}

/// The issuing CAs that issue nothing more and whose last certificate has ended.
async fn ended(
    authority: &LiveAuthority,
    store: &Store,
    now: Timestamp,
) -> Result<Vec<String>, Error> {
    let current = authority.current();
    let issuers: Vec<String> = current.retiring_ids().map(str::to_owned).collect();
    if issuers.is_empty() || is_fresh(&current, now) {
        return Ok(Vec::new());
    }
    let ended = store.read::<_, store::Error, _>(move |tx| {
        let mut ended = Vec::new();
        for issuer in issuers {
            if tx.last_end_of_issuer(&issuer)?.is_none_or(|end| end < now) {
                ended.push(issuer);
            }
        }
        Ok(ended)
    });
    Ok(ended.await?)
}

/// Retires these issuing CAs, and what nothing needs any more.
fn put_away(authority: &LiveAuthority, ended: &[String], now: Timestamp) -> Result<bool, Error> {
    let current = authority.current();
    if is_fresh(&current, now) || (ended.is_empty() && !current.has_needless()) {
        return Ok(false);
    }
    let retired = authority.retire(ended, now)?;
    for issuer in ended {
        tracing::info!(
            issuer,
            "an issuing CA is retired: its last certificate has ended"
        );
    }
    Ok(retired)
}

/// Whether the active issuing CA became active a moment ago.
fn is_fresh(current: &Authority, now: Timestamp) -> bool {
    now.duration_since(current.active_since()) < GRACE
}

fn told(error: &Error, what: &str) {
    tracing::warn!(error = error as &dyn std::error::Error, "{what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn a_ca_is_retired_once_it_was_found_to_have_ended_for_a_day_without_a_break() {
        let (mut ended, began) = (Ended::default(), Instant::now());
        let one = || vec!["one".to_owned()];
        let mut after = |hours: u32, found: Vec<String>| ended.lasting(found, began + HOUR * hours);
        assert!(after(0, one()).is_empty());
        assert!(after(23, one()).is_empty());
        assert!(after(24, Vec::new()).is_empty(), "the clock was set back");
        assert!(after(25, one()).is_empty());
        assert!(after(48, one()).is_empty());
        assert_eq!(after(49, one()), one());
    }
}
