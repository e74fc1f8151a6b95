//! Organizations in the store.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::id::ObjectId;
use crate::organization::Organization;

use super::{Error, Row, Transaction};

impl Transaction<'_> {
    /// The organization with this slug or identifier.
    ///
    /// # Errors
    /// What the engine says.
    pub fn organization(&mut self, slug_or_id: &str) -> Result<Option<Organization>, Error> {
        self.first(
            "SELECT id, slug, name, created_at FROM organization WHERE slug = $1 OR id = $1",
            &[slug_or_id.into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// Makes the organization that exists from the first start, unless it is there.
    ///
    /// # Errors
    /// What the engine says.
    pub fn ensure_default_organization(&mut self, now: Timestamp) -> Result<Organization, Error> {
        if let Some(organization) = self.organization(Organization::DEFAULT)? {
            return Ok(organization);
        }
        let organization = Organization {
            id: ObjectId::generate(now),
            slug: Organization::DEFAULT.to_owned(),
            name: "Default organization".to_owned(),
            created_at: now,
        };
        self.insert_organization(&organization)?;
        Ok(organization)
    }

    /// Stores a new organization.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its slug is taken.
    pub fn insert_organization(&mut self, organization: &Organization) -> Result<(), Error> {
        self.execute(
            "INSERT INTO organization (id, slug, name, created_at) VALUES ($1, $2, $3, $4)",
            &[
                (&organization.id.to_string()).into(),
                (&organization.slug).into(),
                (&organization.name).into(),
                organization.created_at.into(),
            ],
        )?;
        Ok(())
    }

    /// The settings of an organization and their revision.
    ///
    /// # Errors
    /// What the engine says.
    pub fn organization_settings<T: DeserializeOwned>(
        &mut self,
        id: ObjectId,
    ) -> Result<Option<(T, i64)>, Error> {
        self.first(
            "SELECT settings, revision FROM organization WHERE id = $1",
            &[(&id.to_string()).into()],
        )?
        .map(|row| Ok((row.json(0)?, row.optional_integer(1)?.unwrap_or(1))))
        .transpose()
    }

    /// The template of whoever names none.
    ///
    /// # Errors
    /// What the engine says.
    pub fn default_template(&mut self, id: ObjectId) -> Result<Option<ObjectId>, Error> {
        #[derive(Default, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Named {
            default_template_id: Option<ObjectId>,
        }
        let found = self.organization_settings::<Named>(id)?;
        Ok(found.and_then(|(named, _)| named.default_template_id))
    }

    /// Writes the settings of an organization over their revision `read`. False: they are others by now.
    ///
    /// # Errors
    /// What the engine says.
    pub fn update_organization_settings(
        &mut self,
        id: ObjectId,
        settings: &impl Serialize,
        read: i64,
    ) -> Result<bool, Error> {
        let settings =
            serde_json::to_string(settings).map_err(|_| Error::Row("settings are not writable"))?;
        let changed = self.execute(
            "UPDATE organization SET settings = $2, revision = revision + 1 WHERE id = $1 AND revision = $3",
            &[(&id.to_string()).into(), (&settings).into(), read.into()],
        )?;
        Ok(changed > 0)
    }
}

fn from_row(row: &Row) -> Result<Organization, Error> {
    Ok(Organization {
        id: row.id(0)?,
        slug: row.text(1)?,
        name: row.text(2)?,
        created_at: row.time(3)?,
    })
}
