//! Corporate identifiers: what tells the organization's own devices from others.

use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::{IntoParams, ToSchema};

use crate::admin::{
    CreateIdentifier, IdentifierFilter, Import, Page, PageWish, ReadIdentifiers, ShownIdentifier,
};
use crate::identifier::{Identifier, Kind, LIST_NAME};
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
    /// Only those of this list.
    #[param(nullable = false)]
    list: Option<String>,
    /// Only those with this text in their value or description.
    #[param(nullable = false)]
    search: Option<String>,
}

/// A corporate identifier to make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewIdentifier {
    #[serde(rename = "type")]
    kind: Option<Kind>,
    value: String,
    list: Option<String>,
    description: Option<String>,
    platform: Option<String>,
}

impl ToSchema for NewIdentifier {}

/// What is no list of manufacturer, model and serial number, without a type: at worst a serial number.
const WITHOUT_COMMA: &str = r"^[ -+\--~]*[1-9A-Za-z][ -+\--~]*$";

/// The shape of the value depends on the type.
impl utoipa::PartialSchema for NewIdentifier {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let optional = || {
            let types = SchemaType::from_iter([Type::String, Type::Null]);
            ObjectBuilder::new().schema_type(types)
        };
        let of = |pattern: &str| {
            let value = text()
                .max_length(Some(Identifier::LONGEST))
                .pattern(Some(pattern));
            ObjectBuilder::new()
                .property("value", value)
                .property("list", optional().pattern(Some(LIST_NAME)))
                .property("description", optional().max_length(Some(256)))
                .property("platform", optional().pattern(Some("^[A-Za-z]{1,32}$")))
                .required("value")
                .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        };
        let kinds = Kind::ALL.iter().copied();
        let one = kinds.fold(OneOfBuilder::new(), |one, kind| {
            let typed = text().enum_values(Some([kind.word()]));
            one.item(of(kind.pattern()).property("type", typed).required("type"))
        });
        let untyped = |pattern| {
            let nothing = ObjectBuilder::new().schema_type(Type::Null);
            of(pattern).property("type", nothing)
        };
        let one = one
            .item(untyped(WITHOUT_COMMA))
            .item(untyped(Kind::Mms.pattern()));
        Schema::from(one.build()).into()
    }
}

/// How a file is read, and what is told of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(rename_all = "camelCase")]
struct Reading {
    /// Whether identifiers that are there receive the file's descriptions.
    #[param(nullable = false)]
    overwrite: Option<bool>,
    /// Whether only to tell what would become of the file.
    #[param(nullable = false)]
    dry_run: Option<bool>,
    /// The list of rows that name none: `corporate` unless said otherwise.
    #[param(nullable = false, pattern = "^[a-z0-9][a-z0-9._-]{0,63}$")]
    list: Option<String>,
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
        list: listing.list,
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
        list: new.list,
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
    let how = ReadIdentifiers {
        overwrite: asked.overwrite == Some(true),
        dry_run: asked.dry_run == Some(true),
        list: asked.list,
    };
    let admin = caller.admin();
    let imported = admin.import_identifiers(&caller.actor, &file, how);
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
