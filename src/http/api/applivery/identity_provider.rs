//! Identity providers: who proves who a person is.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::admin::{
    CreateIdentityProvider, Page, PageWish, TestedProvider, UpdateIdentityProvider,
};
use crate::identity::{IdentityProvider, grant};

use super::super::answer::Tagged;
use super::super::{Api, Body, Envelope, IfMatch, Path, Permitted, Problem, Query};
use super::One;

pub(super) fn operations(api: &mut Api) {
    const PROVIDERS: &str = concat!(base!(), "/identity-providers");
    const PROVIDER: &str = concat!(base!(), "/identity-providers/{id}");
    const TEST: &str = concat!(base!(), "/identity-providers/{id}/test");
    api.get(PROVIDERS, list)
        .id("listIdentityProviders")
        .summary("Lists identity providers");
    api.post(PROVIDERS, create)
        .id("createIdentityProvider")
        .summary("Makes an identity provider, by which people may sign in");
    api.get(PROVIDER, get)
        .id("getIdentityProvider")
        .summary("Shows an identity provider, without its secret");
    api.put(PROVIDER, update)
        .id("updateIdentityProvider")
        .summary("Changes an identity provider");
    api.delete(PROVIDER, remove)
        .id("deleteIdentityProvider")
        .summary("Deletes an identity provider: nobody can sign in by it any more");
    // It makes the server connect to where the settings lead, which is for those who may set them.
    api.post(TEST, test)
        .id("testIdentityProvider")
        .summary("Asks an identity provider whether it can be asked");
}

/// Which identity providers to list.
#[derive(Debug, Deserialize, IntoParams)]
struct Listing {
    /// The page's number, from 1.
    #[param(nullable = false)]
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    #[param(nullable = false)]
    limit: Option<u32>,
    /// A part of the name.
    #[param(nullable = false)]
    name: Option<String>,
}

async fn list(
    caller: Permitted<grant::IdentityProviderList>,
    Query(listing): Query<Listing>,
) -> Result<Envelope<Page<IdentityProvider>>, Problem> {
    let page = PageWish::new(listing.page, listing.limit);
    let admin = caller.admin();
    let found = admin.identity_providers(&caller.actor, listing.name, page);
    Ok(Envelope(found.await?))
}

async fn create(
    caller: Permitted<grant::IdentityProviderCreate>,
    Body(wish): Body<CreateIdentityProvider>,
) -> Result<Tagged<Envelope<IdentityProvider>>, Problem> {
    let admin = caller.admin();
    let made = admin.create_identity_provider(&caller.actor, wish);
    Ok(tagged(made.await?))
}

async fn get(
    caller: Permitted<grant::IdentityProviderGet>,
    Path(one): Path<One>,
) -> Result<Tagged<Envelope<IdentityProvider>>, Problem> {
    let admin = caller.admin();
    let found = admin.identity_provider(&caller.actor, one.id);
    Ok(tagged(found.await?))
}

async fn update(
    caller: Permitted<grant::IdentityProviderUpdate>,
    Path(one): Path<One>,
    IfMatch(expected): IfMatch,
    Body(wish): Body<UpdateIdentityProvider>,
) -> Result<Tagged<Envelope<IdentityProvider>>, Problem> {
    let admin = caller.admin();
    let changed = admin.update_identity_provider(&caller.actor, one.id, wish, expected);
    Ok(tagged(changed.await?))
}

async fn remove(
    caller: Permitted<grant::IdentityProviderRemove>,
    Path(one): Path<One>,
    IfMatch(expected): IfMatch,
) -> Result<Envelope<IdentityProvider>, Problem> {
    let admin = caller.admin();
    let removed = admin.delete_identity_provider(&caller.actor, one.id, expected);
    Ok(Envelope(removed.await?))
}

async fn test(
    caller: Permitted<grant::IdentityProviderUpdate>,
    Path(one): Path<One>,
) -> Result<Envelope<TestedProvider>, Problem> {
    let admin = caller.admin();
    let tested = admin.test_identity_provider(&caller.actor, one.id);
    Ok(Envelope(tested.await?))
}

fn tagged(provider: IdentityProvider) -> Tagged<Envelope<IdentityProvider>> {
    let revision = provider.revision;
    Tagged(Envelope(provider), revision)
}
