//! What tokens refer to: policies, segments, users.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::id::ObjectId;

use super::super::{Error, Transaction};

/// A user as far as tokens need one.
#[derive(Debug, Clone, Copy)]
pub struct UserOfToken {
    /// Its identifier.
    pub id: ObjectId,
    /// Whether it may enroll.
    pub enabled: bool,
}

impl Transaction<'_> {
    /// The names of an organization's policies.
    ///
    /// # Errors
    /// What the engine says.
    pub fn policy_names(
        &mut self,
        organization: ObjectId,
    ) -> Result<HashMap<ObjectId, String>, Error> {
        self.query(
            "SELECT id, name FROM policy WHERE organization_id = $1 AND deleted_at IS NULL",
            &[(&organization.to_string()).into()],
        )?
        .iter()
        .map(|row| Ok((row.id(0)?, row.text(1)?)))
        .collect()
    }

    /// Whether an organization has this segment.
    ///
    /// # Errors
    /// What the engine says.
    pub fn segment_exists(&mut self, organization: ObjectId, id: u32) -> Result<bool, Error> {
        let found = self.first(
            "SELECT 1 FROM segment WHERE organization_id = $1 AND id = $2",
            &[(&organization.to_string()).into(), id.into()],
        )?;
        Ok(found.is_some())
    }

    /// The user with this address, made when there is none.
    ///
    /// # Errors
    /// What the engine says.
    pub fn find_or_make_user(
        &mut self,
        organization: ObjectId,
        email: &str,
        now: Timestamp,
    ) -> Result<UserOfToken, Error> {
        let (organization, key) = (organization.to_string(), email.to_lowercase());
        let id = ObjectId::generate(now);
        let row = self.first(
            "INSERT INTO mdm_user (id, organization_id, email, email_key, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $5)
             ON CONFLICT (organization_id, email_key) DO UPDATE SET email_key = excluded.email_key
             RETURNING id, enabled",
            &[
                (&id.to_string()).into(),
                (&organization).into(),
                email.into(),
                (&key).into(),
                now.into(),
            ],
        )?;
        let row = row.ok_or(Error::Row("a user was not written"))?;
        Ok(UserOfToken {
            id: row.id(0)?,
            enabled: row.optional_integer(1)? == Some(1),
        })
    }
}

