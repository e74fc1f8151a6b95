//! Blocked keys: what is never certified again.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::admin::{BlockKey, Page, ShownBlockedKey};
use crate::identity::grant;

use super::super::{Api, Body, Envelope, Path, Permitted, Problem, Query};
use super::{One, Paging};

pub(super) fn operations(api: &mut Api) {
    const BLOCKED_KEYS: &str = concat!(organization!(), "/blocked-keys");
    const BLOCKED_KEY: &str = concat!(organization!(), "/blocked-keys/{id}");
    api.get(BLOCKED_KEYS, list)
        .id("listBlockedKeys")
        .summary("Lists the keys that are never certified again");
    api.post(BLOCKED_KEYS, create)
        .id("blockKey")
        .summary("Blocks a key, and revokes its certificates as compromised");
    api.get(BLOCKED_KEY, get)
        .id("getBlockedKey")
        .summary("Shows a blocked key");
    api.delete(BLOCKED_KEY, remove)
        .id("unblockKey")
        .summary("Unblocks a key; what was revoked stays revoked");
}

/// A key to block.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewBlockedKey {
    /// SHA-256 of the key's `SubjectPublicKeyInfo`, in hexadecimal digits.
    #[schema(pattern = "^[0-9A-Fa-f]{64}$")]
    spki_sha256: String,
    /// What people note of it.
    #[schema(max_length = 256)]
    description: Option<String>,
}

async fn list(
    caller: Permitted<grant::BlockedKeyList>,
    Query(paging): Query<Paging>,
) -> Result<Envelope<Page<ShownBlockedKey>>, Problem> {
    let found = caller.admin().blocked_keys(&caller.actor, paging.wish());
    Ok(Envelope(found.await?))
}

async fn create(
    caller: Permitted<grant::BlockedKeyCreate>,
    Body(new): Body<NewBlockedKey>,
) -> Result<Envelope<ShownBlockedKey>, Problem> {
    let wish = BlockKey {
        spki_sha256: new.spki_sha256,
        description: new.description,
    };
    let made = caller.admin().block_key(&caller.actor, wish);
    Ok(Envelope(made.await?))
}

async fn get(
    caller: Permitted<grant::BlockedKeyGet>,
    Path(one): Path<One>,
) -> Result<Envelope<ShownBlockedKey>, Problem> {
    let found = caller.admin().blocked_key(&caller.actor, one.id).await?;
    Ok(Envelope(found))
}

async fn remove(
    caller: Permitted<grant::BlockedKeyRemove>,
    Path(one): Path<One>,
) -> Result<Envelope<ShownBlockedKey>, Problem> {
    let removed = caller.admin().unblock_key(&caller.actor, one.id);
    Ok(Envelope(removed.await?))
}
