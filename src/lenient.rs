//! Values that clients write in more than one way: readers for fields of JSON and of queries.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::id::ObjectId;

#[derive(Deserialize)]
#[serde(untagged)]
enum Loose {
    Truth(bool),
    Number(u32),
    Text(String),
}

/// `true`, `false`, or either as text in any case.
pub(crate) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Loose::deserialize(deserializer) {
        Ok(Loose::Truth(truth)) => Ok(truth),
        Ok(Loose::Text(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Ok(Loose::Text(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(D::Error::custom("expected true or false")),
    }
}

/// The same, where its lack is told with the other faults.
pub(crate) fn maybe_truth<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    truth(deserializer).map(Some)
}

/// A whole number, or its digits as text.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let fault = || D::Error::custom("expected a whole number, 0 or more");
    match Option::<Loose>::deserialize(deserializer).map_err(|_| fault())? {
        None => Ok(None),
        Some(Loose::Number(number)) => Ok(Some(number)),
        // A whole number is one with a zero behind its point as well.
        Some(Loose::Text(text)) => {
            let whole = text.strip_suffix(".0").unwrap_or(&text);
            whole.parse().map(Some).map_err(|_| fault())
        }
        Some(Loose::Truth(_)) => Err(fault()),
    }
}

/// A field that may be named with null: told apart from one that is not named.
pub(crate) fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// An identifier; an empty text is none.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ObjectId>, D::Error> {
    match Option::<String>::deserialize(deserializer)?.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(D::Error::custom),
    }
}
