//! The Android Management API: `enterprises.enrollmentTokens` and `enterprises.devices` (v1).
//!
//! An enterprise is an organization, spelled as the caller spells it. Google's standard parameters (`alt`, `fields`,
//! `prettyPrint`, …) are allowed and change nothing, except that a key in an address is refused: addresses are logged.

mod device;
mod duration;
mod name;
mod paging;
mod token;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::id::ObjectId;

use super::Api;
use super::problem::Problem;

/// The operations of this contract.
pub(super) fn operations(api: &mut Api) {
    token::operations(api);
    device::operations(api);
}

/// What every method reads from its address, whatever else Google's clients put there.
#[derive(Debug, Deserialize, IntoParams)]
struct Standard {
    /// Refused: a key belongs in the `Authorization` header.
    #[param(ignore)]
    access_token: Option<String>,
}

/// The parameters of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
struct Listing {
    /// Entries on a page: 10 unless said otherwise, 100 at most.
    page_size: Option<i64>,
    /// The `nextPageToken` of the page before.
    #[param(pattern = "^([a-fA-F0-9]{24})?$")]
    page_token: Option<String>,
    /// Refused: a key belongs in the `Authorization` header.
    #[serde(rename = "access_token")]
    #[param(ignore)]
    access_token: Option<String>,
}

impl Listing {
    /// Where to go on, and how many entries to give.
    fn understood(&self) -> Result<(Option<ObjectId>, u32), Problem> {
        no_key_in(self.access_token.as_ref())?;
        let after = paging::after(self.page_token.as_deref())
            .map_err(|reason| Problem::invalid("pageToken", reason))?;
        Ok((after, paging::size(self.page_size)))
    }
}

/// Refuses a key in the address.
fn no_key_in(access_token: Option<&String>) -> Result<(), Problem> {
    match access_token {
        None => Ok(()),
        Some(_) => Err(Problem::invalid(
            "access_token",
            "is not accepted: a key belongs in the Authorization header",
        )),
    }
}
