//! Walks in the store: written in batches, off the reply's path.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use std::collections::HashMap;

use crate::attempt::{Outcome, Record};
use crate::id::ObjectId;

use super::{Error, Row, Transaction};

pub use self::list::{AttemptQuery, AttemptView};

/// A walk as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptRow {
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
    /// The context items of the certificate request.
    pub facts: Option<Json>,
    /// The trace id of its latest exchange.
    pub trace_id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Its latest exchange.
    pub updated_at: Timestamp,
    /// Its exchanges, when one walk is shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Json>,
    /// What the rules decided, and why.
    pub decision: Option<Json>,
}

/// Which walks to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct AttemptFilter {
    /// Only those that stand so.
    pub outcome: Option<Outcome>,
    /// At most so many, the latest first.
    pub limit: u32,
}

/// The columns of a row, in the order in which it is read.
macro_rules! attempt_columns {
    () => {
        "id, outcome, refusal, hresult, sentence, explanation, username, token_id, device_id, facts, trace_id, started_at, updated_at, decision"
    };
}

mod list;

impl Transaction<'_> {
    /// Adds exchanges to their walks.
    ///
    /// # Errors
    /// What the engine says.
    pub fn record_exchanges(&mut self, records: &[Record]) -> Result<(), Error> {
        let mut walks: Vec<(Timestamp, Record)> = Vec::new();
        let mut position = HashMap::new();
        for record in records {
            let index = *position.entry(record.attempt).or_insert(walks.len());
            match walks.get_mut(index) {
                Some((_, walk)) => walk.absorb(record),
                None => walks.push((record.exchange.at, record.clone())),
            }
        }
        walks
            .iter()
            .try_for_each(|(began, walk)| self.record_walk(*began, walk))?;
        records
            .iter()
            .try_for_each(|record| self.record_exchange(record))
    }

    fn record_exchange(&mut self, record: &Record) -> Result<(), Error> {
        let detail = json(Some(&record.exchange))?.unwrap_or_default();
        self.execute(
            "INSERT INTO exchange (attempt_id, trace_id, at, detail) VALUES ($1, $2, $3, $4)",
            &[
                (&record.attempt.to_string()).into(),
                (&record.exchange.trace_id.to_string()).into(),
                record.exchange.at.into(),
                (&detail).into(),
            ],
        )?;
        Ok(())
    }

    /// Writes what is known of a walk over what was known of it.
    fn record_walk(&mut self, began: Timestamp, record: &Record) -> Result<(), Error> {
        let learned = &record.learned;
        let told = record.told.as_ref();
        let id = record.attempt.to_string();
        let trace = record.exchange.trace_id.to_string();
        self.execute(
            "INSERT INTO attempt (id, organization_id, outcome, refusal, hresult, sentence, explanation, username,
                token_id, device_id, facts, trace_id, started_at, updated_at, decision)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT (id) DO UPDATE SET
                organization_id = COALESCE(excluded.organization_id, attempt.organization_id),
                outcome = CASE WHEN excluded.outcome = 'open' THEN attempt.outcome ELSE excluded.outcome END,
                refusal = CASE WHEN excluded.outcome = 'open' THEN attempt.refusal ELSE excluded.refusal END,
                hresult = CASE WHEN excluded.outcome = 'open' THEN attempt.hresult ELSE excluded.hresult END,
                sentence = CASE WHEN excluded.outcome = 'open' THEN attempt.sentence ELSE excluded.sentence END,
                explanation = CASE WHEN excluded.outcome = 'open' THEN attempt.explanation ELSE excluded.explanation END,
                username = COALESCE(excluded.username, attempt.username),
                token_id = COALESCE(excluded.token_id, attempt.token_id),
                device_id = COALESCE(excluded.device_id, attempt.device_id),
                facts = COALESCE(excluded.facts, attempt.facts),
                decision = COALESCE(excluded.decision, attempt.decision),
                trace_id = excluded.trace_id, updated_at = excluded.updated_at",
            &[
                (&id).into(),
                learned.organization.map(|id| id.to_string()).as_deref().into(),
                record.outcome.word().into(),
                told.map(|told| told.refusal).into(),
                told.map(|told| told.hresult).into(),
                told.map(|told| told.sentence.as_str()).into(),
                told.map(|told| told.explanation.as_str()).into(),
                learned.username.as_deref().into(),
                learned.token.map(|id| id.to_string()).as_deref().into(),
                learned.device.map(|id| id.to_string()).as_deref().into(),
                json(learned.items.as_ref())?.as_deref().into(),
                (&trace).into(),
                began.into(),
                record.exchange.at.into(),
                json(learned.decision.as_ref())?.as_deref().into(),
            ],
        )?;
        Ok(())
    }

    /// The latest walks.
    ///
    /// # Errors
    /// What the engine says.
    pub fn attempts(&mut self, filter: AttemptFilter) -> Result<Vec<AttemptRow>, Error> {
        self.query(
            concat!(
                "SELECT ",
                attempt_columns!(),
                " FROM attempt WHERE $1 IS NULL OR outcome = $1 ORDER BY id DESC LIMIT $2"
            ),
            &[
                filter.outcome.map(Outcome::word).into(),
                filter.limit.into(),
            ],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// One walk with its exchanges, by its identifier or by the trace id of any of them.
    ///
    /// # Errors
    /// What the engine says.
    pub fn attempt(&mut self, id_or_trace: &str) -> Result<Option<AttemptRow>, Error> {
        let rows = self.query(
            concat!(
                "SELECT ",
                attempt_columns!(),
                " FROM attempt
             WHERE id = $1 OR id = (SELECT attempt_id FROM exchange WHERE trace_id = $1 LIMIT 1)"
            ),
            &[id_or_trace.into()],
        )?;
        self.with_exchanges(rows.first())
    }

    /// A walk with its exchanges.
    fn with_exchanges(&mut self, row: Option<&Row>) -> Result<Option<AttemptRow>, Error> {
        let Some(row) = row else {
            return Ok(None);
        };
        let mut attempt = from_row(row)?;
        attempt.exchanges = self
            .query(
                "SELECT detail FROM exchange WHERE attempt_id = $1 ORDER BY at LIMIT 200",
                &[(&attempt.id.to_string()).into()],
            )?
            .iter()
            .map(|row| row.json(0))
            .collect::<Result<_, _>>()?;
        Ok(Some(attempt))
    }
}

fn json<T: Serialize>(value: Option<&T>) -> Result<Option<String>, Error> {
    value
        .map(serde_json::to_string)
        .transpose()
        .map_err(|_| Error::Row("a record is not writable as JSON"))
}

fn from_row(row: &Row) -> Result<AttemptRow, Error> {
    let facts = row.optional_text(9)?.map(|_| row.json(9)).transpose()?;
    Ok(AttemptRow {
        id: row.id(0)?,
        outcome: Outcome::from_word(&row.text(1)?).ok_or(Error::Row("an unknown outcome"))?,
        refusal: row.optional_text(2)?,
        hresult: row.optional_integer(3)?.map(|code| format!("0x{code:08x}")),
        sentence: row.optional_text(4)?,
        explanation: row.optional_text(5)?,
        username: row.optional_text(6)?,
        token_id: row.optional_id(7)?,
        device_id: row.optional_id(8)?,
        facts,
        trace_id: row.text(10)?,
        started_at: row.time(11)?,
        updated_at: row.time(12)?,
        exchanges: Vec::new(),
        decision: row.optional_text(13)?.map(|_| row.json(13)).transpose()?,
    })
}
