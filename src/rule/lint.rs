//! What an administrator should know of rules that are acceptable all the same, and each rule as a sentence.

use crate::template::{Action, Body, Condition, Rule};

/// Facts that older builds of Windows do not send.
const LATE: [&str; 3] = ["device.serial", "device.model", "device.manufacturer"];

/// What deserves a second look in a template's rules.
pub fn lint(body: &Body) -> Vec<String> {
    let mut found = Vec::new();
    for (index, rule) in body.rules.iter().enumerate() {
        let called = rule.called(index);
        let holds_always =
            rule.conditions.is_empty() || rule.conditions.iter().any(constrains_nothing);
        if rule.conditions.iter().any(constrains_nothing) {
            found.push(format!(
                "{called}: a condition is empty, so the rule holds for everybody"
            ));
        }
        if holds_always && index + 1 < body.rules.len() {
            found.push(format!(
                "rules {} to {} are unreachable: {called} holds for everybody",
                index + 2,
                body.rules.len()
            ));
            break;
        }
        if rule.action == Action::Reject && rule.conditions.iter().any(rests_on_late_facts) {
            found.push(format!(
                "{called}: it turns devices away by what Windows before 11 22H2 does not tell, and all of it is what the \
                 device says of itself: a convenience, not a control"
            ));
        }
    }
    doubled(body, &mut found);
    found
}

fn constrains_nothing(condition: &Condition) -> bool {
    let empty = |groups: &Option<Vec<Vec<String>>>| groups.as_ref().is_none_or(Vec::is_empty);
    let none = |list: &Option<Vec<String>>| list.as_ref().is_none_or(Vec::is_empty);
    empty(&condition.tags)
        && empty(&condition.auxiliary_fields)
        && empty(&condition.facts)
        && none(&condition.patterns)
        && none(&condition.identifiers)
}

fn rests_on_late_facts(condition: &Condition) -> bool {
    let facts = condition.facts.iter().flatten().flatten();
    let late = |atom: &String| {
        LATE.iter()
            .any(|name| atom.trim_start_matches('!').starts_with(name))
    };
    condition
        .identifiers
        .as_ref()
        .is_some_and(|it| !it.is_empty())
        || facts.into_iter().any(late)
}

/// The same identifier in two rules: the first wins.
fn doubled(body: &Body, found: &mut Vec<String>) {
    let mut seen = std::collections::HashMap::new();
    for (index, rule) in body.rules.iter().enumerate() {
        let identifiers = rule
            .conditions
            .iter()
            .flat_map(|it| it.identifiers.iter().flatten());
        for identifier in identifiers {
            let first = *seen.entry(identifier.to_lowercase()).or_insert(index);
            if first != index {
                let (first, second) = (called(body, first), called(body, index));
                found.push(format!(
                    "{identifier} stands in {first} and in {second}: the first wins"
                ));
            }
        }
    }
}

fn called(body: &Body, index: usize) -> String {
    body.rules
        .get(index)
        .map(|rule| rule.called(index))
        .unwrap_or_default()
}

/// A rule as a sentence, so that nobody has to guess what its brackets mean.
pub fn sentence(rule: &Rule) -> String {
    let what = match rule.action {
        Action::Enroll => "enroll",
        Action::Hold => "wait for approval",
        Action::Reject => "are turned away",
    };
    if rule.conditions.is_empty() {
        return format!("All devices {what}.");
    }
    let conditions: Vec<String> = rule.conditions.iter().map(words).collect();
    format!("Devices {what} when {}.", conditions.join("; or when "))
}

fn words(condition: &Condition) -> String {
    let mut parts = Vec::new();
    let groups = |noun: &str, groups: &Option<Vec<Vec<String>>>, parts: &mut Vec<String>| {
        let groups: Vec<String> = groups
            .iter()
            .flatten()
            .map(|group| group.join(" and "))
            .collect();
        if !groups.is_empty() {
            let text = match groups.len() {
                1 => groups.join(""),
                _ => format!("({})", groups.join(") or (")),
            };
            parts.push(format!("{noun} {text}"));
        }
    };
    groups("the user has the tags", &condition.tags, &mut parts);
    groups(
        "the user filled in",
        &condition.auxiliary_fields,
        &mut parts,
    );
    groups("it is known that", &condition.facts, &mut parts);
    for (noun, list) in [
        ("a name matches", &condition.patterns),
        ("the device is", &condition.identifiers),
    ] {
        if let Some(list) = list.as_ref().filter(|list| !list.is_empty()) {
            parts.push(format!("{noun} {}", list.join(" or ")));
        }
    }
    if parts.is_empty() {
        return "anything is so".to_owned();
    }
    parts.join(", and ")
}
