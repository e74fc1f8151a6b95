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

/// A template's tests, each compiled by itself: that is how its own truth is known.
#[derive(Debug, Default)]
pub struct Explainer(Vec<Explained>);

#[derive(Debug)]
struct Explained {
    called: String,
    tests: Vec<(String, Option<Rules>)>,
}

impl Explainer {
    /// The explainer of a template, which tells at most so many tests of each rule.
    pub fn of(body: &Body, tests: usize) -> Self {
        let explained = body.rules.iter().enumerate().map(|(index, rule)| {
            let alone = rule.conditions.iter().flat_map(alone).take(tests);
            Explained {
                called: rule.called(index),
                tests: alone.map(|(atom, alone)| (atom, compiled(alone))).collect(),
            }
        });
        Self(explained.collect())
    }

    /// The last rules that were looked at before the decision, so many at most, each with its tests. `rules` and this one
    /// are of the same template.
    pub fn steps(
        &self,
        rules: &Rules,
        facts: &Facts,
        decision: &Decision,
        most: usize,
    ) -> Vec<Step> {
        let context = Context::new(rules, facts);
        let last = decision.matched.or(decision.unknown);
        let looked_at = last.map_or(self.0.len(), |last| last + 1);
        let explained = self.0.iter().enumerate().take(looked_at);
        explained
            .skip(looked_at.saturating_sub(most))
            .map(|(index, explained)| Step {
                rule: explained.called.clone(),
                result: rules.rule_holds(index, &context),
                because: explained.because(facts),
            })
            .collect()
    }
}

impl Explained {
    fn because(&self, facts: &Facts) -> Vec<Because> {
        let tests = self.tests.iter().map(|(atom, rules)| Because {
            atom: atom.clone(),
            result: rules.as_ref().map_or(Truth::Unknown, |rules| {
                rules.rule_holds(0, &Context::new(rules, facts))
            }),
            got: got(atom, facts),
        });
        tests.collect()
    }
}

impl Rules {
    /// The rules that were looked at before the decision, each with its tests. `body` is what these rules were compiled of.
    pub fn explain(&self, body: &Body, facts: &Facts, decision: &Decision) -> Vec<Step> {
        Explainer::of(body, usize::MAX).steps(self, facts, decision, usize::MAX)
    }
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

/// A condition as the only one of the only rule.
fn compiled(condition: Condition) -> Option<Rules> {
    let rule = Rule {
        conditions: vec![condition],
        ..Rule::default()
    };
    let body = Body {
        rules: vec![rule],
        ..Body::default()
    };
    Rules::compile(&body).ok()
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
