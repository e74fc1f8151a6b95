//! What the OpenAPI document says of a template's rules.

use serde_json::json;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::WishedRule;

/// Rules of which at least one assigns a policy, as JSON Schema says it.
pub(super) enum Deciding {}

impl PartialSchema for Deciding {
    fn schema() -> RefOr<Schema> {
        let mut schema = ArrayBuilder::new()
            .items(Ref::from_schema_name(WishedRule::name()))
            .min_items(Some(1))
            .max_items(Some(200))
            .build();
        let assigns = json!({ "anyOf": [
            { "required": ["winPolicyId"], "properties": { "winPolicyId": { "type": "string" } } },
            { "required": ["winPolicyAssignments"],
              "properties": { "winPolicyAssignments": { "type": "array", "minItems": 1 } } },
        ] });
        let extensions = schema.extensions.get_or_insert_default();
        extensions.insert("contains".to_owned(), assigns);
        RefOr::T(schema.into())
    }
}

impl ToSchema for Deciding {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        WishedRule::schemas(schemas);
        schemas.push((WishedRule::name().into_owned(), WishedRule::schema()));
    }
}
