//! Why a rule holds or does not, in words: made only when somebody asks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::template::{Body, Condition, Rule};

use super::condition::Context;
use super::fact::Facts;
use super::truth::Truth;
use super::{Decision, Rules};

/// A rule that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RuleStep)]
pub struct Step {
    /// Its name, or its place: `rule 3`.
    pub rule: String,
    /// Whether it holds.
    pub result: Truth,
    /// What that rests on.
    pub because: Vec<Because>,
}

/// One test of a rule, with what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RuleBecause)]
pub struct Because {
    /// The test as it stands in the template.
    pub atom: String,
    /// Whether it holds.
    pub result: Truth,
    /// What was compared; none: nobody told.
    pub got: Option<String>,
}

impl Rule {
    /// Its name, or its place.
    pub fn called(&self, index: usize) -> String {
        match &self.name {
            Some(name) if !name.trim().is_empty() => name.clone(),
            _ => format!("rule {}", index + 1),
        }
    }
}

impl Rules {
    /// The rules that were looked at before the decision, each with its tests. `body` is what these rules were compiled of.
    pub fn explain(&self, body: &Body, facts: &Facts, decision: &Decision) -> Vec<Step> {
        let context = Context::new(self, facts);
        let last = decision.matched.or(decision.unknown);
        let looked_at = body.rules.iter().enumerate();
        looked_at
            .take(last.map_or(usize::MAX, |last| last + 1))
            .map(|(index, rule)| Step {
                rule: rule.called(index),
                result: self.rule_holds(index, &context),
                because: because(rule, facts),
            })
            .collect()
    }
}

/// Each test of a rule, compiled by itself: that is how its own truth is known.
fn because(rule: &Rule, facts: &Facts) -> Vec<Because> {
    let mut found = Vec::new();
    for condition in &rule.conditions {
        for (atom, alone) in alone(condition) {
            let result = holds(alone, facts);
            let got = got(&atom, facts);
            found.push(Because { atom, result, got });
        }
    }
    found
}

/// The tests of a condition, each as a condition of its own.
fn alone(condition: &Condition) -> Vec<(String, Condition)> {
    let mut found = Vec::new();
    let groups = |groups: &Option<Vec<Vec<String>>>| -> Vec<String> {
        groups.iter().flatten().flatten().cloned().collect()
    };
    let one = |atom: &String| Some(vec![vec![atom.clone()]]);
    for atom in groups(&condition.tags) {
        let tags = one(&atom);
        found.push((
            atom,
            Condition {
                tags,
                ..Condition::default()
            },
        ));
    }
    for atom in groups(&condition.auxiliary_fields) {
        let auxiliary_fields = one(&atom);
        found.push((
            atom,
            Condition {
                auxiliary_fields,
                ..Condition::default()
            },
        ));
    }
    for atom in groups(&condition.facts) {
        let facts = one(&atom);
        found.push((
            atom,
            Condition {
                facts,
                ..Condition::default()
            },
        ));
    }
    for atom in condition.patterns.iter().flatten() {
        let patterns = Some(vec![atom.clone()]);
        found.push((
            atom.clone(),
            Condition {
                patterns,
                ..Condition::default()
            },
        ));
    }
    for atom in condition.identifiers.iter().flatten() {
        let identifiers = Some(vec![atom.clone()]);
        found.push((
            atom.clone(),
            Condition {
                identifiers,
                ..Condition::default()
            },
        ));
    }
    found
}

fn holds(condition: Condition, facts: &Facts) -> Truth {
    let rule = Rule {
        conditions: vec![condition],
        ..Rule::default()
    };
    let body = Body {
        rules: vec![rule],
        ..Body::default()
    };
    match Rules::compile(&body) {
        Ok(rules) => rules.rule_holds(0, &Context::new(&rules, facts)),
        Err(_) => Truth::Unknown,
    }
}

/// What a test was compared with, as far as its words tell.
fn got(atom: &str, facts: &Facts) -> Option<String> {
    let plain = atom.trim_start_matches('!').to_lowercase();
    let name = plain
        .split([':', '!', '<', '>', '~', '='])
        .next()?
        .trim()
        .to_owned();
    let target = match name.as_str() {
        "devicename" => "device.name",
        "serial" | "imei" | "mac" | "hwid" | "model" | "manufacturer" => {
            return facts.first(&format!("device.{name}")).map(str::to_owned);
        }
        "list" => "device.serial",
        other => other,
    };
    let filled_in = facts.auxiliary().get(target).cloned();
    facts.first(target).map(str::to_owned).or(filled_in)
}
