//! The ways in which MS-XCEP writes a field: as text, as a value, or as nil.

use crate::xml::{DecodeError, Element, namespace};

/// The items of a nillable collection.
pub(super) fn list<T>(
    parent: &Element<'_>,
    collection: &'static str,
    item: &'static str,
    decode: impl Fn(&Element<'_>) -> Result<T, DecodeError>,
) -> Result<Option<Vec<T>>, DecodeError> {
    parent
        .present(namespace::XCEP, collection)?
        .map(|found| found.each(namespace::XCEP, item).map(decode).collect())
        .transpose()
}

/// A nillable `xs:boolean`.
pub(super) fn boolean(
    parent: &Element<'_>,
    local: &'static str,
) -> Result<Option<bool>, DecodeError> {
    parent
        .present(namespace::XCEP, local)?
        .map(Element::boolean)
        .transpose()
}

/// A nillable number.
pub(super) fn number<T: std::str::FromStr>(
    parent: &Element<'_>,
    local: &'static str,
) -> Result<Option<T>, DecodeError> {
    parent.optional_value(namespace::XCEP, local, "a number")
}

/// A required number.
pub(super) fn required_number<T: std::str::FromStr>(
    parent: &Element<'_>,
    local: &'static str,
) -> Result<T, DecodeError> {
    parent.required_value(namespace::XCEP, local, "a number")
}

/// A nillable text.
pub(super) fn owned(
    parent: &Element<'_>,
    local: &'static str,
) -> Result<Option<String>, DecodeError> {
    Ok(parent
        .optional_text(namespace::XCEP, local)?
        .map(str::to_owned))
}

pub(super) fn text<'a>(local: &'a str, text: &'a str) -> Element<'a> {
    Element::new(namespace::XCEP, local).with_text(text)
}

pub(super) fn value(local: &str, value: impl Copy + ToString) -> Element<'_> {
    Element::new(namespace::XCEP, local).with_text(value.to_string())
}

pub(super) fn optional_text<'a>(local: &'a str, content: Option<&'a str>) -> Option<Element<'a>> {
    content.map(|content| text(local, content))
}

pub(super) fn optional_value(
    local: &str,
    content: Option<impl Copy + ToString>,
) -> Option<Element<'_>> {
    content.map(|content| value(local, content))
}

pub(super) fn nillable<'a>(local: &'a str, element: Option<Element<'a>>) -> Element<'a> {
    element.unwrap_or_else(|| Element::nil(namespace::XCEP, local))
}

pub(super) fn nillable_text<'a>(local: &'a str, content: Option<&'a str>) -> Element<'a> {
    nillable(local, optional_text(local, content))
}

pub(super) fn nillable_value(local: &str, content: Option<impl Copy + ToString>) -> Element<'_> {
    nillable(local, optional_value(local, content))
}

pub(super) fn collection<'a, T>(
    local: &'a str,
    items: Option<&'a [T]>,
    encode: impl Fn(&'a T) -> Element<'a>,
) -> Element<'a> {
    let found =
        items.map(|items| Element::new(namespace::XCEP, local).with_all(items.iter().map(encode)));
    nillable(local, found)
}
