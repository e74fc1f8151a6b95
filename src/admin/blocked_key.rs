//! Blocked keys: keys of devices that are never certified again, because they are in other hands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{ObjectId, hex, unhex};
use crate::identity::Actor;
use crate::store::{self, BlockedKey};
use crate::violation::Violations;

use super::segment::whole;
use super::{Admin, Error, Page, PageWish};

/// A blocked key as it is shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownBlockedKey {
    /// Its own identifier.
    pub id: ObjectId,
    /// The organization that blocks it.
    pub organization_id: ObjectId,
    /// SHA-256 of its `SubjectPublicKeyInfo`, in hexadecimal digits.
    pub spki_sha256: String,
    /// The serial number of the certificate that was revoked as compromised; none: an administrator blocked the key.
    pub serial: Option<String>,
    /// What people note of it.
    pub description: Option<String>,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl From<BlockedKey> for ShownBlockedKey {
    fn from(row: BlockedKey) -> Self {
        Self {
            id: row.id,
            organization_id: row.organization_id,
            spki_sha256: hex(&row.spki_sha256),
            serial: row.serial.as_deref().map(hex),
            description: row.description,
            created_at: row.created_at,
        }
    }
}

/// A key to block.
#[derive(Debug, Clone)]
pub struct BlockKey {
    /// SHA-256 of its `SubjectPublicKeyInfo`, in hexadecimal digits.
    pub spki_sha256: String,
    /// What people note of it.
    pub description: Option<String>,
}

const DESCRIPTION: usize = 256;
const SHA256: usize = 32;

impl BlockKey {
    fn ready(self, organization: ObjectId, now: Timestamp) -> Result<BlockedKey, Error> {
        let mut faults = Violations::new();
        let description = self.description.filter(|text| !text.is_empty());
        let text = description.as_deref().unwrap_or_default();
        faults.at_most("description", text, DESCRIPTION);
        let spki_sha256 = unhex(&self.spki_sha256).filter(|hash| hash.len() == SHA256);
        faults.require(
            spki_sha256.is_some(),
            "spkiSha256",
            "must have 64 hexadecimal digits",
        );
        faults.into_result()?;
        Ok(BlockedKey {
            id: ObjectId::generate(now),
            organization_id: organization,
            spki_sha256: spki_sha256.ok_or(Error::NotFound("key"))?,
            serial: None,
            description,
            created_at: now,
        })
    }
}

impl Admin {
    /// Blocks a key: it is refused at enrollment, and the organization's certificates of it are revoked as compromised.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no hash, [`Error::Conflict`] for a key that is blocked already.
    pub async fn block_key(&self, actor: &Actor, wish: BlockKey) -> Result<ShownBlockedKey, Error> {
        whole(actor)?;
        let now = self.clock.now();
        let row = wish.ready(actor.organization, now)?;
        self.store
            .write::<_, Error, _>(move |tx| {
                if !tx.insert_blocked_key(&row)? {
                    let message = "Conflict: this key is blocked already";
                    return Err(Error::Conflict(message.to_owned()));
                }
                tx.revoke_blocked_key(row.organization_id, &row.spki_sha256, now)?;
                Ok(row.into())
            })
            .await
    }

    /// A page of the keys that the organization blocks.
    ///
    /// # Errors
    /// What the store says.
    pub async fn blocked_keys(
        &self,
        actor: &Actor,
        page: PageWish,
    ) -> Result<Page<ShownBlockedKey>, Error> {
        let organization = actor.organization;
        let (rows, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let rows = tx.blocked_keys(organization, page.limit(), page.offset())?;
                Ok((rows, tx.count_blocked_keys(organization)?))
            })
            .await?;
        Ok(page.of(rows, total).map(ShownBlockedKey::from))
    }

    /// One key that the organization blocks.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn blocked_key(&self, actor: &Actor, id: ObjectId) -> Result<ShownBlockedKey, Error> {
        let organization = actor.organization;
        self.store
            .read::<_, store::Error, _>(move |tx| tx.blocked_key(organization, id))
            .await?
            .map(ShownBlockedKey::from)
            .ok_or(Error::NotFound("blocked key"))
    }

    /// Unblocks a key. What was revoked stays revoked.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that is not there.
    pub async fn unblock_key(&self, actor: &Actor, id: ObjectId) -> Result<ShownBlockedKey, Error> {
        whole(actor)?;
        let organization = actor.organization;
        self.store
            .write::<_, Error, _>(move |tx| {
                let found = tx.blocked_key(organization, id)?;
                let row = found.ok_or(Error::NotFound("blocked key"))?;
                tx.delete_blocked_key(organization, id)?;
                Ok(row.into())
            })
            .await
    }
}
