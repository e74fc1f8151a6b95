//! The Android Management API: `enterprises.enrollmentTokens` and `enterprises.devices` (v1).

use super::Api;

/// The operations of this contract.
pub(super) fn operations(_api: &mut Api) {}
