//! Changing and revoking keys.

use jiff::SignedDuration;

use crate::id::ObjectId;
use crate::identity::{Actor, Permission, Role};
use crate::store::{self, StoredKey};

use super::super::{Admin, Error};
use super::{NAME, ShownKey, segments_are_there, within_reach};

/// What is to be changed of a key; none: it stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateKey {
    /// What it is for.
    pub name: Option<String>,
    /// The permissions that it is limited to; none inside: all of its role.
    pub scopes: Option<Option<Vec<Permission>>>,
    /// The segments that it is limited to; none inside: all.
    pub segments: Option<Option<Vec<u32>>>,
    /// How long it lasts from now on.
    pub duration: Option<SignedDuration>,
}

impl Admin {
    /// Changes a key, which reaches no further than the actor does, neither before nor after.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a key that reaches further, [`Error::NotFound`] for a segment that is not there,
    /// [`Error::Conflict`] for a revoked key, or when no owner's key that reaches everything would be left.
    pub async fn update_key(
        &self,
        actor: &Actor,
        id: ObjectId,
        wish: UpdateKey,
    ) -> Result<ShownKey, Error> {
        if wish
            .name
            .as_ref()
            .is_some_and(|name| name.chars().count() > NAME)
        {
            return Err(Error::invalid("name", "has more than 128 characters"));
        }
        let (actor, now) = (actor.clone(), self.clock.now());
        self.store
            .write::<_, Error, _>(move |tx| {
                let found = tx.api_key(actor.organization, id)?;
                let mut key = found.ok_or(Error::NotFound("key"))?;
                reach(&actor, &key)?;
                if key.revoked_at.is_some() {
                    return Err(Error::Conflict("Conflict: the key was revoked".to_owned()));
                }
                let (was_whole, ended) = (is_whole(&key), key.expires_at);
                if let Some(Some(segments)) = &wish.segments {
                    segments_are_there(tx, actor.organization, segments)?;
                }
                key.name = wish.name.unwrap_or(key.name);
                key.scopes = wish.scopes.unwrap_or(key.scopes);
                key.segments = wish.segments.unwrap_or(key.segments);
                key.expires_at = wish.duration.map(|it| now + it).or(key.expires_at);
                reach(&actor, &key)?;
                let sooner = match (ended, key.expires_at) {
                    (None, Some(_)) => true,
                    (Some(before), Some(after)) => after < before,
                    (_, None) => false,
                };
                let narrows = was_whole && (sooner || !is_whole(&key));
                if tx.update_api_key(&key, narrows, now)? {
                    return Ok(key.into());
                }
                let message = "Conflict: this is the only owner's key that reaches everything";
                Err(Error::Conflict(message.to_owned()))
            })
            .await
    }

    /// Revokes a key at once.
    ///
    /// # Errors
    /// [`Error::Conflict`] for the last owner's key that reaches everything.
    pub async fn revoke_key(&self, actor: &Actor, id: ObjectId) -> Result<ShownKey, Error> {
        self.key(actor, id).await?;
        let (organization, now) = (actor.organization, self.clock.now());
        let revoked = self
            .store
            .write::<_, store::Error, _>(move |tx| tx.revoke_api_key(organization, id, now))
            .await?;
        if !revoked {
            let message = "Conflict: this is the only owner's key that reaches everything";
            return Err(Error::Conflict(message.to_owned()));
        }
        self.key(actor, id).await
    }
}

/// Fails for a key that reaches further than the actor does.
fn reach(actor: &Actor, key: &StoredKey) -> Result<(), Error> {
    within_reach(
        actor,
        key.role,
        key.scopes.as_deref(),
        key.segments.as_deref(),
    )
}

/// Whether it is an owner's key that reaches everything.
fn is_whole(key: &StoredKey) -> bool {
    key.role == Role::Owner && key.scopes.is_none() && key.segments.is_none()
}
