//! The primary API: the Applivery contract of tokens and templates, and our own nouns beside them.

use super::Api;

/// What every path of an organization begins with.
macro_rules! organization {
    () => {
        "/v1/organizations/{organization}"
    };
}

/// What the paths of the Applivery contract's Windows part begin with.
macro_rules! base {
    () => {
        "/v1/organizations/{organization}/mdm/windows/enterprise"
    };
}
#[expect(unused_imports, reason = "the nouns use it as they arrive")]
pub(super) use {base, organization};

/// The operations of this contract.
pub(super) fn operations(_api: &mut Api) {}
