//! Walks in pages, as far as somebody sees them.

use crate::attempt::Outcome;
use crate::id::ObjectId;

use super::super::{Error, Transaction, Value};
use super::{AttemptRow, from_row};

/// Whose walks are seen.
#[derive(Debug, Clone)]
pub struct AttemptView {
    /// The organization.
    pub organization: ObjectId,
    /// Whether walks are seen, too, that never came to an organization.
    pub unclaimed: bool,
    /// The segments that a walk's device must lie in (see [`Segments::listed`](crate::identity::Segments::listed)).
    pub segments: Option<String>,
}

/// Which walks to list.
#[derive(Debug, Clone, Default)]
pub struct AttemptQuery {
    /// Only those that stand so.
    pub outcome: Option<Outcome>,
    /// Only those whose identifier, or the trace id of one of whose exchanges, begins so.
    pub trace: Option<String>,
}

macro_rules! seen {
    () => {
        " FROM attempt WHERE (organization_id = $1 OR ($2 = 1 AND organization_id IS NULL))
            AND ($3 IS NULL OR EXISTS (SELECT 1 FROM device d
                WHERE d.id = attempt.device_id AND $3 LIKE '%,' || d.segment_id || ',%'))"
    };
}

macro_rules! matching {
    () => {
        concat!(
            seen!(),
            " AND ($4 IS NULL OR outcome = $4)
              AND ($5 IS NULL OR (id >= $5 AND id < $6)
                OR id IN (SELECT attempt_id FROM exchange WHERE trace_id >= $5 AND trace_id < $6))"
        )
    };
}

impl Transaction<'_> {
    /// Walks, the latest first, so many from an offset.
    ///
    /// # Errors
    /// What the engine says.
    pub fn list_attempts(
        &mut self,
        view: &AttemptView,
        query: &AttemptQuery,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<AttemptRow>, Error> {
        let texts = Texts::of(view, query);
        let mut values = texts.values(view, query).to_vec();
        values.push(limit.into());
        values.push(offset.into());
        let sql = concat!(
            "SELECT ",
            attempt_columns!(),
            matching!(),
            " ORDER BY id DESC LIMIT $7 OFFSET $8"
        );
        self.query(sql, &values)?.iter().map(from_row).collect()
    }

    /// How many walks a query finds.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_attempts(
        &mut self,
        view: &AttemptView,
        query: &AttemptQuery,
    ) -> Result<u64, Error> {
        let texts = Texts::of(view, query);
        let values = texts.values(view, query);
        let row = self.first(concat!("SELECT COUNT(*)", matching!()), &values)?;
        let count = row.map(|row| row.optional_integer(0)).transpose()?;
        Ok(count
            .flatten()
            .and_then(|count| count.try_into().ok())
            .unwrap_or_default())
    }

    /// One walk with its exchanges, by its identifier or by the trace id of any of them.
    ///
    /// # Errors
    /// What the engine says.
    pub fn seen_attempt(
        &mut self,
        view: &AttemptView,
        id_or_trace: &str,
    ) -> Result<Option<AttemptRow>, Error> {
        let organization = view.organization.to_string();
        let rows = self.query(
            concat!(
                "SELECT ",
                attempt_columns!(),
                seen!(),
                " AND (id = $4 OR id = (SELECT attempt_id FROM exchange WHERE trace_id = $4 LIMIT 1))"
            ),
            &[
                (&organization).into(),
                u32::from(view.unclaimed).into(),
                view.segments.as_deref().into(),
                id_or_trace.into(),
            ],
        )?;
        self.with_exchanges(rows.first())
    }
}

/// The query's values as the statements take them.
struct Texts {
    organization: String,
    /// The identifiers that begin so stand from the first, and before the second: `g` follows all digits.
    trace: Option<(String, String)>,
}

impl Texts {
    fn of(view: &AttemptView, query: &AttemptQuery) -> Self {
        let trace = query.trace.as_ref().map(|trace| trace.to_lowercase());
        Self {
            organization: view.organization.to_string(),
            trace: trace.map(|trace| (trace.clone(), format!("{trace}g"))),
        }
    }

    fn values<'a>(&'a self, view: &'a AttemptView, query: &AttemptQuery) -> [Value<'a>; 6] {
        let (from, before) = match &self.trace {
            Some((from, before)) => (Some(from), Some(before)),
            None => (None, None),
        };
        [
            (&self.organization).into(),
            u32::from(view.unclaimed).into(),
            view.segments.as_deref().into(),
            query.outcome.map(Outcome::word).into(),
            from.into(),
            before.into(),
        ]
    }
}
