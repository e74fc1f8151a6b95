//! What the contract's clients ask of profiles, and what they send.

use jiff::Timestamp;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{TemplateFilter, TemplateOrder};
use crate::id::ObjectId;

use super::super::super::problem::Problem;
use super::super::odata::equalities;

/// What is asked of a list.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Listing {
    /// Entries on a page: 100 unless said otherwise, 999 at most.
    #[serde(rename = "$top")]
    #[param(minimum = 1, nullable = false)]
    pub(super) top: Option<u32>,
    /// Entries to pass over.
    #[serde(rename = "$skip")]
    #[param(nullable = false)]
    pub(super) skip: Option<u32>,
    /// Equalities of displayName, description and id, joined by `and`.
    #[serde(rename = "$filter")]
    #[param(
        pattern = "^(displayName|description|id) eq '[^']*'$",
        nullable = false
    )]
    pub(super) filter: Option<String>,
    /// A property to sort by.
    #[serde(rename = "$orderby")]
    #[param(inline, nullable = false)]
    pub(super) orderby: Option<OrderBy>,
    /// The properties to tell.
    #[serde(rename = "$select")]
    #[param(
        pattern = "^(id|displayName|tokenValue)(,(description|accountId))?$",
        nullable = false
    )]
    pub(super) select: Option<String>,
    /// Whether to count the entries of all pages.
    #[serde(rename = "$count")]
    #[param(nullable = false)]
    pub(super) count: Option<bool>,
}

/// What is asked of one profile.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Selection {
    /// The properties to tell.
    #[serde(rename = "$select")]
    #[param(
        pattern = "^(id|displayName|tokenValue)(,(description|accountId))?$",
        nullable = false
    )]
    pub(super) select: Option<String>,
}

/// A property to sort by.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub(super) enum OrderBy {
    #[serde(rename = "displayName", alias = "displayName asc")]
    Name,
    #[serde(rename = "displayName desc")]
    NameBackwards,
    #[serde(rename = "createdDateTime", alias = "createdDateTime asc")]
    Oldest,
    #[serde(rename = "createdDateTime desc")]
    Newest,
    #[serde(rename = "lastModifiedDateTime", alias = "lastModifiedDateTime asc")]
    ChangedLast,
    #[serde(rename = "lastModifiedDateTime desc")]
    Changed,
}

impl From<OrderBy> for TemplateOrder {
    fn from(order: OrderBy) -> Self {
        match order {
            OrderBy::Name => Self::Name,
            OrderBy::NameBackwards => Self::NameBackwards,
            OrderBy::Oldest => Self::Oldest,
            OrderBy::Newest => Self::Newest,
            OrderBy::ChangedLast => Self::ChangedLast,
            OrderBy::Changed => Self::Changed,
        }
    }
}

/// A profile to create. What only the server sets is ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphNewProfile)]
pub(super) struct NewProfile {
    /// Its name, unique within the organization.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    pub(super) display_name: String,
    /// What it is for.
    #[schema(max_length = 256)]
    pub(super) description: Option<String>,
    /// Where it lies ahead, the profile has a token from the start, which ends then.
    #[schema(
        value_type = Option<String>,
        format = DateTime,
        pattern = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$"
    )]
    pub(super) token_expiration_date_time: Option<Timestamp>,
}

/// What is to be changed of a profile; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphChangedProfile)]
pub(super) struct ChangedProfile {
    /// Its name, unique within the organization.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    pub(super) display_name: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "crate::lenient::named")]
    #[schema(max_length = 256, value_type = Option<String>)]
    pub(super) description: Option<Option<String>>,
}

/// How long a token is good.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphTokenValidity)]
pub(super) struct TokenValidity {
    /// In seconds.
    #[schema(minimum = 60, maximum = 2_147_483_647)]
    pub(super) token_validity_in_seconds: i32,
}

/// Adds the conditions of `$filter`; false: nothing can meet them.
pub(super) fn narrowed(filter: &mut TemplateFilter, text: Option<&str>) -> Result<bool, Problem> {
    let Some(text) = text else { return Ok(true) };
    for (property, wanted) in equalities(text)? {
        let before = match property {
            "displayName" => filter.name.replace(wanted.clone()),
            "description" => filter.description.replace(wanted.clone()),
            "id" => {
                let Some(id) = wanted.parse().ok().and_then(ObjectId::from_guid) else {
                    return Ok(false);
                };
                filter.id.replace(id).map(|id| id.guid().to_string())
            }
            _ => {
                let reason = "names a property that is none of displayName, description, id";
                return Err(Problem::invalid("$filter", reason));
            }
        };
        if before.is_some_and(|before| !before.eq_ignore_ascii_case(&wanted)) {
            return Ok(false);
        }
    }
    Ok(true)
}
