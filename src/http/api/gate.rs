//! What stands before and after every operation: the request's id, repeated requests, and the contract's shape of an error.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::web::to;
use actix_web::{HttpMessage as _, HttpResponse, Route};
use uuid::Uuid;

use super::answer::NoContent;
use super::dialect::Dialect;
use super::limit::Standing;
use super::permitted::app;
use super::problem::{Kind, Problem};
use super::repeat;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The methods that a path has, for the refusal of the others.
#[derive(Clone)]
struct Allowed(String);

/// The middleware of every path of the API.
pub(super) async fn gate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = request_id(&request);
    let dialect = Dialect::of(request.path());
    let response = match repeat::begin(request).await {
        Ok((request, None)) => next.call(request).await?.map_into_boxed_body(),
        Ok((request, Some(repeat))) => match repeat.answer() {
            Some(answer) => request.into_response(answer),
            None => {
                let response = next.call(request).await?.map_into_boxed_body();
                repeat.finish(response).await
            }
        },
        Err((request, problem)) => request.error_response(problem),
    };
    let mut response = shaped(response, dialect, &id);
    let standing = response.request().extensions().get::<Standing>().copied();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(X_REQUEST_ID, value);
    }
    if let Some(standing) = standing {
        tell(headers, standing);
    }
    Ok(response)
}

fn request_id(request: &ServiceRequest) -> String {
    let given = request
        .headers()
        .get(&X_REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| !id.is_empty() && id.len() <= 128 && id.bytes().all(|c| c.is_ascii_graphic()));
    given.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}

/// Gives a problem the shape of its contract.
fn shaped(response: ServiceResponse, dialect: Dialect, id: &str) -> ServiceResponse {
    let Some(error) = response.response().error() else {
        return response;
    };
    let other;
    let problem = match error.as_error::<Problem>() {
        Some(problem) => problem,
        None => {
            tracing::warn!(%error, trace_id = id, "a request of the API was not understood");
            other = Problem::new(Kind::Invalid, "Invalid input");
            &other
        }
    };
    let now =
        app(response.request()).map_or_else(|_| String::new(), |app| app.clock.now().to_string());
    let mut shaped =
        HttpResponse::build(problem.kind.status()).json(dialect.body(problem, id, &now));
    let headers = shaped.headers_mut();
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if matches!(problem.kind, Kind::NoToken | Kind::Unauthorized) {
        let challenge = HeaderValue::from_static("Bearer realm=\"portcullis\"");
        headers.insert(actix_web::http::header::WWW_AUTHENTICATE, challenge);
    }
    if problem.kind == Kind::MethodNotAllowed {
        let allowed = response.request().extensions().get::<Allowed>().cloned();
        if let Some(value) =
            allowed.and_then(|Allowed(methods)| HeaderValue::from_str(&methods).ok())
        {
            headers.insert(ALLOW, value);
        }
    }
    if problem.kind == Kind::TooLarge {
        shaped
            .head_mut()
            .set_connection_type(actix_web::http::ConnectionType::Close);
    }
    response.into_response(shaped)
}

fn tell(headers: &mut HeaderMap, standing: Standing) {
    for (name, value) in [
        ("ratelimit-limit", u64::from(standing.limit)),
        ("ratelimit-remaining", u64::from(standing.remaining)),
        ("ratelimit-reset", standing.reset),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

/// Refuses the methods that a path does not have.
pub(super) fn method_not_allowed(methods: &[Method]) -> Route {
    let allowed = Allowed(
        methods
            .iter()
            .map(Method::as_str)
            .collect::<Vec<_>>()
            .join(", "),
    );
    to(move |request: actix_web::HttpRequest| {
        let message = format!("The path allows {}", allowed.0);
        request.extensions_mut().insert(allowed.clone());
        async move { Err::<NoContent, _>(Problem::new(Kind::MethodNotAllowed, message)) }
    })
}
