//! Reading JSON strictly: no key twice, no deep nesting, and each fault told with its path.

mod shape;

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};

use crate::violation::Violation;

use shape::Shape;

/// Levels of arrays and objects in a body.
const DEPTH: usize = 32;

/// Reads `bytes` as a `T`.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Violation> {
    let mut text = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: DEPTH }
        .deserialize(&mut text)
        .and_then(|value| text.end().map(|()| value))
        .map_err(|error| Violation::misread("body", &error))?;
    serde_path_to_error::deserialize(Shape(value))
        .map_err(|error| Violation::misread(&error.path().to_string(), error.inner()))
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth }),
            None => Err(E::custom(format!("more than {DEPTH} levels"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        // A whole number is one however it is written: JSON Schema counts 3.0 as an integer.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the range is checked first"
        )]
        if value.fract() == 0.0 && value.abs() < 9.0e15 {
            return Ok((value as i64).into());
        }
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(below)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} stands twice")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Thing {
        numbers: Vec<u8>,
    }

    fn refused(text: &str) -> Violation {
        read::<Thing>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_fault_is_told_with_its_path() {
        let fault = refused(r#"{"numbers": [1, 2, "x"]}"#);
        assert_eq!(fault.path, "numbers[2]");
        assert!(!fault.reason.contains(" at line "), "{fault:?}");
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_wherever_it_stands() {
        assert!(
            refused(r#"{"numbers": [], "numbers": []}"#)
                .reason
                .contains("twice")
        );
        assert!(
            refused(r#"{"numbers": [], "x": {"a": 1, "a": 2}}"#)
                .reason
                .contains("twice")
        );
    }

    #[test]
    fn a_list_is_not_taken_for_the_fields_in_their_order() {
        assert_eq!(refused("[[1]]").path, "body");
        let nested = read::<BTreeMap<String, Thing>>(br#"{"x": [[1]]}"#);
        assert_eq!(nested.unwrap_err().path, "x");
    }

    #[test]
    fn deep_nesting_and_trailing_text_are_refused() {
        let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
        assert!(refused(&deep).reason.contains("32 levels"));
        assert_eq!(refused(r#"{"numbers": []} x"#).path, "body");
    }

    #[test]
    fn a_whole_number_is_an_integer_however_it_is_written() {
        let thing: Thing = read(br#"{"numbers": [1.0]}"#).unwrap();
        assert_eq!(thing.numbers, [1]);
    }
}
