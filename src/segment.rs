//! Segments: parts of an organization, in a tree below the whole, which is segment 0 and has no record.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ObjectId;

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    /// Its number within the organization, from 1.
    pub id: u32,
    /// The organization that it is a part of.
    pub organization_id: ObjectId,
    /// Its name for people; two segments may share one.
    pub name: String,
    /// The segment that it is a part of; 0: the whole organization.
    pub parent_id: u32,
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
