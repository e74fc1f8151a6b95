//! Administrators' keys in the store: hashes only.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::identity::Role;

use super::{Error, Transaction};

pub use self::found::StoredKey;

mod found;

/// A key to store.
#[derive(Debug)]
pub struct NewApiKey {
    /// Its identifier.
    pub id: ObjectId,
    /// The organization that it administers.
    pub organization_id: ObjectId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The beginning of the key, to recognise it by.
    pub shown: String,
    /// SHA-256 of the key.
    pub hash: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// The permissions that it is limited to, JSON.
    pub scopes: Option<String>,
    /// The segments that it is limited to, JSON.
    pub segments: Option<String>,
}

impl Transaction<'_> {
    /// Stores a new key.
    ///
    /// # Errors
    /// What the engine says.
    pub fn insert_api_key(&mut self, key: &NewApiKey) -> Result<(), Error> {
        self.execute(
            "INSERT INTO api_key (id, organization_id, name, role, shown, hash, created_at, expires_at,
                scopes, segments)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            &[
                (&key.id.to_string()).into(),
                (&key.organization_id.to_string()).into(),
                (&key.name).into(),
                key.role.word().into(),
                (&key.shown).into(),
                (&key.hash).into(),
                key.created_at.into(),
                key.expires_at.into(),
                key.scopes.as_deref().into(),
                key.segments.as_deref().into(),
            ],
        )?;
        Ok(())
    }

    /// Whether any key was ever made.
    ///
    /// # Errors
    /// What the engine says.
    pub fn has_api_keys(&mut self) -> Result<bool, Error> {
        Ok(self.first("SELECT 1 FROM api_key LIMIT 1", &[])?.is_some())
    }
}
