//! The page of the terms of use that Windows opens for a device of Entra ID, before it enrolls (ENTRA 3).
//!
//! The first request carries an access token; afterwards a sealed state in the form says who it is, since no cookie can be
//! relied on in the frame that Windows 11 shows the page in. Whatever happens ends at `redirect_uri`, but where that is
//! none of those that are allowed.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, LOCATION};
use actix_web::web::{self, Data, Query};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use uuid::Uuid;

use crate::app::App;
use crate::attempt::{Learned, Outcome, Record, Step};
use crate::enrollment::{Back, Consent};
use crate::entra::Redirect;
use crate::id::ObjectId;
use crate::refusal::Refusal;

use super::auth::{Pairs, address, look, on_page, value};
use super::error::fault;
use super::pages::{ErrorPage, Form, Look, TermsPage, reply};
use super::soap::told;

/// The versions of the protocol that are spoken.
const VERSIONS: [&str; 2] = ["1.0", "1"];
/// `mode` of a device that joins: there the terms are a step of setting it up, which cannot be declined alone.
const JOIN: &str = "azureadjoin";
/// Characters of `client-request-id` that are echoed.
const REQUEST_ID: usize = 128;

/// Shows the terms, or sends on at once where there are none.
pub(super) async fn show(
    app: Data<App>,
    request: HttpRequest,
    asked: Query<Pairs>,
) -> HttpResponse {
    let look = match look(&app, &request, None, None) {
        Ok(look) => look,
        Err(error) => return error.error_response(),
    };
    let Some(redirect) = redirect(&app, value(&asked, "redirect_uri")) else {
        return nowhere(&look);
    };
    let request_id = value(&asked, "client-request-id");
    let request_id = Some(request_id.chars().filter(char::is_ascii_graphic))
        .map(|id| id.take(REQUEST_ID).collect::<String>())
        .filter(|id| !id.is_empty());
    let going = Going {
        redirect: &redirect,
        request: request_id.as_deref(),
    };
    let version = value(&asked, "api-version");
    if !VERSIONS.contains(&version) {
        return going.fails("invalid_request", "This api-version is not served.");
    }
    let Some(token) = bearer(&request) else {
        let refusal = Refusal::EntraToken("the terms of use were asked for without one".to_owned());
        record(&app, &request, &refusal, StatusCode::FOUND);
        return going.refused(&refusal, &look);
    };
    let back = Back {
        redirect: redirect.as_str().to_owned(),
        request: request_id.clone(),
    };
    match app.enrollment.ask_consent(token, back).await {
        Ok(Consent::Needless(proof)) => going.accepted(proof.reveal()),
        Ok(Consent::Asked {
            organization,
            terms,
            state,
        }) => match self::look(&app, &request, Some(organization), None) {
            Ok(look) => {
                let page = TermsPage {
                    look: &look,
                    terms: terms.texts.of(look.language()),
                    state: state.reveal(),
                    declinable: !value(&asked, "mode").eq_ignore_ascii_case(JOIN),
                };
                reply(&look, StatusCode::OK, Form::Back(&redirect.source()), &page)
            }
            Err(error) => error.error_response(),
        },
        Err(refusal) => {
            record(&app, &request, &refusal, StatusCode::FOUND);
            going.refused(&refusal, &look)
        }
    }
}

/// Takes the answer, and sends on.
pub(super) async fn submit(
    app: Data<App>,
    request: HttpRequest,
    typed: web::Form<Pairs>,
) -> HttpResponse {
    let look = match look(&app, &request, None, None) {
        Ok(look) => look,
        Err(error) => return error.error_response(),
    };
    let accepted = value(&typed, "answer") == "accept";
    let state = value(&typed, "state");
    let answered = app
        .enrollment
        .consent(state, accepted, look.language(), address(&request));
    let answered = match answered.await {
        Ok(answered) => answered,
        Err(refusal) => {
            let trace_id = record(&app, &request, &refusal, StatusCode::BAD_REQUEST);
            let page = ErrorPage {
                look: &look,
                sentence: &refusal.sentence_in(look.language()),
                support_id: &trace_id.to_string(),
            };
            return reply(&look, StatusCode::BAD_REQUEST, Form::None, &page);
        }
    };
    // The settings may have changed while the page was read.
    let Some(redirect) = redirect(&app, &answered.back.redirect) else {
        return nowhere(&look);
    };
    let going = Going {
        redirect: &redirect,
        request: answered.back.request.as_deref(),
    };
    match &answered.proof {
        Some(proof) => going.accepted(proof.reveal()),
        None => going.to(&[("IsAccepted", "false")]),
    }
}

/// Where somebody goes when the page is done.
struct Going<'a> {
    redirect: &'a Redirect,
    request: Option<&'a str>,
}

impl Going<'_> {
    fn to(&self, values: &[(&str, &str)]) -> HttpResponse {
        let mut values = values.to_vec();
        values.extend(self.request.map(|id| ("client-request-id", id)));
        HttpResponse::Found()
            .insert_header((LOCATION, self.redirect.with(&values)))
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish()
    }

    fn accepted(&self, proof: &str) -> HttpResponse {
        self.to(&[("IsAccepted", "true"), ("OpaqueBlob", proof)])
    }

    fn fails(&self, error: &str, description: &str) -> HttpResponse {
        self.to(&[("error", error), ("error_description", description)])
    }

    fn refused(&self, refusal: &Refusal, look: &Look) -> HttpResponse {
        let error = match refusal {
            Refusal::EntraToken(_) | Refusal::CredentialKind(_) => "unauthorized_client",
            _ => "server_error",
        };
        self.fails(error, &refusal.sentence_in(look.language()))
    }
}

fn redirect(app: &App, text: &str) -> Option<Redirect> {
    let found = Redirect::parse(text, &app.redirects);
    if found.is_none() {
        let host = url::Url::parse(text).ok();
        let scheme = host.as_ref().map(url::Url::scheme).unwrap_or_default();
        let host = host.as_ref().and_then(url::Url::host_str);
        tracing::warn!(
            scheme,
            host = host.unwrap_or_default(),
            "redirect_uri is not among entra.redirect_uris"
        );
    }
    found
}

/// The token of `Authorization` (RFC 6750, section 2.1).
fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Nobody is sent where we do not know what waits for them.
fn nowhere(look: &Look) -> HttpResponse {
    let page = ErrorPage {
        look,
        sentence: look.not_windows(),
        support_id: "",
    };
    reply(look, StatusCode::BAD_REQUEST, Form::None, &page)
}

/// Keeps a refusal on record, as that of a walk which ends here; the trace id that it is found by.
fn record(app: &App, request: &HttpRequest, refusal: &Refusal, status: StatusCode) -> Uuid {
    let (trace_id, now) = (Uuid::new_v4(), app.clock.now());
    let attempt = ObjectId::generate(now);
    tracing::warn!(%trace_id, refusal = refusal.name(), "refused on the page of the terms of use");
    app.recorder.record(Record {
        attempt,
        exchange: on_page(request, Step::TermsOfUse, status, (trace_id, now)),
        outcome: Outcome::Refused,
        told: Some(told(refusal, &fault(refusal, trace_id))),
        learned: Learned::default(),
    });
    trace_id
}
