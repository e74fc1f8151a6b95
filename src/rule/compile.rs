//! A template's rules brought into the form in which they are evaluated: atoms once each, identifiers and expressions found
//! by hash and by automaton. What cannot be compiled is told with its path.

use std::collections::HashMap;
use std::ops::Range;

use crate::identifier::{Identifier, Kind};
use crate::template::{self, Action, OnNoMatch, OnUnknown};
use crate::violation::Violations;

use super::atom::{Atom, Test};
use super::candidate::Candidates;
use super::condition::{Condition, Groups, Identifiers, bit};
use super::pattern::{Pattern, Patterns};

/// Compiled rules, shared by all requests until the template changes.
#[derive(Debug, Default)]
pub struct Rules {
    pub(super) rules: Vec<Rule>,
    pub(super) conditions: Vec<Condition>,
    pub(super) atoms: Vec<Atom>,
    pub(super) patterns: Patterns,
    pub(super) by_identifier: HashMap<Identifier, Vec<u32>>,
    pub(super) candidates: Candidates,
    on_no_match: OnNoMatch,
    on_unknown: OnUnknown,
}

/// A compiled rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// Its conditions, by number; none: it holds for everybody.
    pub(super) conditions: Range<u32>,
    action: Action,
    on_unknown: Option<OnUnknown>,
}

/// Reads an atom of one of the three lists.
type Read = fn(&str) -> Result<Atom, String>;

/// Literal characters that must stand before a wildcard.
const LITERAL: usize = 3;

impl Rules {
    /// Compiles the rules of a template.
    ///
    /// # Errors
    /// What cannot be understood, each with its path.
    pub fn compile(body: &template::Body) -> Result<Self, Violations> {
        let mut rules = Self {
            on_no_match: body.on_no_match,
            on_unknown: body.on_unknown,
            ..Self::default()
        };
        let (mut faults, mut known) = (Violations::new(), HashMap::new());
        for (index, rule) in body.rules.iter().enumerate() {
            let begin = rules.next_condition();
            for (place, condition) in rule.conditions.iter().enumerate() {
                let path = format!("rules[{index}].conditions[{place}]");
                let compiled = rules.condition(condition, &path, &mut known, &mut faults);
                rules.conditions.push(compiled);
            }
            rules.rules.push(Rule {
                conditions: begin..rules.next_condition(),
                action: rule.action,
                on_unknown: rule.on_unknown,
            });
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        rules.patterns.compile();
        rules.candidates = Candidates::of(&rules);
        Ok(rules)
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether a condition names a tag that begins like this.
    pub fn name_tags(&self, beginning: &str) -> bool {
        let named =
            |atom: &Atom| matches!(&atom.test, Test::Tag(tag) if tag.starts_with(beginning));
        self.atoms.iter().any(named)
    }

    pub(super) fn action(&self, index: usize) -> Action {
        self.rules
            .get(index)
            .map(|rule| rule.action)
            .unwrap_or_default()
    }

    pub(super) fn on_unknown(&self, index: usize) -> OnUnknown {
        let own = self.rules.get(index).and_then(|rule| rule.on_unknown);
        own.unwrap_or(self.on_unknown)
    }

    pub(super) fn on_no_match(&self) -> OnNoMatch {
        self.on_no_match
    }

    fn next_condition(&self) -> u32 {
        u32::try_from(self.conditions.len()).unwrap_or(u32::MAX)
    }

    fn condition(
        &mut self,
        condition: &template::Condition,
        path: &str,
        known: &mut HashMap<String, u32>,
        faults: &mut Violations,
    ) -> Condition {
        let mut compiled = Condition::default();
        let lists: [(&str, _, Read); 3] = [
            ("tags", &condition.tags, Atom::tag),
            (
                "auxiliaryFields",
                &condition.auxiliary_fields,
                Atom::auxiliary,
            ),
            ("facts", &condition.facts, Atom::fact),
        ];
        for (name, groups, read) in lists {
            let path = format!("{path}.{name}");
            let groups = groups.as_deref().unwrap_or_default();
            let mut numbers: Groups = Vec::with_capacity(groups.len());
            for (outer, group) in groups.iter().enumerate() {
                let atoms = group.iter().enumerate();
                let numbered = atoms.filter_map(|(inner, text)| {
                    let key = format!("{name}\u{0}{text}");
                    self.numbered(key, text, read, known)
                        .map_err(|reason| faults.add(format!("{path}[{outer}][{inner}]"), reason))
                        .ok()
                });
                numbers.push(numbered.collect());
            }
            if !numbers.is_empty() {
                compiled.groups.push(numbers);
            }
        }
        for (index, text) in condition.patterns.iter().flatten().enumerate() {
            match Pattern::read(text) {
                Ok(pattern) => compiled.patterns.push(self.patterns.add(pattern)),
                Err(reason) => faults.add(format!("{path}.patterns[{index}]"), reason),
            }
        }
        if let Some(list) = condition.identifiers.as_deref().filter(|it| !it.is_empty()) {
            let mut identifiers = Identifiers::default();
            for (index, text) in list.iter().enumerate() {
                if let Err(reason) = self.identifier(text, &mut identifiers) {
                    faults.add(format!("{path}.identifiers[{index}]"), reason);
                }
            }
            compiled.identifiers = Some(identifiers);
        }
        compiled
    }

    /// The number of an atom, which is read once however often it stands in the template.
    fn numbered(
        &mut self,
        key: String,
        text: &str,
        read: Read,
        known: &mut HashMap<String, u32>,
    ) -> Result<u32, String> {
        if let Some(number) = known.get(&key) {
            return Ok(*number);
        }
        let number = u32::try_from(self.atoms.len()).unwrap_or(u32::MAX);
        self.atoms.push(read(text)?);
        known.insert(key, number);
        Ok(number)
    }

    /// `type:value`, `type:prefix*`, `list:name`, or a value of any kind.
    fn identifier(&mut self, text: &str, into: &mut Identifiers) -> Result<(), String> {
        let text = text.trim();
        if text.starts_with('!') {
            return Err("is negated, which would match almost everything".to_owned());
        }
        let condition = self.next_condition();
        if let Some((word, value)) = text.split_once(':') {
            if word.eq_ignore_ascii_case("list") {
                into.lists.push(value.trim().to_lowercase());
                return Ok(());
            }
            let mut kinds = Kind::ALL.iter().copied();
            if let Some(kind) = kinds.find(|kind| kind.word().eq_ignore_ascii_case(word.trim())) {
                into.kinds |= bit(kind);
                if let Some(prefix) = value.strip_suffix('*') {
                    into.prefixes.push((kind, prefix_of(kind, prefix)?));
                    return Ok(());
                }
                let found = Identifier::normalise(kind, value).map_err(|it| it.to_string())?;
                self.by_identifier.entry(found).or_default().push(condition);
                return Ok(());
            }
        }
        let bare = [
            Kind::Serial,
            Kind::Imei,
            Kind::Mac,
            Kind::DeviceId,
            Kind::Hwid,
            Kind::Mms,
        ];
        let mut found = false;
        for kind in bare {
            if let Ok(identifier) = Identifier::normalise(kind, text) {
                found = true;
                // Which of its kinds is meant nobody knows: the serial number is what people have.
                if matches!(kind, Kind::Serial | Kind::Mms) {
                    into.kinds |= bit(kind);
                }
                self.by_identifier
                    .entry(identifier)
                    .or_default()
                    .push(condition);
            }
        }
        if found {
            Ok(())
        } else {
            Err("is no identifier of any kind".to_owned())
        }
    }
}

/// The beginning of a value, normalised as far as a beginning can be.
fn prefix_of(kind: Kind, text: &str) -> Result<String, String> {
    let plain: String = match kind {
        Kind::Serial => text.replace([' ', '.'], "").to_ascii_uppercase(),
        Kind::Mms => return Err("has a wildcard: name the serial number alone".to_owned()),
        _ => text
            .to_ascii_lowercase()
            .replace([' ', '-', ':', '{', '}', '.'], ""),
    };
    if plain.contains('*') || plain.chars().count() < LITERAL {
        return Err("needs 3 literal characters before one '*' at the end".to_owned());
    }
    Ok(plain)
}
