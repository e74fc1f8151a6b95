//! Keys that are presented, listed and revoked.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::id::ObjectId;
use crate::identity::{Permission, Role};

use super::super::{Error, Row, Transaction};

/// A key as the store knows it.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// Its identifier.
    pub id: ObjectId,
    /// The organization that it administers.
    pub organization_id: ObjectId,
    /// That organization's slug.
    pub organization_slug: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The beginning of the key, to recognise it by.
    pub shown: String,
    /// The permissions that it is limited to; none: all of its role.
    pub scopes: Option<Vec<Permission>>,
    /// The segments that it is limited to; none: all.
    pub segments: Option<Vec<u32>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Its latest use, to the minute.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

macro_rules! key_query {
    ($condition:literal) => {
        concat!(
            "SELECT k.id, k.organization_id, o.slug, k.name, k.role, k.shown, k.scopes, k.segments, k.created_at,
                k.expires_at, k.used_at, k.revoked_at
             FROM api_key k JOIN organization o ON o.id = k.organization_id WHERE ",
            $condition
        )
    };
}

impl Transaction<'_> {
    /// The key with this SHA-256, whether it may still be used or not.
    ///
    /// # Errors
    /// What the engine says.
    pub fn api_key_by_hash(&mut self, hash: &[u8]) -> Result<Option<StoredKey>, Error> {
        self.first(key_query!("k.hash = $1"), &[hash.into()])?
            .map(|row| from_row(&row))
            .transpose()
    }

    /// The keys of an organization, the newest first.
    ///
    /// # Errors
    /// What the engine says.
    pub fn api_keys(
        &mut self,
        organization: ObjectId,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<StoredKey>, Error> {
        self.query(
            key_query!("k.organization_id = $1 ORDER BY k.id DESC LIMIT $2 OFFSET $3"),
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

    /// How many keys an organization ever had.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_api_keys(&mut self, organization: ObjectId) -> Result<u64, Error> {
        self.count(
            "SELECT COUNT(*) FROM api_key WHERE organization_id = $1",
            &[(&organization.to_string()).into()],
        )
    }

    /// One key of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn api_key(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<StoredKey>, Error> {
        self.first(
            key_query!("k.organization_id = $1 AND k.id = $2"),
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// Revokes a key, unless that would leave the organization without an owner's key that reaches everything.
    /// False: it would.
    ///
    /// # Errors
    /// What the engine says.
    pub fn revoke_api_key(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let revoked = self.execute(
            "UPDATE api_key SET revoked_at = COALESCE(revoked_at, $3)
             WHERE organization_id = $1 AND id = $2 AND EXISTS (
                SELECT 1 FROM api_key other WHERE other.organization_id = $1 AND other.id <> $2
                    AND other.role = 'owner' AND other.scopes IS NULL AND other.segments IS NULL
                    AND other.revoked_at IS NULL AND (other.expires_at IS NULL OR other.expires_at > $3))",
            &[
                (&organization.to_string()).into(),
                (&id.to_string()).into(),
                now.into(),
            ],
        )?;
        Ok(revoked > 0)
    }

    /// Writes what can be changed of a key that was not revoked. False: it was, or it `narrows` the last owner's key
    /// that reaches everything.
    ///
    /// # Errors
    /// What the engine says.
    pub fn update_api_key(
        &mut self,
        key: &StoredKey,
        narrows: bool,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let scopes = key.scopes.as_ref().map(json).transpose()?;
        let segments = key.segments.as_ref().map(json).transpose()?;
        let changed = self.execute(
            "UPDATE api_key SET name = $4, scopes = $5, segments = $6, expires_at = $7
             WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL AND ($8 = 0 OR EXISTS (
                SELECT 1 FROM api_key other WHERE other.organization_id = $1 AND other.id <> $2
                    AND other.role = 'owner' AND other.scopes IS NULL AND other.segments IS NULL
                    AND other.revoked_at IS NULL AND (other.expires_at IS NULL OR other.expires_at > $3)))",
            &[
                (&key.organization_id.to_string()).into(),
                (&key.id.to_string()).into(),
                now.into(),
                (&key.name).into(),
                scopes.as_deref().into(),
                segments.as_deref().into(),
                key.expires_at.into(),
                u32::from(narrows).into(),
            ],
        )?;
        Ok(changed > 0)
    }

    /// Notes that a key was used.
    ///
    /// # Errors
    /// What the engine says.
    pub fn touch_api_key(&mut self, id: ObjectId, now: Timestamp) -> Result<(), Error> {
        self.execute(
            "UPDATE api_key SET used_at = $2 WHERE id = $1",
            &[(&id.to_string()).into(), now.into()],
        )?;
        Ok(())
    }

    /// These segments and all below them.
    ///
    /// # Errors
    /// What the engine says.
    pub fn segments_below(
        &mut self,
        organization: ObjectId,
        listed: &[u32],
    ) -> Result<BTreeSet<u32>, Error> {
        let pairs = self.segment_parents(organization)?;
        let mut seen: BTreeSet<u32> = listed.iter().copied().collect();
        loop {
            let before = seen.len();
            let below = pairs.iter().filter(|(_, parent)| seen.contains(parent));
            let below: Vec<u32> = below.map(|(id, _)| *id).collect();
            seen.extend(below);
            if seen.len() == before {
                return Ok(seen);
            }
        }
    }

    /// A segment and all above it; the whole organization, 0, is above each.
    ///
    /// # Errors
    /// What the engine says.
    pub fn segments_above(
        &mut self,
        organization: ObjectId,
        segment: u32,
    ) -> Result<BTreeSet<u32>, Error> {
        let pairs = self.segment_parents(organization)?;
        let mut seen = BTreeSet::from([0, segment]);
        let mut at = segment;
        while let Some((_, parent)) = pairs.iter().find(|(id, _)| *id == at) {
            if !seen.insert(*parent) {
                break;
            }
            at = *parent;
        }
        Ok(seen)
    }

    /// Each segment with the one above it.
    fn segment_parents(&mut self, organization: ObjectId) -> Result<Vec<(u32, u32)>, Error> {
        self.query(
            "SELECT id, parent_id FROM segment WHERE organization_id = $1",
            &[(&organization.to_string()).into()],
        )?
        .iter()
        .map(|row| {
            let count = |index| Ok::<_, Error>(row.optional_count(index)?.unwrap_or_default());
            Ok((count(0)?, count(1)?))
        })
        .collect()
    }
}

fn json(list: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(list).map_err(|_| Error::Row("a list is not writable"))
}

fn from_row(row: &Row) -> Result<StoredKey, Error> {
    let list = |index: usize| row.optional_text(index);
    Ok(StoredKey {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        organization_slug: row.text(2)?,
        name: row.text(3)?,
        role: Role::from_word(&row.text(4)?).ok_or(Error::Row("an unknown role"))?,
        shown: row.text(5)?,
        scopes: list(6)?.map(|_| row.json(6)).transpose()?,
        segments: list(7)?.map(|_| row.json(7)).transpose()?,
        created_at: row.time(8)?,
        expires_at: row.optional_time(9)?,
        used_at: row.optional_time(10)?,
        revoked_at: row.optional_time(11)?,
    })
}
