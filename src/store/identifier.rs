//! Corporate identifiers in the store: one row for each kind and value of an organization.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::identifier::{Identifier, Kind};

use super::{Error, Row, Transaction, Value};

/// A corporate identifier as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierRow {
    /// Its own identifier.
    pub id: ObjectId,
    /// The organization whose device it marks.
    pub organization_id: ObjectId,
    /// Kind and value.
    pub identifier: Identifier,
    /// The list that it lies on.
    pub list: String,
    /// What people note of it.
    pub description: Option<String>,
    /// The platform of the device: `windows` unless said otherwise.
    pub platform: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its latest change.
    pub updated_at: Timestamp,
}

/// Which identifiers to list.
#[derive(Debug, Clone, Default)]
pub struct IdentifierFilter {
    /// Only those of these kinds; empty: of any.
    pub kinds: Vec<Kind>,
    /// Only those of this list.
    pub list: Option<String>,
    /// Only those with this text in their value or description, in any case.
    pub search: Option<String>,
}

macro_rules! columns {
    () => {
        "SELECT id, organization_id, kind, value, description, platform, created_at, updated_at, list"
    };
}

macro_rules! matching {
    () => {
        " FROM identifier WHERE organization_id = $1 AND ($2 IS NULL OR $2 LIKE '%,' || kind || ',%')
            AND ($4 IS NULL OR list = $4)
            AND ($3 IS NULL OR LOWER(value) LIKE $3 ESCAPE '!' OR LOWER(description) LIKE $3 ESCAPE '!')"
    };
}

impl Transaction<'_> {
    /// Stores a new identifier. False: its kind and value are there already.
    ///
    /// # Errors
    /// What the engine says.
    pub fn insert_identifier(&mut self, new: &IdentifierRow) -> Result<bool, Error> {
        let inserted = self.execute(
            "INSERT INTO identifier (id, organization_id, kind, value, description, platform, created_at, updated_at, list)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (organization_id, kind, value, list) DO NOTHING",
            &[
                (&new.id.to_string()).into(),
                (&new.organization_id.to_string()).into(),
                new.identifier.kind.word().into(),
                (&new.identifier.value).into(),
                new.description.as_deref().into(),
                (&new.platform).into(),
                new.created_at.into(),
                new.updated_at.into(),
                (&new.list).into(),
            ],
        )?;
        Ok(inserted > 0)
    }

    /// Identifiers of an organization, the newest first, so many from an offset.
    ///
    /// # Errors
    /// What the engine says.
    pub fn identifiers(
        &mut self,
        organization: ObjectId,
        filter: &IdentifierFilter,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<IdentifierRow>, Error> {
        let texts = Texts::of(organization, filter);
        let mut values = texts.values().to_vec();
        values.push(limit.into());
        values.push(offset.into());
        self.query(
            concat!(
                columns!(),
                matching!(),
                " ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6"
            ),
            &values,
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// How many identifiers a filter finds.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_identifiers(
        &mut self,
        organization: ObjectId,
        filter: &IdentifierFilter,
    ) -> Result<u64, Error> {
        let texts = Texts::of(organization, filter);
        let row = self.first(concat!("SELECT COUNT(*)", matching!()), &texts.values())?;
        let count = row.map(|row| row.optional_integer(0)).transpose()?;
        Ok(count
            .flatten()
            .and_then(|count| count.try_into().ok())
            .unwrap_or_default())
    }

    /// One identifier of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn identifier(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<IdentifierRow>, Error> {
        self.first(
            concat!(
                columns!(),
                " FROM identifier WHERE organization_id = $1 AND id = $2"
            ),
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// The identifier of this kind with this normalised value on a list.
    ///
    /// # Errors
    /// What the engine says.
    pub fn find_identifier(
        &mut self,
        organization: ObjectId,
        list: &str,
        identifier: &Identifier,
    ) -> Result<Option<IdentifierRow>, Error> {
        self.first(
            concat!(
                columns!(),
                " FROM identifier WHERE organization_id = $1 AND kind = $2 AND value = $3 AND list = $4"
            ),
            &[
                (&organization.to_string()).into(),
                identifier.kind.word().into(),
                (&identifier.value).into(),
                list.into(),
            ],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// The lists of an organization that an identifier lies on.
    ///
    /// # Errors
    /// What the engine says.
    pub fn lists_of_identifier(
        &mut self,
        organization: ObjectId,
        identifier: &Identifier,
    ) -> Result<Vec<String>, Error> {
        self.query(
            "SELECT list FROM identifier WHERE organization_id = $1 AND kind = $2 AND value = $3",
            &[
                (&organization.to_string()).into(),
                identifier.kind.word().into(),
                (&identifier.value).into(),
            ],
        )?
        .iter()
        .map(|row| row.text(0))
        .collect()
    }

    /// Replaces the description of an identifier. False: there is no such identifier.
    ///
    /// # Errors
    /// What the engine says.
    pub fn update_identifier_description(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
        description: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "UPDATE identifier SET description = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2",
            &[
                (&organization.to_string()).into(),
                (&id.to_string()).into(),
                description.into(),
                now.into(),
            ],
        )?;
        Ok(changed > 0)
    }

    /// Deletes an identifier. False: there is no such identifier.
    ///
    /// # Errors
    /// What the engine says.
    pub fn delete_identifier(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<bool, Error> {
        let deleted = self.execute(
            "DELETE FROM identifier WHERE organization_id = $1 AND id = $2",
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?;
        Ok(deleted > 0)
    }
}

/// The filter's values as the statements take them.
struct Texts {
    organization: String,
    kinds: Option<String>,
    search: Option<String>,
    list: Option<String>,
}

impl Texts {
    fn of(organization: ObjectId, filter: &IdentifierFilter) -> Self {
        let words = filter.kinds.iter().map(|kind| kind.word());
        let listed = words.fold(",".to_owned(), |list, word| format!("{list}{word},"));
        Self {
            organization: organization.to_string(),
            kinds: (!filter.kinds.is_empty()).then_some(listed),
            search: filter.search.as_deref().map(containing),
            list: filter.list.clone(),
        }
    }

    fn values(&self) -> [Value<'_>; 4] {
        [
            (&self.organization).into(),
            self.kinds.as_deref().into(),
            self.search.as_deref().into(),
            self.list.as_deref().into(),
        ]
    }
}

/// The `LIKE` of texts that contain this one; its own signs stand for themselves behind `!`.
pub(super) fn containing(text: &str) -> String {
    let text = text.to_lowercase();
    let text = text
        .replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_");
    format!("%{text}%")
}

fn from_row(row: &Row) -> Result<IdentifierRow, Error> {
    let kind = Kind::from_word(&row.text(2)?).ok_or(Error::Row("an unknown kind of identifier"))?;
    Ok(IdentifierRow {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        identifier: Identifier {
            kind,
            value: row.text(3)?,
        },
        description: row.optional_text(4)?,
        platform: row.text(5)?,
        created_at: row.time(6)?,
        updated_at: row.time(7)?,
        list: row.text(8)?,
    })
}
