//! Each rule as a function from one file to what breaks it, in sentences. The tests below show that each can fail.

use std::error::Error;

use super::source::Source;
use super::{CRATES_AT_HOME, LINES, LONGER, MAY_USE, SQL_AT_HOME};

/// SQL as it is written: statements in capitals.
const STATEMENTS: &[&[&str]] = &[
    &["SELECT", "FROM"],
    &["INSERT", "INTO"],
    &["UPDATE", "SET"],
    &["DELETE", "FROM"],
    &["CREATE", "TABLE"],
    &["CREATE", "INDEX"],
    &["ALTER", "TABLE"],
    &["DROP", "TABLE"],
    &["BEGIN", "IMMEDIATE"],
    &["PRAGMA"],
    &["SAVEPOINT"],
];

/// The module of the file has a row in the table.
pub(super) fn placed(source: &Source) -> Vec<String> {
    if source.module == "lib" || permitted(&source.module).is_some() {
        return Vec::new();
    }
    vec![format!(
        "{}: module `{}` is in no ring: please place it in MAY_USE of tests/integration/architecture.rs \
         and in docs/ARCHITECTURE.md",
        source.path, source.module
    )]
}

/// Every path into the crate leads to a module that the table permits.
pub(super) fn imports(source: &Source) -> Vec<String> {
    let Some(permitted) = permitted(&source.module) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for path in source.crate_paths() {
        let (Some(first), whole) = (path.first(), path.join("::")) else {
            continue;
        };
        if first == "*" {
            findings.push(format!(
                "{}: imports the whole crate: name the module",
                source.path
            ));
        } else if is_module(first)
            && *first != source.module
            && !permitted.iter().any(|p| begins(&path, p))
        {
            findings.push(format!(
                "{}: `{}` may not use `{whole}`: it lies further out, or beside",
                source.path, source.module
            ));
        }
    }
    findings
}

/// Crates with a home are named nowhere else.
pub(super) fn foreign_crates(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, homes) in CRATES_AT_HOME {
        if homes.contains(&source.module.as_str()) {
            continue;
        }
        if let Some(word) = source
            .words()
            .into_iter()
            .find(|word| word.starts_with(name))
        {
            findings.push(format!(
                "{}: names `{word}`, which belongs to {}",
                source.path,
                homes.join(", ")
            ));
        }
    }
    findings
}

/// No string outside the store holds a statement.
pub(super) fn sql(source: &Source) -> Vec<String> {
    if SQL_AT_HOME.contains(&source.module.as_str()) {
        return Vec::new();
    }
    let literals = source.literals.iter().filter(|literal| is_sql(literal));
    literals
        .map(|literal| {
            format!(
                "{}: holds SQL, which belongs to the store: {literal}",
                source.path
            )
        })
        .collect()
}

/// A file fits one reading.
pub(super) fn length(source: &Source) -> Vec<String> {
    if source.lines <= LINES || LONGER.contains(&source.path.as_str()) {
        return Vec::new();
    }
    vec![format!(
        "{}: {} lines; please divide it",
        source.path, source.lines
    )]
}

/// A module named `tests` stands behind `#[cfg(test)]`, so leaving it out of these rules leaves nothing out.
pub(super) fn tests_behind_cfg(source: &Source) -> Vec<String> {
    let words = source.words();
    let declares = words
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if *a == "mod" && *b == "tests"));
    if declares {
        vec![format!(
            "{}: `mod tests` without `#[cfg(test)]`",
            source.path
        )]
    } else {
        Vec::new()
    }
}

/// Cargo's lints forbid unsafe code.
pub(super) fn unsafe_forbidden(manifest: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let manifest: toml::Table = manifest.parse()?;
    let lint = ["lints", "rust", "unsafe_code"]
        .iter()
        .try_fold(&toml::Value::Table(manifest), |at, key| at.get(key))
        .and_then(|value| value.as_str().map(str::to_owned));
    Ok(match lint.as_deref() {
        Some("forbid") => Vec::new(),
        other => vec![format!(
            "Cargo.toml: lints.rust.unsafe_code is {other:?}, not \"forbid\""
        )],
    })
}

fn permitted(module: &str) -> Option<Vec<&'static str>> {
    let (_, groups) = MAY_USE.iter().find(|(name, _)| *name == module)?;
    Some(
        groups
            .iter()
            .flat_map(|group| group.iter().copied())
            .collect(),
    )
}

/// Whether the name is a module's at all: an item or a macro at the crate's root is not.
fn is_module(name: &str) -> bool {
    MAY_USE.iter().any(|(module, _)| *module == name)
}

fn begins(path: &[String], permitted: &str) -> bool {
    let mut parts = path.iter();
    permitted
        .split("::")
        .all(|part| parts.next().is_some_and(|own| own == part))
}

fn is_sql(literal: &str) -> bool {
    let words: Vec<&str> = literal
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .collect();
    STATEMENTS.iter().any(|statement| {
        let mut rest = words.iter();
        statement
            .iter()
            .all(|keyword| rest.any(|word| word == keyword))
    })
}

#[cfg(test)]
mod tests;
