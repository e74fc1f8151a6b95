//! Changing, deleting and revoking tokens.

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::policy::Assignment;
use crate::store::TokenFilter;
use crate::token::{State, Token};
use crate::violation::Violations;

use super::super::{Admin, Error};
use super::wish::{labels, tidy};
use super::{ShownToken, free, references};

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
        let policies = wish.win_policy_assignments.as_deref().unwrap_or_default();
        Assignment::check_priorities(policies, "", &mut faults);
        faults.into_result()?;
        if let Some(segment) = wish.segment_id {
            self.may_write_in(actor, segment)?;
        }
        let (now, asking) = (self.clock.now(), actor.clone());
        self.store
            .write::<_, Error, _>(move |tx| {
                let mut token = free(tx, &asking, id)?;
                let read = token.revision;
                if token.state_at(now) != State::Pending {
                    let message = "the token is not pending any more".to_owned();
                    return Err(Error::Conflict(message));
                }
                if expected.is_some_and(|expected| expected != read) {
                    return Err(Error::Changed);
                }
                apply(&mut token, wish);
                references(tx, &asking, &token)?;
                token.updated_at = Some(now);
                match tx.update_token(&token, read)? {
                    true => Ok(()),
                    false => Err(Error::Changed),
                }
            })
            .await?;
        self.token(actor, id).await
    }

    /// Revokes a token, whatever its state; the devices that it let in stay.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a template's token, which ends with its template or by rotation.
    pub async fn revoke_token(&self, actor: &Actor, id: ObjectId) -> Result<ShownToken, Error> {
        self.revoke_tokens(actor, vec![id]).await?;
        self.token(actor, id).await
    }

    /// Revokes many tokens at once, all or none; how many were named.
    ///
    /// # Errors
    /// [`Error::NotFound`] when one of them is not there, as far as the actor sees.
    pub async fn revoke_tokens(&self, actor: &Actor, ids: Vec<ObjectId>) -> Result<u64, Error> {
        if ids.is_empty() || ids.len() > MOST {
            return Err(Error::invalid("ids", "must have 1 to 1000 entries"));
        }
        let (now, actor) = (self.clock.now(), actor.clone());
        self.store
            .write::<_, Error, _>(move |tx| {
                for id in &ids {
                    free(tx, &actor, *id)?;
                    tx.revoke_token(actor.organization, *id, now)?;
                }
                Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
            })
            .await
    }

    /// Revokes the tokens that have something in common; how many they were.
    ///
    /// # Errors
    /// [`Error::Invalid`] when nothing is said of them.
    pub async fn revoke_tokens_alike(
        &self,
        actor: &Actor,
        filter: TokenFilter,
    ) -> Result<u64, Error> {
        let user = filter.user.as_deref().map(str::is_empty);
        if user == Some(true)
            || (user.is_none() && filter.policy.is_none() && filter.segment.is_none())
        {
            let reason = "must name at least one of mdmUser, winPolicyId, segmentId";
            return Err(Error::invalid("filter", reason));
        }
        let (now, organization) = (self.clock.now(), actor.organization);
        let segments = actor.segments.listed();
        self.store
            .write::<_, Error, _>(move |tx| {
                Ok(tx.revoke_tokens_alike(organization, segments.as_deref(), &filter, now)?)
            })
            .await
    }
}

fn apply(token: &mut Token, wish: UpdateToken) {
    if let Some(name) = wish.display_name {
        token.display_name = Some(name).filter(|name| !name.is_empty());
    }
    if let Some(tags) = wish.tags {
        token.tags = tidy(tags);
    }
    if let Some(policies) = wish.win_policy_assignments {
        token.policies = policies;
    }
    if let Some(segment) = wish.segment_id {
        token.segment_id = segment;
    }
}

/// Tokens that are named in one request.
const MOST: usize = 1_000;
