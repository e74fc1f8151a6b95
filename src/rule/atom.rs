//! The tests of a condition's three two-level lists: tags, auxiliary fields and facts. `!` before one negates it.

use regex::{Regex, RegexBuilder};

use super::fact::Facts;
use super::truth::Truth;

/// One test.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    pub(super) test: Test,
    pub(super) negated: bool,
}

/// What is tested, names and values in lower case.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// The user has this tag.
    Tag(String),
    /// What was filled in.
    Auxiliary { key: String, wanted: Wanted },
    /// What is known otherwise.
    Fact { name: String, wanted: Wanted },
}

/// What a value has to be.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    Equal(String),
    Different(String),
    AtLeast(String),
    AtMost(String),
    Less(String),
    More(String),
    Like(Regex),
    /// It is there and not empty.
    Any,
}

/// Characters of an atom.
pub(super) const LONGEST: usize = 256;
/// Bytes that a compiled expression may take.
pub(super) const COMPILED: usize = 64 << 10;
/// The signs of the comparisons, the longer ones first.
const SIGNS: [&str; 7] = ["!=", ">=", "<=", ":", "<", ">", "~"];

impl Atom {
    pub(super) fn tag(text: &str) -> Result<Self, String> {
        Self::read(text, |text| Ok(Test::Tag(text.to_lowercase())))
    }

    pub(super) fn auxiliary(text: &str) -> Result<Self, String> {
        Self::read(text, |text| {
            // Only the first colon counts: a value may have more.
            let (key, value) = text.split_once(':').unwrap_or((text, "*"));
            let (key, value) = (key.trim().to_lowercase(), value.trim().to_lowercase());
            if key.is_empty() {
                return Err("has no key before the colon".to_owned());
            }
            let wanted = match value.as_str() {
                "*" => Wanted::Any,
                _ => Wanted::Equal(value),
            };
            Ok(Test::Auxiliary { key, wanted })
        })
    }

    pub(super) fn fact(text: &str) -> Result<Self, String> {
        Self::read(text, |text| {
            let at = text.find([':', '!', '<', '>', '~']);
            let (name, rest) = at.map_or((text, ""), |at| text.split_at(at));
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let (Some(sign), false) = (sign, name.trim().is_empty()) else {
                let signs = "one of : != >= <= > < ~";
                return Err(format!("must be a fact's name, {signs}, and a value"));
            };
            let value = rest.strip_prefix(sign).unwrap_or_default().trim();
            let lower = value.to_lowercase();
            let wanted = match sign {
                "!=" => Wanted::Different(lower),
                ">=" => Wanted::AtLeast(lower),
                "<=" => Wanted::AtMost(lower),
                ">" => Wanted::More(lower),
                "<" => Wanted::Less(lower),
                "~" => Wanted::Like(expression(value)?),
                _ if value == "*" => Wanted::Any,
                _ => Wanted::Equal(lower),
            };
            Ok(Test::Fact {
                name: name.trim().to_lowercase(),
                wanted,
            })
        })
    }

    fn read(text: &str, test: impl Fn(&str) -> Result<Test, String>) -> Result<Self, String> {
        let text = text.trim();
        if text.chars().count() > LONGEST {
            return Err(format!("has more than {LONGEST} characters"));
        }
        let (negated, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        let test = test(text)?;
        Ok(Self { test, negated })
    }

    pub(super) fn holds(&self, facts: &Facts) -> Truth {
        let truth = self.test.holds(facts);
        if self.negated { !truth } else { truth }
    }
}

impl Test {
    fn holds(&self, facts: &Facts) -> Truth {
        match self {
            Self::Tag(tag) if facts.tags().contains(tag) => Truth::True,
            Self::Tag(tag) => {
                let unheard = facts.unheard_of().iter();
                match unheard.into_iter().any(|source| tag.starts_with(source)) {
                    true => Truth::Unknown,
                    false => Truth::False,
                }
            }
            Self::Auxiliary { key, wanted } => match facts.auxiliary().get(key) {
                Some(value) => wanted.is_met_by(value).into(),
                None => Truth::Unknown,
            },
            Self::Fact { name, wanted } => match facts.of(name) {
                [] => Truth::Unknown,
                // A fact that repeats meets a test with any of its values, and differs only with all of them.
                values => match wanted {
                    Wanted::Different(_) => {
                        values.iter().all(|it| wanted.is_met_by(&it.text)).into()
                    }
                    _ => values.iter().any(|it| wanted.is_met_by(&it.text)).into(),
                },
            },
        }
    }
}

impl Wanted {
    fn is_met_by(&self, value: &str) -> bool {
        use std::cmp::Ordering::{Greater, Less};
        let lower = value.to_lowercase();
        match self {
            Self::Equal(wanted) => lower == *wanted,
            Self::Different(wanted) => lower != *wanted,
            Self::AtLeast(wanted) => compare(&lower, wanted) != Less,
            Self::AtMost(wanted) => compare(&lower, wanted) != Greater,
            Self::Less(wanted) => compare(&lower, wanted) == Less,
            Self::More(wanted) => compare(&lower, wanted) == Greater,
            Self::Like(expression) => expression.is_match(value),
            Self::Any => !value.is_empty(),
        }
    }
}

/// Compares dotted numbers as far as both have parts, other texts by their letters.
pub fn compare(value: &str, wanted: &str) -> std::cmp::Ordering {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        text.split('.')
            .map(|part| part.trim().parse().ok())
            .collect()
    };
    match (numbers(value), numbers(wanted)) {
        (Some(value), Some(wanted)) => {
            let mut both = value.iter().zip(&wanted).map(|(one, other)| one.cmp(other));
            both.find(|it| it.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        }
        _ => value.cmp(wanted),
    }
}

/// A regular expression that takes linear time and little room, in any case.
pub(super) fn expression(text: &str) -> Result<Regex, String> {
    if text.chars().count() > LONGEST {
        return Err(format!("has more than {LONGEST} characters"));
    }
    RegexBuilder::new(text)
        .case_insensitive(true)
        .size_limit(COMPILED)
        .nest_limit(32)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "is too big an expression".to_owned(),
            error => format!("is no regular expression: {}", position(text, &error)),
        })
}

/// Where and why an expression cannot be read, on one line.
fn position(text: &str, error: &regex::Error) -> String {
    match regex_syntax::ParserBuilder::new()
        .nest_limit(32)
        .build()
        .parse(text)
    {
        Err(regex_syntax::Error::Parse(fault)) => {
            format!(
                "{} at character {}",
                fault.kind(),
                fault.span().start.column
            )
        }
        Err(regex_syntax::Error::Translate(fault)) => {
            format!(
                "{} at character {}",
                fault.kind(),
                fault.span().start.column
            )
        }
        _ => error
            .to_string()
            .lines()
            .last()
            .unwrap_or_default()
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fact::Trust;
    use super::*;

    fn facts() -> Facts {
        let mut facts = Facts::default();
        facts.say("os.version", "10.0.22631", Trust::Asserted);
        facts.say("device.mac", "aa", Trust::Asserted);
        facts.say("device.mac", "bb", Trust::Asserted);
        facts.fill_in("Department", " Sales ");
        facts.fill_in("note", "");
        facts.tag("Manager");
        facts
    }

    fn fact(text: &str) -> Truth {
        Atom::fact(text).unwrap().holds(&facts())
    }

    #[test]
    fn versions_are_compared_only_as_far_as_both_sides_have_parts() {
        assert_eq!(fact("os.version>=10.0.22631.2000"), Truth::True);
        assert_eq!(fact("os.version>=10.0.22632"), Truth::False);
        assert_eq!(fact("os.version<10.0.9999"), Truth::False);
        assert_eq!(fact("os.version<=10"), Truth::True);
    }

    #[test]
    fn what_nobody_told_is_unknown_negated_or_not() {
        assert_eq!(fact("device.serial:X"), Truth::Unknown);
        assert_eq!(fact("!device.serial:X"), Truth::Unknown);
        assert_eq!(fact("device.serial!=X"), Truth::Unknown);
    }

    #[test]
    fn a_fact_that_repeats_meets_a_test_with_any_of_its_values() {
        assert_eq!(fact("device.mac:BB"), Truth::True);
        assert_eq!(fact("device.mac!=bb"), Truth::False);
        assert_eq!(fact("device.mac~^b+$"), Truth::True);
    }

    #[test]
    fn a_field_is_present_and_empty_present_or_anything() {
        let holds = |text: &str| Atom::auxiliary(text).unwrap().holds(&facts());
        assert_eq!(holds("department:SALES"), Truth::True);
        assert_eq!(holds("!department:sales"), Truth::False);
        assert_eq!(holds("note:"), Truth::True);
        assert_eq!(holds("note:*"), Truth::False);
        assert_eq!(holds("department:*"), Truth::True);
        assert_eq!(holds("location:hq"), Truth::Unknown);
    }

    #[test]
    fn an_expression_that_is_none_or_too_big_is_told_with_its_place() {
        assert!(expression("a(b").unwrap_err().contains("character 2"));
        assert!(
            expression("(a{1000}){1000}")
                .unwrap_err()
                .contains("too big")
        );
        assert!(Atom::fact("os.version").is_err());
        assert!(Atom::fact(":x").is_err());
        assert!(Atom::tag(" ! ").is_err());
    }
}
