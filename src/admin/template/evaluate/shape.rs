//! What the OpenAPI document says of an evaluation: facts or an attempt, of one template.

use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, ObjectBuilder, OneOfBuilder, Type,
};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{GivenFacts, WishedEvaluation, WishedFacts};

type Schemas = Vec<(String, RefOr<Schema>)>;

fn nothing() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Null)
}

fn id() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[a-fA-F0-9]{24}$"))
}

/// Shapes with facts and with an attempt, of what `begun` has.
fn both(begun: impl Fn() -> ObjectBuilder) -> [ObjectBuilder; 2] {
    let facts = AnyOfBuilder::new()
        .item(Ref::from_schema_name(WishedFacts::name()))
        .item(nothing());
    let closed = |shape: ObjectBuilder| {
        shape.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
    };
    [
        closed(
            begun()
                .property("facts", facts)
                .property("attemptId", nothing()),
        ),
        closed(
            begun()
                .property("facts", nothing())
                .property("attemptId", id())
                .required("attemptId"),
        ),
    ]
}

fn one_of(shapes: impl IntoIterator<Item = ObjectBuilder>) -> RefOr<Schema> {
    let one = shapes
        .into_iter()
        .fold(OneOfBuilder::new(), OneOfBuilder::item);
    RefOr::T(one.into())
}

fn collect(schemas: &mut Schemas) {
    WishedFacts::schemas(schemas);
    schemas.push((WishedFacts::name().into_owned(), WishedFacts::schema()));
}

impl ToSchema for WishedEvaluation {
    fn schemas(schemas: &mut Schemas) {
        collect(schemas);
    }
}

impl PartialSchema for WishedEvaluation {
    fn schema() -> RefOr<Schema> {
        let unsaved = || {
            let template = ObjectBuilder::new()
                .schema_type(Type::Object)
                .description(Some(
                    "A template as it would be stored, its rules with or without policies.",
                ));
            ObjectBuilder::new()
                .property("template", template)
                .property("templateId", nothing())
                .required("template")
        };
        let saved = || {
            ObjectBuilder::new()
                .property("template", nothing())
                .property("templateId", id())
                .required("templateId")
        };
        one_of(both(unsaved).into_iter().chain(both(saved)))
    }
}

impl ToSchema for GivenFacts {
    fn schemas(schemas: &mut Schemas) {
        collect(schemas);
    }
}

impl PartialSchema for GivenFacts {
    fn schema() -> RefOr<Schema> {
        one_of(both(ObjectBuilder::new))
    }
}
