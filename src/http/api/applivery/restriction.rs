//! Restrictions: which devices may enroll at all, and how many.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::admin::{Page, PageWish, WishedRestriction};
use crate::identity::grant;
use crate::restriction::Restriction;

use super::super::answer::Tagged;
use super::super::{Api, Body, Envelope, IfMatch, Path, Permitted, Problem, Query};
use super::One;

pub(super) fn operations(api: &mut Api) {
    const RESTRICTIONS: &str = concat!(organization!(), "/restrictions");
    const RESTRICTION: &str = concat!(organization!(), "/restrictions/{id}");
    api.get(RESTRICTIONS, list)
        .id("listRestrictions")
        .summary("Lists restrictions, in the order in which they count");
    api.post(RESTRICTIONS, create)
        .id("createRestriction")
        .summary("Makes a restriction");
    api.get(RESTRICTION, get)
        .id("getRestriction")
        .summary("Shows a restriction");
    api.put(RESTRICTION, update)
        .id("updateRestriction")
        .summary("Replaces a restriction");
    api.delete(RESTRICTION, remove)
        .id("deleteRestriction")
        .summary("Deletes a restriction; devices that are enrolled stay");
}

/// Which restrictions to list.
#[derive(Debug, Deserialize, IntoParams)]
struct Listing {
    /// The page's number, from 1.
    #[param(nullable = false)]
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    #[param(nullable = false)]
    limit: Option<u32>,
}

async fn list(
    caller: Permitted<grant::RestrictionList>,
    Query(listing): Query<Listing>,
) -> Result<Envelope<Page<Restriction>>, Problem> {
    let page = PageWish::new(listing.page, listing.limit);
    let found = caller.admin().restrictions(&caller.actor, page).await?;
    Ok(Envelope(found))
}

async fn create(
    caller: Permitted<grant::RestrictionCreate>,
    Body(wish): Body<WishedRestriction>,
) -> Result<Tagged<Envelope<Restriction>>, Problem> {
    let made = caller.admin().create_restriction(&caller.actor, wish);
    Ok(tagged(made.await?))
}

async fn get(
    caller: Permitted<grant::RestrictionGet>,
    Path(one): Path<One>,
) -> Result<Tagged<Envelope<Restriction>>, Problem> {
    let found = caller.admin().restriction(&caller.actor, one.id).await?;
    Ok(tagged(found))
}

async fn update(
    caller: Permitted<grant::RestrictionUpdate>,
    Path(one): Path<One>,
    IfMatch(expected): IfMatch,
    Body(wish): Body<WishedRestriction>,
) -> Result<Tagged<Envelope<Restriction>>, Problem> {
    let admin = caller.admin();
    let changed = admin.update_restriction(&caller.actor, one.id, wish, expected);
    Ok(tagged(changed.await?))
}

async fn remove(
    caller: Permitted<grant::RestrictionRemove>,
    Path(one): Path<One>,
) -> Result<Envelope<Restriction>, Problem> {
    let removed = caller.admin().delete_restriction(&caller.actor, one.id);
    Ok(Envelope(removed.await?))
}

fn tagged(restriction: Restriction) -> Tagged<Envelope<Restriction>> {
    let revision = restriction.revision;
    Tagged(Envelope(restriction), revision)
}
