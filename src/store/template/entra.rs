//! Templates that name an application of Entra ID.

use crate::id::ObjectId;
use crate::template::{Body, EntraApplication};

use super::super::{Error, Transaction};

/// A template's application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredApplication {
    /// The template.
    pub id: ObjectId,
    /// The organization.
    pub organization_id: ObjectId,
    /// What it names.
    pub application: EntraApplication,
}

impl Transaction<'_> {
    /// The applications of all templates, those of older templates first.
    ///
    /// # Errors
    /// What the engine says.
    pub fn entra_applications(&mut self) -> Result<Vec<StoredApplication>, Error> {
        let rows = self.query(
            "SELECT id, organization_id, body FROM template WHERE entra_secret IS NOT NULL AND deleted_at IS NULL
                ORDER BY created_at, id",
            &[],
        )?;
        let mut found = Vec::new();
        for row in rows {
            let body: Body = row.json(2)?;
            if let Some(application) = body.entra_id {
                found.push(StoredApplication {
                    id: row.id(0)?,
                    organization_id: row.id(1)?,
                    application,
                });
            }
        }
        Ok(found)
    }
}
