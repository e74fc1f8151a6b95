//! Making administrators' keys: shown once, stored as a hash.

use aws_lc_rs::digest;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::id::ObjectId;
use crate::identity::Role;
use crate::store::NewApiKey;
use crate::token::{Value, ValueKind};

use super::{Admin, Error};

/// A key to make.
#[derive(Debug, Clone)]
pub struct CreateKey {
    /// What it may do.
    pub role: Role,
    /// What it is for.
    pub name: String,
    /// How long it lasts; none: for ever.
    pub duration: Option<SignedDuration>,
}

/// A key just made: the only time that it is shown.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedKey {
    /// Its identifier.
    pub id: ObjectId,
    /// The key itself.
    pub key: String,
    /// What it may do.
    pub role: Role,
    /// What it is for.
    pub name: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// Characters of a key that are kept to recognise it by: its prefix and four more.
const SHOWN: usize = 11;

impl Admin {
    /// Makes a key for an organization.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the value that is not acceptable.
    pub async fn create_key(
        &self,
        organization: ObjectId,
        wish: CreateKey,
    ) -> Result<CreatedKey, Error> {
        if wish.name.chars().count() > 128 {
            return Err(Error::invalid("name", "has more than 128 characters"));
        }
        let now = self.clock.now();
        let value = Value::generate(ValueKind::ApiKey);
        let expires_at = wish.duration.map(|duration| now + duration);
        let new = NewApiKey {
            id: ObjectId::generate(now),
            organization_id: organization,
            name: wish.name.clone(),
            role: wish.role,
            shown: value.reveal().chars().take(SHOWN).collect(),
            hash: digest::digest(&digest::SHA256, value.reveal().as_bytes())
                .as_ref()
                .to_vec(),
            created_at: now,
            expires_at,
        };
        let id = new.id;
        self.store
            .write::<_, crate::store::Error, _>(move |tx| tx.insert_api_key(&new))
            .await?;
        Ok(CreatedKey {
            id,
            key: value.reveal().to_owned(),
            role: wish.role,
            name: wish.name,
            expires_at,
        })
    }

    /// Makes the first owner's key of an installation; none when any key was ever made.
    ///
    /// # Errors
    /// What the store says.
    pub async fn first_key(&self, organization: ObjectId) -> Result<Option<CreatedKey>, Error> {
        if self
            .store
            .read::<_, crate::store::Error, _>(|tx| tx.has_api_keys())
            .await?
        {
            return Ok(None);
        }
        let wish = CreateKey {
            role: Role::Owner,
            name: "first key".to_owned(),
            duration: None,
        };
        self.create_key(organization, wish).await.map(Some)
    }
}
