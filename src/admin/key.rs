//! Making administrators' keys: shown once, stored as a hash.

mod change;

use aws_lc_rs::digest;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::ObjectId;
use crate::identity::{Actor, Permission, Role, Segments};
use crate::store::{self, NewApiKey, StoredKey, Transaction};
use crate::token::{Value, ValueKind};

use super::{Admin, Error, Page, PageWish};

pub use self::change::UpdateKey;

/// A key to make.
#[derive(Debug, Clone)]
pub struct CreateKey {
    /// What it may do.
    pub role: Role,
    /// What it is for.
    pub name: String,
    /// How long it lasts; none: for ever.
    pub duration: Option<SignedDuration>,
    /// The permissions that it is limited to; none: all of its role.
    pub scopes: Option<Vec<Permission>>,
    /// The segments that it is limited to; none: all.
    pub segments: Option<Vec<u32>>,
}

/// A key just made: the only time that it is shown.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
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
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// A key as it is listed: by its beginning, never whole.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownKey {
    /// Its identifier.
    pub id: ObjectId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The beginning of the key, to recognise it by.
    pub prefix: String,
    /// The permissions that it is limited to; none: all of its role.
    pub scopes: Option<Vec<Permission>>,
    /// The segments that it is limited to; none: all.
    pub segment_ids: Option<Vec<u32>>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends; none: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Its latest use, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

impl From<StoredKey> for ShownKey {
    fn from(key: StoredKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            role: key.role,
            prefix: key.shown,
            scopes: key.scopes,
            segment_ids: key.segments,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// Characters of a key that are kept to recognise it by: its prefix and four more.
const SHOWN: usize = 11;
/// Characters of a name at most.
const NAME: usize = 128;

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
        if wish.name.chars().count() > NAME {
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
            scopes: wish.scopes.as_ref().map(list),
            segments: wish.segments.as_ref().map(list),
        };
        let id = new.id;
        self.store
            .write::<_, store::Error, _>(move |tx| tx.insert_api_key(&new))
            .await?;
        Ok(CreatedKey {
            id,
            key: value.reveal().to_owned(),
            role: wish.role,
            name: wish.name,
            expires_at,
        })
    }

    /// Makes a key for the actor's organization, which reaches no further than the actor does.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a stronger role, more permissions or more segments than the actor's own.
    pub async fn grant_key(&self, actor: &Actor, wish: CreateKey) -> Result<CreatedKey, Error> {
        let (scopes, segments) = (wish.scopes.as_deref(), wish.segments.as_deref());
        within_reach(actor, wish.role, scopes, segments)?;
        if let Some(segments) = wish.segments.clone() {
            let organization = actor.organization;
            self.store
                .read::<_, Error, _>(move |tx| segments_are_there(tx, organization, &segments))
                .await?;
        }
        self.create_key(actor.organization, wish).await
    }

    /// A page of the organization's keys, revoked ones included.
    ///
    /// # Errors
    /// What the store says.
    pub async fn keys(&self, actor: &Actor, page: PageWish) -> Result<Page<ShownKey>, Error> {
        let organization = actor.organization;
        let (keys, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let keys = tx.api_keys(organization, page.limit(), page.offset())?;
                Ok((keys, tx.count_api_keys(organization)?))
            })
            .await?;
        Ok(page.of(keys.into_iter().map(ShownKey::from).collect(), total))
    }

    /// One key of the organization.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn key(&self, actor: &Actor, id: ObjectId) -> Result<ShownKey, Error> {
        let organization = actor.organization;
        self.store
            .read::<_, store::Error, _>(move |tx| tx.api_key(organization, id))
            .await?
            .map(ShownKey::from)
            .ok_or(Error::NotFound("key"))
    }

    /// Makes the first owner's key of an installation; none when any key was ever made.
    ///
    /// # Errors
    /// What the store says.
    pub async fn first_key(&self, organization: ObjectId) -> Result<Option<CreatedKey>, Error> {
        if self
            .store
            .read::<_, store::Error, _>(|tx| tx.has_api_keys())
            .await?
        {
            return Ok(None);
        }
        let wish = CreateKey {
            role: Role::Owner,
            name: "first key".to_owned(),
            duration: None,
            scopes: None,
            segments: None,
        };
        self.create_key(organization, wish).await.map(Some)
    }
}

/// Fails when a key of this role, with these scopes and segments, would reach further than the actor does.
fn within_reach(
    actor: &Actor,
    role: Role,
    scopes: Option<&[Permission]>,
    segments: Option<&[u32]>,
) -> Result<(), Error> {
    let stronger = |permission: &Permission| {
        let granted = permission.is_granted_to(role)
            && scopes.is_none_or(|scopes| scopes.contains(permission));
        granted && !actor.may(*permission)
    };
    if let Some(beyond) = Permission::ALL.iter().copied().find(stronger) {
        return Err(Error::Forbidden(format!(
            "Unauthorized: the key would have {}, which this one lacks",
            beyond.name()
        )));
    }
    let reached = match (&actor.segments, segments) {
        (Segments::All, _) => true,
        (Segments::Only(_), None) => false,
        (own, Some(wanted)) => wanted.iter().all(|segment| own.contain(*segment)),
    };
    if reached {
        return Ok(());
    }
    Err(Error::Forbidden(
        "Unauthorized: the key would reach segments that this one does not".to_owned(),
    ))
}

/// Fails unless all these segments are there.
fn segments_are_there(
    tx: &mut Transaction<'_>,
    organization: ObjectId,
    segments: &[u32],
) -> Result<(), Error> {
    for segment in segments {
        if tx.segment(organization, *segment)?.is_none() {
            return Err(Error::NotFound("segment"));
        }
    }
    Ok(())
}

fn list<T: Serialize>(list: &Vec<T>) -> String {
    serde_json::to_string(list).unwrap_or_default()
}
