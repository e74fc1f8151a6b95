//! Who a key makes somebody: looked up by hash at every request, so that a revocation takes hold at once.

use std::collections::BTreeSet;

use aws_lc_rs::digest;
use jiff::SignedDuration;

use crate::identity::{Actor, Segments};
use crate::store::{self, StoredKey};
use crate::token::{Value, ValueKind};

use super::{Admin, Error};

/// How often the last use of a key is written at most.
const USED: SignedDuration = SignedDuration::from_secs(60);

impl Admin {
    /// Who presents this key, and the slug of the organization; none: the key is unknown, has ended or was revoked.
    ///
    /// # Errors
    /// What the store says.
    pub fn actor(&self, key: &str) -> Result<Option<(Actor, String)>, Error> {
        let Some(value) = Value::parse(key).filter(|value| value.kind() == ValueKind::ApiKey)
        else {
            return Ok(None);
        };
        let hash = digest::digest(&digest::SHA256, value.reveal().as_bytes());
        let now = self.clock.now();
        let found = self.store.look::<_, store::Error, _>(|tx| {
            let Some(key) = tx.api_key_by_hash(hash.as_ref())? else {
                return Ok(None);
            };
            let segments = match &key.segments {
                None => Segments::All,
                Some(listed) => Segments::Only(tx.segments_below(key.organization_id, listed)?),
            };
            Ok(Some((key, segments)))
        })?;
        let good = |key: &StoredKey| {
            key.revoked_at.is_none() && key.expires_at.is_none_or(|end| end > now)
        };
        let Some((key, segments)) = found.filter(|(key, _)| good(key)) else {
            return Ok(None);
        };
        if key
            .used_at
            .is_none_or(|used| now.duration_since(used) > USED)
        {
            self.note_use(&key);
        }
        let scopes = key.scopes.map(BTreeSet::from_iter);
        let actor = Actor {
            organization: key.organization_id,
            key: Some(key.id),
            role: key.role,
            scopes,
            segments,
        };
        Ok(Some((actor, key.organization_slug)))
    }

    /// Writes that a key was used, beside the request's own path: should it fail, the next use tries again.
    fn note_use(&self, key: &StoredKey) {
        let (store, id, now) = (self.store.clone(), key.id, self.clock.now());
        tokio::spawn(async move {
            let noted = store
                .write::<_, store::Error, _>(move |tx| tx.touch_api_key(id, now))
                .await;
            if let Err(error) = noted {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the use of a key was not noted"
                );
            }
        });
    }
}
