//! What every exchange has in common, whatever route answers it.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::http::uri::{PathAndQuery, Uri};
use actix_web::http::{ConnectionType, StatusCode, Version};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage as _, HttpResponse};

use super::headers::SecurityHeaders;
use super::{Side, canonical};
use crate::http::connection::{Peer, Tracked};
use crate::http::drain::{Readiness, Stage};
use crate::http::proxy::{Forged, Proxies};

/// One listener's way with every exchange.
#[derive(Debug)]
pub(super) struct Edge {
    readiness: Readiness,
    headers: SecurityHeaders,
    proxies: Proxies,
}

impl Edge {
    pub(super) fn new(side: Side, readiness: Readiness, hsts: Duration, proxies: Proxies) -> Self {
        Self {
            readiness,
            headers: SecurityHeaders::new(side, hsts),
            proxies,
        }
    }

    /// Brings a device URL to its one casing, has the request answered and completes the reply.
    pub(super) async fn exchange(
        &self,
        mut request: ServiceRequest,
        next: Next<BoxBody>,
    ) -> Result<ServiceResponse<ReplyBody>, Error> {
        let connection = request.conn_data::<Tracked>().cloned();
        // HTTP/1.0 has no keep-alive here, and a draining process wants its connections gone.
        let old = request.version() < Version::HTTP_11;
        if connection.as_ref().is_some_and(Tracked::is_refused) {
            let refusal = HttpResponse::new(StatusCode::SERVICE_UNAVAILABLE);
            let reply = request.into_response(self.complete(refusal, true));
            return Ok(reply.map_body(|_, body| ReplyBody::new(body, connection)));
        }
        if let Err(forged) = self.place(&request) {
            let address = request.peer_addr().map(|address| address.ip());
            tracing::warn!(?address, path = request.path(), reason = %forged, "a request was refused");
            let refusal = HttpResponse::new(StatusCode::BAD_REQUEST);
            let reply = request.into_response(self.complete(refusal, true));
            return Ok(reply.map_body(|_, body| ReplyBody::new(body, connection)));
        }
        lower(&mut request);
        let busy = connection.as_ref().map(Tracked::busy);
        let answered = answered(next, request).await;
        drop(busy);

        let close = old || self.readiness.stage() == Stage::Draining;
        match answered {
            Ok(reply) => {
                let (request, response) = reply.into_parts();
                let response = self.complete(response, close);
                let response = response.map_body(|_, body| ReplyBody::new(body, connection));
                Ok(ServiceResponse::new(request, response))
            }
            Err(error) => {
                let response = self.complete(error.error_response(), close);
                Err(InternalError::from_response(error, response).into())
            }
        }
    }

    /// Notes who is at the far end of a request, where a proxy brought it.
    fn place(&self, request: &ServiceRequest) -> Result<(), Forged> {
        let Some(peer) = request.conn_data::<Peer>() else {
            return Ok(());
        };
        if let Some(client) = self.proxies.origin(peer, request.headers())? {
            request.extensions_mut().insert(client);
        }
        Ok(())
    }

    fn complete(&self, mut response: HttpResponse, close: bool) -> HttpResponse {
        self.headers.complete(response.headers_mut());
        if close {
            let head = response.head_mut();
            head.set_connection_type(ConnectionType::Close);
        }
        explained(response)
    }
}

/// The route's answer; a panic in it becomes an error, and the process goes on.
async fn answered(
    next: Next<BoxBody>,
    request: ServiceRequest,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut call = pin!(async move { next.call(request).await });
    let answer = poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context)))
            .map_or(Poll::Ready(None), |poll| poll.map(Some))
    });
    answer.await.unwrap_or_else(|| {
        tracing::error!("a request handler panicked");
        let response = HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR);
        Err(InternalError::from_response("a request handler panicked", response).into())
    })
}

/// Rewrites the path of a device URL to lower case; the query stays as it is.
fn lower(request: &mut ServiceRequest) {
    let Some(path) = canonical(request.path()) else {
        return;
    };
    let both = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(both).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// Gives a bare error status the sentence that belongs to it.
fn explained(mut response: HttpResponse) -> HttpResponse {
    let sentence = match response.status() {
        StatusCode::BAD_REQUEST => "The request is not one that can be answered.\n",
        StatusCode::NOT_FOUND => "There is nothing at this address.\n",
        StatusCode::METHOD_NOT_ALLOWED => "This address does not answer this kind of request.\n",
        StatusCode::INTERNAL_SERVER_ERROR => "The server could not answer. Try again later.\n",
        StatusCode::SERVICE_UNAVAILABLE => "The server has too much to do. Try again later.\n",
        _ => return response,
    };
    if !matches!(response.body().size(), BodySize::None | BodySize::Sized(0)) {
        return response;
    }
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response.set_body(BoxBody::new(sentence))
}

/// A reply's body, which tells the watch over the connection that the client takes it.
#[derive(Debug)]
pub(super) struct ReplyBody {
    body: BoxBody,
    connection: Option<Tracked>,
}

impl ReplyBody {
    fn new(body: BoxBody, connection: Option<Tracked>) -> Self {
        Self { body, connection }
    }
}

impl MessageBody for ReplyBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if let Some(connection) = &self.connection {
            connection.progress();
        }
        Pin::new(&mut self.body).poll_next(context)
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let Self { body, connection } = self;
        body.try_into_bytes()
            .map_err(|body| Self { body, connection })
    }
}
