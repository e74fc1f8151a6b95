//! The compiled evaluator against one of a few lines, on random templates and facts.

use crate::identifier::{Identifier, Kind};
use crate::template::{Condition, Rule};

use super::*;

const CASES: u32 = 100_000;

/// A generator of small numbers that repeats itself from its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % most
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let place = self.below(u64::try_from(of.len()).unwrap());
        of[usize::try_from(place).unwrap()]
    }

    fn list(&mut self, of: &[&str]) -> Option<Vec<String>> {
        let many = self.below(4);
        (many > 0).then(|| (1..many).map(|_| self.one(of).to_owned()).collect())
    }

    fn groups(&mut self, of: &[&str]) -> Option<Vec<Vec<String>>> {
        let many = self.below(4);
        let group = |chance: &mut Self| {
            (0..=chance.below(2))
                .map(|_| chance.one(of).to_owned())
                .collect()
        };
        (many > 0).then(|| (1..many).map(|_| group(self)).collect())
    }
}

const TAGS: [&str; 5] = ["a", "b", "!a", "C", "! c"];
const FIELDS: [&str; 6] = ["k:1", "k:2", "!k:1", "l:", "l:*", "!m:1"];
const FACTS: [&str; 7] = [
    "os.version>=10.2",
    "os.version:10.1",
    "!x:1",
    "x:1",
    "x!=1",
    "x:2",
    "y<5",
];
const PATTERNS: [&str; 4] = ["email=^a", "deviceName=b$", "serial=1", "model=glob:m*"];
const IDENTIFIERS: [&str; 5] = [
    "serial:AB1",
    "serial:ABC*",
    "mac:aabbccddeeff",
    "list:l1",
    "AB2",
];

fn template(chance: &mut Chance) -> Body {
    let condition = |chance: &mut Chance| Condition {
        tags: chance.groups(&TAGS),
        auxiliary_fields: chance.groups(&FIELDS),
        facts: chance.groups(&FACTS),
        patterns: chance.list(&PATTERNS),
        identifiers: chance.list(&IDENTIFIERS),
    };
    let rule = |chance: &mut Chance| Rule {
        conditions: (0..chance.below(3)).map(|_| condition(chance)).collect(),
        ..Rule::default()
    };
    Body {
        rules: (0..1 + chance.below(4)).map(|_| rule(chance)).collect(),
        ..Body::default()
    }
}

fn told(chance: &mut Chance) -> Facts {
    let mut told = Vec::new();
    for (name, values) in [
        ("tag", ["a", "b", "c"]),
        ("tag", ["a", "b", "c"]),
        ("list", ["l1", "l2", "l3"]),
        ("aux.k", ["1", "2", "3"]),
        ("aux.l", ["", "x", "y"]),
        ("aux.m", ["1", "2", "3"]),
        ("os.version", ["10.1", "10.2.5", "9"]),
        ("x", ["1", "2", "3"]),
        ("y", ["1", "5", "9"]),
        ("email", ["a@b", "b@b", "c"]),
        ("device.name", ["b", "ab", "c"]),
        ("device.serial", ["AB1", "ABCD", "ab2"]),
        (
            "device.mac",
            ["aa-bb-cc-dd-ee-ff", "112233445566", "112233445577"],
        ),
        ("device.model", ["m1", "x", "M"]),
    ] {
        if chance.below(2) == 0 {
            told.push((name, chance.one(&values)));
        }
    }
    facts(&told)
}

/// The reference: it knows no index, no compiled form and no order of evaluation but the rules' own.
fn reference(body: &Body, facts: &Facts) -> Vec<(usize, Truth)> {
    let groups =
        |groups: &Option<Vec<Vec<String>>>, atom: &dyn Fn(&str) -> Truth| match groups.as_deref() {
            None | Some([]) => Truth::True,
            Some(groups) => Truth::any(groups.iter().map(|group| {
                Truth::all(group.iter().map(|text| match text.strip_prefix('!') {
                    Some(rest) => !atom(rest.trim()),
                    None => atom(text),
                }))
            })),
        };
    let list = |list: &Option<Vec<String>>, atom: &dyn Fn(&str) -> Truth| match list.as_deref() {
        None | Some([]) => Truth::True,
        Some(list) => Truth::any(list.iter().map(|text| atom(text))),
    };
    let mut found = Vec::new();
    for (index, rule) in body.rules.iter().enumerate() {
        let conditions = rule.conditions.iter().map(|it| {
            groups(&it.tags, &|text| {
                facts.tags().contains(&text.to_lowercase()).into()
            })
            .and(groups(&it.auxiliary_fields, &|text| field(text, facts)))
            .and(groups(&it.facts, &|text| fact(text, facts)))
            .and(list(&it.patterns, &|text| pattern(text, facts)))
            .and(list(&it.identifiers, &|text| identifier(text, facts)))
        });
        let truth = match rule.conditions.is_empty() {
            true => Truth::True,
            false => Truth::any(conditions),
        };
        if truth != Truth::False {
            found.push((index, truth));
        }
        if truth == Truth::True {
            break;
        }
    }
    found
}

fn field(text: &str, facts: &Facts) -> Truth {
    let (key, wanted) = text.split_once(':').unwrap();
    match facts.auxiliary().get(key) {
        None => Truth::Unknown,
        Some(value) => (if wanted == "*" {
            !value.is_empty()
        } else {
            value == wanted
        })
        .into(),
    }
}

fn fact(text: &str, facts: &Facts) -> Truth {
    let number =
        |text: &str| -> Vec<u32> { text.split('.').map(|it| it.parse().unwrap()).collect() };
    let (name, sign, wanted) = [">=", "!=", "<", ":"]
        .iter()
        .find_map(|sign| {
            text.split_once(sign)
                .map(|(name, wanted)| (name, *sign, wanted))
        })
        .unwrap();
    let Some(value) = facts.first(name) else {
        return Truth::Unknown;
    };
    let (one, other) = (number(value), number(wanted));
    let most = one.len().min(other.len());
    match sign {
        ">=" => one[..most] >= other[..most],
        "<" => one[..most] < other[..most],
        "!=" => value != wanted,
        _ => value == wanted,
    }
    .into()
}

fn pattern(text: &str, facts: &Facts) -> Truth {
    let (name, holds): (&str, fn(&str) -> bool) = match text {
        "email=^a" => ("email", |it| it.starts_with('a')),
        "deviceName=b$" => ("device.name", |it| it.ends_with('b')),
        "serial=1" => ("device.serial", |it| it.contains('1')),
        _ => ("device.model", |it| it.to_lowercase().starts_with('m')),
    };
    facts
        .first(name)
        .map_or(Truth::Unknown, |it| holds(it).into())
}

fn identifier(text: &str, facts: &Facts) -> Truth {
    let normal = |kind, name| {
        facts
            .first(name)
            .and_then(|it| Identifier::normalise(kind, it).ok())
    };
    let serial = normal(Kind::Serial, "device.serial").map(|it| it.value);
    let mac = normal(Kind::Mac, "device.mac").map(|it| it.value);
    let is = |value: Option<String>, holds: &dyn Fn(&str) -> bool| {
        value.map_or(Truth::Unknown, |it| holds(&it).into())
    };
    match text {
        "serial:AB1" => is(serial, &|it| it == "AB1"),
        "serial:ABC*" => is(serial, &|it| it.starts_with("ABC")),
        "AB2" => is(serial, &|it| it == "AB2"),
        "mac:aabbccddeeff" => is(mac, &|it| it == "aabbccddeeff"),
        _ if facts.lists().contains("l1") => Truth::True,
        _ => is(serial, &|_| false),
    }
}

#[test]
fn the_compiled_rules_decide_as_the_reference_does_in_a_hundred_thousand_cases() {
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    for _ in 0..CASES / 50 {
        let body = template(&mut chance);
        let Ok(compiled) = Rules::compile(&body) else {
            panic!("it compiles");
        };
        for _ in 0..50 {
            let facts = told(&mut chance);
            let decision = compiled.evaluate(&facts);
            assert_eq!(
                decision.truths,
                reference(&body, &facts),
                "{body:?}\n{facts:?}"
            );
        }
    }
}
