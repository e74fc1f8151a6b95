//! Identity providers in the store.

use crate::id::ObjectId;
use crate::identity::IdentityProvider;

use super::branding::written;
use super::{Error, Row, Transaction};

/// An identity provider with its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProvider {
    /// The provider itself.
    pub provider: IdentityProvider,
    /// Its secret, sealed.
    pub secret: Option<Vec<u8>>,
}

macro_rules! columns {
    () => {
        "SELECT id, organization_id, name, enabled, settings, secret, created_at, updated_at, revision FROM identity_provider"
    };
}

impl Transaction<'_> {
    /// Stores a new identity provider.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its name is taken.
    pub fn insert_identity_provider(&mut self, new: &StoredProvider) -> Result<(), Error> {
        let provider = &new.provider;
        self.execute(
            "INSERT INTO identity_provider (id, organization_id, name, name_key, enabled, settings, secret, created_at,
                updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                (&provider.id.to_string()).into(),
                (&provider.organization_id.to_string()).into(),
                (&provider.name).into(),
                (&provider.name.to_lowercase()).into(),
                u32::from(provider.enabled).into(),
                (&written(&provider.settings)?).into(),
                new.secret.as_deref().into(),
                provider.created_at.into(),
                provider.updated_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Writes an identity provider over its revision. False: it is another by now, or gone.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its new name is taken.
    pub fn update_identity_provider(&mut self, changed: &StoredProvider) -> Result<bool, Error> {
        let provider = &changed.provider;
        let updated = self.execute(
            "UPDATE identity_provider SET name = $4, name_key = $5, enabled = $6, settings = $7, secret = $8,
                updated_at = $9, revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND revision = $3",
            &[
                (&provider.id.to_string()).into(),
                (&provider.organization_id.to_string()).into(),
                provider.revision.into(),
                (&provider.name).into(),
                (&provider.name.to_lowercase()).into(),
                u32::from(provider.enabled).into(),
                (&written(&provider.settings)?).into(),
                changed.secret.as_deref().into(),
                provider.updated_at.into(),
            ],
        )?;
        Ok(updated > 0)
    }

    /// Deletes an identity provider.
    ///
    /// # Errors
    /// What the engine says.
    pub fn delete_identity_provider(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<(), Error> {
        self.execute(
            "DELETE FROM identity_provider WHERE organization_id = $1 AND id = $2",
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?;
        Ok(())
    }

    /// One identity provider of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn identity_provider(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<StoredProvider>, Error> {
        self.first(
            concat!(columns!(), " WHERE organization_id = $1 AND id = $2"),
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// The identity provider of an identifier, whatever its organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn any_identity_provider(&mut self, id: ObjectId) -> Result<Option<StoredProvider>, Error> {
        self.first(
            concat!(columns!(), " WHERE id = $1"),
            &[(&id.to_string()).into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// The identity providers of all organizations by which people may sign in.
    ///
    /// # Errors
    /// What the engine says.
    pub fn enabled_identity_providers(&mut self) -> Result<Vec<StoredProvider>, Error> {
        self.query(
            concat!(
                columns!(),
                " WHERE enabled = 1 ORDER BY organization_id, name_key, id"
            ),
            &[],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// All identity providers of an organization, by name.
    ///
    /// # Errors
    /// What the engine says.
    pub fn identity_providers(
        &mut self,
        organization: ObjectId,
    ) -> Result<Vec<StoredProvider>, Error> {
        self.query(
            concat!(
                columns!(),
                " WHERE organization_id = $1 ORDER BY name_key, id"
            ),
            &[(&organization.to_string()).into()],
        )?
        .iter()
        .map(from_row)
        .collect()
    }
}

fn from_row(row: &Row) -> Result<StoredProvider, Error> {
    let secret = row.optional_blob(5)?;
    Ok(StoredProvider {
        provider: IdentityProvider {
            id: row.id(0)?,
            organization_id: row.id(1)?,
            name: row.text(2)?,
            enabled: row.optional_count(3)? == Some(1),
            settings: row.json(4)?,
            has_secret: secret.is_some(),
            created_at: row.time(6)?,
            updated_at: row.time(7)?,
            revision: row.optional_integer(8)?.unwrap_or(1),
        },
        secret,
    })
}
