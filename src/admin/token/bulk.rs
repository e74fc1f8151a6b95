//! One token for each of many addresses, in one transaction: whoever can have one gets one, the others are told of.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::store::Transaction;

use super::super::{Admin, Error};
use super::reference::{References, attach_user};
use super::wish::{MONTH, SHORTEST, check, is_address};
use super::{CreateToken, Ready};

/// Addresses of one request at most.
const MOST: usize = 1_000;

/// What came of a request for many tokens: `total` is `success` and `fail` together.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
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

    /// Adds what came of further addresses.
    pub fn add(&mut self, more: Self) {
        self.total += more.total;
        self.success += more.success;
        self.fail += more.fail;
        if let Some(items) = more.items {
            self.items.get_or_insert_default().extend(items);
        }
    }

    /// The same, with or without each address.
    pub fn told(self, details: bool) -> Self {
        Self {
            items: self.items.filter(|_| details),
            ..self
        }
    }
}

/// One of many: the token to make, whom it is for, and where that stands.
pub(super) struct Row {
    pub(super) wish: Result<CreateToken, Error>,
    pub(super) email: String,
    /// The line of a file.
    pub(super) line: Option<u64>,
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
        let lasts = |duration| (SHORTEST..=MONTH).contains(&duration);
        if !wish.duration.is_some_and(lasts) {
            let reason = "must be between 60 and 2592000 seconds";
            return Err(Error::invalid("duration", reason));
        }
        if emails.is_empty() || emails.len() > MOST {
            return Err(Error::invalid("userEmails", "must have 1 to 1000 entries"));
        }
        self.may_write_in(actor, wish.segment_id)?;
        let rows = emails
            .into_iter()
            .map(|email| Row {
                wish: Ok(wish.clone()),
                email,
                line: None,
            })
            .collect();
        self.make_each(actor, rows, Some(wish)).await
    }

    /// Makes a token of each row in one transaction. What `shared` refers to must be there for any to be made.
    pub(super) async fn make_each(
        &self,
        actor: &Actor,
        rows: Vec<Row>,
        shared: Option<CreateToken>,
    ) -> Result<Bulk, Error> {
        let (now, actor) = (self.clock.now(), actor.clone());
        let shared = shared.map(|wish| self.ready(&actor, wish, now).new.token);
        let mut seen = HashSet::new();
        // What is costly, the secrets and their sealing, is done before the writer is taken.
        let rows: Vec<_> = rows
            .into_iter()
            .map(|row| {
                let wish = row.wish.and_then(|wish| {
                    self.may_write_in(&actor, wish.segment_id)?;
                    addressed(wish, &row.email, &mut seen)
                });
                let ready = wish.map(|wish| self.ready(&actor, wish, now));
                (row.email, row.line, ready)
            })
            .collect();
        self.store
            .write::<_, Error, _>(move |tx| {
                let mut known = References::of(&actor);
                if let Some(shared) = &shared {
                    known.check(tx, shared)?;
                }
                let mut items = Vec::with_capacity(rows.len());
                for (email, line, ready) in rows {
                    let made = ready.and_then(|ready| insert(tx, &actor, &mut known, ready));
                    items.push(item(email, line, made)?);
                }
                Ok(Bulk::of(items))
            })
            .await
    }
}

/// The wish of a row for its address, if that is a good one that did not stand there before.
fn addressed(
    wish: CreateToken,
    email: &str,
    seen: &mut HashSet<String>,
) -> Result<CreateToken, Error> {
    let email = email.trim();
    if !is_address(email) {
        return Err(Error::invalid("email", "is not an e-mail address"));
    }
    if !seen.insert(email.to_lowercase()) {
        return Err(Error::Conflict("this address stands twice".to_owned()));
    }
    Ok(CreateToken {
        email: Some(email.to_owned()),
        ..wish
    })
}

fn insert(
    tx: &mut Transaction<'_>,
    actor: &Actor,
    known: &mut References,
    ready: Ready,
) -> Result<ObjectId, Error> {
    let mut new = ready.new;
    known.check(tx, &new.token)?;
    attach_user(tx, actor, &mut new.token)?;
    super::resend::insert(tx, &new)?;
    Ok(new.token.id)
}

/// What is told of a row; an error that is none of the row's ends the whole.
fn item(
    email: String,
    line: Option<u64>,
    made: Result<ObjectId, Error>,
) -> Result<BulkItem, Error> {
    let (id, error) = match made {
        Ok(id) => (Some(id), None),
        Err(error) => {
            let code = match &error {
                Error::Invalid(_) => 5209,
                Error::NotFound(_) => 3001,
                Error::Conflict(_) => 9409,
                Error::Forbidden(_) => 4001,
                Error::Store(_)
                | Error::Changed
                | Error::SwitchedOff(_)
                | Error::Sealed
                | Error::Hash(_) => {
                    return Err(error);
                }
            };
            let message = match line {
                Some(line) => format!("line {line}: {error}"),
                None => error.to_string(),
            };
            (None, Some(BulkProblem { code, message }))
        }
    };
    Ok(BulkItem {
        email,
        ok: id.is_some(),
        id,
        error,
    })
}
