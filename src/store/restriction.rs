//! Restrictions in the store.

use crate::id::ObjectId;
use crate::restriction::Restriction;

use super::{Error, Row, Transaction};

macro_rules! columns {
    () => {
        "SELECT id, organization_id, name, priority, body, created_at, updated_at, revision FROM restriction"
    };
}

impl Transaction<'_> {
    /// Stores a new restriction.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its name is taken.
    pub fn insert_restriction(&mut self, new: &Restriction) -> Result<(), Error> {
        self.execute(
            "INSERT INTO restriction (id, organization_id, name, name_key, priority, body, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                (&new.id.to_string()).into(),
                (&new.organization_id.to_string()).into(),
                (&new.name).into(),
                (&new.name.to_lowercase()).into(),
                new.priority.into(),
                (&body(new)?).into(),
                new.created_at.into(),
                new.updated_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Writes a restriction over its revision. False: it is another by now, or gone.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its new name is taken.
    pub fn update_restriction(&mut self, changed: &Restriction) -> Result<bool, Error> {
        let updated = self.execute(
            "UPDATE restriction SET name = $4, name_key = $5, priority = $6, body = $7, updated_at = $8,
                revision = revision + 1 WHERE id = $1 AND organization_id = $2 AND revision = $3",
            &[
                (&changed.id.to_string()).into(),
                (&changed.organization_id.to_string()).into(),
                changed.revision.into(),
                (&changed.name).into(),
                (&changed.name.to_lowercase()).into(),
                changed.priority.into(),
                (&body(changed)?).into(),
                changed.updated_at.into(),
            ],
        )?;
        Ok(updated > 0)
    }

    /// Deletes a restriction.
    ///
    /// # Errors
    /// What the engine says.
    pub fn delete_restriction(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<(), Error> {
        self.execute(
            "DELETE FROM restriction WHERE organization_id = $1 AND id = $2",
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?;
        Ok(())
    }

    /// One restriction of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn restriction(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<Restriction>, Error> {
        self.first(
            concat!(columns!(), " WHERE organization_id = $1 AND id = $2"),
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// All restrictions of an organization, the smallest priority number first.
    ///
    /// # Errors
    /// What the engine says.
    pub fn restrictions(&mut self, organization: ObjectId) -> Result<Vec<Restriction>, Error> {
        self.query(
            concat!(
                columns!(),
                " WHERE organization_id = $1 ORDER BY priority, id"
            ),
            &[(&organization.to_string()).into()],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// How many devices a person has in the organization now, counted up to `limit`, leaving out `except`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn devices_of_owner(
        &mut self,
        organization: ObjectId,
        owner: &str,
        except: Option<ObjectId>,
        limit: u32,
    ) -> Result<u32, Error> {
        let row = self.first(
            "SELECT COUNT(*) FROM (SELECT 1 FROM device WHERE organization_id = $1 AND LOWER(owner) = LOWER($2)
                AND state <> 'DELETED' AND ($3 IS NULL OR id <> $3) LIMIT $4) AS counted",
            &[
                (&organization.to_string()).into(),
                owner.into(),
                except.map(|id| id.to_string()).as_deref().into(),
                limit.into(),
            ],
        )?;
        let count = row.map(|row| row.optional_count(0)).transpose()?.flatten();
        Ok(count.unwrap_or_default())
    }

    /// How many devices an organization has now: it is counted when they come and go.
    ///
    /// # Errors
    /// What the engine says.
    pub fn devices_of_organization(&mut self, organization: ObjectId) -> Result<u32, Error> {
        let row = self.first(
            "SELECT devices FROM organization WHERE id = $1",
            &[(&organization.to_string()).into()],
        )?;
        let count = row.map(|row| row.optional_count(0)).transpose()?.flatten();
        Ok(count.unwrap_or_default())
    }
}

fn body(restriction: &Restriction) -> Result<String, Error> {
    serde_json::to_string(&restriction.body)
        .map_err(|_| Error::Row("a restriction is not writable as JSON"))
}

fn from_row(row: &Row) -> Result<Restriction, Error> {
    Ok(Restriction {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        name: row.text(2)?,
        priority: row.optional_count(3)?.unwrap_or_default(),
        body: row.json(4)?,
        created_at: row.time(5)?,
        updated_at: row.time(6)?,
        revision: row.optional_integer(7)?.unwrap_or(1),
    })
}
