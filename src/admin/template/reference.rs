//! What templates refer to: policies and segments, and the segments around one.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::rule;
use crate::store::{self, Transaction};
use crate::template::{Template, check_keys};
use crate::violation::Violations;

use super::super::Error;
use super::super::policy::assigned;

/// How far a list of templates looks around a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExpandTo {
    /// The segment, and those above it.
    Ancestors,
    /// The segment, and those below it.
    Children,
}

/// Fails unless the policies and segments that a template names are there, each policy once in a rule, unless each
/// field has a key of its own, and unless its rules can be understood.
pub(super) fn refer(tx: &mut Transaction<'_>, template: &Template) -> Result<(), Error> {
    let organization = template.organization_id;
    let rules = &template.body.rules;
    let segments = rules.iter().filter_map(|rule| rule.segment_id);
    for segment in segments.chain([template.segment_id]) {
        if segment != 0 && !tx.segment_exists(organization, segment)? {
            return Err(Error::NotFound("segment"));
        }
    }
    let names = tx.policy_names(organization)?;
    let lists = rules.iter().enumerate().map(|(index, rule)| {
        let assignments = rule.win_policy_assignments.as_slice();
        (format!("rules[{index}]."), assignments)
    });
    assigned(&names, lists)?;
    let mut faults = Violations::new();
    check_keys(&template.body, &mut faults);
    rule::check(&template.body, &mut faults);
    Ok(faults.into_result()?)
}

/// The segments that a list looks at: `,1,5,`.
pub(super) fn segments_around(
    tx: &mut Transaction<'_>,
    organization: ObjectId,
    segment: u32,
    expand: Option<ExpandTo>,
) -> Result<String, store::Error> {
    let around = match expand {
        None => [segment].into(),
        Some(ExpandTo::Children) => tx.segments_below(organization, &[segment])?,
        Some(ExpandTo::Ancestors) => tx.segments_above(organization, segment)?,
    };
    Ok(around
        .iter()
        .fold(",".to_owned(), |list, segment| format!("{list}{segment},")))
}
