//! The tenant: everything else belongs to exactly one.

use jiff::Timestamp;
use serde::Serialize;

use crate::id::ObjectId;

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Its identifier.
    pub id: ObjectId,
    /// Its name in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Organization {
    /// The slug of the organization that exists from the first start.
    pub const DEFAULT: &str = "default";
}
