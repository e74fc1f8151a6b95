//! An enrolled machine: its own id, what it says of itself, and where it stands in its life.

mod credentials;
mod event;
mod facts;
mod inventory;
mod report;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::id::ObjectId;
use crate::policy::Assignment;
use crate::rule::Pinned;
use crate::token::stored_as;

pub use self::credentials::SessionCredentials;
pub use self::event::Event;
pub use self::facts::{Facts, identifier, imei_key, same_identifier, serial_key};
pub use self::inventory::Inventory;
pub use self::report::{DirectoryReport, ReportState};

/// A device as the store knows it. What the client asserts are attributes, never its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Its identifier in the API.
    pub id: ObjectId,
    /// Its identifier on the wire: the subject of its certificate and its `EntDMID`.
    pub guid: Uuid,
    /// The organization that it belongs to.
    pub organization_id: ObjectId,
    /// Where it stands.
    pub state: State,
    /// The person it belongs to, as its credential proved.
    pub owner: Option<String>,
    /// The token that let it in.
    pub token_id: Option<ObjectId>,
    /// Its name for people.
    pub display_name: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The segment that it lies in; 0: the whole organization.
    pub segment_id: u32,
    /// The policies that it receives.
    pub policies: Vec<Assignment>,
    /// The template that it enrolled by.
    pub template_id: Option<ObjectId>,
    /// The device of which this turned out to be an older record.
    pub merged_into: Option<ObjectId>,
    /// The device of which this may be a clone, or whose hardware it claims.
    pub clone_of: Option<ObjectId>,
    /// Whose machine it is.
    pub ownership: Ownership,
    /// Whether an administrator said so: then enrollments do not change it.
    pub ownership_fixed: bool,
    /// What the computer is to be called, until it has been told.
    pub computer_name: Option<String>,
    /// What the rules decided when it enrolled last, and why.
    pub decision: Option<Pinned>,
    /// What it said of itself when it enrolled last.
    pub facts: Facts,
    /// What it told of itself in its management sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Inventory>,
    /// When it enrolled first.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it received its latest certificate.
    #[schema(value_type = String, format = DateTime)]
    pub enrolled_at: Timestamp,
    /// Its latest management session.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen_at: Option<Timestamp>,
    /// Its latest change, by an administrator or by an enrollment.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
    /// Counts its changes.
    #[serde(skip)]
    #[schema(ignore)]
    pub revision: i64,
}

/// Where a device stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = DeviceState)]
pub enum State {
    /// It was promised a certificate and has not yet opened a management session.
    Provisioning,
    /// It has opened a management session: the enrollment took hold.
    Active,
    /// It has left.
    Deleted,
    /// An administrator wants it to leave; it has not been told yet.
    DeleteRequested,
    /// Nothing is known of it.
    Unknown,
}

stored_as!(State, Provisioning "PROVISIONING", Active "ACTIVE", Deleted "DELETED",
    DeleteRequested "DELETE_REQUESTED", Unknown "UNKNOWN");

/// Whose machine a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// The organization's.
    Corporate,
    /// Somebody else's, as far as is known.
    #[default]
    Personal,
}

stored_as!(Ownership, Corporate "corporate", Personal "personal");

/// The `EnrollmentType` context item: who the enrollment is for (MS-MDE2 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum EnrollmentType {
    /// For the user: the certificate goes to the user's store.
    Full,
    /// For the machine: the certificate goes to the machine's store.
    Device,
}

stored_as!(EnrollmentType, Full "Full", Device "Device");
