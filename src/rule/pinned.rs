//! What was decided of a device and why, as it is kept beside it: a rule that is changed later changes nothing here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::Identity;
use crate::template::Action;

use super::explain::Step;

/// A decision that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PinnedDecision)]
pub struct Pinned {
    /// The template whose rules decided.
    pub template_id: ObjectId,
    /// Which of its revisions that was.
    pub template_revision: i64,
    /// The rule that matched, by its name or its place.
    pub matched: Option<String>,
    /// What was done.
    pub action: Action,
    /// Whether the rules are asked again in the first management session, when more is known.
    #[serde(default)]
    pub reevaluate: bool,
    /// The approval that let the device in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<ObjectId>,
    /// The name that was given without a proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What the person filled in: pairs of a key and a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Vec<String>>)]
    pub answers: Vec<(String, String)>,
    /// Who the person is, as an identity provider proved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The rules up to the one that matched, with their tests: the last 50 rules and the first 20 tests of each.
    pub trace: Vec<Step>,
}

impl Pinned {
    /// Rules that are kept.
    pub const RULES: usize = 50;
    /// Tests of each that are kept.
    pub const TESTS: usize = 20;
}
