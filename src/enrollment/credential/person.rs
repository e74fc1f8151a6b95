//! Somebody whom an identity provider proved.

use std::sync::Arc;

use crate::id::ObjectId;
use crate::identity::Identity;
use crate::store::{self, Transaction};

use super::Identified;

/// Somebody whom an identity provider proved, and the template that lets them in.
#[derive(Debug, Clone)]
pub(in crate::enrollment) struct Person {
    pub(in crate::enrollment) organization: ObjectId,
    pub(in crate::enrollment) template: ObjectId,
    pub(in crate::enrollment) identity: Arc<Identity>,
}

impl Person {
    /// The template's token, in this person's name.
    pub(in crate::enrollment) fn identify(
        &self,
        tx: &mut Transaction<'_>,
    ) -> Result<Option<Identified>, store::Error> {
        let Some(found) = tx.template(self.organization, self.template)? else {
            return Ok(None);
        };
        let Some(id) = found.template.token_id else {
            return Ok(None);
        };
        let Some(mut token) = tx.token(id)? else {
            return Ok(None);
        };
        let owner = self.identity.email.clone();
        if let Some(email) = &owner {
            token.blocked |= is_disabled(tx, self.organization, email)?;
        }
        Ok(Some(Identified {
            owner,
            token,
            sign_in: None,
            identity: Some(Arc::clone(&self.identity)),
            entra: None,
        }))
    }
}

/// Whether the user of an address is disabled.
pub(in super::super) fn is_disabled(
    tx: &mut Transaction<'_>,
    organization: ObjectId,
    email: &str,
) -> Result<bool, store::Error> {
    let user = tx.user_by_email(organization, email)?;
    Ok(user.is_some_and(|user| !user.enabled))
}
