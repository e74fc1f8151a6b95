//! The sign-in inside the enrollment window (MS-MDE2 3.2): a code, and what the template asks, for the result that Windows
//! takes along.

mod walk;

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, USER_AGENT};
use actix_web::web::{self, Data, Query};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use jiff::Timestamp;
use uuid::Uuid;

use crate::app::App;
use crate::attempt::{Exchange, Learned, Step};
use crate::enrollment::{Brought, Typed};
use crate::id::ObjectId;
use crate::language::Language;
use crate::refusal::Refusal;
use crate::secret::Secret;

use super::connection::Peer;
use super::pages::{AppUri, AuthPage, Error, ErrorPage, Form, Look, leave, reply};
use super::soap::header_text;

pub(super) use self::walk::{Place, Walk};

/// Names and values of a query or of a form.
pub(super) type Pairs = Vec<(String, String)>;

/// What begins the name of an answer.
const FIELD: &str = "field.";

/// The value of a name, whatever its case: links write them differently (LINKS 2).
pub(super) fn value<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    let found = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// How a page of an organization looks to whoever asks; none: of the one that exists from the first start.
pub(super) fn look(
    app: &App,
    request: &HttpRequest,
    organization: Option<ObjectId>,
    language: Option<Language>,
) -> Result<Look, Error> {
    let face = app.admin.face(organization)?;
    Look::of(request.headers(), face, language)
}

/// Shows the form.
pub(super) async fn form(
    app: Data<App>,
    request: HttpRequest,
    asked: Query<Pairs>,
) -> HttpResponse {
    // A deep link's token, which Windows may hand on (LINKS 2).
    let code = value(&asked, "accesstoken");
    let organization = match code {
        "" => None,
        code => app.enrollment.invitation(code, address(&request)).ok(),
    };
    let organization = organization.map(|token| token.organization_id);
    let place = Place::of(&app, &request);
    let ways = place.ways(&app);
    let look = match look(
        &app,
        &request,
        organization.or_else(|| place.organization(&ways)),
        None,
    ) {
        Ok(look) => look,
        Err(error) => return error.error_response(),
    };
    let Some(appru) = app_uri(&app, value(&asked, "appru")) else {
        return not_windows(&look);
    };
    if let Err(refusal) = app.enrollment.takes_devices() {
        return closed(&look, &refusal, Uuid::new_v4(), IN_WINDOW);
    }
    let flow = place.attempt.to_string();
    if let [way] = ways.ways.as_slice()
        && way.automatic
        && !way.takes_password()
        && organization.is_none()
    {
        let goes_on = (LOCATION, leave(way, &flow, &appru, false));
        return HttpResponse::SeeOther().insert_header(goes_on).finish();
    }
    let page = AuthPage {
        look: &look,
        appru: &appru,
        login_hint: value(&asked, "login_hint"),
        code: organization.map_or("", |_| code),
        action: &place.action(),
        ways: &ways,
        flow: &flow,
        error: None,
        wrong_code: false,
        support_id: "",
    };
    reply(&look, StatusCode::OK, Form::Own(&appru), &page)
}

/// Takes code and answers; hands the result to Windows, or asks for what is missing.
pub(super) async fn submit(
    app: Data<App>,
    request: HttpRequest,
    typed: web::Form<Pairs>,
) -> HttpResponse {
    let typed = typed.into_inner();
    let place = Place::of(&app, &request);
    let look = match look(&app, &request, place.organization(&place.ways(&app)), None) {
        Ok(look) => look,
        Err(error) => return error.error_response(),
    };
    let Some(appru) = app_uri(&app, value(&typed, "appru")) else {
        return not_windows(&look);
    };
    let (email, code) = (value(&typed, "email"), value(&typed, "code"));
    let answers = typed
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(FIELD)?.to_owned(), value.clone())));
    let answers: Pairs = answers.collect();
    let secret = Secret::new(value(&typed, "password"));
    let brought = Brought {
        code,
        email: Some(email.trim()).filter(|email| !email.is_empty()),
        address: address(&request),
        attempt: place.attempt,
        proof: Some(value(&typed, "proof")).filter(|proof| !proof.is_empty()),
        password: password(&typed, &secret),
        language: look.language(),
        filled_in: Some(answers.as_slice()).filter(|_| !value(&typed, "asked").is_empty()),
        accepted: value(&typed, "accepted").parse().ok(),
    };
    let mut learned = Learned {
        username: [email, value(&typed, "login")]
            .into_iter()
            .find(|name| !name.is_empty())
            .map(str::to_owned),
        ..Learned::default()
    };
    let signed_in = app.enrollment.sign_in(brought, &mut learned).await;
    let walk = Walk {
        app: &app,
        request: &request,
        appru: &appru,
        place,
        trace_id: Uuid::new_v4(),
    };
    walk.record(learned, &signed_in);
    match walk.answer(signed_in, &look, email, code, &answers) {
        Ok(reply) => reply,
        Err(error) => error.error_response(),
    }
}

/// The password that was typed, with the way that it is for.
fn password<'a>(typed: &'a Pairs, password: &'a Secret) -> Option<Typed<'a>> {
    let template = value(typed, "template").parse().ok()?;
    Some(Typed {
        way: (template, value(typed, "provider").parse().ok()),
        login: value(typed, "login"),
        password,
    })
}

pub(super) fn address(request: &HttpRequest) -> Option<std::net::IpAddr> {
    Peer::of(request).map(|peer| peer.address.ip())
}

/// The record of one request for a page and its reply.
pub(super) fn on_page(
    request: &HttpRequest,
    step: Step,
    status: StatusCode,
    (trace_id, at): (Uuid, Timestamp),
) -> Exchange {
    Exchange {
        step,
        at,
        trace_id,
        status: status.as_u16(),
        request_bytes: 0,
        reply_bytes: 0,
        microseconds: 0,
        remote: address(request).map(|address| address.to_string()),
        user_agent: header_text(request, &USER_AGENT),
        message_id: None,
        notes: Vec::new(),
    }
}

pub(super) fn app_uri(app: &App, text: &str) -> Option<AppUri> {
    let schemes: Vec<&str> = app.app_schemes.iter().map(String::as_str).collect();
    AppUri::parse(text, &schemes)
}

/// How the enrollment window is told that it is over: with another status it might show a message of its own.
const IN_WINDOW: (StatusCode, Form<'static>) = (StatusCode::OK, Form::None);

/// The page that says that there is nothing to be done on it.
pub(super) fn closed(
    look: &Look,
    refusal: &Refusal,
    trace_id: Uuid,
    (status, form): (StatusCode, Form<'_>),
) -> HttpResponse {
    tracing::info!(%trace_id, refusal = refusal.name(), "a page is closed");
    let page = ErrorPage {
        look,
        sentence: &refusal.sentence_in(look.language()),
        support_id: &trace_id.to_string(),
    };
    reply(look, status, form, &page)
}

pub(super) fn not_windows(look: &Look) -> HttpResponse {
    let page = ErrorPage {
        look,
        sentence: look.not_windows(),
        support_id: "",
    };
    reply(look, StatusCode::BAD_REQUEST, Form::None, &page)
}
