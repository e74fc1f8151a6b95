//! `Idempotency-Key`: a repeated request is answered as the first one was, and does nothing again, for 24 hours.

use actix_web::body::to_bytes_limited;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest as _, HttpResponse};
use aws_lc_rs::digest;

use crate::admin::{Repeated, RepeatedAnswer};
use crate::app::App;
use crate::http::body::Body;
use crate::id::ObjectId;

use super::permitted::{app, known};
use super::problem::{Kind, Problem};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Bytes of an answer that can be kept.
const ANSWER: usize = 8 << 20;

/// A request with an `Idempotency-Key`.
pub(super) struct Repeat {
    app: Data<App>,
    api_key: ObjectId,
    key: String,
    known: Option<RepeatedAnswer>,
}

/// Looks whether a request repeats an earlier one. Its body is read for that, and put back.
pub(super) async fn begin(
    mut request: ServiceRequest,
) -> Result<(ServiceRequest, Option<Repeat>), (ServiceRequest, Problem)> {
    if request.method() != Method::POST || !request.headers().contains_key(&IDEMPOTENCY_KEY) {
        return Ok((request, None));
    }
    match recall(&mut request).await {
        Ok(repeat) => Ok((request, repeat)),
        Err(problem) => Err((request, problem)),
    }
}

async fn recall(request: &mut ServiceRequest) -> Result<Option<Repeat>, Problem> {
    let Some(api_key) = known(request.request())?.actor.key else {
        return Ok(None);
    };
    let header = request.headers().get(&IDEMPOTENCY_KEY);
    let key = header
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|key| !key.is_empty() && key.len() <= 255)
        .ok_or_else(|| {
            Problem::invalid("Idempotency-Key", "must have 1 to 255 visible characters")
        })?
        .to_owned();
    let (inner, payload) = request.parts_mut();
    let Body(bytes) = Body::from_request(inner, payload).await?;
    let fingerprint = fingerprint(request, &bytes);
    request.set_payload(Payload::from(bytes));
    let app = app(request.request())?.clone();
    let known = match app.admin.begin_repeated(api_key, &key, fingerprint).await? {
        Repeated::New => None,
        Repeated::Answered(answer) => Some(answer),
        Repeated::UnderWay => {
            return Err(Problem::new(
                Kind::Conflict,
                "Conflict: the first request with this Idempotency-Key has not been answered; look whether it did its work before using another key",
            ));
        }
        Repeated::Different => {
            return Err(Problem::new(
                Kind::Conflict,
                "Conflict: this Idempotency-Key was used for another request",
            ));
        }
    };
    Ok(Some(Repeat {
        app,
        api_key,
        key,
        known,
    }))
}

fn fingerprint(request: &ServiceRequest, body: &Bytes) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(request.uri().to_string().as_bytes());
    context.update(b"\n");
    context.update(body);
    context.finish().as_ref().to_vec()
}

impl Repeat {
    /// The answer that the first request received.
    pub(super) fn answer(&self) -> Option<HttpResponse> {
        let known = self.known.as_ref()?;
        let status = StatusCode::from_u16(known.status).ok()?;
        let mut answer = HttpResponse::build(status);
        answer.insert_header((HeaderName::from_static("idempotent-replayed"), "true"));
        if !known.content_type.is_empty() {
            answer.insert_header((CONTENT_TYPE, known.content_type.as_str()));
        }
        Some(answer.body(known.body.clone()))
    }

    /// Keeps the answer of success; after a refusal the request may be repeated and is carried out then.
    pub(super) async fn finish(self, response: ServiceResponse) -> ServiceResponse {
        let status = response.status();
        if !status.is_success() {
            self.forget().await;
            return response;
        }
        let (request, response) = response.into_parts();
        let (head, body) = response.into_parts();
        let Ok(Ok(bytes)) = to_bytes_limited(body, ANSWER).await else {
            self.forget().await;
            let problem = Problem::new(Kind::Internal, "Internal error");
            return ServiceResponse::from_err(problem, request);
        };
        let answer = RepeatedAnswer {
            status: status.as_u16(),
            content_type: head
                .headers()
                .get(CONTENT_TYPE)
                .map(HeaderValue::to_str)
                .and_then(Result::ok)
                .unwrap_or_default()
                .to_owned(),
            body: bytes.to_vec(),
        };
        let admin = &self.app.admin;
        if let Err(error) = admin
            .finish_repeated(self.api_key, &self.key, &answer)
            .await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "an answer could not be kept for its repetition"
            );
        }
        ServiceResponse::new(request, head.set_body(bytes).map_into_boxed_body())
    }

    async fn forget(&self) {
        let forgotten = self
            .app
            .admin
            .forget_repeated(self.api_key, &self.key)
            .await;
        if let Err(error) = forgotten {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a refused request could not be released for repetition"
            );
        }
    }
}
