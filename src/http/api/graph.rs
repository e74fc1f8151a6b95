//! Microsoft Graph: enrollment profiles and imported device identities (beta and v1.0).

use super::Api;

/// The operations of this contract.
pub(super) fn operations(_api: &mut Api) {}
