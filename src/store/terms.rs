//! Terms of use in the store, and who accepted them.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::language::Language;
use crate::terms::{Acceptance, Terms, Texts};

use super::branding::written;
use super::{Error, Row, Transaction};

impl Transaction<'_> {
    /// The latest version of an organization's terms.
    ///
    /// # Errors
    /// What the engine says.
    pub fn latest_terms(&mut self, organization: ObjectId) -> Result<Option<Terms>, Error> {
        let row = self.first(
            "SELECT version, texts, created_at FROM terms WHERE organization_id = $1 ORDER BY version DESC LIMIT 1",
            &[(&organization.to_string()).into()],
        )?;
        row.map(|row| terms(&row)).transpose()
    }

    /// Versions of an organization's terms, the latest first.
    ///
    /// # Errors
    /// What the engine says.
    pub fn terms(
        &mut self,
        organization: ObjectId,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<Terms>, Error> {
        let rows = self.query(
            "SELECT version, texts, created_at FROM terms WHERE organization_id = $1
             ORDER BY version DESC LIMIT $2 OFFSET $3",
            &[
                (&organization.to_string()).into(),
                limit.into(),
                offset.into(),
            ],
        )?;
        rows.iter().map(terms).collect()
    }

    /// How many versions there are.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_terms(&mut self, organization: ObjectId) -> Result<u64, Error> {
        self.count(
            "SELECT COUNT(*) FROM terms WHERE organization_id = $1",
            &[(&organization.to_string()).into()],
        )
    }

    /// Adds a version.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another was added meanwhile.
    pub fn add_terms(
        &mut self,
        organization: ObjectId,
        texts: Texts,
        now: Timestamp,
    ) -> Result<Terms, Error> {
        let latest = self.latest_terms(organization)?;
        let added = Terms {
            version: latest.map_or(0, |terms| terms.version) + 1,
            texts,
            created_at: now,
        };
        let texts = written(&added.texts)?;
        self.execute(
            "INSERT INTO terms (organization_id, version, texts, created_at) VALUES ($1, $2, $3, $4)",
            &[
                (&organization.to_string()).into(),
                added.version.into(),
                (&texts).into(),
                now.into(),
            ],
        )?;
        Ok(added)
    }

    /// Records that somebody accepted.
    ///
    /// # Errors
    /// What the engine says.
    pub fn insert_acceptance(
        &mut self,
        organization: ObjectId,
        it: &Acceptance,
    ) -> Result<(), Error> {
        let text = |id: Option<ObjectId>| id.map(|id| id.to_string());
        let (token, attempt) = (text(it.token_id), text(it.attempt_id));
        self.execute(
            "INSERT INTO terms_acceptance (id, organization_id, version, token_id, email, attempt_id, remote, language,
                accepted_at, subject)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            &[
                (&it.id.to_string()).into(),
                (&organization.to_string()).into(),
                it.version.into(),
                token.as_deref().into(),
                it.email.as_deref().into(),
                attempt.as_deref().into(),
                it.remote.as_deref().into(),
                it.language.tag().into(),
                it.accepted_at.into(),
                it.subject.as_deref().into(),
            ],
        )?;
        Ok(())
    }

    /// Who accepted, the latest first.
    ///
    /// # Errors
    /// What the engine says.
    pub fn acceptances(
        &mut self,
        organization: ObjectId,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<Acceptance>, Error> {
        let rows = self.query(
            "SELECT id, version, token_id, email, attempt_id, remote, language, accepted_at, subject FROM terms_acceptance
             WHERE organization_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3",
            &[
                (&organization.to_string()).into(),
                limit.into(),
                offset.into(),
            ],
        )?;
        rows.iter().map(acceptance).collect()
    }

    /// How often terms were accepted.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_acceptances(&mut self, organization: ObjectId) -> Result<u64, Error> {
        self.count(
            "SELECT COUNT(*) FROM terms_acceptance WHERE organization_id = $1",
            &[(&organization.to_string()).into()],
        )
    }
}

fn terms(row: &Row) -> Result<Terms, Error> {
    Ok(Terms {
        version: row.optional_count(0)?.unwrap_or_default(),
        texts: row.json(1)?,
        created_at: row.time(2)?,
    })
}

fn acceptance(row: &Row) -> Result<Acceptance, Error> {
    Ok(Acceptance {
        id: row.id(0)?,
        version: row.optional_count(1)?.unwrap_or_default(),
        token_id: row.optional_id(2)?,
        email: row.optional_text(3)?,
        attempt_id: row.optional_id(4)?,
        remote: row.optional_text(5)?,
        language: Language::of_tag(&row.text(6)?).unwrap_or_default(),
        accepted_at: row.time(7)?,
        subject: row.optional_text(8)?,
    })
}
