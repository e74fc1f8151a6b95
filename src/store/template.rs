//! Enrollment templates in the store. A deleted one keeps its row, since devices name it, and gives up its name.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::template::Template;

use super::{Error, Row, Transaction};

mod entra;

pub use entra::StoredApplication;

/// A template with what is stored beside it.
#[derive(Debug)]
pub struct StoredTemplate {
    /// The template itself.
    pub template: Template,
    /// The secret of its Entra application, sealed.
    pub entra_secret: Option<Vec<u8>>,
}

/// The columns of a row, in the order in which it is read.
macro_rules! template_columns {
    () => {
        "id, organization_id, name, description, body, segment_id, token_id, created_at, updated_at, revision, entra_secret"
    };
}

mod list;

pub use self::list::{TemplateFilter, TemplateOrder};

impl Transaction<'_> {
    /// Stores a new template, whose token is stored after it.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its name is taken.
    pub fn insert_template(
        &mut self,
        template: &Template,
        entra_secret: Option<&[u8]>,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO template (id, organization_id, name, name_key, description, body, entra_secret, segment_id,
                created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            &[
                (&template.id.to_string()).into(),
                (&template.organization_id.to_string()).into(),
                (&template.name).into(),
                (&template.name.to_lowercase()).into(),
                template.description.as_deref().into(),
                (&body(template)?).into(),
                entra_secret.into(),
                template.segment_id.into(),
                template.created_at.into(),
                template.updated_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Writes a template over its revision. False: it is another by now, or gone.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its new name is taken.
    pub fn update_template(
        &mut self,
        template: &Template,
        entra_secret: Option<&[u8]>,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "UPDATE template SET name = $4, name_key = $5, description = $6, body = $7, entra_secret = $8,
                segment_id = $9, updated_at = $10, revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND revision = $3 AND deleted_at IS NULL",
            &[
                (&template.id.to_string()).into(),
                (&template.organization_id.to_string()).into(),
                template.revision.into(),
                (&template.name).into(),
                (&template.name.to_lowercase()).into(),
                template.description.as_deref().into(),
                (&body(template)?).into(),
                entra_secret.into(),
                template.segment_id.into(),
                template.updated_at.into(),
            ],
        )?;
        if changed > 0 {
            self.execute(
                "UPDATE token SET segment_id = $2 WHERE template_id = $1 AND kind = 'template' AND state = 'PENDING'",
                &[
                    (&template.id.to_string()).into(),
                    template.segment_id.into(),
                ],
            )?;
        }
        Ok(changed > 0)
    }

    /// Whether a template of an organization has this name, in any case.
    ///
    /// # Errors
    /// What the engine says.
    pub fn template_name_is_taken(
        &mut self,
        organization: ObjectId,
        name: &str,
    ) -> Result<bool, Error> {
        let found = self.first(
            "SELECT 1 FROM template WHERE organization_id = $1 AND name_key = $2",
            &[
                (&organization.to_string()).into(),
                (&name.to_lowercase()).into(),
            ],
        )?;
        Ok(found.is_some())
    }

    /// Gives a template another token, or none. The one that it had is revoked, or ends at `until`; tokens of people stay.
    ///
    /// # Errors
    /// What the engine says.
    pub fn set_template_token(
        &mut self,
        template: ObjectId,
        token: Option<ObjectId>,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (template, token) = (template.to_string(), token.map(|id| id.to_string()));
        self.execute(
            "UPDATE token SET state = CASE WHEN $3 IS NULL THEN 'DELETED' ELSE state END,
                expires_at = CASE WHEN $3 IS NOT NULL AND (expires_at IS NULL OR expires_at > $3) THEN $3
                    ELSE expires_at END,
                updated_at = $4, revision = revision + 1
             WHERE template_id = $1 AND kind = 'template' AND state = 'PENDING' AND ($2 IS NULL OR id <> $2)",
            &[
                (&template).into(),
                token.as_deref().into(),
                until.into(),
                now.into(),
            ],
        )?;
        self.execute(
            "UPDATE template SET token_id = $2, updated_at = $3, revision = revision + 1 WHERE id = $1",
            &[(&template).into(), token.as_deref().into(), now.into()],
        )?;
        Ok(())
    }

    /// Deletes a template. False: there is none.
    ///
    /// # Errors
    /// What the engine says.
    pub fn delete_template(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let deleted = self.execute(
            "UPDATE template SET deleted_at = $3, name_key = NULL, entra_secret = NULL, revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL",
            &[
                (&id.to_string()).into(),
                (&organization.to_string()).into(),
                now.into(),
            ],
        )?;
        Ok(deleted > 0)
    }

    /// How many devices enrolled by a template, those that have left included.
    ///
    /// # Errors
    /// What the engine says.
    pub fn devices_of_template(&mut self, id: ObjectId) -> Result<u64, Error> {
        self.count(
            "SELECT COUNT(*) FROM device WHERE template_id = $1",
            &[(&id.to_string()).into()],
        )
    }

    /// How many devices enrolled by a template and have not left. They are counted, so no enrollment asks.
    ///
    /// # Errors
    /// What the engine says.
    pub fn present_devices_of_template(&mut self, id: ObjectId) -> Result<u64, Error> {
        self.count(
            "SELECT COUNT(*) FROM device WHERE template_id = $1 AND state <> 'DELETED'",
            &[(&id.to_string()).into()],
        )
    }

    /// What enrollments need of a template that was not deleted: its revision.
    ///
    /// # Errors
    /// What the engine says.
    pub fn template_revision(&mut self, id: ObjectId) -> Result<Option<i64>, Error> {
        self.first(
            "SELECT revision FROM template WHERE id = $1 AND deleted_at IS NULL",
            &[(&id.to_string()).into()],
        )?
        .map(|row| row.optional_integer(0))
        .transpose()
        .map(Option::flatten)
    }

    /// The template that an organization had first.
    ///
    /// # Errors
    /// What the engine says.
    pub fn oldest_template(&mut self, organization: ObjectId) -> Result<Option<ObjectId>, Error> {
        self.first(
            "SELECT id FROM template WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at, id LIMIT 1",
            &[(&organization.to_string()).into()],
        )?
        .map(|row| row.id(0))
        .transpose()
    }

    /// The organization of a template.
    ///
    /// # Errors
    /// What the engine says.
    pub fn organization_of_template(&mut self, id: ObjectId) -> Result<Option<ObjectId>, Error> {
        self.first(
            "SELECT organization_id FROM template WHERE id = $1 AND deleted_at IS NULL",
            &[(&id.to_string()).into()],
        )?
        .map(|row| row.id(0))
        .transpose()
    }

    /// A template of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn template(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<StoredTemplate>, Error> {
        self.first(
            concat!(
                "SELECT ",
                template_columns!(),
                " FROM template WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL"
            ),
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }
}

fn body(template: &Template) -> Result<String, Error> {
    serde_json::to_string(&template.body).map_err(|_| Error::Row("a template is not writable"))
}

fn from_row(row: &Row) -> Result<StoredTemplate, Error> {
    let template = Template {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        name: row.text(2)?,
        description: row.optional_text(3)?,
        body: row.json(4)?,
        segment_id: row.optional_count(5)?.unwrap_or_default(),
        token_id: row.optional_id(6)?,
        created_at: row.time(7)?,
        updated_at: row.time(8)?,
        revision: row.optional_integer(9)?.unwrap_or(1),
    };
    Ok(StoredTemplate {
        template,
        entra_secret: row.optional_blob(10)?,
    })
}
