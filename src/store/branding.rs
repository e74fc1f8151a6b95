//! How organizations show themselves, and their own words for letters.

use jiff::Timestamp;
use serde::Serialize;

use crate::branding::Branding;
use crate::id::ObjectId;
use crate::language::Language;
use crate::letter::{Kind, Wording};

use super::{Error, Transaction};

/// How an organization shows itself, and whether it has a logo: when that was changed last, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredBranding {
    /// Its name and colour.
    pub branding: Branding,
    /// The logo's version.
    pub logo: Option<i64>,
}

impl Transaction<'_> {
    /// How an organization shows itself.
    ///
    /// # Errors
    /// What the engine says.
    pub fn branding(&mut self, organization: ObjectId) -> Result<StoredBranding, Error> {
        let row = self.first(
            "SELECT body, CASE WHEN logo IS NULL THEN NULL ELSE updated_at END FROM branding WHERE organization_id = $1",
            &[(&organization.to_string()).into()],
        )?;
        row.map_or_else(
            || Ok(StoredBranding::default()),
            |row| {
                Ok(StoredBranding {
                    branding: row.json(0)?,
                    logo: row.optional_integer(1)?,
                })
            },
        )
    }

    /// An organization's logo, PNG.
    ///
    /// # Errors
    /// What the engine says.
    pub fn logo(&mut self, organization: ObjectId) -> Result<Option<Vec<u8>>, Error> {
        let row = self.first(
            "SELECT logo FROM branding WHERE organization_id = $1 AND logo IS NOT NULL",
            &[(&organization.to_string()).into()],
        )?;
        row.map(|row| row.blob(0)).transpose()
    }

    /// Writes name and colour.
    ///
    /// # Errors
    /// What the engine says.
    pub fn set_branding(
        &mut self,
        organization: ObjectId,
        branding: &Branding,
        now: Timestamp,
    ) -> Result<(), Error> {
        let body = written(branding)?;
        self.execute(
            "INSERT INTO branding (organization_id, body, updated_at) VALUES ($1, $2, $3)
             ON CONFLICT (organization_id) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
            &[
                (&organization.to_string()).into(),
                (&body).into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// Writes the logo, or takes it away.
    ///
    /// # Errors
    /// What the engine says.
    pub fn set_logo(
        &mut self,
        organization: ObjectId,
        logo: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO branding (organization_id, body, logo, updated_at) VALUES ($1, '{}', $2, $3)
             ON CONFLICT (organization_id) DO UPDATE SET logo = excluded.logo, updated_at = excluded.updated_at",
            &[
                (&organization.to_string()).into(),
                logo.into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// An organization's own words for a kind of letter.
    ///
    /// # Errors
    /// What the engine says.
    pub fn wording(
        &mut self,
        organization: ObjectId,
        kind: Kind,
        language: Language,
    ) -> Result<Option<Wording>, Error> {
        let row = self.first(
            "SELECT body FROM wording WHERE organization_id = $1 AND kind = $2 AND language = $3",
            &[
                (&organization.to_string()).into(),
                kind.word().into(),
                language.tag().into(),
            ],
        )?;
        row.map(|row| row.json(0)).transpose()
    }

    /// Writes an organization's own words for a kind of letter; none: ours count again. False: ours counted.
    ///
    /// # Errors
    /// What the engine says.
    pub fn set_wording(
        &mut self,
        organization: ObjectId,
        kind: Kind,
        language: Language,
        wording: Option<&Wording>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let id = organization.to_string();
        let Some(wording) = wording else {
            let gone = self.execute(
                "DELETE FROM wording WHERE organization_id = $1 AND kind = $2 AND language = $3",
                &[(&id).into(), kind.word().into(), language.tag().into()],
            )?;
            return Ok(gone > 0);
        };
        let body = written(wording)?;
        self.execute(
            "INSERT INTO wording (organization_id, kind, language, body, updated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (organization_id, kind, language)
                DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
            &[
                (&id).into(),
                kind.word().into(),
                language.tag().into(),
                (&body).into(),
                now.into(),
            ],
        )?;
        Ok(true)
    }
}

pub(super) fn written(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Row("not writable"))
}
