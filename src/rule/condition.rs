//! Conditions as they are evaluated: everything that they name must hold.

use crate::identifier::{Identifier, Kind};

use super::atom::Atom;
use super::compile::Rules;
use super::fact::Facts;
use super::pattern::Met;
use super::truth::Truth;

/// Numbers of atoms in two levels: the outer is "or", the inner "and".
pub(super) type Groups = Vec<Vec<u32>>;

/// A compiled condition. An empty list constrains nothing.
#[derive(Debug, Default)]
pub(super) struct Condition {
    pub(super) groups: Vec<Groups>,
    pub(super) patterns: Vec<u32>,
    pub(super) identifiers: Option<Identifiers>,
}

/// The identifiers of a condition, one of which must be the device's. Those that are written out are found by hash from
/// the device's side; here stands what kinds they are of, and what cannot be hashed.
#[derive(Debug, Default)]
pub(super) struct Identifiers {
    pub(super) kinds: u8,
    pub(super) prefixes: Vec<(Kind, String)>,
    pub(super) lists: Vec<String>,
}

/// What is worked out once for all rules.
pub(super) struct Context<'a> {
    pub(super) facts: &'a Facts,
    pub(super) own: Vec<Identifier>,
    pub(super) known_kinds: u8,
    /// Conditions that name an identifier of the device, sorted.
    pub(super) named: Vec<u32>,
    pub(super) met: Met,
}

/// The bit of a kind.
pub(super) fn bit(kind: Kind) -> u8 {
    let place = Kind::ALL.iter().position(|it| *it == kind);
    place.map_or(0, |place| 1 << place)
}

impl<'a> Context<'a> {
    pub(super) fn new(rules: &Rules, facts: &'a Facts) -> Self {
        let own = facts.identifiers();
        let mut named: Vec<u32> = own
            .iter()
            .filter_map(|it| rules.by_identifier.get(it))
            .flatten()
            .copied()
            .collect();
        named.sort_unstable();
        Self {
            facts,
            known_kinds: own.iter().fold(0, |known, it| known | bit(it.kind)),
            own,
            named,
            met: rules.patterns.met_by(facts),
        }
    }
}

impl Rules {
    /// Whether a rule holds: one of its conditions does, or it has none.
    pub(super) fn rule_holds(&self, index: usize, context: &Context<'_>) -> Truth {
        let Some(rule) = self.rules.get(index) else {
            return Truth::False;
        };
        if rule.conditions.is_empty() {
            return Truth::True;
        }
        let conditions = rule.conditions.clone();
        Truth::any(conditions.map(|number| self.condition_holds(number, context)))
    }

    pub(super) fn condition_holds(&self, number: u32, context: &Context<'_>) -> Truth {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let Some(condition) = self.conditions.get(place) else {
            return Truth::False;
        };
        let mut whole = match &condition.identifiers {
            None => Truth::True,
            Some(identifiers) => identifiers.hold(number, context),
        };
        for groups in &condition.groups {
            if whole == Truth::False {
                return whole;
            }
            whole = whole.and(self.groups_hold(groups, context.facts));
        }
        if whole != Truth::False && !condition.patterns.is_empty() {
            let patterns = condition.patterns.iter();
            let any = Truth::any(patterns.map(|it| self.patterns.holds(*it, &context.met)));
            whole = whole.and(any);
        }
        whole
    }

    fn groups_hold(&self, groups: &Groups, facts: &Facts) -> Truth {
        Truth::any(groups.iter().map(|group| {
            let atoms = group.iter().filter_map(|number| self.atom(*number));
            Truth::all(atoms.map(|atom| atom.holds(facts)))
        }))
    }

    pub(super) fn atom(&self, number: u32) -> Option<&Atom> {
        self.atoms.get(usize::try_from(number).ok()?)
    }
}

impl Identifiers {
    fn hold(&self, condition: u32, context: &Context<'_>) -> Truth {
        if context.named.binary_search(&condition).is_ok() {
            return Truth::True;
        }
        let begins = |(kind, prefix): &(Kind, String)| {
            let mut own = context.own.iter().filter(|it| it.kind == *kind);
            own.any(|it| it.value.starts_with(prefix.as_str()))
        };
        let lists = context.facts.lists();
        if self.prefixes.iter().any(begins) || self.lists.iter().any(|it| lists.contains(it)) {
            return Truth::True;
        }
        // A list may hold any identifier; without the serial number the usual one is missing.
        let lists_unknown = !self.lists.is_empty() && context.known_kinds & bit(Kind::Serial) == 0;
        if self.kinds & !context.known_kinds != 0 || lists_unknown {
            Truth::Unknown
        } else {
            Truth::False
        }
    }
}
