//! The request body: bounded in bytes and in time, and never compressed.
//!
//! actix-web bounds neither how long a body takes nor, on its own stream, how long it is. [`Body`]
//! reads it as `BodyLimits` in the application's data say and stops at the first byte too many.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::connection::Tracked;

/// How large a body may be and how long it may take; from `app_data`, the innermost scope's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// The greatest size, in bytes.
    pub bytes: usize,
    /// The time from the first look at the body to its last byte.
    pub deadline: Duration,
}

impl BodyLimits {
    /// SOAP messages: 128 KiB. A request with a CSR is about 6 KiB.
    pub const SOAP: Self = Self {
        bytes: 128 << 10,
        deadline: DEADLINE,
    };

    /// REST requests: 1 MiB.
    pub const REST: Self = Self {
        bytes: 1 << 20,
        deadline: DEADLINE,
    };

    /// Files of comma-separated values: 5 MiB.
    pub const FILE: Self = Self {
        bytes: 5 << 20,
        deadline: DEADLINE,
    };

    /// HTML forms: 16 KiB.
    pub const FORM: Self = Self {
        bytes: 16 << 10,
        deadline: DEADLINE,
    };
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self::SOAP
    }
}

/// A whole request body within its [`BodyLimits`]; taken as `Result<Body, Error>`, the error can be
/// answered in the protocol's own words.
#[derive(Clone, Debug)]
pub struct Body(pub Bytes);

impl FromRequest for Body {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limits = request.app_data().copied().unwrap_or_default();
        let declared = acceptable(request.headers(), limits);
        let connection = request.conn_data::<Tracked>().cloned();
        let payload = payload.take();
        Box::pin(async move {
            let body = match declared {
                Ok(length) => whole(payload, length, limits).await,
                Err(error) => Err(error),
            };
            if let (Err(_), Some(connection)) = (&body, connection) {
                // The rest of a chunked body would be read, and thrown away, without an end.
                connection.close_within(GRACE);
            }
            body.map(Self)
        })
    }
}

/// Refuses by the header alone what can be; else the declared length, 0 when there is none.
fn acceptable(headers: &HeaderMap, limits: BodyLimits) -> Result<usize, Error> {
    let plain = |value: &[u8]| value.trim_ascii().eq_ignore_ascii_case(b"identity");
    if !headers
        .get_all(CONTENT_ENCODING)
        .all(|value| plain(value.as_bytes()))
    {
        return Err(Error::Encoded);
    }
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    match declared.map(|length| length.trim().parse::<usize>()) {
        None => Ok(0),
        Some(Ok(length)) if length <= limits.bytes => Ok(length),
        // A length beyond `usize` is too large as well; no other kind passes the HTTP parser.
        Some(_) => Err(Error::TooLarge {
            limit: limits.bytes,
        }),
    }
}

async fn whole(payload: Payload, length: usize, limits: BodyLimits) -> Result<Bytes, Error> {
    let read = timeout(limits.deadline, read(payload, length, limits.bytes));
    read.await.unwrap_or(Err(Error::TooSlow {
        seconds: limits.deadline.as_secs(),
    }))
}

async fn read(mut payload: Payload, length: usize, limit: usize) -> Result<Bytes, Error> {
    // The first chunk is kept as it is: a body of one chunk, the usual one, is never copied.
    let mut body = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Error::Broken)?;
        if body.len() + rest.len() + chunk.len() > limit {
            return Err(Error::TooLarge { limit });
        }
        if body.is_empty() && rest.is_empty() {
            body = chunk;
            continue;
        }
        if rest.is_empty() {
            // What is only announced takes no memory.
            rest.reserve(length.min(RESERVED).max(body.len() + chunk.len()));
            rest.extend_from_slice(&std::mem::take(&mut body));
        }
        rest.extend_from_slice(&chunk);
    }
    Ok(if rest.is_empty() { body } else { rest.freeze() })
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More bytes than the limit.
    #[error("The request body is larger than {limit} bytes.")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Not whole within the deadline.
    #[error("The request body did not arrive within {seconds} seconds.")]
    TooSlow {
        /// The deadline, in seconds.
        seconds: u64,
    },
    /// A `Content-Encoding` other than `identity`.
    #[error("The request body must not be compressed or otherwise encoded.")]
    Encoded,
    /// Cut short, or not framed as HTTP says.
    #[error("The request body ended early or is malformed.")]
    Broken,
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .content_type("text/plain; charset=utf-8")
            .force_close()
            .body(self.to_string())
    }
}

/// The total deadline of a body.
const DEADLINE: Duration = Duration::from_secs(15);

/// Bytes that are reserved for a body before they arrive.
const RESERVED: usize = 128 << 10;

/// How long a client may take to read the refusal of its body.
const GRACE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
