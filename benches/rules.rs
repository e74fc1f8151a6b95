//! One evaluation of rules: a template of 10,000 rules that name 1,000,000 identifiers against one of 10 rules and 1,000,
//! in one run; medians, the time that compiling takes, and the memory that the compiled rules hold.
//!
//! `cargo bench --bench rules`; `-- --quick` takes a tenth of the larger sizes.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use portcullis::rule::{Facts, Rules, Trust};
use portcullis::template::{Body, Condition, Rule};

/// Evaluations of which the median is told.
const ROUNDS: usize = 10_000;

#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn main() -> Result<(), Box<dyn Error>> {
    let part = match std::env::args().any(|argument| argument == "--quick") {
        true => 10,
        false => 1,
    };
    println!(
        "{:>8} {:>12} {:>12} {:>12} {:>12}",
        "rules", "identifiers", "compile", "memory", "median"
    );
    let mut medians = Vec::new();
    for (rules, identifiers) in [(10, 1_000), (10_000 / part, 1_000_000 / part)] {
        let body = template(rules, identifiers);
        let (before, started) = (resident()?, Instant::now());
        let Ok(compiled) = Rules::compile(&body) else {
            return Err("the rules do not compile".into());
        };
        let (took, memory) = (started.elapsed(), resident()?.saturating_sub(before));
        let median = median(&compiled, rules, identifiers);
        println!("{rules:>8} {identifiers:>12} {took:>12.1?} {memory:>8} KiB {median:>12.2?}");
        medians.push(median.as_secs_f64());
    }
    if let [small, large] = medians.as_slice() {
        println!("ratio of the medians: {:.2}", large / small);
    }
    Ok(())
}

/// Rules with identifiers, tags, fields, versions and a pattern in turn; the last is for everybody.
fn template(rules: usize, identifiers: usize) -> Body {
    let each = identifiers / rules;
    let rule = |number: usize| {
        let mut conditions = vec![Condition {
            identifiers: Some((0..each).map(|it| serial(number * each + it)).collect()),
            ..Condition::default()
        }];
        conditions.push(match number % 3 {
            0 => Condition {
                tags: Some(vec![vec![
                    format!("team-{number}"),
                    "!contractor".to_owned(),
                ]]),
                ..Condition::default()
            },
            1 => Condition {
                auxiliary_fields: Some(vec![vec![format!("department:d{number}")]]),
                ..Condition::default()
            },
            _ => Condition {
                facts: Some(vec![vec![
                    format!("email.domain:d{number}.example"),
                    "os.version>=10.0.22621".to_owned(),
                ]]),
                ..Condition::default()
            },
        });
        Rule {
            conditions,
            ..Rule::default()
        }
    };
    let mut all: Vec<Rule> = (0..rules - 1).map(rule).collect();
    all.push(Rule::default());
    Body {
        rules: all,
        ..Body::default()
    }
}

fn serial(number: usize) -> String {
    format!("serial:SN{number:07}")
}

/// Devices that meet the first rules, the last ones and none, in turn.
fn median(compiled: &Rules, rules: usize, identifiers: usize) -> Duration {
    let people: Vec<Facts> = (0..64).map(|it| person(it, rules, identifiers)).collect();
    let mut times: Vec<Duration> = people
        .iter()
        .cycle()
        .take(ROUNDS)
        .map(|facts| {
            let started = Instant::now();
            black_box(compiled.evaluate(black_box(facts)));
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

fn person(number: usize, rules: usize, identifiers: usize) -> Facts {
    let mut facts = Facts::default();
    let serial = match number % 3 {
        0 => format!("SN{:07}", number * identifiers / 64),
        _ => format!("XX{number:07}"),
    };
    facts.say("device.serial", &serial, Trust::Asserted);
    facts.say("device.name", "DESKTOP-1A2B3C4", Trust::Asserted);
    facts.say("device.model", "Book 9", Trust::Asserted);
    facts.say("device.mac", "a2-19-7d-41-b3-9c", Trust::Asserted);
    facts.say("device.hwid", &"ab".repeat(32), Trust::Asserted);
    facts.say("os.version", "10.0.22631.2861", Trust::Asserted);
    facts.say_person(
        &format!("ana@d{}.example", number * rules / 64),
        Trust::Verified,
    );
    facts.tag(&format!("team-{}", number * rules / 64));
    facts.fill_in("department", &format!("d{}", number * rules / 64));
    facts
}

/// Resident memory of this process in KiB.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("there is no VmRSS")?.parse()?)
}
