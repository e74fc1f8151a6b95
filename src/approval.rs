//! Devices that wait for an administrator: held by a rule, approved or denied, and let in when they ask again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::rule::Pinned;
use crate::token::stored_as;

/// A device that was told to wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Its identifier.
    pub id: ObjectId,
    /// The organization that it asks to join.
    pub organization_id: ObjectId,
    /// How it stands.
    pub state: State,
    /// The token that it shows.
    pub token_id: ObjectId,
    /// The template whose rules hold it; none: it may be the clone of another device.
    pub template_id: Option<ObjectId>,
    /// The segment that it would lie in.
    pub segment_id: u32,
    /// Its `DeviceID`, in the form in which two are compared.
    #[serde(skip)]
    #[schema(ignore)]
    pub device_key: String,
    /// Its `HWDevID`.
    pub hardware_id: Option<String>,
    /// The person that its credential proves.
    pub owner: Option<String>,
    /// What it calls itself.
    pub device_name: Option<String>,
    /// What it says of itself: pairs of a name and a value, in order.
    #[schema(value_type = Vec<Vec<String>>)]
    pub facts: Vec<(String, String)>,
    /// What the rules said.
    pub decision: Option<Pinned>,
    /// The attempt in which it asked last.
    pub attempt_id: Option<ObjectId>,
    /// How often it asked.
    pub asked: u32,
    /// When it asked first.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it asked last, or was decided on.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// When an administrator decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    /// The key that decided.
    pub decided_by: Option<ObjectId>,
    /// What the administrator wrote; a denied device shows it to its user.
    pub note: Option<String>,
    /// The device that came of it.
    pub device_id: Option<ObjectId>,
    /// Counts its changes.
    #[serde(skip)]
    #[schema(ignore)]
    pub revision: i64,
}

/// How an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = ApprovalState)]
pub enum State {
    /// Nobody has decided.
    Pending,
    /// The device may come in when it asks again.
    Approved,
    /// The device is turned away.
    Denied,
    /// The device came in.
    Enrolled,
}

stored_as!(State, Pending "PENDING", Approved "APPROVED", Denied "DENIED", Enrolled "ENROLLED");

/// What an administrator decides of a device that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may come in.
    Approve,
    /// It is turned away.
    Deny,
}

impl From<Decision> for State {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Approve => Self::Approved,
            Decision::Deny => Self::Denied,
        }
    }
}
