//! One value: from TOML or from text into what its key takes.

use std::net::SocketAddr;

use toml::Value;
use toml::de::{DeInteger, DeValue};

use super::error::Fault;
use super::key::Kind;
use super::text::nearest;

/// The value that stands in a file.
///
/// # Errors
///
/// It is not what `kind` takes.
pub(super) fn from_file(kind: Kind, value: &DeValue<'_>) -> Result<Value, Fault> {
    match (kind, value) {
        (Kind::Boolean, DeValue::Boolean(value)) => Ok(Value::Boolean(*value)),
        (Kind::Number { maximum }, DeValue::Integer(digits)) => number(integer(digits), maximum),
        (Kind::List, DeValue::Array(items)) => {
            if items.len() > LIST_LIMIT {
                return Err(LIST_TOO_LONG);
            }
            let items = items.iter().map(|item| match item.get_ref() {
                DeValue::String(item) => text(Kind::Text, item),
                other => Err(wrong_type(kind, other)),
            });
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        (
            Kind::Text | Kind::Path | Kind::Address | Kind::Choice(_),
            DeValue::String(characters),
        ) => text(kind, characters),
        (_, other) => Err(wrong_type(kind, other)),
    }
}

/// The value that an environment variable, a flag or a secret's file gives as text.
///
/// # Errors
///
/// It is not what `kind` takes.
pub(super) fn from_text(kind: Kind, given: &str) -> Result<Value, Fault> {
    match kind {
        Kind::Boolean => match given {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => Err(other_text(kind, given)),
        },
        Kind::Number { maximum } => {
            let digits = given.strip_prefix('-').unwrap_or(given);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(other_text(kind, given));
            }
            number(given.parse().ok(), maximum)
        }
        Kind::List if given.trim_start().starts_with('[') => {
            let list = DeValue::parse(given).map_err(|_| Fault::NotAList)?;
            from_file(kind, list.get_ref())
        }
        Kind::List => {
            let items: Vec<_> = given
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| text(Kind::Text, item))
                .take(LIST_LIMIT + 1)
                .collect::<Result<_, _>>()?;
            if items.len() > LIST_LIMIT {
                return Err(LIST_TOO_LONG);
            }
            Ok(Value::Array(items))
        }
        Kind::Text | Kind::Path | Kind::Address | Kind::Choice(_) => text(kind, given),
    }
}

fn integer(digits: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(digits.as_str(), digits.radix()).ok()
}

fn number(value: Option<i64>, maximum: i64) -> Result<Value, Fault> {
    value
        .filter(|value| (0..=maximum).contains(value))
        .map(Value::Integer)
        .ok_or(Fault::OutOfRange {
            minimum: 0,
            maximum,
        })
}

fn text(kind: Kind, given: &str) -> Result<Value, Fault> {
    if given.len() > TEXT_LIMIT {
        return Err(Fault::TooLong {
            limit: TEXT_LIMIT,
            unit: "bytes",
        });
    }
    if given.chars().any(char::is_control) {
        return Err(Fault::ControlCharacter);
    }
    match kind {
        Kind::Address if given.parse::<SocketAddr>().is_err() => Err(Fault::NotAnAddress),
        Kind::Choice(choices) if !choices.contains(&given) => Err(Fault::NotAmong {
            choices,
            suggestion: nearest(given, choices.iter().copied()),
        }),
        _ => Ok(Value::String(given.to_owned())),
    }
}

fn wrong_type(kind: Kind, found: &DeValue<'_>) -> Fault {
    Fault::WrongType {
        expected: kind.describe(),
        found: match found {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a section",
        },
    }
}

fn other_text(kind: Kind, given: &str) -> Fault {
    Fault::WrongType {
        expected: kind.describe(),
        found: if given.is_empty() {
            "nothing"
        } else {
            "other text"
        },
    }
}

/// Bytes that a text may have.
const TEXT_LIMIT: usize = 4096;

/// Items that a list may have.
const LIST_LIMIT: usize = 64;

const LIST_TOO_LONG: Fault = Fault::TooLong {
    limit: LIST_LIMIT,
    unit: "items",
};
