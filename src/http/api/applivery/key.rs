//! Keys to the API.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::admin::{CreateKey, CreatedKey, Page, ShownKey, UpdateKey};
use crate::identity::{Permission, Role, grant};

use super::super::{Api, Body, Envelope, Path, Permitted, Problem, Query};
use super::settings::named;
use super::{One, Paging};

pub(super) fn operations(api: &mut Api) {
    const KEYS: &str = concat!(organization!(), "/api-keys");
    const KEY: &str = concat!(organization!(), "/api-keys/{id}");
    api.get(KEYS, list)
        .id("listApiKeys")
        .summary("Lists the keys to the API, by their beginnings");
    api.post(KEYS, create)
        .id("createApiKey")
        .summary("Makes a key, which is shown only now and reaches no further than the caller's");
    api.get(KEY, get).id("getApiKey").summary("Shows a key");
    api.put(KEY, update)
        .id("updateApiKey")
        .summary("Changes a key that reaches no further than the caller's");
    api.delete(KEY, revoke)
        .id("revokeApiKey")
        .summary("Revokes a key at once");
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewKey {
    /// What it may do.
    role: Role,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 128)]
    name: String,
    /// The permissions that it is limited to; none: all of its role.
    scopes: Option<Vec<Permission>>,
    /// The segments that it is limited to; none: all.
    segment_ids: Option<Vec<u32>>,
    /// Seconds until it ends: 90 days unless said otherwise.
    #[schema(minimum = 60, maximum = 31_536_000)]
    expires_in: Option<u32>,
}

/// What is to be changed of a key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ChangedKey {
    /// What it is for.
    #[schema(max_length = 128)]
    name: Option<String>,
    /// The permissions that it is limited to; null: all of its role.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<Vec<Permission>>)]
    scopes: Option<Option<Vec<Permission>>>,
    /// The segments that it is limited to; null: all.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<Vec<SegmentNumber>>)]
    segment_ids: Option<Option<Vec<u32>>>,
    /// Seconds until it ends, from now on.
    #[schema(minimum = 60, maximum = 31_536_000)]
    expires_in: Option<u32>,
}

/// The number of a segment.
#[derive(ToSchema)]
#[schema(minimum = 0, maximum = 4_294_967_295_i64, format = "int64")]
#[expect(
    dead_code,
    reason = "it describes itself in the OpenAPI document alone"
)]
struct SegmentNumber(u32);

/// Seconds that a key lasts when nobody says.
const USUAL: u32 = 90 * 24 * 60 * 60;
/// Seconds that a key can last.
const LASTS: RangeInclusive<u32> = 60..=31_536_000;

async fn list(
    caller: Permitted<grant::ApiKeyList>,
    Query(paging): Query<Paging>,
) -> Result<Envelope<Page<ShownKey>>, Problem> {
    let keys = caller.admin().keys(&caller.actor, paging.wish()).await?;
    Ok(Envelope(keys))
}

async fn create(
    caller: Permitted<grant::ApiKeyCreate>,
    Body(new): Body<NewKey>,
) -> Result<Envelope<CreatedKey>, Problem> {
    let wish = CreateKey {
        role: new.role,
        name: new.name,
        duration: Some(lasting(new.expires_in.unwrap_or(USUAL))?),
        scopes: new.scopes,
        segments: new.segment_ids,
    };
    let made = caller.admin().grant_key(&caller.actor, wish).await?;
    Ok(Envelope(made))
}

async fn get(
    caller: Permitted<grant::ApiKeyGet>,
    Path(one): Path<One>,
) -> Result<Envelope<ShownKey>, Problem> {
    Ok(Envelope(caller.admin().key(&caller.actor, one.id).await?))
}

async fn update(
    caller: Permitted<grant::ApiKeyUpdate>,
    Path(one): Path<One>,
    Body(changed): Body<ChangedKey>,
) -> Result<Envelope<ShownKey>, Problem> {
    let wish = UpdateKey {
        name: changed.name,
        scopes: changed.scopes,
        segments: changed.segment_ids,
        duration: changed.expires_in.map(lasting).transpose()?,
    };
    let key = caller.admin().update_key(&caller.actor, one.id, wish);
    Ok(Envelope(key.await?))
}

async fn revoke(
    caller: Permitted<grant::ApiKeyRemove>,
    Path(one): Path<One>,
) -> Result<Envelope<ShownKey>, Problem> {
    let revoked = caller.admin().revoke_key(&caller.actor, one.id).await?;
    Ok(Envelope(revoked))
}

fn lasting(seconds: u32) -> Result<SignedDuration, Problem> {
    if LASTS.contains(&seconds) {
        return Ok(SignedDuration::from_secs(i64::from(seconds)));
    }
    let reason = "must be between a minute and a year, in seconds";
    Err(Problem::invalid("expiresIn", reason))
}
