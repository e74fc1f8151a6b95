//! What clients send of a rule, and what it comes to.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::lenient;
use crate::policy::Assignment;
use crate::template::{Action, Condition, OnUnknown, Rule};

use super::super::super::token::tidy;

/// A rule to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WishedRule {
    /// Its name.
    #[schema(max_length = 256)]
    pub name: Option<String>,
    /// How its devices are named.
    #[schema(max_length = 256)]
    pub display_name_pattern: Option<String>,
    /// Whether the computer itself receives that name as well.
    pub set_device_name: Option<bool>,
    /// Tags that its devices receive.
    #[schema(max_items = 50, value_type = Option<Vec<RuleTag>>)]
    pub tags: Option<Vec<String>>,
    /// One of them must hold; none: it holds for everybody.
    #[schema(max_items = 50)]
    pub conditions: Option<Vec<Condition>>,
    /// One policy, as if it were assigned with a priority of 100.
    pub win_policy_id: Option<ObjectId>,
    /// Policies that its devices receive.
    pub win_policy_assignments: Option<Vec<Assignment>>,
    /// The segment that its devices lie in, over the template's.
    #[serde(default, deserialize_with = "lenient::number")]
    #[schema(value_type = Option<u32>)]
    pub segment_id: Option<u32>,
    /// What is done with its devices: they enroll unless said otherwise.
    pub action: Option<Action>,
    /// What the user is told, where the device is held or turned away.
    #[schema(max_length = 256)]
    pub message: Option<String>,
    /// What is done when it cannot be told, over the template's.
    pub on_unknown: Option<OnUnknown>,
}

/// A tag of a rule.
#[derive(ToSchema)]
#[schema(max_length = 128)]
#[expect(
    dead_code,
    reason = "it describes itself in the OpenAPI document alone"
)]
struct RuleTag(String);

impl WishedRule {
    /// The rule with its single policy among the others; an explicit priority wins.
    pub(super) fn normalised(self) -> Rule {
        let mut assignments = self.win_policy_assignments.unwrap_or_default();
        if let Some(one) = self.win_policy_id
            && assignments.iter().all(|it| it.win_policy_id != one)
        {
            assignments.push(Assignment {
                win_policy_id: one,
                priority: Assignment::USUAL,
            });
        }
        Rule {
            name: self.name,
            display_name_pattern: self.display_name_pattern,
            set_device_name: self.set_device_name.unwrap_or_default(),
            tags: tidy(self.tags.unwrap_or_default()),
            conditions: self.conditions.unwrap_or_default(),
            win_policy_assignments: assignments,
            segment_id: self.segment_id,
            action: self.action.unwrap_or_default(),
            message: self.message,
            on_unknown: self.on_unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_policy_joins_the_assignments_and_an_explicit_priority_wins() {
        let json = r#"{"winPolicyId":"0123456789abcdef01234567","winPolicyAssignments":
            [{"winPolicyId":"0123456789abcdef01234567","priority":3}]}"#;
        let rule: WishedRule = serde_json::from_str(json).unwrap();
        let priorities = |rule: Rule| -> Vec<u16> {
            rule.win_policy_assignments
                .iter()
                .map(|it| it.priority)
                .collect()
        };
        assert_eq!(priorities(rule.normalised()), [3]);
        let json = r#"{"winPolicyId":"0123456789abcdef01234567"}"#;
        let rule: WishedRule = serde_json::from_str(json).unwrap();
        assert_eq!(priorities(rule.normalised()), [100]);
    }
}
