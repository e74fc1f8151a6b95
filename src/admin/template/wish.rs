//! What clients send of a template, and what it comes to. Unknown keys are ignored, as the published contract's own server
//! does.

mod deciding;
mod entra;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::device::Ownership;
use crate::id::ObjectId;
use crate::lenient;
use crate::policy::Assignment;
use crate::template::{
    Action, AuxiliaryField, AuxiliaryFields, Condition, EntraApplication, LoginProviderType,
    OnNoMatch, OnUnknown, Rule, Template,
};

use super::super::Error;
use super::super::token::{MASK, tidy};
use super::SecretChange;
use deciding::Deciding;

pub use entra::{WishedEntra, WishedMobilityApp};

/// A template to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WishedTemplate {
    /// Its name, unique within the organization.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 256)]
    pub description: Option<String>,
    /// Who becomes what; at least one rule assigns a policy.
    #[schema(required = true, value_type = Deciding)]
    pub rules: Option<Vec<WishedRule>>,
    /// What people are asked.
    #[schema(value_type = Option<AuxiliaryFields>)]
    pub auxiliary_fields: Option<Vec<AuxiliaryField>>,
    /// How people sign in; none: by token alone.
    pub login_provider_types: Option<Vec<LoginProviderType>>,
    /// Whether pages that ask nothing are passed over.
    pub allow_auto_continue: Option<bool>,
    /// The application of Entra ID whose tokens count.
    pub entra_id: Option<WishedEntra>,
    /// The segment that its devices lie in; 0: the whole organization.
    #[serde(default, deserialize_with = "lenient::number")]
    #[schema(value_type = Option<u32>)]
    pub segment_id: Option<u32>,
    /// What becomes of a device that meets no rule: it is turned away unless said otherwise.
    pub on_no_match: Option<OnNoMatch>,
    /// What becomes of a device of which too little is known for a rule: the rule is passed over unless said otherwise.
    pub on_unknown: Option<OnUnknown>,
    /// Whose machines its devices are, where the template alone says so.
    pub ownership: Option<Ownership>,
    /// Whether a device's own word counts: the `ownership` of a deep link.
    pub allow_claimed_ownership: Option<bool>,
}

/// What is to be changed of a template; what is not named stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangedTemplate {
    /// Its name, unique within the organization.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    pub name: Option<String>,
    /// What it is for; null or an empty text: nothing.
    #[serde(default, deserialize_with = "lenient::named")]
    #[schema(max_length = 256, value_type = Option<String>)]
    pub description: Option<Option<String>>,
    /// Who becomes what; at least one rule assigns a policy.
    #[schema(value_type = Option<Deciding>)]
    pub rules: Option<Vec<WishedRule>>,
    /// What people are asked.
    #[schema(value_type = Option<AuxiliaryFields>)]
    pub auxiliary_fields: Option<Vec<AuxiliaryField>>,
    /// How people sign in; an empty list: by token alone.
    pub login_provider_types: Option<Vec<LoginProviderType>>,
    /// Whether pages that ask nothing are passed over.
    pub allow_auto_continue: Option<bool>,
    /// The application of Entra ID whose tokens count; null: none.
    #[serde(default, deserialize_with = "lenient::named")]
    #[schema(value_type = Option<WishedEntra>)]
    pub entra_id: Option<Option<WishedEntra>>,
    /// The segment that its devices lie in; 0: the whole organization.
    #[serde(default, deserialize_with = "lenient::number")]
    #[schema(value_type = Option<u32>)]
    pub segment_id: Option<u32>,
    /// What becomes of a device that meets no rule.
    pub on_no_match: Option<OnNoMatch>,
    /// What becomes of a device of which too little is known for a rule.
    pub on_unknown: Option<OnUnknown>,
    /// Whose machines its devices are, where the template alone says so.
    #[serde(default, deserialize_with = "lenient::named")]
    #[schema(value_type = Option<Ownership>)]
    pub ownership: Option<Option<Ownership>>,
    /// Whether a device's own word counts: the `ownership` of a deep link.
    pub allow_claimed_ownership: Option<bool>,
}

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

impl WishedTemplate {
    pub(super) fn into_change(self) -> ChangedTemplate {
        ChangedTemplate {
            name: Some(self.name),
            description: Some(self.description),
            rules: Some(self.rules.unwrap_or_default()),
            auxiliary_fields: self.auxiliary_fields,
            login_provider_types: self.login_provider_types,
            allow_auto_continue: self.allow_auto_continue,
            entra_id: Some(self.entra_id),
            segment_id: self.segment_id,
            on_no_match: self.on_no_match,
            on_unknown: self.on_unknown,
            ownership: Some(self.ownership),
            allow_claimed_ownership: self.allow_claimed_ownership,
        }
    }
}

impl ChangedTemplate {
    /// Fails when it has rules and none of them assigns a policy: nobody would receive one.
    pub(super) fn decides(&self) -> Result<(), Error> {
        let assigns = |rule: &WishedRule| {
            let several = rule.win_policy_assignments.as_deref().unwrap_or_default();
            rule.win_policy_id.is_some() || !several.is_empty()
        };
        match &self.rules {
            Some(rules) if !rules.iter().any(assigns) => Err(Error::invalid(
                "rules",
                "must include at least one rule with winPolicyId or winPolicyAssignments",
            )),
            _ => Ok(()),
        }
    }

    /// Carries the changes over to a template; what becomes of its secret.
    pub(super) fn apply(self, template: &mut Template) -> SecretChange {
        if let Some(name) = self.name {
            name.trim().clone_into(&mut template.name);
        }
        if let Some(description) = self.description {
            template.description = description.filter(|text| !text.is_empty());
        }
        if let Some(segment) = self.segment_id {
            template.segment_id = segment;
        }
        let body = &mut template.body;
        if let Some(rules) = self.rules {
            body.rules = rules.into_iter().map(WishedRule::normalised).collect();
        }
        if let Some(fields) = self.auxiliary_fields {
            body.auxiliary_fields = fields;
        }
        if let Some(types) = self.login_provider_types {
            body.login_provider_types = types;
        }
        if let Some(allowed) = self.allow_auto_continue {
            body.allow_auto_continue = allowed;
        }
        if let Some(action) = self.on_no_match {
            body.on_no_match = action;
        }
        if let Some(action) = self.on_unknown {
            body.on_unknown = action;
        }
        if let Some(ownership) = self.ownership {
            body.ownership = ownership;
        }
        if let Some(allowed) = self.allow_claimed_ownership {
            body.allow_claimed_ownership = allowed;
        }
        let Some(entra) = self.entra_id else {
            return SecretChange::Keep;
        };
        let Some(application) = entra.and_then(|entra| entra.mobility_app) else {
            body.entra_id = None;
            return SecretChange::Drop;
        };
        body.entra_id = Some(EntraApplication {
            tenant_id: application.tenant_id,
            client_id: application.client_id,
        });
        if application.client_secret == MASK {
            SecretChange::Keep
        } else {
            SecretChange::Set(application.client_secret)
        }
    }
}

impl WishedRule {
    /// The rule with its single policy among the others; an explicit priority wins.
    fn normalised(self) -> Rule {
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

    #[test]
    fn rules_that_assign_no_policy_are_refused_and_no_rules_at_all_too() {
        for rules in [r#""#, r#""rules":[],"#, r#""rules":[{"tags":["a"]}],"#] {
            let json = format!("{{{rules}\"name\":\"x\"}}");
            let wish: WishedTemplate = serde_json::from_str(&json).unwrap();
            assert!(wish.into_change().decides().is_err(), "{json}");
        }
    }

    #[test]
    fn the_secret_is_not_printed() {
        let json = r#"{"tenantId":"t","clientId":"c","clientSecret":"hush"}"#;
        let application: WishedMobilityApp = serde_json::from_str(json).unwrap();
        assert!(!format!("{application:?}").contains("hush"));
    }
}
