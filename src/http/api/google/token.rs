//! `enterprises.enrollmentTokens`: create, get, list, delete. Only tokens that may be used now are there to be seen.

mod wish;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::admin::{ShownToken, qr};
use crate::id::ObjectId;
use crate::identity::grant;

use super::super::Api;
use super::super::answer::Plain;
use super::super::argument::{Body, Path, Query};
use super::super::permitted::Permitted;
use super::super::problem::Problem;
use super::{Listing, Standard, duration, name, no_key_in, paging};
use wish::{PersonalUsage, WishedToken};

pub(super) fn operations(api: &mut Api) {
    const TOKENS: &str = "/v1/enterprises/{organization}/enrollmentTokens";
    const TOKEN: &str = "/v1/enterprises/{organization}/enrollmentTokens/{token}";
    api.get(TOKENS, list)
        .id("enterprises.enrollmentTokens.list")
        .summary("Lists active, unexpired enrollment tokens");
    api.post(TOKENS, create)
        .id("enterprises.enrollmentTokens.create")
        .summary("Creates an enrollment token");
    api.get(TOKEN, get)
        .id("enterprises.enrollmentTokens.get")
        .summary("Gets an active, unexpired enrollment token");
    api.delete(TOKEN, delete)
        .id("enterprises.enrollmentTokens.delete")
        .summary("Deletes an enrollment token, which ends its validity");
}

/// The collection.
#[derive(Debug, Deserialize)]
struct Tokens {
    organization: String,
}

/// One token.
#[derive(Debug, Deserialize)]
struct OneToken {
    organization: String,
    token: ObjectId,
}

/// An enrollment token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GoogleEnrollmentToken)]
struct EnrollmentToken {
    /// `enterprises/{enterprise}/enrollmentTokens/{token}`
    name: String,
    /// What a device shows to enroll.
    value: String,
    /// How long it is good from its creation, in seconds with an `s` behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    /// When it ends.
    #[schema(format = DateTime)]
    expiration_timestamp: String,
    /// The policy that its devices receive.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_name: Option<String>,
    /// What the caller attached to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_data: Option<String>,
    /// JSON to make a QR code of.
    qr_code: String,
    /// Whether it is good for one device alone.
    one_time_only: bool,
    /// Whether personal devices may use it.
    #[schema(value_type = PersonalUsage)]
    allow_personal_usage: String,
}

/// An enrollment token on a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GoogleListedToken)]
struct ListedToken {
    /// `enterprises/{enterprise}/enrollmentTokens/{token}`
    name: String,
    /// What a device shows to enroll.
    value: String,
    /// When it ends.
    #[schema(format = DateTime)]
    expiration_timestamp: String,
    /// JSON to make a QR code of.
    qr_code: String,
    /// Whether personal devices may use it.
    #[schema(value_type = PersonalUsage)]
    allow_personal_usage: String,
}

/// A page of enrollment tokens.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GoogleListedTokens)]
struct ListedTokens {
    /// The tokens, the newest first.
    enrollment_tokens: Vec<ListedToken>,
    /// What to ask for the next page with; none: this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// Nothing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GoogleEmpty)]
struct Empty {}

async fn create(
    caller: Permitted<grant::EnrollmentTokenCreate>,
    Path(at): Path<Tokens>,
    Query(standard): Query<Standard>,
    Body(wished): Body<WishedToken>,
) -> Result<Plain<EnrollmentToken>, Problem> {
    no_key_in(standard.access_token.as_ref())?;
    let (wish, wanted) = wished.understood(&caller, &at.organization).await?;
    let made = caller.admin().create_token(&caller.actor, wish).await?;
    Ok(Plain(EnrollmentToken {
        // As it was wished, to the nanosecond.
        duration: Some(duration::written(wanted)),
        ..whole(&at.organization, &made)
    }))
}

async fn get(
    caller: Permitted<grant::EnrollmentTokenGet>,
    Path(at): Path<OneToken>,
    Query(standard): Query<Standard>,
) -> Result<Plain<EnrollmentToken>, Problem> {
    no_key_in(standard.access_token.as_ref())?;
    let token = caller.admin().active_token(&caller.actor, at.token).await?;
    Ok(Plain(whole(&at.organization, &token)))
}

async fn list(
    caller: Permitted<grant::EnrollmentTokenList>,
    Path(at): Path<Tokens>,
    Query(listing): Query<Listing>,
) -> Result<Plain<ListedTokens>, Problem> {
    let (after, size) = listing.understood()?;
    let found = caller
        .admin()
        .active_tokens(&caller.actor, after, size)
        .await?;
    Ok(Plain(ListedTokens {
        next_page_token: found.next.map(paging::token),
        enrollment_tokens: found
            .items
            .iter()
            .map(|token| listed(&at.organization, token))
            .collect(),
    }))
}

async fn delete(
    caller: Permitted<grant::EnrollmentTokenRemove>,
    Path(at): Path<OneToken>,
    Query(standard): Query<Standard>,
) -> Result<Plain<Empty>, Problem> {
    no_key_in(standard.access_token.as_ref())?;
    caller.admin().active_token(&caller.actor, at.token).await?;
    caller.admin().revoke_token(&caller.actor, at.token).await?;
    Ok(Plain(Empty {}))
}

fn whole(enterprise: &str, token: &ShownToken) -> EnrollmentToken {
    let record = &token.record;
    let part = listed(enterprise, token);
    EnrollmentToken {
        name: part.name,
        value: part.value,
        duration: record
            .expires_at
            .map(|end| duration::written(end.duration_since(record.created_at))),
        expiration_timestamp: part.expiration_timestamp,
        policy_name: name::policy_of(enterprise, &record.policies),
        additional_data: record.additional_data.clone(),
        qr_code: part.qr_code,
        one_time_only: record.max_uses == Some(1),
        allow_personal_usage: part.allow_personal_usage,
    }
}

fn listed(enterprise: &str, token: &ShownToken) -> ListedToken {
    let record = &token.record;
    let usage = record.allow_personal_usage.as_deref();
    ListedToken {
        name: name::full(enterprise, "enrollmentTokens", record.id),
        value: token.token.clone(),
        expiration_timestamp: duration::end_written(record.expires_at),
        qr_code: qr::content(token),
        allow_personal_usage: usage
            .unwrap_or(PersonalUsage::Unspecified.word())
            .to_owned(),
    }
}
