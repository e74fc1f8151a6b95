//! The value of an item: whole, and written as its format says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::pieces::{Pieces, meta};
use super::Code;
use crate::protocol::syncml::{Item, Operation};

/// The value, or what is answered instead of taking it.
pub(super) fn of(
    pieces: &mut Pieces,
    operation: &Operation,
    verb: &'static str,
    item: &Item,
) -> Result<String, Code> {
    let all = operation.meta.as_ref();
    let size = match meta(item, all, |meta| meta.size.as_deref()) {
        Some(size) => Some(size.parse().map_err(|_| Code::OTHER_SIZE)?),
        None => None,
    };
    let value = pieces.take(verb, item, size)?;
    let format = meta(item, all, |meta| meta.format.as_deref());
    match is_written_as(format.unwrap_or("chr"), &value) {
        true => Ok(value),
        false => Err(Code::BAD_TYPE),
    }
}

fn is_written_as(format: &str, value: &str) -> bool {
    match format {
        "chr" | "xml" | "date" | "time" | "float" | "bin" => true,
        "int" => value.parse::<i64>().is_ok(),
        "bool" => value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
        "b64" => STANDARD.decode(value).is_ok(),
        "node" | "null" => value.is_empty(),
        _ => false,
    }
}
