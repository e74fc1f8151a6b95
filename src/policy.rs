//! Policies: named sets of CSP settings, and their assignment with a priority.

use serde::{Deserialize, Serialize};

use crate::id::ObjectId;

/// A policy assigned with a priority: the lower number wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// The policy.
    pub win_policy_id: ObjectId,
    /// 0 to 10000.
    #[schema(maximum = 10_000)]
    pub priority: u16,
}

impl Assignment {
    /// The greatest priority number.
    pub const LAST: u16 = 10_000;
    /// The priority of a policy that was named without one.
    pub const USUAL: u16 = 100;
}
