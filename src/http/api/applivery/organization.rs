//! Organizations.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::admin::{CreatedOrganization, Page, PageWish};
use crate::identity::grant;
use crate::organization::Organization;

use super::super::{Api, Body, Envelope, Permitted, Problem};

pub(super) fn operations(api: &mut Api) {
    api.get("/v1/organizations", list)
        .id("listOrganizations")
        .summary("Lists the organization that the key belongs to");
    api.post("/v1/organizations", create)
        .id("createOrganization")
        .summary("Makes another organization, with an owner's key to it");
    api.get(organization!(), get)
        .id("getOrganization")
        .summary("Shows the organization");
}

/// An organization to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOrganization {
    /// Its name for people.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    name: String,
    /// Its name in addresses; it must not look like an identifier.
    #[schema(pattern = "^[a-z0-9-]{3,20}$")]
    slug: String,
}

async fn list(
    caller: Permitted<grant::OrganizationList>,
) -> Result<Envelope<Page<Organization>>, Problem> {
    let own = caller.admin().own_organization(&caller.actor).await?;
    Ok(Envelope(PageWish::default().of(vec![own], 1)))
}

async fn create(
    caller: Permitted<grant::OrganizationCreate>,
    Body(new): Body<NewOrganization>,
) -> Result<Envelope<CreatedOrganization>, Problem> {
    let made = caller
        .admin()
        .create_organization(&caller.actor, new.name, new.slug)
        .await?;
    Ok(Envelope(made))
}

async fn get(caller: Permitted<grant::OrganizationGet>) -> Result<Envelope<Organization>, Problem> {
    let own = caller.admin().own_organization(&caller.actor).await?;
    Ok(Envelope(own))
}
