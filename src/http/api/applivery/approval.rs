//! Devices that wait for an administrator.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{Page, PageWish};
use crate::approval::{Approval, Decision, State};
use crate::id::ObjectId;
use crate::identity::{Grant, grant};

use super::super::argument::MaybeBody;
use super::super::{Api, Envelope, Path, Permitted, Problem, Query};
use super::One;

pub(super) fn operations(api: &mut Api) {
    api.get(concat!(organization!(), "/approvals"), list)
        .id("listApprovals")
        .summary("Lists devices that wait for approval, or waited");
    api.get(concat!(organization!(), "/approvals/{id}"), get)
        .id("getApproval")
        .summary("Shows a device that waits for approval, with what the rules said");
    api.post(concat!(organization!(), "/approvals/{id}/approve"), approve)
        .id("approve")
        .summary("Lets a device in that waits, when it asks again");
    api.post(concat!(organization!(), "/approvals/{id}/deny"), deny)
        .id("deny")
        .summary("Turns a device away that waits");
    api.post(concat!(base!(), "/devices/{id}/approve"), approve_device)
        .id("approveDevice")
        .summary("The same as approve: a device that waits is called by its approval");
    api.post(concat!(base!(), "/devices/{id}/deny"), deny_device)
        .id("denyDevice")
        .summary("The same as deny: a device that waits is called by its approval");
}

/// Which approvals to list.
#[derive(Debug, Deserialize, IntoParams)]
struct Listing {
    /// The page's number, from 1.
    #[param(nullable = false)]
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    #[param(nullable = false)]
    limit: Option<u32>,
    /// Only those that stand so.
    #[param(inline, nullable = false)]
    state: Option<State>,
}

/// What is written beside a decision.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Noted {
    /// Whatever should be remembered; the user of a denied device reads it.
    #[schema(max_length = 256)]
    note: Option<String>,
}

async fn list(
    caller: Permitted<grant::ApprovalList>,
    Query(listing): Query<Listing>,
) -> Result<Envelope<Page<Approval>>, Problem> {
    let page = PageWish::new(listing.page, listing.limit);
    let found = caller.admin().approvals(&caller.actor, listing.state, page);
    Ok(Envelope(found.await?))
}

async fn get(
    caller: Permitted<grant::ApprovalGet>,
    Path(one): Path<One>,
) -> Result<Envelope<Approval>, Problem> {
    let found = caller.admin().approval(&caller.actor, one.id).await?;
    Ok(Envelope(found))
}

async fn approve(
    caller: Permitted<grant::ApprovalUpdate>,
    Path(one): Path<One>,
    MaybeBody(noted): MaybeBody<Noted>,
) -> Result<Envelope<Approval>, Problem> {
    decided(&caller, one.id, Decision::Approve, noted).await
}

async fn deny(
    caller: Permitted<grant::ApprovalUpdate>,
    Path(one): Path<One>,
    MaybeBody(noted): MaybeBody<Noted>,
) -> Result<Envelope<Approval>, Problem> {
    decided(&caller, one.id, Decision::Deny, noted).await
}

async fn approve_device(
    caller: Permitted<grant::DeviceCommand>,
    Path(one): Path<One>,
    MaybeBody(noted): MaybeBody<Noted>,
) -> Result<Envelope<Approval>, Problem> {
    decided(&caller, one.id, Decision::Approve, noted).await
}

async fn deny_device(
    caller: Permitted<grant::DeviceCommand>,
    Path(one): Path<One>,
    MaybeBody(noted): MaybeBody<Noted>,
) -> Result<Envelope<Approval>, Problem> {
    decided(&caller, one.id, Decision::Deny, noted).await
}

async fn decided<G: Grant>(
    caller: &Permitted<G>,
    id: ObjectId,
    decision: Decision,
    Noted { note }: Noted,
) -> Result<Envelope<Approval>, Problem> {
    let admin = caller.admin();
    let decided = admin.decide_approval(&caller.actor, id, decision, note);
    Ok(Envelope(decided.await?))
}
