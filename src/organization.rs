//! The tenant: everything else belongs to exactly one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ObjectId;

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Its identifier.
    pub id: ObjectId,
    /// Its name in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl Organization {
    /// The slug of the organization that exists from the first start.
    pub const DEFAULT: &str = "default";
}
