//! The OpenAPI document (3.1), made from the operations, and the page that shows it, which loads nothing from elsewhere.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use actix_web::web::{self, Data};
use serde_json::{Value, json};
use utoipa::openapi::path::{HttpMethod, PathItem, PathItemBuilder, PathsBuilder};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response,
    ResponseBuilder, Schema,
};
use utoipa_swagger_ui::Config;

use super::Api;
use super::dialect::Dialect;
use super::operation::{Operation, Schemas};

/// The document as it is served.
pub(in crate::http) struct Specification(web::Bytes);

impl Specification {
    /// The document of all operations.
    pub(in crate::http) fn new() -> Self {
        let mut json = serde_json::to_value(describe(&Api::whole())).unwrap_or_default();
        widen(&mut json);
        Self(web::Bytes::from(json.to_string()))
    }
}

/// Says of unsigned numbers of 32 bits how far they reach, which the format `int32` cuts in half.
fn widen(json: &mut Value) {
    match json {
        Value::Object(map) => {
            if map.get("format") == Some(&json!("int32")) && map.contains_key("minimum") {
                map.insert("format".to_owned(), json!("int64"));
                map.entry("maximum").or_insert(json!(u32::MAX));
            }
            map.values_mut().for_each(widen);
        }
        Value::Array(list) => list.iter_mut().for_each(widen),
        _ => {}
    }
}

/// The problems that any operation may meet.
const PROBLEMS: [(&str, &str); 12] = [
    ("400", "The input is not acceptable."),
    ("401", "There is no key, or it is not good."),
    ("403", "The key lacks the permission."),
    ("404", "Nothing has that name, as far as the key sees."),
    ("405", "The path has other methods."),
    ("409", "Its state does not allow it, or the name is taken."),
    ("412", "It was changed since it was read."),
    ("413", "The body is too large."),
    ("415", "The body is of another type."),
    ("429", "Too many requests."),
    ("500", "An error of the server."),
    ("503", "Not available now."),
];

fn describe(api: &Api) -> OpenApi {
    let mut schemas = Schemas::new();
    let mut paths = PathsBuilder::new();
    for operation in &api.operations {
        paths = paths.path(operation.path.clone(), item(operation, &mut schemas));
    }
    let mut components = ComponentsBuilder::new().security_scheme(
        "key",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("A key made by `portcullis admin create-key`."))
                .build(),
        ),
    );
    for (name, schema) in schemas {
        components = components.schema(name, schema);
    }
    for (name, schema) in [
        ("AppliveryProblem", applivery()),
        ("GoogleProblem", google()),
        ("GraphProblem", graph()),
    ] {
        components = components.schema(name, schema);
    }
    let no_scopes: [String; 0] = [];
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Portcullis")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Windows MDM enrollment: tokens, templates and devices over three published contracts.",
                ))
                .build(),
        )
        .paths(paths)
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new("key", no_scopes)]))
        .build()
}

fn item(operation: &Operation, schemas: &mut Schemas) -> PathItem {
    let mut described = operation.description(schemas);
    let name = match Dialect::of(&operation.path) {
        Dialect::Applivery => "AppliveryProblem",
        Dialect::Google => "GoogleProblem",
        Dialect::Graph => "GraphProblem",
    };
    for (status, description) in PROBLEMS {
        described
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(problem(name, description)));
    }
    let method = match operation.method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    };
    PathItemBuilder::new().operation(method, described).build()
}

fn problem(name: &str, description: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(RefOr::<Schema>::Ref(Ref::from_schema_name(name))))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/json", content)
        .build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer)
}

fn pairs(first: &str, second: &str) -> ArrayBuilder {
    ArrayBuilder::new().items(
        ObjectBuilder::new()
            .property(first, text())
            .property(second, text())
            .required(first)
            .required(second),
    )
}

fn applivery() -> Schema {
    let no = ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .enum_values(Some([false]));
    let error = ObjectBuilder::new()
        .property("code", number())
        .property("message", text())
        .property("traceId", text())
        .property("details", pairs("path", "reason"))
        .required("code")
        .required("message");
    ObjectBuilder::new()
        .property("status", no)
        .property("error", error)
        .required("status")
        .required("error")
        .into()
}

fn google() -> Schema {
    let detail = ObjectBuilder::new()
        .property("@type", text())
        .property("fieldViolations", pairs("field", "description"));
    let error = ObjectBuilder::new()
        .property("code", number())
        .property("message", text())
        .property("status", text())
        .property("details", ArrayBuilder::new().items(detail))
        .required("code")
        .required("message")
        .required("status");
    ObjectBuilder::new()
        .property("error", error)
        .required("error")
        .into()
}

fn graph() -> Schema {
    let inner = ObjectBuilder::new()
        .property("request-id", text())
        .property("date", text());
    let error = ObjectBuilder::new()
        .property("code", text())
        .property("message", text())
        .property("innerError", inner)
        .required("code")
        .required("message");
    ObjectBuilder::new()
        .property("error", error)
        .required("error")
        .into()
}

/// `/openapi.json`.
pub(in crate::http) async fn specification(document: Data<Specification>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(document.0.clone())
}

/// `/docs`, whose files are named relative to `/docs/`.
pub(in crate::http) async fn open_docs() -> HttpResponse {
    HttpResponse::MovedPermanently()
        .insert_header((LOCATION, "/docs/"))
        .finish()
}

/// `/docs/` and what it loads, all of it from this binary.
pub(in crate::http) async fn docs(file: web::Path<String>) -> HttpResponse {
    let file = file.into_inner();
    let name = if file.is_empty() {
        "index.html"
    } else {
        file.as_str()
    };
    let config = Config::from("/openapi.json").validator_url("none");
    match utoipa_swagger_ui::serve(name, config.into()) {
        Ok(Some(file)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, file.content_type))
            .insert_header((
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                 connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            ))
            .body(file.bytes.into_owned()),
        Ok(None) | Err(_) => HttpResponse::NotFound().finish(),
    }
}
