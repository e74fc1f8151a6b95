//! The primary API: the Applivery contract of tokens, and our own nouns beside them.

/// What every path of an organization begins with.
macro_rules! organization {
    () => {
        "/v1/organizations/{organization}"
    };
}

/// What the paths of the contract's Windows part begin with.
macro_rules! base {
    () => {
        "/v1/organizations/{organization}/mdm/windows/enterprise"
    };
}

mod approval;
mod attempt;
mod blocked_key;
mod device;
mod face;
mod identifier;
mod identity_provider;
mod key;
mod mdm_user;
mod organization;
mod package;
mod policy;
mod restriction;
mod segment;
mod settings;
mod template;
mod token;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::admin::PageWish;
use crate::id::ObjectId;
use crate::lenient;

use super::Api;

/// The operations of this contract.
pub(super) fn operations(api: &mut Api) {
    organization::operations(api);
    key::operations(api);
    policy::operations(api);
    identity_provider::operations(api);
    template::operations(api);
    restriction::operations(api);
    segment::operations(api);
    mdm_user::operations(api);
    identifier::operations(api);
    blocked_key::operations(api);
    settings::operations(api);
    face::operations(api);
    package::operations(api);
    token::operations(api);
    device::operations(api);
    approval::operations(api);
    attempt::operations(api);
}

/// One thing of an organization.
#[derive(Debug, Deserialize)]
struct One {
    id: ObjectId,
}

/// Which page of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
struct Paging {
    /// Its number, from 1.
    #[param(nullable = false)]
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    #[param(nullable = false)]
    limit: Option<u32>,
}

impl Paging {
    fn wish(&self) -> PageWish {
        PageWish::new(self.page, self.limit)
    }
}
