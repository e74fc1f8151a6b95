//! What Entra ID is told of a device (ENTRA 7), and how far that came.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::token::stored_as;

/// What Entra ID is told of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryReport {
    /// The template whose application tells it.
    pub template_id: ObjectId,
    /// The device's identifier in the directory (`deviceId`).
    pub directory_device_id: String,
    /// `isManaged`.
    pub is_managed: bool,
    /// `isCompliant`; none: nothing is said of it.
    pub is_compliant: Option<bool>,
    /// How far it came.
    pub state: ReportState,
    /// Tries so far.
    pub tries: u32,
    /// When it was told.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub told_at: Option<Timestamp>,
    /// Why the last try failed, in a sentence.
    pub problem: Option<String>,
}

/// How far a report came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReportState {
    /// It is told as soon as possible.
    Pending,
    /// The directory has it.
    Done,
    /// The tenant does not permit it to the application; it is not tried again.
    NotPermitted,
    /// It was given up.
    Failed,
}

stored_as!(ReportState, Pending "pending", Done "done", NotPermitted "notPermitted", Failed "failed");
