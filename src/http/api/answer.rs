//! What operations answer, each kind with its own description.

use std::marker::PhantomData;

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

/// 201 as it is.
#[derive(Debug)]
pub(super) struct Made<T>(pub(super) T);

/// 204.
#[derive(Debug)]
pub(super) struct NoContent;

/// 200 with a file of the media type `M`.
#[derive(Debug)]
pub(super) struct File<M> {
    name: &'static str,
    bytes: Vec<u8>,
    media: PhantomData<M>,
}

/// A media type that files are answered in.
pub(super) trait Media: 'static {
    /// Type and subtype.
    const ESSENCE: &'static str;
}

/// Declares media types.
macro_rules! media {
    ($($name:ident $essence:literal,)+) => {$(
        #[doc = concat!("`", $essence, "`")]
        #[derive(Debug)]
        pub(super) enum $name {}
        impl Media for $name {
            const ESSENCE: &'static str = $essence;
        }
    )+};
}
media! {
    Png "image/png",
    Svg "image/svg+xml",
    TextCsv "text/csv",
    Xml "application/xml",
    PowerShell "text/x-powershell",
}

impl<M> File<M> {
    /// A file with the name under which it is saved.
    pub(super) fn new(name: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            name,
            bytes,
            media: PhantomData,
        }
    }
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

impl<T: Serialize> Responder for Made<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Created().json(self.0)
    }
}

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl<M: Media> Responder for File<M> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, M::ESSENCE))
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

impl<T: Serialize + ToSchema> Reply for Made<T> {
    fn describe(described: OperationBuilder, schemas: &mut Schemas) -> OperationBuilder {
        success(described, "201", reference::<T>(schemas))
    }
}

impl Reply for NoContent {
    fn describe(described: OperationBuilder, _: &mut Schemas) -> OperationBuilder {
        described.response("204", ResponseBuilder::new().description("Done."))
    }
}

impl<M: Media> Reply for File<M> {
    fn describe(described: OperationBuilder, _: &mut Schemas) -> OperationBuilder {
        let bytes = ObjectBuilder::new().schema_type(Type::String);
        let content = ContentBuilder::new()
            .schema(Some(Schema::from(bytes.build())))
            .build();
        let response = ResponseBuilder::new()
            .description("The file.")
            .content(M::ESSENCE, content);
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
    let path = std::any::type_name::<T>();
    let name = match path.contains('<') {
        true => schema_name(path),
        false => T::name().into_owned(),
    };
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
