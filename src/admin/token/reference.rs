//! What tokens refer to: it must be there.

use std::collections::HashMap;
use std::iter;

use crate::id::ObjectId;
use crate::identity::{Actor, Segments};
use crate::store::Transaction;
use crate::token::Token;

use super::super::Error;
use super::super::policy::assigned;

/// What tokens refer to, looked up once for many of them.
pub(super) struct References {
    /// The segments that the caller reaches.
    reached: Segments,
    templates: HashMap<ObjectId, bool>,
    policies: Option<HashMap<ObjectId, String>>,
    segments: HashMap<u32, bool>,
}

impl References {
    pub(super) fn of(actor: &Actor) -> Self {
        Self {
            reached: actor.segments.clone(),
            templates: HashMap::new(),
            policies: None,
            segments: HashMap::new(),
        }
    }

    /// Whether the caller sees this template.
    fn sees(
        &mut self,
        tx: &mut Transaction<'_>,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<bool, Error> {
        if let Some(known) = self.templates.get(&id) {
            return Ok(*known);
        }
        let found = tx.template(organization, id)?;
        let sees = found.is_some_and(|it| self.reached.contain(it.template.segment_id));
        self.templates.insert(id, sees);
        Ok(sees)
    }

    /// Fails unless the policies, the template and the segment that a token names are there.
    pub(super) fn check(&mut self, tx: &mut Transaction<'_>, token: &Token) -> Result<(), Error> {
        let (organization, segment) = (token.organization_id, token.segment_id);
        let known = match self.segments.get(&segment) {
            Some(known) => *known,
            None => segment == 0 || tx.segment_exists(organization, segment)?,
        };
        self.segments.insert(segment, known);
        if !known {
            return Err(Error::NotFound("segment"));
        }
        if let Some(id) = token.template_id
            && !self.sees(tx, organization, id)?
        {
            return Err(Error::NotFound("template"));
        }
        if token.policies.is_empty() {
            return Ok(());
        }
        let names = match self.policies.take() {
            Some(names) => names,
            None => tx.policy_names(organization)?,
        };
        let names = self.policies.insert(names);
        assigned(
            names,
            iter::once((String::new(), token.policies.as_slice())),
        )
    }
}

/// Fails unless the policies and the segment that one token names are there.
pub(super) fn references(
    tx: &mut Transaction<'_>,
    actor: &Actor,
    token: &Token,
) -> Result<(), Error> {
    References::of(actor).check(tx, token)
}

/// Finds the user of a personal token. One whose address is new is made, in the token's segment.
pub(super) fn attach_user(
    tx: &mut Transaction<'_>,
    actor: &Actor,
    token: &mut Token,
) -> Result<(), Error> {
    let organization = token.organization_id;
    let user = match (token.mdm_user_id, &token.email) {
        (Some(id), _) => tx
            .user_of_token(organization, id)?
            .filter(|user| actor.segments.contain(user.segment_id))
            .ok_or(Error::NotFound("user"))?,
        (None, Some(email)) => {
            let user =
                tx.find_or_make_user(organization, email, token.segment_id, token.created_at)?;
            if !actor.segments.contain(user.segment_id) {
                let message =
                    "Conflict: this address belongs to a user whom this key does not reach";
                return Err(Error::Conflict(message.to_owned()));
            }
            user
        }
        (None, None) => return Ok(()),
    };
    if !user.enabled {
        return Err(Error::Conflict("this user is disabled".to_owned()));
    }
    token.mdm_user_id = Some(user.id);
    token.email.get_or_insert(user.email);
    Ok(())
}
