//! The outbox as administrators see it.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::letter::{Kind, State};

use super::super::{Error, Row, Transaction};

/// A letter as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterRow {
    /// Its identifier.
    pub id: ObjectId,
    /// What it is about.
    pub kind: Kind,
    /// The address that it goes to.
    pub recipient: String,
    /// The token that it is about.
    pub token_id: Option<ObjectId>,
    /// How it stands.
    pub state: State,
    /// How often it was tried.
    pub tries: u32,
    /// Why the last try failed.
    pub problem: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
}

impl Transaction<'_> {
    /// Letters of an organization, the latest first.
    ///
    /// # Errors
    /// What the engine says.
    pub fn list_letters(
        &mut self,
        organization: ObjectId,
        state: Option<State>,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<LetterRow>, Error> {
        let rows = self.query(
            "SELECT id, kind, recipient, token_id, state, tries, problem, created_at, sent_at FROM letter
             WHERE organization_id = $1 AND ($2 IS NULL OR state = $2) ORDER BY id DESC LIMIT $3 OFFSET $4",
            &[
                (&organization.to_string()).into(),
                state.map(State::word).into(),
                limit.into(),
                offset.into(),
            ],
        )?;
        rows.iter().map(from_row).collect()
    }

    /// How many letters of an organization there are.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_letters(
        &mut self,
        organization: ObjectId,
        state: Option<State>,
    ) -> Result<u64, Error> {
        self.count(
            "SELECT COUNT(*) FROM letter WHERE organization_id = $1 AND ($2 IS NULL OR state = $2)",
            &[
                (&organization.to_string()).into(),
                state.map(State::word).into(),
            ],
        )
    }
}

fn from_row(row: &Row) -> Result<LetterRow, Error> {
    Ok(LetterRow {
        id: row.id(0)?,
        kind: Kind::from_word(&row.text(1)?).ok_or(Error::Row("an unknown kind of letter"))?,
        recipient: row.text(2)?,
        token_id: row.optional_id(3)?,
        state: State::from_word(&row.text(4)?).ok_or(Error::Row("an unknown state of a letter"))?,
        tries: row.optional_count(5)?.unwrap_or_default(),
        problem: row.optional_text(6)?,
        created_at: row.time(7)?,
        sent_at: row.optional_time(8)?,
    })
}
