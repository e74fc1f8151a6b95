//! Segments in the store: numbered within their organization.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::segment::Segment;

use super::{Error, Row, Transaction};

macro_rules! columns {
    () => {
        "SELECT id, organization_id, name, parent_id, created_at, updated_at, revision"
    };
}

/// Which rows are of organization `$1` and seen in segments `$2`.
macro_rules! seen {
    () => {
        " FROM segment WHERE organization_id = $1 AND ($2 IS NULL OR $2 LIKE '%,' || id || ',%')"
    };
}

impl Transaction<'_> {
    /// The number of the next segment of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn next_segment(&mut self, organization: ObjectId) -> Result<u32, Error> {
        let last = self.first(
            "SELECT MAX(id) FROM segment WHERE organization_id = $1",
            &[(&organization.to_string()).into()],
        )?;
        let last = last.map(|row| row.optional_count(0)).transpose()?.flatten();
        let next = last.unwrap_or_default().checked_add(1);
        next.ok_or(Error::Row("the numbers of segments are used up"))
    }

    /// Stores a new segment.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another has its number.
    pub fn insert_segment(&mut self, segment: &Segment) -> Result<(), Error> {
        self.execute(
            "INSERT INTO segment (organization_id, id, name, parent_id, revision, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                (&segment.organization_id.to_string()).into(),
                segment.id.into(),
                (&segment.name).into(),
                segment.parent_id.into(),
                segment.revision.into(),
                segment.created_at.into(),
                segment.updated_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Segments of an organization by number, so many from an offset, within `seen` (see
    /// [`Segments::listed`](crate::identity::Segments::listed)).
    ///
    /// # Errors
    /// What the engine says.
    pub fn segments(
        &mut self,
        organization: ObjectId,
        seen: Option<&str>,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<Segment>, Error> {
        self.query(
            concat!(columns!(), seen!(), " ORDER BY id LIMIT $3 OFFSET $4"),
            &[
                (&organization.to_string()).into(),
                seen.into(),
                limit.into(),
                offset.into(),
            ],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// How many segments an organization has, within `seen`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_segments(
        &mut self,
        organization: ObjectId,
        seen: Option<&str>,
    ) -> Result<u64, Error> {
        let row = self.first(
            concat!("SELECT COUNT(*)", seen!()),
            &[(&organization.to_string()).into(), seen.into()],
        )?;
        let count = row.map(|row| row.optional_integer(0)).transpose()?;
        Ok(count
            .flatten()
            .and_then(|count| count.try_into().ok())
            .unwrap_or_default())
    }

    /// One segment of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn segment(&mut self, organization: ObjectId, id: u32) -> Result<Option<Segment>, Error> {
        self.first(
            concat!(
                columns!(),
                " FROM segment WHERE organization_id = $1 AND id = $2"
            ),
            &[(&organization.to_string()).into(), id.into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// Writes name and parent of a segment over its revision `read`. False: it is another by now.
    ///
    /// # Errors
    /// What the engine says.
    pub fn update_segment(&mut self, segment: &Segment, read: i64) -> Result<bool, Error> {
        let changed = self.execute(
            "UPDATE segment SET name = $4, parent_id = $5, updated_at = $6, revision = revision + 1
             WHERE organization_id = $1 AND id = $2 AND revision = $3",
            &[
                (&segment.organization_id.to_string()).into(),
                segment.id.into(),
                read.into(),
                (&segment.name).into(),
                segment.parent_id.into(),
                segment.updated_at.into(),
            ],
        )?;
        Ok(changed > 0)
    }

    /// What lies in a segment and is still of use, by name; none: nothing.
    ///
    /// # Errors
    /// What the engine says.
    pub fn contents_of_segment(
        &mut self,
        organization: ObjectId,
        id: u32,
    ) -> Result<Option<&'static str>, Error> {
        let organization = organization.to_string();
        for (what, sql) in CONTENTS {
            if self
                .first(sql, &[(&organization).into(), id.into()])?
                .is_some()
            {
                return Ok(Some(what));
            }
        }
        Ok(None)
    }

    /// Deletes a segment. What lay in it and is over, such as spent tokens, lies in `parent` from now on: its number may
    /// be given away again.
    ///
    /// # Errors
    /// What the engine says.
    pub fn delete_segment(
        &mut self,
        organization: ObjectId,
        id: u32,
        parent: u32,
        now: Timestamp,
    ) -> Result<(), Error> {
        let organization = organization.to_string();
        for sql in MOVES {
            self.execute(
                sql,
                &[(&organization).into(), id.into(), parent.into(), now.into()],
            )?;
        }
        self.execute(
            "DELETE FROM segment WHERE organization_id = $1 AND id = $2",
            &[(&organization).into(), id.into()],
        )?;
        Ok(())
    }
}

/// What keeps a segment from being deleted.
const CONTENTS: [(&str, &str); 6] = [
    (
        "child segments",
        "SELECT 1 FROM segment WHERE organization_id = $1 AND parent_id = $2 LIMIT 1",
    ),
    (
        "users",
        "SELECT 1 FROM mdm_user WHERE organization_id = $1 AND segment_id = $2 LIMIT 1",
    ),
    (
        "tokens",
        "SELECT 1 FROM token WHERE organization_id = $1 AND segment_id = $2 AND state = 'PENDING' LIMIT 1",
    ),
    (
        "templates",
        "SELECT 1 FROM template WHERE organization_id = $1 AND segment_id = $2 AND deleted_at IS NULL LIMIT 1",
    ),
    (
        "devices",
        "SELECT 1 FROM device WHERE organization_id = $1 AND segment_id = $2 AND state <> 'DELETED' LIMIT 1",
    ),
    (
        "keys",
        "SELECT 1 FROM api_key WHERE organization_id = $1 AND revoked_at IS NULL
            AND REPLACE(REPLACE(segments, '[', ','), ']', ',') LIKE '%,' || $2 || ',%' LIMIT 1",
    ),
];

const MOVES: [&str; 3] = [
    "UPDATE token SET segment_id = $3, updated_at = $4 WHERE organization_id = $1 AND segment_id = $2",
    "UPDATE template SET segment_id = $3, updated_at = $4 WHERE organization_id = $1 AND segment_id = $2",
    "UPDATE device SET segment_id = $3, updated_at = $4 WHERE organization_id = $1 AND segment_id = $2",
];

fn from_row(row: &Row) -> Result<Segment, Error> {
    let number = |index: usize| {
        row.optional_count(index)?
            .ok_or(Error::Row("a number of a segment is missing"))
    };
    Ok(Segment {
        id: number(0)?,
        organization_id: row.id(1)?,
        name: row.text(2)?,
        parent_id: number(3)?,
        created_at: row.time(4)?,
        updated_at: row.time(5)?,
        revision: row.optional_integer(6)?.unwrap_or(1),
    })
}
