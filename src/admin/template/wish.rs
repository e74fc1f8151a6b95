//! What clients send of a template, and what it comes to. Unknown keys are ignored, as the published contract's own server
//! does.

mod deciding;
mod entra;
mod rule;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::device::Ownership;
use crate::lenient;
use crate::template::{
    AuxiliaryField, AuxiliaryFields, EntraApplication, LoginProviderType, OnNoMatch, OnUnknown,
    StatusPage, Template,
};

use super::super::Error;
use super::super::token::MASK;
use super::SecretChange;
use deciding::Deciding;

pub use entra::{WishedEntra, WishedMobilityApp};
pub use rule::WishedRule;

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
    /// What its devices show until their policies are there; none: nothing.
    pub enrollment_status_page: Option<StatusPage>,
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
    /// What its devices show until their policies are there; null: nothing.
    #[serde(default, deserialize_with = "lenient::named")]
    #[schema(value_type = Option<StatusPage>)]
    pub enrollment_status_page: Option<Option<StatusPage>>,
}

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
            enrollment_status_page: Some(self.enrollment_status_page),
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
        if let Some(page) = self.enrollment_status_page {
            body.status_page = page;
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

#[cfg(test)]
mod tests {
    use super::*;

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
