//! Corporate identifiers: what tells the organization's own devices from others.

use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::{IntoParams, ToSchema};

use crate::admin::{CreateIdentifier, IdentifierFilter, Import, Page, PageWish, ShownIdentifier};
use crate::identifier::{Identifier, Kind};
use crate::identity::grant;

use super::super::{Api, Body, Csv, Envelope, Path, Permitted, Problem, Query};
use super::One;

pub(super) fn operations(api: &mut Api) {
    const IDENTIFIERS: &str = concat!(organization!(), "/identifiers");
    const IDENTIFIER: &str = concat!(organization!(), "/identifiers/{id}");
    api.get(IDENTIFIERS, list)
        .id("listIdentifiers")
        .summary("Lists corporate identifiers");
    api.post(IDENTIFIERS, create)
        .id("createIdentifier")
        .summary("Makes a corporate identifier");
    api.post(concat!(organization!(), "/identifiers/import"), import)
        .id("importIdentifiers")
        .summary("Makes the corporate identifiers of a file, ours or Intune's");
    api.get(IDENTIFIER, get)
        .id("getIdentifier")
        .summary("Shows a corporate identifier");
    api.delete(IDENTIFIER, remove)
        .id("deleteIdentifier")
        .summary("Deletes a corporate identifier");
}

/// Which identifiers to list.
#[derive(Debug, Deserialize, IntoParams)]
struct Listing {
    /// The page's number, from 1.
    #[param(nullable = false)]
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    #[param(nullable = false)]
    limit: Option<u32>,
    /// Only those of this type.
    #[serde(rename = "type")]
    #[param(inline, nullable = false)]
    kind: Option<Kind>,
    /// Only those with this text in their value or description.
    #[param(nullable = false)]
    search: Option<String>,
}

/// A corporate identifier to make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewIdentifier {
    #[serde(rename = "type")]
    kind: Kind,
    value: String,
    description: Option<String>,
    platform: Option<String>,
}

impl ToSchema for NewIdentifier {}

/// The shape of the value depends on the type.
impl utoipa::PartialSchema for NewIdentifier {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let optional = || {
            let types = SchemaType::from_iter([Type::String, Type::Null]);
            ObjectBuilder::new().schema_type(types)
        };
        let of = |kind: Kind| {
            let value = text()
                .max_length(Some(Identifier::LONGEST))
                .pattern(Some(kind.pattern()));
            ObjectBuilder::new()
                .property("type", text().enum_values(Some([kind.word()])))
                .property("value", value)
                .property("description", optional().max_length(Some(256)))
                .property("platform", optional().pattern(Some("^[A-Za-z]{1,32}$")))
                .required("type")
                .required("value")
                .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        };
        let kinds = Kind::ALL.iter().copied();
        let one = kinds.fold(OneOfBuilder::new(), |one, kind| one.item(of(kind)));
        Schema::from(one.build()).into()
    }
}

/// How a file is read, and what is told of it.
#[derive(Debug, Deserialize, IntoParams)]
struct Reading {
    /// Whether identifiers that are there receive the file's descriptions.
    #[param(nullable = false)]
    overwrite: Option<bool>,
    /// Whether to tell of each row.
    #[param(nullable = false)]
    details: Option<bool>,
}

async fn list(
    caller: Permitted<grant::IdentifierList>,
    Query(listing): Query<Listing>,
) -> Result<Envelope<Page<ShownIdentifier>>, Problem> {
    let page = PageWish::new(listing.page, listing.limit);
    let filter = IdentifierFilter {
        kinds: listing.kind.into_iter().collect(),
        search: listing.search,
    };
    let found = caller.admin().identifiers(&caller.actor, filter, page);
    Ok(Envelope(found.await?))
}

async fn create(
    caller: Permitted<grant::IdentifierCreate>,
    Body(new): Body<NewIdentifier>,
) -> Result<Envelope<ShownIdentifier>, Problem> {
    let wish = CreateIdentifier {
        kind: new.kind,
        value: new.value,
        description: new.description,
        platform: new.platform,
    };
    let made = caller.admin().create_identifier(&caller.actor, wish);
    Ok(Envelope(made.await?))
}

async fn import(
    caller: Permitted<grant::IdentifierCreate>,
    Query(asked): Query<Reading>,
    Csv(file): Csv,
) -> Result<Envelope<Import>, Problem> {
    let overwrite = asked.overwrite == Some(true);
    let admin = caller.admin();
    let imported = admin.import_identifiers(&caller.actor, &file, overwrite);
    let mut imported = imported.await?;
    if asked.details != Some(true) {
        imported.items = None;
    }
    Ok(Envelope(imported))
}

async fn get(
    caller: Permitted<grant::IdentifierGet>,
    Path(one): Path<One>,
) -> Result<Envelope<ShownIdentifier>, Problem> {
    let found = caller.admin().identifier(&caller.actor, one.id).await?;
    Ok(Envelope(found))
}

async fn remove(
    caller: Permitted<grant::IdentifierRemove>,
    Path(one): Path<One>,
) -> Result<Envelope<ShownIdentifier>, Problem> {
    let removed = caller.admin().delete_identifier(&caller.actor, one.id);
    Ok(Envelope(removed.await?))
}
