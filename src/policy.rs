//! Policies: named sets of CSP settings, and their assignment with a priority.

mod setting;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ObjectId;

pub use self::setting::{Format, Scope, Setting};

/// A named set of CSP settings, which tokens and rules assign to devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Its identifier, what `winPolicyId` names.
    pub id: ObjectId,
    /// The organization that it belongs to.
    pub organization_id: ObjectId,
    /// Its name, unique within the organization in any case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its settings, in the order in which they are delivered.
    pub settings: Vec<Setting>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Its latest change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Counts its changes.
    #[serde(skip)]
    #[schema(ignore)]
    pub revision: i64,
}

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
