//! Certificate status over HTTP: the revocation list, the OCSP responder (RFC 6960, appendix A), the issuing CA.

use std::time::{Duration, UNIX_EPOCH};

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, EXPIRES, Header as _, HttpDate, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, IfModifiedSince, LAST_MODIFIED,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::app::App;
use crate::ca::OcspQuestion;
use crate::status::{OcspAnswer, PublishedCrl, Status};

use super::body::{self, Body, BodyLimits};

/// What an OCSP request may bring.
pub(super) const OCSP_LIMITS: BodyLimits = BodyLimits {
    bytes: OcspQuestion::MAX_BYTES,
    deadline: BodyLimits::FORM.deadline,
};

/// The revocation list of an issuing CA, by its id.
pub(super) async fn crl(
    app: Data<App>,
    request: HttpRequest,
    issuer: Path<String>,
) -> HttpResponse {
    match app.status.crl(&issuer).await {
        Ok(Some(list)) => listed(&request, &list),
        Ok(None) => HttpResponse::NotFound().finish(),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "there is no revocation list"
            );
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}

/// The list, or that the caller has it.
fn listed(request: &HttpRequest, list: &PublishedCrl) -> HttpResponse {
    let made = list.this_update.as_second();
    let tag = format!("\"{}-{made}\"", list.number);
    let known = is_known(request, &tag, list.this_update);
    let mut response = HttpResponse::build(match known {
        true => StatusCode::NOT_MODIFIED,
        false => StatusCode::OK,
    });
    // A copy is asked for again soon: a revocation is to be seen within a minute, caches included.
    response
        .insert_header((CACHE_CONTROL, "public, max-age=30, must-revalidate"))
        .insert_header((ETAG, tag))
        .insert_header((LAST_MODIFIED, date(list.this_update)))
        .insert_header((CONTENT_TYPE, "application/pkix-crl"));
    match known {
        true => response.finish(),
        false => response.body(list.der.clone()),
    }
}

/// Whether the caller has this list (RFC 9110, 13.2.2): by its tag, or without one by its time.
fn is_known(request: &HttpRequest, tag: &str, made: Timestamp) -> bool {
    let headers = request.headers();
    if headers.contains_key(IF_NONE_MATCH) {
        return headers
            .get_all(IF_NONE_MATCH)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|value| value.trim().trim_start_matches("W/"))
            .any(|value| value == "*" || value == tag);
    }
    headers.contains_key(IF_MODIFIED_SINCE)
        && IfModifiedSince::parse(request).is_ok_and(|since| since.0 >= date(made))
}

/// The certificate of an issuing CA in force, DER: what certificates may point at.
pub(super) async fn issuer(app: Data<App>, issuer: Path<String>) -> HttpResponse {
    let authority = app.authority.current();
    let Some(der) = authority.issuing_der_of(&issuer) else {
        return HttpResponse::NotFound().finish();
    };
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((CONTENT_TYPE, "application/pkix-cert"))
        .body(der.to_vec())
}

/// OCSP by `POST`: the request is the body.
pub(super) async fn ocsp(app: Data<App>, body: Result<Body, body::Error>) -> HttpResponse {
    match body {
        Ok(Body(request)) => told(app.status.ocsp(&request).await),
        // The protocol has a word for it, which clients understand better than a status of HTTP.
        Err(body::Error::TooLarge { .. } | body::Error::Encoded) => {
            told(app.status.ocsp(&[]).await)
        }
        Err(error @ (body::Error::TooSlow { .. } | body::Error::Broken)) => {
            actix_web::ResponseError::error_response(&error)
        }
    }
}

/// OCSP by `GET`: the request is the rest of the path, in base64 with its signs escaped or not.
pub(super) async fn ocsp_in_path(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let path = request.uri().path();
    let text = path.strip_prefix(OCSP).unwrap_or_default();
    let asked = unescaped(text).and_then(|text| STANDARD.decode(text).ok());
    told(app.status.ocsp(&asked.unwrap_or_default()).await)
}

/// An answer as caches may keep it (RFC 5019, 6.2): only one that is for everybody.
fn told(answer: OcspAnswer) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "application/ocsp-response"));
    match answer.made_at {
        Some(made) => {
            let kept = Status::CACHED.as_secs();
            response
                .insert_header((
                    CACHE_CONTROL,
                    format!("public, max-age={kept}, no-transform, must-revalidate"),
                ))
                .insert_header((LAST_MODIFIED, date(made)))
                .insert_header((EXPIRES, date(made + Status::CACHED)));
        }
        None => {
            response.insert_header((CACHE_CONTROL, "no-store"));
        }
    }
    response.body(answer.der)
}

/// The text of base64 in a path: the three signs that URLs reserve may be escaped.
fn unescaped(text: &str) -> Option<String> {
    if text.len() > OcspQuestion::MAX_BYTES {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        let (sign, after) = after.split_at_checked(2)?;
        plain.push_str(before);
        plain.push(match sign.to_ascii_uppercase().as_str() {
            "2B" => '+',
            "2F" => '/',
            "3D" => '=',
            _ => return None,
        });
        rest = after;
    }
    plain.push_str(rest);
    Some(plain)
}

fn date(time: Timestamp) -> HttpDate {
    let seconds = u64::try_from(time.as_second()).unwrap_or_default();
    (UNIX_EPOCH + Duration::from_secs(seconds)).into()
}

/// What comes before the request in the path.
const OCSP: &str = "/ocsp/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_from_a_path_with_its_signs_escaped_or_not() {
        for text in ["a+b/c==", "a%2Bb%2Fc%3D%3D", "a%2bb/c%3d="] {
            assert_eq!(unescaped(text).as_deref(), Some("a+b/c=="), "{text}");
        }
        for text in ["%", "%2", "%41", "%zz", &"a".repeat(9000)] {
            assert_eq!(unescaped(text), None);
        }
    }
}
