//! The outbox as administrators see it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::letter::{self, Kind};
use crate::store;

use super::super::segment::whole;
use super::super::{Admin, Error, Page, PageWish};

/// A letter in the outbox.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownLetter {
    /// Its identifier.
    pub id: ObjectId,
    /// What it is about.
    pub kind: Kind,
    /// The address that it goes to.
    pub recipient: String,
    /// The token that it is about.
    pub token_id: Option<ObjectId>,
    /// How it stands.
    pub state: letter::State,
    /// How often it was tried.
    pub tries: u32,
    /// Why the last try failed.
    pub problem: Option<String>,
    /// When it was queued.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was sent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
}

impl Admin {
    /// A page of the outbox of the last three months, the latest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for an actor with some segments alone.
    pub async fn letters(
        &self,
        actor: &Actor,
        state: Option<letter::State>,
        page: PageWish,
    ) -> Result<Page<ShownLetter>, Error> {
        whole(actor)?;
        let (organization, limit, offset) = (actor.organization, page.limit(), page.offset());
        let (rows, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let rows = tx.list_letters(organization, state, limit, offset)?;
                Ok((rows, tx.count_letters(organization, state)?))
            })
            .await?;
        let shown = rows.into_iter().map(|row| ShownLetter {
            id: row.id,
            kind: row.kind,
            recipient: row.recipient,
            token_id: row.token_id,
            state: row.state,
            tries: row.tries,
            problem: row.problem,
            created_at: row.created_at,
            sent_at: row.sent_at,
        });
        Ok(page.of(shown.collect(), total))
    }
}
