//! Patterns: regular expressions or shell globs over a few names of the device and its user. One of a list is enough.

use globset::GlobBuilder;
use regex::{RegexSet, RegexSetBuilder};

use super::atom::{COMPILED, LONGEST, expression};
use super::fact::Facts;
use super::truth::Truth;

/// What a pattern is compared with: the prefix that chooses it, and the fact.
const TARGETS: [(&str, &str); 5] = [
    ("email=", "email"),
    ("deviceName=", "device.name"),
    ("model=", "device.model"),
    ("manufacturer=", "device.manufacturer"),
    ("serial=", "device.serial"),
];
/// The targets of a pattern without a prefix: address, name of the device, model.
const USUAL: u8 = 0b111;
const GLOB: &str = "glob:";

/// A pattern, read.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// A bit for each target.
    targets: u8,
    expression: String,
}

/// All patterns of a template, each expression run once for all of them.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    all: Vec<Pattern>,
    sets: Vec<(usize, RegexSet, Vec<u32>)>,
}

/// Which patterns some facts meet.
pub(super) struct Met {
    met: Vec<bool>,
    known: u8,
}

impl Pattern {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if text.chars().count() > LONGEST {
            return Err(format!("has more than {LONGEST} characters"));
        }
        let mut targets = USUAL;
        let mut rest = text;
        for (place, (prefix, _)) in TARGETS.iter().enumerate() {
            if let Some(after) = text.strip_prefix(prefix) {
                targets = 1 << place;
                rest = after;
            }
        }
        let bare = rest.strip_prefix(GLOB).unwrap_or(rest);
        if bare.is_empty() {
            return Err("is empty: it would match everything".to_owned());
        }
        let expression = match rest.strip_prefix(GLOB) {
            None => rest.to_owned(),
            Some(glob) => GlobBuilder::new(glob)
                .case_insensitive(true)
                .build()
                .map_err(|error| format!("is no glob: {}", error.kind()))?
                .regex()
                // The flag of globs stands for bytes; names are text.
                .replace("(?-u)", ""),
        };
        expression_fits(&expression)?;
        Ok(Self {
            targets,
            expression,
        })
    }
}

fn expression_fits(text: &str) -> Result<(), String> {
    // A glob's expression may be longer than what was written.
    if text.chars().count() > LONGEST {
        return RegexSet::new([text])
            .map(|_| ())
            .map_err(|_| "is too big".to_owned());
    }
    expression(text).map(|_| ())
}

impl Patterns {
    /// Adds a pattern; its number.
    pub(super) fn add(&mut self, pattern: Pattern) -> u32 {
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(pattern);
        number
    }

    /// Compiles what was added: one set for each target.
    pub(super) fn compile(&mut self) {
        for target in 0..TARGETS.len() {
            let of_target = |(_, pattern): &(usize, &Pattern)| pattern.targets & (1 << target) != 0;
            let mine: Vec<(usize, &Pattern)> =
                self.all.iter().enumerate().filter(of_target).collect();
            if mine.is_empty() {
                continue;
            }
            let expressions = mine.iter().map(|(_, pattern)| &pattern.expression);
            let set = RegexSetBuilder::new(expressions)
                .case_insensitive(true)
                .size_limit(COMPILED.saturating_mul(mine.len().max(16)))
                .build();
            let numbers = mine
                .iter()
                .filter_map(|(number, _)| u32::try_from(*number).ok());
            let numbers = numbers.collect();
            // Each was compiled by itself before, within its own limit.
            if let Ok(set) = set {
                self.sets.push((target, set, numbers));
            }
        }
    }

    pub(super) fn met_by(&self, facts: &Facts) -> Met {
        let mut met = vec![false; self.all.len()];
        let mut known = 0;
        for (target, (_, name)) in TARGETS.iter().enumerate() {
            if !facts.of(name).is_empty() {
                known |= 1 << target;
            }
        }
        for (target, set, numbers) in &self.sets {
            let name = TARGETS.get(*target).map_or("", |(_, name)| *name);
            for value in facts.of(name) {
                for place in set.matches(&value.text) {
                    let number = numbers.get(place).and_then(|it| usize::try_from(*it).ok());
                    if let Some(met) = number.and_then(|number| met.get_mut(number)) {
                        *met = true;
                    }
                }
            }
        }
        Met { met, known }
    }

    pub(super) fn holds(&self, number: u32, met: &Met) -> Truth {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        if met.met.get(place) == Some(&true) {
            return Truth::True;
        }
        let targets = self.all.get(place).map_or(0, |pattern| pattern.targets);
        // One of several names that is not known could still be the one that matches.
        match targets & !met.known {
            0 => Truth::False,
            _ if targets == USUAL && met.known & USUAL != 0 => Truth::False,
            _ => Truth::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fact::Trust;
    use super::*;

    fn holds(pattern: &str) -> Truth {
        let mut facts = Facts::default();
        facts.say("email", "X@partner.contoso.com", Trust::Verified);
        facts.say("device.name", "DESK-7", Trust::Asserted);
        let mut patterns = Patterns::default();
        let number = patterns.add(Pattern::read(pattern).unwrap());
        patterns.compile();
        patterns.holds(number, &patterns.met_by(&facts))
    }

    #[test]
    fn a_prefix_chooses_the_name_that_is_compared_and_without_one_the_usual_ones_are() {
        assert_eq!(holds(r"email=@(ext|partner)\.contoso\.com$"), Truth::True);
        assert_eq!(holds("deviceName=partner"), Truth::False);
        assert_eq!(holds("desk-"), Truth::True);
        assert_eq!(holds("nowhere"), Truth::False);
        assert_eq!(holds("serial=^PF"), Truth::Unknown);
    }

    #[test]
    fn a_glob_is_anchored_and_an_expression_is_not() {
        assert_eq!(holds("deviceName=glob:desk-?"), Truth::True);
        assert_eq!(holds("deviceName=glob:desk"), Truth::False);
    }

    #[test]
    fn what_matches_everything_or_is_no_expression_is_refused() {
        for text in ["", "email=", "glob:", "(", "[z-a]", "glob:[z"] {
            assert!(Pattern::read(text).is_err(), "{text}");
        }
    }
}
