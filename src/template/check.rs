//! What is acceptable of a template.

use std::collections::BTreeSet;

use crate::policy::Assignment;
use crate::violation::Violations;

use super::{AuxiliaryField, Body, Condition, FieldType, Rule};

/// Characters of a name, a tag, a key or a title.
const NAME: usize = 128;
/// Characters of a longer text.
const TEXT: usize = 256;
/// Rules of a template.
const RULES: usize = 200;
/// Fields of a template.
const FIELDS: usize = 20;
/// Conditions of a rule, and entries of each of its lists but identifiers.
const MANY: usize = 50;
/// Identifiers of a condition, and options of a field.
const IDENTIFIERS: usize = 1_000;
const OPTIONS: usize = 200;

/// Adds what is not acceptable of a template to `faults`.
pub fn check(name: &str, description: Option<&str>, body: &Body, faults: &mut Violations) {
    faults.require(!name.trim().is_empty(), "name", "is missing");
    faults.at_most("name", name, NAME);
    faults.at_most("description", description.unwrap_or_default(), TEXT);
    few(faults, "rules", body.rules.len(), RULES);
    for (index, rule) in body.rules.iter().enumerate().take(RULES) {
        check_rule(rule, &format!("rules[{index}]"), faults);
    }
    few(
        faults,
        "auxiliaryFields",
        body.auxiliary_fields.len(),
        FIELDS,
    );
    for (index, field) in body.auxiliary_fields.iter().enumerate().take(FIELDS) {
        check_field(field, &format!("auxiliaryFields[{index}]"), faults);
    }
    if let Some(page) = &body.status_page {
        page.check("enrollmentStatusPage", faults);
    }
    if let Some(application) = &body.entra_id {
        for (field, value) in [
            ("tenantId", &application.tenant_id),
            ("clientId", &application.client_id),
        ] {
            let path = format!("entraId.mobilityApp.{field}");
            faults.require(!value.is_empty(), path.as_str(), "is missing");
            faults.at_most(path, value, TEXT);
        }
    }
}

/// Adds the keys of fields that stand more than once to `faults`.
pub fn check_keys(body: &Body, faults: &mut Violations) {
    let mut keys = BTreeSet::new();
    for (index, field) in body.auxiliary_fields.iter().enumerate() {
        let first = keys.insert(&field.key);
        faults.require(
            first,
            format!("auxiliaryFields[{index}].key"),
            "stands twice",
        );
    }
}

fn check_rule(rule: &Rule, path: &str, faults: &mut Violations) {
    let at = |field: &str| format!("{path}.{field}");
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    faults.at_most(at("name"), &text(&rule.name), TEXT);
    let pattern = text(&rule.display_name_pattern);
    faults.at_most(at("displayNamePattern"), &pattern, TEXT);
    faults.at_most(at("message"), &text(&rule.message), TEXT);
    few(faults, at("tags"), rule.tags.len(), MANY);
    for (index, tag) in rule.tags.iter().enumerate().take(MANY) {
        faults.at_most(format!("{path}.tags[{index}]"), tag, NAME);
    }
    few(faults, at("conditions"), rule.conditions.len(), MANY);
    for (index, condition) in rule.conditions.iter().enumerate().take(MANY) {
        check_condition(condition, &format!("{path}.conditions[{index}]"), faults);
    }
    Assignment::check_priorities(&rule.win_policy_assignments, &at(""), faults);
}

fn check_condition(condition: &Condition, path: &str, faults: &mut Violations) {
    for (field, groups) in [
        ("tags", &condition.tags),
        ("auxiliaryFields", &condition.auxiliary_fields),
        ("facts", &condition.facts),
    ] {
        let Some(groups) = groups else { continue };
        let at = format!("{path}.{field}");
        few(faults, at.as_str(), groups.len(), MANY);
        for (index, group) in groups.iter().enumerate().take(MANY) {
            let at = format!("{at}[{index}]");
            let reason = "is empty: and of nothing would hold for everybody";
            faults.require(!group.is_empty(), at.as_str(), reason);
            atoms(group, &at, MANY, faults);
        }
    }
    for (field, list, most) in [
        ("patterns", &condition.patterns, MANY),
        ("identifiers", &condition.identifiers, IDENTIFIERS),
    ] {
        if let Some(list) = list {
            atoms(list, &format!("{path}.{field}"), most, faults);
        }
    }
}

fn atoms(list: &[String], path: &str, most: usize, faults: &mut Violations) {
    few(faults, path, list.len(), most);
    for (index, atom) in list.iter().enumerate().take(most) {
        let at = format!("{path}[{index}]");
        faults.require(!atom.is_empty(), at.as_str(), "is empty");
        faults.at_most(at, atom, TEXT);
    }
}

fn check_field(field: &AuxiliaryField, path: &str, faults: &mut Violations) {
    let at = |name: &str| format!("{path}.{name}");
    let mut letters = field.key.chars();
    let begins = letters.next().is_some_and(|c| c.is_ascii_alphabetic());
    let goes_on = letters.all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    let reason = "must begin with a letter and have letters, digits, '_', '.' and '-' alone";
    faults.require(begins && goes_on, at("key"), reason);
    faults.at_most(at("key"), &field.key, NAME);
    faults.at_most(
        at("title"),
        field.title.as_deref().unwrap_or_default(),
        NAME,
    );
    let description = field.description.as_deref().unwrap_or_default();
    faults.at_most(at("description"), description, TEXT);
    faults.require(
        field.kind == FieldType::Text || !field.options.is_empty(),
        at("options"),
        "is empty: there is nothing to select",
    );
    few(faults, at("options"), field.options.len(), OPTIONS);
    for (index, option) in field.options.iter().enumerate().take(OPTIONS) {
        faults.at_most(format!("{path}.options[{index}]"), option, TEXT);
    }
}

fn few(faults: &mut Violations, path: impl Into<String>, count: usize, most: usize) {
    faults.require(count <= most, path, format!("has more than {most} entries"));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn faults(body: Value) -> Vec<String> {
        let body: Body = serde_json::from_value(body).unwrap();
        let mut faults = Violations::new();
        check("Kiosks", None, &body, &mut faults);
        let found = faults.into_result().err().unwrap_or_default();
        found.into_iter().map(|it| it.path).collect()
    }

    #[test]
    fn and_of_nothing_is_refused_and_no_condition_is_not() {
        let with = |condition| json!({ "rules": [{ "conditions": [condition] }] });
        assert!(faults(with(json!({}))).is_empty());
        assert!(faults(with(json!({ "tags": [] }))).is_empty());
        assert_eq!(
            faults(with(json!({ "tags": [["a"], []] }))),
            ["rules[0].conditions[0].tags[1]"]
        );
    }

    #[test]
    fn a_field_to_select_has_options_and_each_key_stands_once() {
        let fields = json!({ "auxiliaryFields": [
            { "type": "select", "key": "department" },
            { "key": "department" },
            { "key": "1st" },
        ] });
        assert_eq!(
            faults(fields.clone()),
            ["auxiliaryFields[0].options", "auxiliaryFields[2].key"]
        );
        let body: Body = serde_json::from_value(fields).unwrap();
        let mut faults = Violations::new();
        check_keys(&body, &mut faults);
        let found = faults.into_result().unwrap_err();
        assert_eq!(found[0].path, "auxiliaryFields[1].key");
    }

    #[test]
    fn every_fault_is_told_with_its_path() {
        let policy = "0123456789abcdef01234567";
        let assigned = |priority| json!({ "winPolicyId": policy, "priority": priority });
        let rules = json!({ "rules": [
            { "name": "x".repeat(257), "tags": ["x".repeat(129)] },
            { "winPolicyAssignments": [assigned(10_001), assigned(1)] },
        ] });
        assert_eq!(
            faults(rules),
            [
                "rules[0].name",
                "rules[0].tags[0]",
                "rules[1].winPolicyAssignments[0].priority"
            ]
        );
    }
}
