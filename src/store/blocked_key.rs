//! Blocked keys in the store: what is never certified again.

use jiff::Timestamp;

use crate::id::ObjectId;

use super::{Error, Row, Transaction};

/// A key that is never certified again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedKey {
    /// Its own identifier.
    pub id: ObjectId,
    /// The organization that blocks it.
    pub organization_id: ObjectId,
    /// SHA-256 of its `SubjectPublicKeyInfo`.
    pub spki_sha256: Vec<u8>,
    /// The certificate whose revocation blocked it.
    pub serial: Option<Vec<u8>>,
    /// What people note of it.
    pub description: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

macro_rules! columns {
    () => {
        "SELECT id, organization_id, spki_sha256, serial, description, created_at FROM blocked_key "
    };
}

impl Transaction<'_> {
    /// Blocks a key. False: the organization blocks it already.
    ///
    /// # Errors
    /// What the engine says.
    pub fn insert_blocked_key(&mut self, new: &BlockedKey) -> Result<bool, Error> {
        let inserted = self.execute(
            "INSERT INTO blocked_key (id, organization_id, spki_sha256, serial, description, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, spki_sha256) DO NOTHING",
            &[
                (&new.id.to_string()).into(),
                (&new.organization_id.to_string()).into(),
                (&new.spki_sha256).into(),
                new.serial.as_deref().into(),
                new.description.as_deref().into(),
                new.created_at.into(),
            ],
        )?;
        Ok(inserted > 0)
    }

    /// Blocks the key of a certificate that was revoked as compromised.
    pub(super) fn block_revoked_key(
        &mut self,
        organization: ObjectId,
        spki_sha256: &[u8],
        serial: &[u8],
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO blocked_key (id, organization_id, spki_sha256, serial, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (organization_id, spki_sha256) DO UPDATE SET serial = excluded.serial",
            &[
                (&ObjectId::generate(now).to_string()).into(),
                (&organization.to_string()).into(),
                spki_sha256.into(),
                serial.into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// Whether a key is refused in an organization: it blocks the key itself, or a certificate of the key was revoked as
    /// compromised, wherever that was.
    ///
    /// # Errors
    /// What the engine says.
    pub fn is_key_blocked(
        &mut self,
        organization: ObjectId,
        spki_sha256: &[u8],
    ) -> Result<bool, Error> {
        let found = self.first(
            "SELECT 1 FROM blocked_key WHERE spki_sha256 = $1 AND (organization_id = $2 OR serial IS NOT NULL) LIMIT 1",
            &[spki_sha256.into(), (&organization.to_string()).into()],
        )?;
        Ok(found.is_some())
    }

    /// The keys that an organization blocks, the newest first, so many from an offset.
    ///
    /// # Errors
    /// What the engine says.
    pub fn blocked_keys(
        &mut self,
        organization: ObjectId,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<BlockedKey>, Error> {
        self.query(
            concat!(
                columns!(),
                "WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3"
            ),
            &[
                (&organization.to_string()).into(),
                limit.into(),
                offset.into(),
            ],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// How many keys an organization blocks.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_blocked_keys(&mut self, organization: ObjectId) -> Result<u64, Error> {
        self.count(
            "SELECT COUNT(*) FROM blocked_key WHERE organization_id = $1",
            &[(&organization.to_string()).into()],
        )
    }

    /// One key that an organization blocks.
    ///
    /// # Errors
    /// What the engine says.
    pub fn blocked_key(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<BlockedKey>, Error> {
        self.first(
            concat!(columns!(), "WHERE organization_id = $1 AND id = $2"),
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// Unblocks a key. False: the organization does not block it.
    ///
    /// # Errors
    /// What the engine says.
    pub fn delete_blocked_key(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<bool, Error> {
        let deleted = self.execute(
            "DELETE FROM blocked_key WHERE organization_id = $1 AND id = $2",
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?;
        Ok(deleted > 0)
    }
}

fn from_row(row: &Row) -> Result<BlockedKey, Error> {
    Ok(BlockedKey {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        spki_sha256: row.blob(2)?,
        serial: row.optional_blob(3)?,
        description: row.optional_text(4)?,
        created_at: row.time(5)?,
    })
}
