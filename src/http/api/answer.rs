//! What operations answer, each kind with its own description.

use actix_web::body::BoxBody;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, Schema};

use super::operation::Schemas;

/// An answer that describes itself.
pub(super) trait Reply: Responder<Body = BoxBody> {
    /// Adds the answer of success to an operation's description.
    fn describe(described: OperationBuilder, schemas: &mut Schemas) -> OperationBuilder;
}

/// 200 in the envelope of the Applivery contract.
#[derive(Debug)]
pub(super) struct Envelope<T>(pub(super) T);

/// 200 as it is, for the other contracts.
#[derive(Debug)]
pub(super) struct Plain<T>(pub(super) T);

/// 204.
#[derive(Debug)]
pub(super) struct NoContent;

/// 200 with a file.
#[derive(Debug)]
pub(super) struct File {
    /// Its media type.
    pub(super) content_type: &'static str,
    /// Its name when it is saved.
    pub(super) name: &'static str,
    /// Its contents.
    pub(super) bytes: Vec<u8>,
}

#[derive(Serialize)]
struct Enveloped<T> {
    status: bool,
    data: T,
}

/// An answer with the revision of what it shows, as its `ETag`.
#[derive(Debug)]
pub(super) struct Tagged<R>(pub(super) R, pub(super) i64);

impl<T: Serialize> Responder for Envelope<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().json(Enveloped {
            status: true,
            data: self.0,
        })
    }
}

impl<T: Serialize> Responder for Plain<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().json(self.0)
    }
}

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl Responder for File {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, self.content_type))
            .insert_header((
                CONTENT_DISPOSITION,
                format!("attachment; filename=\"{}\"", self.name),
            ))
            .body(self.bytes)
    }
}

impl<R: Responder<Body = BoxBody>> Responder for Tagged<R> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.0.respond_to(request);
        if let Ok(tag) = format!("\"{}\"", self.1).parse() {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

impl<T: Serialize + ToSchema> Reply for Envelope<T> {
    fn describe(described: OperationBuilder, schemas: &mut Schemas) -> OperationBuilder {
        let yes = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .enum_values(Some([true]));
        let schema = ObjectBuilder::new()
            .property("status", yes)
            .property("data", reference::<T>(schemas))
            .required("status")
            .required("data");
        success(described, "200", Schema::from(schema.build()).into())
    }
}

impl<T: Serialize + ToSchema> Reply for Plain<T> {
    fn describe(described: OperationBuilder, schemas: &mut Schemas) -> OperationBuilder {
        success(described, "200", reference::<T>(schemas))
    }
}

impl Reply for NoContent {
    fn describe(described: OperationBuilder, _: &mut Schemas) -> OperationBuilder {
        described.response("204", ResponseBuilder::new().description("Done."))
    }
}

impl Reply for File {
    fn describe(described: OperationBuilder, _: &mut Schemas) -> OperationBuilder {
        let mut response = ResponseBuilder::new().description("The file.");
        for media in ["image/png", "image/svg+xml"] {
            let bytes = ObjectBuilder::new().schema_type(Type::String);
            response = response.content(
                media,
                ContentBuilder::new()
                    .schema(Some(Schema::from(bytes.build())))
                    .build(),
            );
        }
        described.response("200", response)
    }
}

impl<R: Reply> Reply for Tagged<R> {
    fn describe(described: OperationBuilder, schemas: &mut Schemas) -> OperationBuilder {
        R::describe(described, schemas)
    }
}

/// A reference to the schema of `T`, which is collected with all that it refers to.
pub(super) fn reference<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    T::schemas(schemas);
    let name = schema_name(std::any::type_name::<T>());
    schemas.push((name.clone(), T::schema()));
    RefOr::Ref(Ref::from_schema_name(name))
}

/// `Page_ShownToken` of `portcullis::admin::Page<portcullis::admin::ShownToken>`: one name for each type.
fn schema_name(path: &str) -> String {
    let types = path.split(['<', '>', ',', ' ', '&']);
    let names: Vec<&str> = types
        .filter_map(|path| path.rsplit("::").next())
        .filter(|name| !name.is_empty())
        .collect();
    names.join("_")
}

fn success(described: OperationBuilder, status: &str, schema: RefOr<Schema>) -> OperationBuilder {
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new()
        .description("Done.")
        .content("application/json", content);
    described.response(status, response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lists_of_different_things_have_two_schemas() {
        assert_eq!(schema_name("a::Page<b::c::Thing>"), "Page_Thing");
        assert_eq!(schema_name("a::Thing"), "Thing");
    }
}
