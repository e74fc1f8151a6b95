//! Changing, deleting and revoking tokens.

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::policy::Assignment;
use crate::token::{Kind, State};
use crate::violation::Violations;

use super::super::{Admin, Error};
use super::wish::{assignments, labels, tidy};
use super::{ShownToken, references};

/// What can be changed of a token before it is used; none: it stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateToken {
    /// A label for the device to be.
    pub display_name: Option<String>,
    /// Tags that its devices receive.
    pub tags: Option<Vec<String>>,
    /// Policies that its devices receive.
    pub win_policy_assignments: Option<Vec<Assignment>>,
    /// The segment that its devices lie in.
    pub segment_id: Option<u32>,
}

impl Admin {
    /// Changes a token that was not used yet, if it still has the revision `expected`.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a token that is not pending or belongs to a template, [`Error::Changed`] for another
    /// revision.
    pub async fn update_token(
        &self,
        actor: &Actor,
        id: ObjectId,
        wish: UpdateToken,
        expected: Option<i64>,
    ) -> Result<ShownToken, Error> {
        let mut faults = Violations::new();
        let tags = wish.tags.as_deref().unwrap_or_default();
        labels(&mut faults, wish.display_name.as_deref(), tags);
        assignments(
            &mut faults,
            wish.win_policy_assignments.as_deref().unwrap_or_default(),
        );
        faults.into_result()?;
        let shown = self.free_token(actor, id).await?;
        if shown.state != State::Pending {
            return Err(Error::Conflict(
                "the token is not pending any more".to_owned(),
            ));
        }
        let mut token = shown.record;
        if let Some(name) = wish.display_name {
            token.display_name = Some(name).filter(|name| !name.is_empty());
        }
        if let Some(tags) = wish.tags {
            token.tags = tidy(tags);
        }
        token.policies = wish.win_policy_assignments.unwrap_or(token.policies);
        token.segment_id = wish.segment_id.unwrap_or(token.segment_id);
        self.may_write_in(actor, token.segment_id)?;
        // What was read above must still stand when it is written.
        let read = token.revision;
        if expected.is_some_and(|expected| expected != read) {
            return Err(Error::Changed);
        }
        token.updated_at = Some(self.clock.now());
        let changed = self
            .store
            .write::<_, Error, _>(move |tx| {
                references(tx, &token)?;
                Ok(tx.update_token(&token, read)?)
            })
            .await?;
        if changed {
            self.token(actor, id).await
        } else {
            Err(Error::Changed)
        }
    }

    /// Revokes a token, whatever its state; the devices that it let in stay.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a template's token, which ends with its template or by rotation.
    pub async fn revoke_token(&self, actor: &Actor, id: ObjectId) -> Result<ShownToken, Error> {
        self.free_token(actor, id).await?;
        let organization = actor.organization;
        self.store
            .write(move |tx| tx.revoke_token(organization, id))
            .await?;
        self.token(actor, id).await
    }

    /// Revokes many tokens at once, all or none.
    ///
    /// # Errors
    /// [`Error::NotFound`] when one of them is not there, as far as the actor sees.
    pub async fn revoke_tokens(&self, actor: &Actor, ids: Vec<ObjectId>) -> Result<usize, Error> {
        for id in &ids {
            self.free_token(actor, *id).await?;
        }
        let organization = actor.organization;
        self.store
            .write::<_, Error, _>(move |tx| {
                for id in &ids {
                    if !tx.revoke_token(organization, *id)? {
                        return Err(Error::NotFound("token"));
                    }
                }
                Ok(ids.len())
            })
            .await
    }

    /// A token that does not belong to a template.
    async fn free_token(&self, actor: &Actor, id: ObjectId) -> Result<ShownToken, Error> {
        let shown = self.token(actor, id).await?;
        if shown.record.kind == Kind::Template {
            let message = "the token belongs to a template: rotate it there".to_owned();
            return Err(Error::Conflict(message));
        }
        Ok(shown)
    }
}
