//! Attempts to enroll: why a device was refused, or how it came in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attempt::{Exchange, Outcome};
use crate::id::ObjectId;
use crate::identity::{Actor, Segments};
use crate::organization::Organization;
use crate::rule::Pinned;
use crate::store::{self, AttemptQuery, AttemptRow, AttemptView, Transaction};

use super::{Admin, Error, Page, PageWish};

/// One walk of one device.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownAttempt {
    /// Its identifier.
    pub id: ObjectId,
    /// How it stands.
    pub outcome: Outcome,
    /// The refusal's name.
    pub refusal: Option<String>,
    /// The HRESULT that the device shows, as eight hexadecimal digits.
    pub hresult: Option<String>,
    /// What the user read.
    pub sentence: Option<String>,
    /// What the administrator should know.
    pub explanation: Option<String>,
    /// The name that the user gave.
    pub username: Option<String>,
    /// The token that was used.
    pub token_id: Option<ObjectId>,
    /// The device that came of it.
    pub device_id: Option<ObjectId>,
    /// What the device said of itself: pairs of a name and a value, in order.
    #[schema(value_type = Option<Vec<Vec<String>>>)]
    pub facts: Option<Vec<(String, String)>>,
    /// What the rules decided, and why.
    pub decision: Option<Pinned>,
    /// The trace id of its latest exchange.
    pub trace_id: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Its latest exchange.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Its exchanges, when one walk is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
}

impl TryFrom<AttemptRow> for ShownAttempt {
    type Error = store::Error;

    fn try_from(row: AttemptRow) -> Result<Self, store::Error> {
        let unreadable = |_| store::Error::Row("the record of a walk is not readable");
        let facts = row.facts.map(serde_json::from_value).transpose();
        let decision = row.decision.map(serde_json::from_value).transpose();
        let exchanges: Result<_, _> = row
            .exchanges
            .into_iter()
            .map(serde_json::from_value)
            .collect();
        Ok(Self {
            id: row.id,
            outcome: row.outcome,
            refusal: row.refusal,
            hresult: row.hresult,
            sentence: row.sentence,
            explanation: row.explanation,
            username: row.username,
            token_id: row.token_id,
            device_id: row.device_id,
            facts: facts.map_err(unreadable)?,
            decision: decision.map_err(unreadable)?,
            trace_id: row.trace_id,
            started_at: row.started_at,
            updated_at: row.updated_at,
            exchanges: exchanges.map_err(unreadable)?,
        })
    }
}

/// Characters of a trace id.
const TRACE: usize = 36;

impl Admin {
    /// A page of the attempts that the actor sees, the latest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the beginning of a trace id that none has.
    pub async fn attempts(
        &self,
        actor: &Actor,
        query: AttemptQuery,
        page: PageWish,
    ) -> Result<Page<ShownAttempt>, Error> {
        if !query.trace.as_deref().is_none_or(begins_a_trace) {
            let reason = "must be the beginning of an identifier: hexadecimal digits and hyphens";
            return Err(Error::invalid("trace", reason));
        }
        let actor = actor.clone();
        let (items, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let view = view(tx, &actor)?;
                let rows = tx.list_attempts(&view, &query, page.limit(), page.offset())?;
                let items = rows.into_iter().map(ShownAttempt::try_from);
                let items = items.collect::<Result<Vec<_>, _>>()?;
                Ok((items, tx.count_attempts(&view, &query)?))
            })
            .await?;
        Ok(page.of(items, total))
    }

    /// One attempt that the actor sees, by its identifier or the trace id of any of its exchanges.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn attempt(&self, actor: &Actor, id_or_trace: &str) -> Result<ShownAttempt, Error> {
        let (actor, named) = (actor.clone(), id_or_trace.to_lowercase());
        let found = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let view = view(tx, &actor)?;
                let row = tx.seen_attempt(&view, &named)?;
                row.map(ShownAttempt::try_from).transpose()
            })
            .await?;
        found.ok_or(Error::NotFound("attempt"))
    }
}

/// Whose walks an actor sees. Those that never came to an organization are for whoever sees all of the first one.
fn view(tx: &mut Transaction<'_>, actor: &Actor) -> Result<AttemptView, store::Error> {
    let first = tx.organization(Organization::DEFAULT)?;
    let of_first = first.is_some_and(|first| first.id == actor.organization);
    Ok(AttemptView {
        organization: actor.organization,
        unclaimed: of_first && actor.segments == Segments::All,
        segments: actor.segments.listed(),
    })
}

fn begins_a_trace(text: &str) -> bool {
    (1..=TRACE).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_hexdigit() || c == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_begins_with_digits_and_hyphens() {
        assert!(begins_a_trace("0F3b8e6c-a271"));
        for text in ["", "g", "0f%", &"0".repeat(37)] {
            assert!(!begins_a_trace(text), "{text}");
        }
    }
}
