//! The settings' schema: all of a kind in one object. A derived one would be a composition, of which no part may refuse
//! what another knows.

use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{GoogleSettings, LdapSettings, OidcSettings, ProviderSettings, SamlSettings};

impl ToSchema for ProviderSettings {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        LdapSettings::schemas(schemas);
        GoogleSettings::schemas(schemas);
        OidcSettings::schemas(schemas);
        SamlSettings::schemas(schemas);
    }
}

impl PartialSchema for ProviderSettings {
    fn schema() -> RefOr<Schema> {
        let kinds = OneOfBuilder::new()
            .description(Some("Where it is and how it is asked."))
            .item(kind("ldap", LdapSettings::schema()))
            .item(kind("google", GoogleSettings::schema()))
            .item(kind("oidc", OidcSettings::schema()))
            .item(kind("saml", SamlSettings::schema()));
        Schema::from(kinds.build()).into()
    }
}

fn kind(name: &str, fields: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(fields)) = fields else {
        return fields;
    };
    let kind = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([name]));
    let whole = ObjectBuilder::from(fields)
        .property("type", kind)
        .required("type");
    Schema::from(whole.build()).into()
}
