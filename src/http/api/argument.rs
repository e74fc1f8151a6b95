//! What operations read: each argument extracts itself strictly and describes itself in the OpenAPI document.

use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, IF_MATCH};
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use utoipa::openapi::path::{OperationBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Required, Schema};
use utoipa::{IntoParams, ToSchema};

use crate::http::body;
use crate::violation::unsaid;

use super::answer::reference;
use super::json;
use super::operation::Schemas;
use super::permitted::app;
use super::problem::{Kind, Problem};

/// An argument that describes itself.
pub(super) trait Argument: FromRequest {
    /// Adds what it reads to an operation's description.
    fn describe(described: OperationBuilder, schemas: &mut Schemas) -> OperationBuilder;
}

/// The variables of the path, but for the organization. A text that is none of an identifier is found nowhere.
#[derive(Debug)]
pub(super) struct Path<T>(pub(super) T);

/// The query.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

/// A JSON body.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

/// A JSON body that may be left out.
#[derive(Debug)]
pub(super) struct MaybeBody<T>(pub(super) T);

/// A CSV body, which may be larger than a JSON one.
#[derive(Debug)]
pub(super) struct Csv(pub(super) String);

/// The public address that was asked, and its query: for links to what follows.
#[derive(Debug, Clone)]
pub(super) struct Address {
    /// Without the query.
    pub(super) url: String,
    /// The query as it was sent.
    pub(super) query: String,
}

/// The revision in `If-Match`, if the caller insists on one.
#[derive(Debug, Clone, Copy)]
pub(super) struct IfMatch(pub(super) Option<i64>);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = web::Path::<T>::extract(request).into_inner();
        ready(
            found
                .map(|path| Self(path.into_inner()))
                .map_err(|_| Problem::not_found("path")),
        )
    }
}

impl<T> Argument for Path<T>
where
    T: DeserializeOwned + 'static,
{
    fn describe(described: OperationBuilder, _: &mut Schemas) -> OperationBuilder {
        // The operation describes its path's variables itself.
        described
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = web::Query::<T>::from_query(request.query_string());
        ready(
            read.map(|query| Self(query.into_inner()))
                .map_err(|error| Problem::invalid("query", query_fault(&error))),
        )
    }
}

fn query_fault(error: &actix_web::error::QueryPayloadError) -> String {
    match error {
        actix_web::error::QueryPayloadError::Deserialize(error) => {
            format!("is not acceptable: {}", unsaid(&error.to_string()))
        }
        _ => "is not acceptable".to_owned(),
    }
}

impl<T> Argument for Query<T>
where
    T: DeserializeOwned + IntoParams + 'static,
{
    fn describe(mut described: OperationBuilder, _: &mut Schemas) -> OperationBuilder {
        for parameter in T::into_params(|| Some(ParameterIn::Query)) {
            described = described.parameter(parameter);
        }
        described
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = is_typed(request, "application/json");
        let whole = body::Body::from_request(request, payload);
        Box::pin(async move {
            typed?;
            let body::Body(bytes) = whole.await?;
            read(&bytes).map(Self)
        })
    }
}

impl<T: DeserializeOwned + Default + 'static> FromRequest for MaybeBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = is_typed(request, "application/json");
        let whole = body::Body::from_request(request, payload);
        Box::pin(async move {
            let body::Body(bytes) = whole.await?;
            if bytes.is_empty() {
                return Ok(Self(T::default()));
            }
            typed?;
            read(&bytes).map(Self)
        })
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    json::read(bytes).map_err(|fault| Problem {
        violations: vec![fault],
        ..Problem::new(Kind::Invalid, "Invalid input")
    })
}

impl<T> Argument for Body<T>
where
    T: DeserializeOwned + ToSchema + 'static,
{
    fn describe(described: OperationBuilder, schemas: &mut Schemas) -> OperationBuilder {
        described.request_body(Some(json_body::<T>(schemas, Required::True)))
    }
}

impl<T> Argument for MaybeBody<T>
where
    T: DeserializeOwned + Default + ToSchema + 'static,
{
    fn describe(described: OperationBuilder, schemas: &mut Schemas) -> OperationBuilder {
        described.request_body(Some(json_body::<T>(schemas, Required::False)))
    }
}

fn json_body<T: ToSchema>(schemas: &mut Schemas, required: Required) -> RequestBody {
    let content = ContentBuilder::new()
        .schema(Some(reference::<T>(schemas)))
        .build();
    RequestBodyBuilder::new()
        .content("application/json", content)
        .required(Some(required))
        .build()
}

impl FromRequest for Csv {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = is_typed(request, "text/csv");
        let whole = body::Body::from_request(request, payload);
        Box::pin(async move {
            typed?;
            let body::Body(bytes) = whole.await?;
            String::from_utf8(bytes.to_vec())
                .map(Self)
                .map_err(|_| Problem::invalid("body", "is not UTF-8"))
        })
    }
}

impl Argument for Csv {
    fn describe(described: OperationBuilder, _: &mut Schemas) -> OperationBuilder {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let content = ContentBuilder::new()
            .schema(Some(Schema::from(text.build())))
            .build();
        let body = RequestBodyBuilder::new()
            .content("text/csv", content)
            .required(Some(Required::True));
        described.request_body(Some(body.build()))
    }
}

impl FromRequest for Address {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(app(request).map(|app| Self {
            url: format!("{}{}", app.web_url, request.path()),
            query: request.query_string().to_owned(),
        }))
    }
}

impl Argument for Address {
    fn describe(described: OperationBuilder, _: &mut Schemas) -> OperationBuilder {
        described
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(tag) = request.headers().get(IF_MATCH) else {
            return ready(Ok(Self(None)));
        };
        let tag = tag.to_str().unwrap_or_default().trim();
        if tag == "*" {
            return ready(Ok(Self(None)));
        }
        let revision = tag
            .strip_prefix('"')
            .and_then(|tag| tag.strip_suffix('"'))
            .and_then(|tag| tag.parse().ok());
        // A tag that is none of ours matches nothing.
        ready(Ok(Self(Some(revision.unwrap_or(-1)))))
    }
}

impl Argument for IfMatch {
    fn describe(described: OperationBuilder, _: &mut Schemas) -> OperationBuilder {
        // No parameter: a tool that fills in parameters would fill in revisions that never were.
        described.description(Some(
            "With an `If-Match` header, which holds the `ETag` that was read, the change is made only if nobody made \
             another since; else it is refused with 412.",
        ))
    }
}

fn is_typed(request: &HttpRequest, wanted: &str) -> Result<(), Problem> {
    let given = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let message = format!("The body's Content-Type must be {wanted}");
    Err(Problem::new(Kind::MediaType, message))
}
