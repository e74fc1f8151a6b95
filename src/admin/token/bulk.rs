//! One token for each of many addresses, in one transaction.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::Actor;

use super::super::{Admin, Error};
use super::wish::{check, is_address};
use super::{CreateToken, Ready, references};

/// Addresses of one request at most.
const MOST: usize = 1_000;

/// What came of a request for many tokens: `total` is `success` and `fail` together.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Bulk {
    /// Addresses.
    pub total: usize,
    /// Tokens that were made.
    pub success: usize,
    /// Addresses without one.
    pub fail: usize,
    /// Each address in turn, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<BulkItem>>,
}

/// What came of one address.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BulkItem {
    /// The address.
    pub email: String,
    /// Whether a token was made.
    pub ok: bool,
    /// The token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ObjectId>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<BulkProblem>,
}

/// Why an address has no token.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BulkProblem {
    /// The code of the contract.
    pub code: u16,
    /// A sentence.
    pub message: String,
}

impl Bulk {
    fn of(items: Vec<BulkItem>) -> Self {
        let success = items.iter().filter(|item| item.ok).count();
        Self {
            total: items.len(),
            success,
            fail: items.len() - success,
            items: Some(items),
        }
    }
}

impl BulkItem {
    fn failed(email: String, code: u16, message: &str) -> Self {
        let message = message.to_owned();
        Self {
            email,
            ok: false,
            id: None,
            error: Some(BulkProblem { code, message }),
        }
    }
}

impl Admin {
    /// Makes one token for each address; an address that cannot have one is counted, and hinders no other.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::NotFound`] for what concerns all of them: then none is made.
    pub async fn create_tokens(
        &self,
        actor: &Actor,
        wish: CreateToken,
        emails: Vec<String>,
    ) -> Result<Bulk, Error> {
        check(&wish)?;
        if emails.is_empty() || emails.len() > MOST {
            return Err(Error::invalid("userEmails", "must have 1 to 1000 entries"));
        }
        self.may_write_in(actor, wish.segment_id)?;
        let now = self.clock.now();
        let mut seen = HashSet::new();
        // What is costly, the secrets and their sealing, is done before the writer is taken.
        let entries: Vec<Result<Ready, BulkItem>> = emails
            .into_iter()
            .map(|email| {
                if !is_address(email.trim()) {
                    return Err(BulkItem::failed(
                        email,
                        5209,
                        "this is not an e-mail address",
                    ));
                }
                if !seen.insert(email.trim().to_lowercase()) {
                    return Err(BulkItem::failed(email, 9409, "this address stands twice"));
                }
                let wish = CreateToken {
                    email: Some(email),
                    ..wish.clone()
                };
                Ok(self.ready(actor, wish, now))
            })
            .collect();
        self.store
            .write::<_, Error, _>(move |tx| {
                let first = entries.iter().find_map(|entry| entry.as_ref().ok());
                if let Some(ready) = first {
                    references(tx, &ready.new.token)?;
                }
                let mut items = Vec::with_capacity(entries.len());
                for entry in entries {
                    items.push(match entry {
                        Err(failed) => failed,
                        Ok(ready) => insert(tx, ready)?,
                    });
                }
                Ok(Bulk::of(items))
            })
            .await
    }
}

fn insert(tx: &mut crate::store::Transaction<'_>, ready: Ready) -> Result<BulkItem, Error> {
    let mut new = ready.new;
    let email = new.token.email.clone().unwrap_or_default();
    let user = tx.find_or_make_user(new.token.organization_id, &email, new.token.created_at)?;
    if !user.enabled {
        return Ok(BulkItem::failed(email, 4001, "this user is disabled"));
    }
    new.token.mdm_user_id = Some(user.id);
    tx.insert_token(&new)?;
    Ok(BulkItem {
        email,
        ok: true,
        id: Some(new.token.id),
        error: None,
    })
}
