//! The revocation list: made when something changed or it grows old, and served from memory.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use crate::ca::{Authority, Crl};
use crate::store::{self, CrlRow, NewCrl, StoredCrl};

use super::{Error, Status};

/// A revocation list as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedCrl {
    /// Its number.
    pub number: i64,
    /// When it was made.
    pub this_update: Timestamp,
    /// Until when the next one is there.
    pub next_update: Timestamp,
    /// The list in DER.
    pub der: Bytes,
}

/// A list in memory.
pub(super) struct Seen {
    list: Arc<PublishedCrl>,
    /// When it was last compared with the store.
    looked_at: Timestamp,
}

impl From<StoredCrl> for PublishedCrl {
    fn from(stored: StoredCrl) -> Self {
        Self {
            number: stored.number,
            this_update: stored.this_update,
            next_update: stored.next_update,
            der: stored.der.into(),
        }
    }
}

impl PublishedCrl {
    /// The list in PEM.
    pub fn pem(&self) -> String {
        Crl::pem(&self.der)
    }
}

impl Status {
    /// For how long a list is served without a look at whether it is still the latest.
    pub const UNSEEN: SignedDuration = SignedDuration::from_secs(20);
    /// The oldest that a list becomes.
    const OLDEST: SignedDuration = SignedDuration::from_hours(12);

    /// The list of an issuing CA, by the SHA-256 of its certificate; none for any other.
    ///
    /// # Errors
    /// When there is no list that could be served.
    pub async fn crl(&self, issuer: &str) -> Result<Option<Arc<PublishedCrl>>, Error> {
        let authority = self.0.authority.current();
        if authority.issuing_ids().all(|it| it != issuer) {
            return Ok(None);
        }
        if let Some(list) = self.seen(issuer) {
            return Ok(Some(list));
        }
        let _turn = self.0.turn.lock().await;
        if let Some(list) = self.seen(issuer) {
            return Ok(Some(list));
        }
        let now = self.0.clock.now();
        match self.look(&authority, issuer, now).await {
            Ok(list) => Ok(Some(list)),
            // The list at hand is good until it ends, whatever keeps the next one.
            Err(error) => match self.at_hand(issuer) {
                Some(list) if now <= list.next_update => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the revocation list could not be compared with the database"
                    );
                    Ok(Some(list))
                }
                _ => Err(error),
            },
        }
    }

    /// Makes new lists where they are due, for each issuing CA in force. One that fails keeps none of the others.
    ///
    /// # Errors
    /// What the store or the authority says, of the first list that failed.
    pub async fn refresh(&self) -> Result<(), Error> {
        let _turn = self.0.turn.lock().await;
        let (authority, now) = (self.0.authority.current(), self.0.clock.now());
        let mut outcome = Ok(());
        for issuer in authority.issuing_ids() {
            let looked = self.look(&authority, issuer, now).await.map(drop);
            outcome = outcome.and(looked);
        }
        let in_force = |id: &String| authority.issuing_ids().any(|it| it == id);
        self.lists().retain(|id, _| in_force(id));
        outcome
    }

    fn lists(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        self.0.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The list in memory.
    fn at_hand(&self, issuer: &str) -> Option<Arc<PublishedCrl>> {
        self.lists().get(issuer).map(|it| Arc::clone(&it.list))
    }

    /// The list in memory, if it was compared with the store a moment ago.
    fn seen(&self, issuer: &str) -> Option<Arc<PublishedCrl>> {
        let now = self.0.clock.now().as_second();
        let lists = self.lists();
        let seen = lists.get(issuer)?;
        let age = now.saturating_sub(seen.looked_at.as_second());
        let fresh = (0..Self::UNSEEN.as_secs()).contains(&age);
        fresh.then(|| Arc::clone(&seen.list))
    }

    async fn look(
        &self,
        authority: &Arc<Authority>,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Arc<PublishedCrl>, Error> {
        let row = self
            .0
            .store
            .look::<_, store::Error, _>(|tx| tx.crl_row(issuer))?;
        let at_hand = self.at_hand(issuer);
        let list = match (row, at_hand) {
            (Some(row), Some(list)) if !is_due(&row, now) && row.published == list.number => list,
            (Some(row), _) if !is_due(&row, now) => self.published(issuer).await?,
            (row, _) => {
                let last = row.and_then(|row| row.this_update);
                self.publish(authority, issuer, last, now).await?
            }
        };
        let seen = Seen {
            list: Arc::clone(&list),
            looked_at: now,
        };
        self.lists().insert(issuer.to_owned(), seen);
        Ok(list)
    }

    /// Makes the next list. A certificate that ended stays until one list was made after its time (RFC 5280, 3.3).
    async fn publish(
        &self,
        authority: &Arc<Authority>,
        issuer: &str,
        last: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Arc<PublishedCrl>, Error> {
        let (store, authority) = (&self.0.store, Arc::clone(authority));
        let issuer = issuer.to_owned();
        let since = last.map_or(now, |last| last.min(now));
        let name = issuer.clone();
        let number = store
            .write::<_, store::Error, _>(move |tx| tx.next_crl_number(&name))
            .await?;
        let name = issuer.clone();
        let (covered, revoked) = store
            .read::<_, store::Error, _>(move |tx| {
                let row = tx.crl_row(&name)?;
                Ok((row.map_or(0, |row| row.changes), tx.revoked(&name, since)?))
            })
            .await?;
        let entries = revoked.len();
        let name = issuer.clone();
        let signing = tokio::task::spawn_blocking(move || {
            authority.sign_crl(&name, &revoked, number.unsigned_abs(), now)
        });
        let Crl {
            der,
            this_update,
            next_update,
        } = signing.await.map_err(|_| Error::Ended)??;
        let list = PublishedCrl {
            number,
            this_update,
            next_update,
            der: der.into(),
        };
        let (der, name) = (list.der.clone(), issuer.clone());
        let published = store
            .write::<_, store::Error, _>(move |tx| {
                tx.publish_crl(&NewCrl {
                    issuer: &name,
                    number,
                    covered,
                    this_update,
                    next_update,
                    der: &der,
                })
            })
            .await?;
        if !published {
            return self.published(&issuer).await;
        }
        tracing::info!(issuer, number, entries, "a revocation list was made");
        Ok(Arc::new(list))
    }

    /// The list in the store, which another process may have made.
    async fn published(&self, issuer: &str) -> Result<Arc<PublishedCrl>, Error> {
        let issuer = issuer.to_owned();
        let found = self
            .0
            .store
            .read::<_, store::Error, _>(move |tx| tx.published_crl(&issuer))
            .await?;
        let stored = found.ok_or(store::Error::Row("a published revocation list is missing"))?;
        Ok(Arc::new(stored.into()))
    }
}

/// Whether certificates ended since the list was made, or it grows old. A clock that was set back counts as old: nobody
/// takes a list from the future.
fn is_due(row: &CrlRow, now: Timestamp) -> bool {
    let young = row.this_update.is_some_and(|made| {
        let age = now.as_second().saturating_sub(made.as_second());
        (0..Status::OLDEST.as_secs()).contains(&age)
    });
    row.covered < row.changes || !young
}
