//! Microsoft Graph: enrollment profiles, which are templates of a name alone, and imported device identities.

mod identity;
mod odata;
mod profile;

use serde::Deserialize;
use uuid::Uuid;

use crate::id::ObjectId;

use super::Api;
use super::problem::Problem;

/// The operations of this contract.
pub(super) fn operations(api: &mut Api) {
    profile::operations(api);
    identity::operations(api);
}

/// One thing, by the GUID that it has in this contract.
#[derive(Debug, Deserialize)]
struct One {
    id: Uuid,
}

impl One {
    fn id(&self) -> Result<ObjectId, Problem> {
        ObjectId::from_guid(self.id).ok_or_else(|| Problem::not_found("id"))
    }
}
