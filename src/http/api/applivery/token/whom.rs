//! For whom one token is made: an address, a user's identifier or nobody, but never both of the first two. A schema that
//! is derived could not say the last, so that it is put together here.

use serde::Deserialize;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{Object, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::admin::CreateToken;

use super::wish::OneToken;

/// One token.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct NewToken(OneToken);

impl NewToken {
    /// What it is to be.
    pub(super) fn wish(self) -> CreateToken {
        self.0.wish()
    }
}

impl ToSchema for NewToken {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        OneToken::schemas(schemas);
    }
}

impl PartialSchema for NewToken {
    fn schema() -> RefOr<Schema> {
        let RefOr::T(Schema::Object(common)) = OneToken::schema() else {
            return OneToken::schema();
        };
        let text = |pattern: &str, description: &str| {
            ObjectBuilder::new()
                .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
                .pattern(Some(pattern))
                .description(Some(description))
        };
        let by_address = whom(
            common.clone(),
            text(
                ADDRESS,
                "The person that it is for; empty: whoever holds it.",
            ),
            text(NOTHING, "The same by identifier, in place of the address."),
        );
        let by_identifier = whom(
            common,
            text(NOTHING, "The address, in place of the identifier."),
            text(IDENTIFIER, "The user that it is for.").schema_type(Type::String),
        );
        let by_identifier = ObjectBuilder::from(by_identifier).required("mdmUserId");
        OneOfBuilder::new()
            .item(by_address)
            .item(by_identifier)
            .into()
    }
}

fn whom(common: Object, email: ObjectBuilder, mdm_user_id: ObjectBuilder) -> Object {
    ObjectBuilder::from(common)
        .property("email", email)
        .property("mdmUserId", mdm_user_id)
        .build()
}

const ADDRESS: &str = r"^([^@\s\x00-\x1f\x7f-\x9f]+@[^@.\s\x00-\x1f\x7f-\x9f][^@\s\x00-\x1f\x7f-\x9f]*[.][^@\s\x00-\x1f\x7f-\x9f]*)?$";
const IDENTIFIER: &str = "^[a-fA-F0-9]{24}$";
const NOTHING: &str = "^$";
