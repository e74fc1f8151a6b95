//! The query options of OData 4.01 as far as the contract's clients send them: `$top $skip $filter $orderby $select $count`.

use std::marker::PhantomData;

use serde::Serialize;
use serde_json::{Map, Value as Json};
use url::form_urlencoded::Serializer;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::super::problem::Problem;

/// Entries on a page when nobody says, and at most.
const USUAL: u32 = 100;
const MOST: u32 = 999;

/// A page of a list of `T`, each with the properties that were asked for.
#[derive(Debug, Serialize)]
pub(super) struct Listed<T> {
    #[serde(rename = "@odata.context")]
    context: String,
    #[serde(rename = "@odata.count", skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
    value: Vec<Map<String, Json>>,
    #[serde(skip)]
    of: PhantomData<T>,
}

/// What a client asks of a list.
pub(super) struct Part {
    pub(super) top: u32,
    pub(super) skip: u32,
    count: bool,
    select: Option<Vec<String>>,
}

impl Part {
    /// What the options come to; `known` are the properties that can be selected.
    pub(super) fn understood(
        (top, skip): (Option<u32>, Option<u32>),
        count: Option<bool>,
        select: Option<&str>,
        known: &[&str],
    ) -> Result<Self, Problem> {
        if top == Some(0) {
            return Err(Problem::invalid("$top", "must be 1 or more"));
        }
        Ok(Self {
            top: top.unwrap_or(USUAL).min(MOST),
            skip: skip.unwrap_or_default(),
            count: count.unwrap_or_default(),
            select: select.map(|text| selected(text, known)).transpose()?,
        })
    }

    /// The page of `items`, told as `P`, of `total` in all, at the address `here`, which was asked with `query`.
    pub(super) fn page<T: Serialize, P>(
        &self,
        items: &[T],
        total: u64,
        here: &str,
        query: &str,
    ) -> Listed<P> {
        let seen = u64::from(self.skip) + u64::from(self.top);
        Listed {
            context: context(here),
            count: self.count.then_some(total),
            next_link: (seen < total).then(|| next(here, query, seen)),
            value: items
                .iter()
                .map(|item| part(item, self.select.as_deref()))
                .collect(),
            of: PhantomData,
        }
    }
}

/// The properties that `$select` names.
pub(super) fn selected(text: &str, known: &[&str]) -> Result<Vec<String>, Problem> {
    let names = text.split(',').map(str::trim);
    names
        .map(|name| match known.contains(&name) {
            true => Ok(name.to_owned()),
            false => {
                let reason = format!("names a property that is none of {}", known.join(", "));
                Err(Problem::invalid("$select", reason))
            }
        })
        .collect()
}

/// An item with the selected properties alone; what `@odata` says of it stays.
pub(super) fn part<T: Serialize>(item: &T, select: Option<&[String]>) -> Map<String, Json> {
    let Ok(Json::Object(mut whole)) = serde_json::to_value(item) else {
        return Map::new();
    };
    if let Some(select) = select {
        whole.retain(|name, _| name.starts_with('@') || select.contains(name));
    }
    whole
}

/// The conditions of `$filter`: equalities that must all hold, `name eq 'text'`.
pub(super) fn equalities(filter: &str) -> Result<Vec<(&str, String)>, Problem> {
    let fault = || {
        let reason = "is not understood: write property eq 'text', several joined by and";
        Problem::invalid("$filter", reason)
    };
    let mut found = Vec::new();
    let mut rest = filter.trim();
    loop {
        let (name, after) = rest.split_once(" eq '").ok_or_else(fault)?;
        let (text, after) = literal(after).ok_or_else(fault)?;
        found.push((name.trim(), text));
        if after.trim().is_empty() {
            return Ok(found);
        }
        rest = after.trim_start().strip_prefix("and ").ok_or_else(fault)?;
    }
}

/// The text up to the quote that ends it, a doubled one standing for itself, and what follows.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut read = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('\'')?;
        read.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                read.push('\'');
                rest = after;
            }
            None => return Some((read, after)),
        }
    }
}

/// `https://host/beta/$metadata#deviceManagement/profiles` of the address of that collection.
fn context(here: &str) -> String {
    for version in ["/beta/", "/v1.0/"] {
        if let Some((root, noun)) = here.split_once(version) {
            return format!("{root}{version}$metadata#{}", noun.trim_end_matches('/'));
        }
    }
    here.to_owned()
}

/// The address of the page that follows: the same options, but for how many entries to pass over.
fn next(here: &str, query: &str, skip: u64) -> String {
    let mut written = Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if name != "$skip" {
            written.append_pair(&name, &value);
        }
    }
    written.append_pair("$skip", &skip.to_string());
    format!("{here}?{}", written.finish())
}

impl<T: ToSchema> PartialSchema for Listed<T> {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let list = ObjectBuilder::new()
            .property("@odata.context", text())
            .property(
                "@odata.count",
                ObjectBuilder::new().schema_type(Type::Integer),
            )
            .property("@odata.nextLink", text())
            .property(
                "value",
                ArrayBuilder::new().items(Ref::from_schema_name(T::name())),
            )
            .required("value");
        RefOr::T(list.into())
    }
}

impl<T: ToSchema> ToSchema for Listed<T> {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
        schemas.push((T::name().into_owned(), T::schema()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_quote_stands_for_itself() {
        let found = equalities("displayName eq 'O''Neil''s' and id eq ''").unwrap();
        assert_eq!(
            found,
            [
                ("displayName", "O'Neil's".to_owned()),
                ("id", String::new())
            ]
        );
    }

    #[test]
    fn what_is_no_equality_is_refused() {
        for filter in [
            "",
            "displayName",
            "displayName ne 'x'",
            "displayName eq 'x",
            "displayName eq 'x' or id eq 'y'",
            "startswith(displayName,'x')",
        ] {
            assert!(equalities(filter).is_err(), "{filter}");
        }
    }

    #[test]
    fn the_next_page_is_asked_for_with_the_same_options() {
        assert_eq!(
            next("https://h/beta/x", "$top=2&$skip=4&$filter=a eq 'b'", 6),
            "https://h/beta/x?%24top=2&%24filter=a+eq+%27b%27&%24skip=6"
        );
        assert_eq!(
            context("https://h/v1.0/deviceManagement/x/"),
            "https://h/v1.0/$metadata#deviceManagement/x"
        );
    }
}
