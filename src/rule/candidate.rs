//! Which rules can be anything but false, found by hash: with thousands of rules most are passed over unseen.

use std::collections::{BTreeSet, HashMap};

use super::atom::{Test, Wanted};
use super::compile::Rules;
use super::condition::{Condition, Context};

/// Conditions by something without which they are false.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    rule_of: Vec<u32>,
    /// Those that name identifiers alone of these kinds: false unless named or of an unknown kind.
    by_kinds: Vec<(u8, Vec<u32>)>,
    by_tag: HashMap<String, Vec<u32>>,
    /// By a field and its value, and all of a field for when it is unknown.
    by_value: HashMap<(Field, String), Vec<u32>>,
    by_field: HashMap<Field, Vec<u32>>,
    /// Those of which nothing of the kind can be said, and rules without a condition.
    always: Vec<u32>,
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Field {
    Auxiliary(String),
    Fact(String),
}

/// What a group of atoms needs.
enum Key {
    Tag(String),
    Value(Field, String),
}

impl Candidates {
    pub(super) fn of(rules: &Rules) -> Self {
        let mut found = Self::default();
        for (index, rule) in rules.rules.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            if rule.conditions.is_empty() {
                found.always.push(index);
            }
            for number in rule.conditions.clone() {
                found.rule_of.push(index);
                let place = usize::try_from(number).unwrap_or(usize::MAX);
                if let Some(condition) = rules.conditions.get(place) {
                    found.add(rules, condition, index);
                }
            }
        }
        found
    }

    fn add(&mut self, rules: &Rules, condition: &Condition, rule: u32) {
        if let Some(identifiers) = &condition.identifiers
            && identifiers.prefixes.is_empty()
            && identifiers.lists.is_empty()
        {
            match self
                .by_kinds
                .iter_mut()
                .find(|(kinds, _)| *kinds == identifiers.kinds)
            {
                Some((_, listed)) => listed.push(rule),
                None => self.by_kinds.push((identifiers.kinds, vec![rule])),
            }
            return;
        }
        for groups in &condition.groups {
            let keys: Option<Vec<Key>> = groups.iter().map(|group| key(rules, group)).collect();
            let Some(keys) = keys else { continue };
            for key in keys {
                match key {
                    Key::Tag(tag) => self.by_tag.entry(tag).or_default().push(rule),
                    Key::Value(field, value) => {
                        self.by_field.entry(field.clone()).or_default().push(rule);
                        self.by_value.entry((field, value)).or_default().push(rule);
                    }
                }
            }
            return;
        }
        self.always.push(rule);
    }
}

/// An atom of a group without which the group is not true: an equality that is not negated.
fn key(rules: &Rules, group: &[u32]) -> Option<Key> {
    let atoms = group.iter().filter_map(|number| rules.atom(*number));
    atoms
        .filter(|atom| !atom.negated)
        .find_map(|atom| match &atom.test {
            Test::Tag(tag) => Some(Key::Tag(tag.clone())),
            Test::Auxiliary {
                key,
                wanted: Wanted::Equal(value),
            } => Some(Key::Value(Field::Auxiliary(key.clone()), value.clone())),
            Test::Fact {
                name,
                wanted: Wanted::Equal(value),
            } => Some(Key::Value(Field::Fact(name.clone()), value.clone())),
            _ => None,
        })
}

impl Rules {
    /// The rules that may hold or be unknown, in order.
    pub(super) fn candidates(&self, context: &Context<'_>) -> BTreeSet<usize> {
        let (found, facts) = (&self.candidates, context.facts);
        let mut rules: BTreeSet<u32> = found.always.iter().copied().collect();
        let of_condition = |number: &u32| found.rule_of.get(usize::try_from(*number).ok()?);
        rules.extend(context.named.iter().filter_map(of_condition));
        for (kinds, listed) in &found.by_kinds {
            if kinds & !context.known_kinds != 0 {
                rules.extend(listed);
            }
        }
        for tag in facts.tags() {
            rules.extend(found.by_tag.get(tag).into_iter().flatten());
        }
        for source in facts.unheard_of() {
            let unknown = found.by_tag.iter();
            let unknown = unknown.filter(|(tag, _)| tag.starts_with(source));
            rules.extend(unknown.flat_map(|(_, listed)| listed));
        }
        for (field, listed) in &found.by_field {
            let known: Vec<String> = match field {
                Field::Auxiliary(key) => facts.auxiliary().get(key).cloned().into_iter().collect(),
                Field::Fact(name) => {
                    let values = facts.of(name).iter();
                    values.map(|value| value.text.to_lowercase()).collect()
                }
            };
            if known.is_empty() {
                rules.extend(listed);
            }
            for value in known {
                let key = (field.clone(), value);
                rules.extend(found.by_value.get(&key).into_iter().flatten());
            }
        }
        let places = rules.into_iter();
        places
            .filter_map(|rule| usize::try_from(rule).ok())
            .collect()
    }
}
