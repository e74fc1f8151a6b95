//! Restrictions: which devices may enroll at all, and how many, before any rule is asked.
//!
//! Several may concern a device. Each value is taken from the one with the smallest priority number that says something
//! of it, so that an exception for a few stands before the rule for all. What a device does not tell excludes nobody.

mod effective;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;

pub use self::effective::{Concerned, Effective, Excluded, Limit};

/// A restriction of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restriction {
    /// Its identifier.
    pub id: ObjectId,
    /// The organization that it belongs to.
    pub organization_id: ObjectId,
    /// Its name, unique within the organization in any case.
    pub name: String,
    /// Its place among the others: the smaller number comes first.
    pub priority: u32,
    /// What it says.
    #[serde(flatten)]
    pub body: Body,
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

/// What a restriction says: whom it concerns, and what it allows them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Body {
    /// What it is for.
    #[schema(max_length = 256)]
    pub description: Option<String>,
    /// It concerns people with one of these tags; none: everybody.
    #[schema(max_items = 50, value_type = Vec<RestrictionWord>)]
    pub user_tags: Vec<String>,
    /// It concerns devices that enroll by one of these templates; none: by any, or by none.
    #[schema(max_items = 50)]
    pub template_ids: Vec<ObjectId>,
    /// Devices that one person may have.
    #[schema(minimum = 1)]
    pub user_device_limit: Option<u32>,
    /// Devices that one token may have.
    #[schema(minimum = 1)]
    pub token_device_limit: Option<u32>,
    /// Devices that the organization may have.
    #[schema(minimum = 1)]
    pub organization_device_limit: Option<u32>,
    /// The oldest Windows, such as `10.0.19045`.
    #[schema(pattern = "^[0-9]{1,9}([.][0-9]{1,9}){1,3}$")]
    pub os_minimum_version: Option<String>,
    /// The newest Windows.
    #[schema(pattern = "^[0-9]{1,9}([.][0-9]{1,9}){1,3}$")]
    pub os_maximum_version: Option<String>,
    /// Editions that may not enroll, by SKU number.
    #[schema(max_items = 100)]
    pub blocked_editions: Vec<u32>,
    /// The only editions that may enroll; none: all.
    #[schema(max_items = 100)]
    pub allowed_editions: Vec<u32>,
    /// Manufacturers whose devices may not enroll.
    #[schema(max_items = 50, value_type = Vec<RestrictionWord>)]
    pub blocked_manufacturers: Vec<String>,
    /// Whether only devices of the organization may enroll.
    pub block_personal: Option<bool>,
    /// Whether no device may enroll.
    pub block_all: Option<bool>,
}

/// A tag, or a manufacturer.
#[derive(ToSchema)]
#[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
#[expect(
    dead_code,
    reason = "it describes itself in the OpenAPI document alone"
)]
struct RestrictionWord(String);
