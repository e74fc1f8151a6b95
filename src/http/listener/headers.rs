//! The headers that every reply carries unless its handler decided otherwise.

use std::time::Duration;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use super::Side;

/// The security headers of one listener.
#[derive(Debug)]
pub(super) struct SecurityHeaders {
    side: Side,
    hsts: Option<HeaderValue>,
}

impl SecurityHeaders {
    pub(super) fn new(side: Side, hsts: Duration) -> Self {
        let value = format!("max-age={}", hsts.as_secs());
        let wanted = side == Side::Web && !hsts.is_zero();
        Self {
            side,
            hsts: HeaderValue::from_str(&value).ok().filter(|_| wanted),
        }
    }

    /// Adds what is missing.
    ///
    /// A reply with its own Content-Security-Policy decides who may frame it: the pages that
    /// Windows shows in a frame leave `frame-ancestors` out, all other replies refuse framing.
    pub(super) fn complete(&self, headers: &mut HeaderMap) {
        default(headers, X_CONTENT_TYPE_OPTIONS, &NOSNIFF);
        default(headers, CACHE_CONTROL, &NO_STORE);
        if self.side == Side::Device {
            return;
        }
        default(headers, REFERRER_POLICY, &NO_REFERRER);
        if let Some(hsts) = &self.hsts {
            default(headers, STRICT_TRANSPORT_SECURITY, hsts);
        }
        default(headers, CONTENT_SECURITY_POLICY, &NOTHING);
        let closed = headers
            .get_all(CONTENT_SECURITY_POLICY)
            .any(|policy| contains(policy, b"frame-ancestors 'none'"));
        if closed {
            default(headers, X_FRAME_OPTIONS, &DENY);
        }
    }
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &HeaderValue) {
    if !headers.contains_key(&name) {
        headers.insert(name, value.clone());
    }
}

fn contains(value: &HeaderValue, part: &[u8]) -> bool {
    let mut windows = value.as_bytes().windows(part.len());
    windows.any(|window| window == part)
}

static NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
static NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
static DENY: HeaderValue = HeaderValue::from_static("DENY");
/// The policy of what is not a page.
static NOTHING: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
