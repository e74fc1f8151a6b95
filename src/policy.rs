//! Policies: named sets of CSP settings, and their assignment with a priority.

mod delivery;
mod effective;
mod explanation;
mod setting;
pub mod size;

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ObjectId;
use crate::violation::Violations;

pub use self::delivery::{Delivery, Sent, Verb};
pub use self::effective::{Effective, Overridden, Wish};
pub use self::explanation::{explain, explain_delivery};
pub use self::setting::{Format, Scope, Setting, SettingCommand};

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
    /// Whether they are done all or none (`Atomic`).
    pub atomic: bool,
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

    /// Adds the priorities of a list that are out of range to `faults`; `at` is what the list belongs to, with a dot behind.
    pub fn check_priorities(list: &[Self], at: &str, faults: &mut Violations) {
        for (index, assignment) in list.iter().enumerate() {
            let fits = assignment.priority <= Self::LAST;
            let path = format!("{at}winPolicyAssignments[{index}].priority");
            faults.require(fits, path, "must be between 0 and 10000");
        }
    }

    /// Adds the policies that a list assigns more than once to `faults`.
    pub fn check_once(list: &[Self], at: &str, faults: &mut Violations) {
        let mut seen = HashSet::new();
        for (index, assignment) in list.iter().enumerate() {
            let first = seen.insert(assignment.win_policy_id);
            let path = format!("{at}winPolicyAssignments[{index}].winPolicyId");
            faults.require(first, path, "stands twice");
        }
    }
}
