//! Signing in by an identity provider: away from the enrollment window, and back.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::{self, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use uuid::Uuid;

use crate::app::App;
use crate::attempt::Learned;
use crate::enrollment::{Brought, Left, SignedIn};
use crate::id::ObjectId;
use crate::provider::{self, Answer, Away};
use crate::refusal::Refusal;

use super::auth::{Pairs, Place, Walk, address, app_uri, look, not_windows, value};
use super::pages::{Error, ErrorPage, Form, LeavePage, Look, reply};

/// What goes along with a person who leaves. It must come back with the form of another site, too (SAML).
const COOKIE: &str = "__Host-portcullis-sign-in";
/// Bytes of the form that brings a SAML response: twice what a response may have, since a form writes it longer.
pub(super) const LARGEST: usize = 512 * 1024;

/// Sends a person to a provider.
pub(super) async fn leave(
    app: Data<App>,
    request: HttpRequest,
    provider: Path<String>,
    asked: Query<Pairs>,
) -> HttpResponse {
    let attempt = value(&asked, "attempt").parse();
    let place = Place {
        attempt: attempt.unwrap_or_else(|_| ObjectId::generate(app.clock.now())),
        template: value(&asked, "template").parse().ok(),
    };
    let look = match look(&app, &request, place.organization(&place.ways(&app)), None) {
        Ok(look) => look,
        Err(error) => return error.error_response(),
    };
    let Some(appru) = app_uri(&app, value(&asked, "appru")) else {
        return not_windows(&look);
    };
    let left = match (place.template, provider.parse()) {
        (Some(template), Ok(provider)) => {
            let (way, again) = ((template, provider), !value(&asked, "again").is_empty());
            let enrollment = &app.enrollment;
            enrollment
                .leave(way, place.attempt, appru.as_str(), again)
                .await
        }
        _ => Err(Refusal::SignIn(
            "the address names no way to sign in".to_owned(),
        )),
    };
    let (away, secret) = match left {
        Ok(left) => left,
        Err(refusal) => {
            let walk = Walk {
                app: &app,
                request: &request,
                appru: &appru,
                place,
                trace_id: Uuid::new_v4(),
            };
            return ended(&walk, &look, Learned::default(), Err(refusal));
        }
    };
    let mut answer = match away {
        Away::To(address) => HttpResponse::SeeOther()
            .insert_header((LOCATION, address))
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish(),
        Away::By(action, fields) => {
            let page = LeavePage {
                look: &look,
                action: &action,
                fields: &fields,
            };
            reply(&look, StatusCode::OK, Form::Elsewhere, &page)
        }
    };
    set(&mut answer, Some(secret.reveal()));
    answer
}

/// Takes back whom OpenID Connect sends (RFC 6749, section 4.1.2).
pub(super) async fn callback(
    app: Data<App>,
    request: HttpRequest,
    provider: Path<String>,
    query: Query<Pairs>,
) -> HttpResponse {
    come_back(&app, &request, &provider, Answer::Query(query.into_inner())).await
}

/// Takes back whom SAML sends, with the response that the form carries (SAML Bindings 3.5).
pub(super) async fn consume(
    app: Data<App>,
    request: HttpRequest,
    provider: Path<String>,
    form: web::Form<Pairs>,
) -> HttpResponse {
    let answer = Answer::Saml {
        response: value(&form, "SAMLResponse").to_owned(),
        relay_state: value(&form, "RelayState").to_owned(),
    };
    come_back(&app, &request, &provider, answer).await
}

/// Our metadata as a SAML service provider.
pub(super) async fn metadata(app: Data<App>, provider: Path<String>) -> HttpResponse {
    let Ok(provider) = provider.parse() else {
        return HttpResponse::NotFound().finish();
    };
    let addresses = app.enrollment.provider_addresses(provider);
    HttpResponse::Ok()
        .content_type("application/samlmetadata+xml")
        .body(provider::metadata(&addresses))
}

async fn come_back(
    app: &App,
    request: &HttpRequest,
    provider: &str,
    answer: Answer,
) -> HttpResponse {
    let cookie = request.cookie(COOKIE);
    let left = cookie.and_then(|cookie| app.enrollment.left(cookie.value()));
    let mut answer = match left {
        Some(left) => welcome(app, request, &left, provider, &answer).await,
        None => stranger(app, request, provider),
    };
    set(&mut answer, None);
    answer
}

/// Turns away somebody who does not show that they left here. There is no walk to go back to.
fn stranger(app: &App, request: &HttpRequest, provider: &str) -> HttpResponse {
    let look = match look(app, request, None, None) {
        Ok(look) => look,
        Err(error) => return error.error_response(),
    };
    let trace_id = Uuid::new_v4();
    tracing::warn!(%trace_id, provider, "refused: whoever comes back from a provider did not leave here");
    let page = ErrorPage {
        look: &look,
        sentence: &Refusal::SignInEnded.sentence_in(look.language()),
        support_id: &trace_id.to_string(),
    };
    reply(&look, StatusCode::FORBIDDEN, Form::None, &page)
}

/// Goes on with somebody who came back: asks what the template wants to know, is done, or offers another try.
async fn welcome(
    app: &App,
    request: &HttpRequest,
    left: &Left,
    provider: &str,
    answer: &Answer,
) -> HttpResponse {
    let place = Place {
        attempt: left.attempt,
        template: Some(left.template),
    };
    let look = match look(app, request, place.organization(&place.ways(app)), None) {
        Ok(look) => look,
        Err(error) => return error.error_response(),
    };
    let Some(appru) = app_uri(app, &left.appru) else {
        return not_windows(&look);
    };
    let returned = match provider.parse() {
        Ok(provider) => app.enrollment.come_back(left, provider, answer).await,
        Err(_) => Err(Refusal::SignIn("the address names no provider".to_owned())),
    };
    let mut learned = Learned::default();
    let signed_in = match &returned {
        Ok(proof) => {
            let brought = Brought {
                code: "",
                proof: Some(proof.reveal()),
                password: None,
                email: None,
                address: address(request),
                attempt: left.attempt,
                language: look.language(),
                filled_in: None,
                accepted: None,
            };
            app.enrollment.sign_in(brought, &mut learned).await
        }
        Err(refusal) => Err(refusal.clone()),
    };
    let walk = Walk {
        app,
        request,
        appru: &appru,
        place,
        trace_id: Uuid::new_v4(),
    };
    ended(&walk, &look, learned, signed_in)
}

fn ended(
    walk: &Walk<'_>,
    look: &Look,
    learned: Learned,
    signed_in: Result<SignedIn, Refusal>,
) -> HttpResponse {
    walk.record(learned, &signed_in);
    let answer = walk.answer(signed_in, look, "", "", &Vec::new());
    answer.unwrap_or_else(|error: Error| error.error_response())
}

/// Sets the cookie, or takes it away.
fn set(answer: &mut HttpResponse, value: Option<&str>) {
    let mut cookie = Cookie::build(COOKIE, value.unwrap_or_default())
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::None)
        .finish();
    if value.is_none() {
        cookie.make_removal();
    }
    if answer.add_cookie(&cookie).is_err() {
        tracing::error!("a cookie could not be written");
    }
}
