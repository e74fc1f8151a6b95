//! What the OpenAPI document says of a template's fields: one shape for each type.

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::AuxiliaryField;

impl ToSchema for AuxiliaryField {}

impl PartialSchema for AuxiliaryField {
    fn schema() -> RefOr<Schema> {
        let shapes = OneOfBuilder::new()
            .description(Some("A field that people fill in when they enroll."))
            .item(shape("text"))
            .item(shape("select").required("type").required("options"));
        RefOr::T(shapes.into())
    }
}

/// The fields of a template, as JSON Schema says it: none of them twice.
pub(crate) enum AuxiliaryFields {}

impl ToSchema for AuxiliaryFields {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((
            AuxiliaryField::name().into_owned(),
            AuxiliaryField::schema(),
        ));
    }
}

impl PartialSchema for AuxiliaryFields {
    fn schema() -> RefOr<Schema> {
        let list = ArrayBuilder::new()
            .items(Ref::from_schema_name(AuxiliaryField::name()))
            .max_items(Some(20))
            .unique_items(true);
        RefOr::T(list.into())
    }
}

fn shape(word: &str) -> ObjectBuilder {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let maybe = || {
        let types = SchemaType::from_iter([Type::String, Type::Null]);
        ObjectBuilder::new().schema_type(types)
    };
    let options = ArrayBuilder::new()
        .items(text().max_length(Some(256)))
        .min_items(Some(usize::from(word == "select")))
        .max_items(Some(200));
    ObjectBuilder::new()
        .title(Some(word))
        .property("type", text().enum_values(Some([word])))
        .property(
            "key",
            text()
                .pattern(Some("^[A-Za-z][A-Za-z0-9_.-]*$"))
                .max_length(Some(128))
                .description(Some("Its name in rules, once in a template.")),
        )
        .property("title", maybe().max_length(Some(128)))
        .property("description", maybe().max_length(Some(256)))
        .property("options", options)
        .required("key")
}
