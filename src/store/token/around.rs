//! What tokens refer to: policies, segments, users; and the devices that refer to them.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::token::Token;

use super::super::{Error, Row, Transaction};

/// A user as far as tokens need one.
#[derive(Debug, Clone)]
pub struct UserOfToken {
    /// Its identifier.
    pub id: ObjectId,
    /// Its address.
    pub email: String,
    /// Whether it may enroll.
    pub enabled: bool,
    /// The segment that it lies in.
    pub segment_id: u32,
}

/// What is shown around tokens.
#[derive(Debug, Clone, Default)]
pub struct AroundTokens {
    /// The names of policies.
    pub policies: HashMap<ObjectId, String>,
    /// The newest device of each token that was used.
    pub devices: HashMap<ObjectId, ObjectId>,
}

impl Transaction<'_> {
    /// What is shown around these tokens of one organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn around_tokens<'a>(
        &mut self,
        organization: ObjectId,
        tokens: impl IntoIterator<Item = &'a Token>,
    ) -> Result<AroundTokens, Error> {
        let mut devices = HashMap::new();
        for token in tokens.into_iter().filter(|token| token.uses > 0) {
            let newest = self.first(
                "SELECT id FROM device WHERE token_id = $1 AND organization_id = $2
                 ORDER BY enrolled_at DESC, id DESC LIMIT 1",
                &[
                    (&token.id.to_string()).into(),
                    (&organization.to_string()).into(),
                ],
            )?;
            if let Some(row) = newest {
                devices.insert(token.id, row.id(0)?);
            }
        }
        Ok(AroundTokens {
            policies: self.policy_names(organization)?,
            devices,
        })
    }

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

    /// The user of an organization with this identifier.
    ///
    /// # Errors
    /// What the engine says.
    pub fn user_of_token(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<UserOfToken>, Error> {
        self.first(
            "SELECT id, email, enabled, segment_id FROM mdm_user WHERE id = $1 AND organization_id = $2",
            &[(&id.to_string()).into(), (&organization.to_string()).into()],
        )?
        .as_ref()
        .map(user)
        .transpose()
    }

    /// The user with this address, made in `segment` when there is none.
    ///
    /// # Errors
    /// What the engine says.
    pub fn find_or_make_user(
        &mut self,
        organization: ObjectId,
        email: &str,
        segment: u32,
        now: Timestamp,
    ) -> Result<UserOfToken, Error> {
        let (organization, key) = (organization.to_string(), email.to_lowercase());
        let id = ObjectId::generate(now);
        let row = self.first(
            "INSERT INTO mdm_user (id, organization_id, email, email_key, segment_id, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6)
             ON CONFLICT (organization_id, email_key) DO UPDATE SET email_key = excluded.email_key
             RETURNING id, email, enabled, segment_id",
            &[
                (&id.to_string()).into(),
                (&organization).into(),
                email.into(),
                (&key).into(),
                segment.into(),
                now.into(),
            ],
        )?;
        user(&row.ok_or(Error::Row("a user was not written"))?)
    }
}

fn user(row: &Row) -> Result<UserOfToken, Error> {
    Ok(UserOfToken {
        id: row.id(0)?,
        email: row.text(1)?,
        enabled: row.optional_integer(2)? == Some(1),
        segment_id: row.optional_count(3)?.unwrap_or_default(),
    })
}
