//! Policies: what `winPolicyId` points to.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{CreatePolicy, Page, PageWish, PolicyFilter, PolicyOrder, UpdatePolicy};
use crate::identity::grant;
use crate::policy::Policy;

use super::super::answer::Tagged;
use super::super::{Api, Body, Envelope, IfMatch, Path, Permitted, Problem, Query};
use super::One;

pub(super) fn operations(api: &mut Api) {
    const POLICIES: &str = concat!(base!(), "/policies");
    const POLICY: &str = concat!(base!(), "/policies/{id}");
    api.get(POLICIES, list)
        .id("listPolicies")
        .summary("Lists policies");
    api.post(POLICIES, create)
        .id("createPolicy")
        .summary("Makes a policy of CSP settings");
    api.get(POLICY, get)
        .id("getPolicy")
        .summary("Shows a policy");
    api.put(POLICY, update)
        .id("updatePolicy")
        .summary("Changes a policy");
    api.delete(POLICY, remove)
        .id("deletePolicy")
        .summary("Deletes a policy; what assigns it passes over it");
}

/// Which policies to list.
#[derive(Debug, Deserialize, IntoParams)]
struct Listing {
    /// The page's number, from 1.
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    limit: Option<u32>,
    /// The order, by name unless said otherwise.
    #[param(inline)]
    sort: Option<Sort>,
    /// A part of the name.
    name: Option<String>,
}

/// The orders of a list of policies.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
enum Sort {
    #[serde(rename = "name:asc", alias = "name")]
    Name,
    #[serde(rename = "name:desc")]
    NameBackwards,
    #[serde(rename = "createdAt:asc", alias = "createdAt")]
    Oldest,
    #[serde(rename = "createdAt:desc")]
    Newest,
}

impl From<Sort> for PolicyOrder {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Name => Self::Name,
            Sort::NameBackwards => Self::NameBackwards,
            Sort::Oldest => Self::Oldest,
            Sort::Newest => Self::Newest,
        }
    }
}

async fn list(
    caller: Permitted<grant::PolicyList>,
    Query(listing): Query<Listing>,
) -> Result<Envelope<Page<Policy>>, Problem> {
    let page = PageWish::new(listing.page, listing.limit);
    let filter = PolicyFilter {
        search: listing.name,
        order: listing.sort.map(PolicyOrder::from).unwrap_or_default(),
    };
    let found = caller.admin().policies(&caller.actor, filter, page).await?;
    Ok(Envelope(found))
}

async fn create(
    caller: Permitted<grant::PolicyCreate>,
    Body(wish): Body<CreatePolicy>,
) -> Result<Tagged<Envelope<Policy>>, Problem> {
    let made = caller.admin().create_policy(&caller.actor, wish).await?;
    Ok(tagged(made))
}

async fn get(
    caller: Permitted<grant::PolicyGet>,
    Path(one): Path<One>,
) -> Result<Tagged<Envelope<Policy>>, Problem> {
    Ok(tagged(caller.admin().policy(&caller.actor, one.id).await?))
}

async fn update(
    caller: Permitted<grant::PolicyUpdate>,
    Path(one): Path<One>,
    IfMatch(expected): IfMatch,
    Body(wish): Body<UpdatePolicy>,
) -> Result<Tagged<Envelope<Policy>>, Problem> {
    let admin = caller.admin();
    let policy = admin.update_policy(&caller.actor, one.id, wish, expected);
    Ok(tagged(policy.await?))
}

async fn remove(
    caller: Permitted<grant::PolicyRemove>,
    Path(one): Path<One>,
) -> Result<Envelope<Policy>, Problem> {
    let removed = caller.admin().delete_policy(&caller.actor, one.id).await?;
    Ok(Envelope(removed))
}

fn tagged(policy: Policy) -> Tagged<Envelope<Policy>> {
    let revision = policy.revision;
    Tagged(Envelope(policy), revision)
}
