//! The sign-in inside the enrollment window (MS-MDE2 3.2): a code for the result that Windows takes along.

use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::attempt::{Exchange, Learned, Outcome, Record, Step};
use crate::id::ObjectId;
use crate::refusal::Refusal;

use super::connection::Peer;
use super::error::fault;
use super::pages::{AppUri, AuthPage, DonePage, ErrorPage, Theme};
use super::soap::{header_text, told};

/// What Windows adds to the address (ENROLLMENT 3).
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    appru: String,
    #[serde(default)]
    login_hint: String,
}

/// What the form sends back.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    appru: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    code: String,
}

/// Shows the form.
pub(super) async fn form(
    app: Data<App>,
    request: HttpRequest,
    walk: Option<Path<String>>,
    asked: Query<Asked>,
) -> HttpResponse {
    let theme = Theme::of(request.headers());
    let Some(appru) = app_uri(&app, &asked.appru) else {
        return not_windows(theme);
    };
    let page = AuthPage {
        appru: &appru,
        login_hint: &asked.login_hint,
        flow: &walk_of(&app, walk).to_string(),
        error: None,
        provider: &app.name,
        theme,
    };
    page.response()
        .unwrap_or_else(|error| error.error_response())
}

/// Takes the code; hands the result to Windows, or shows the form again with what is wrong.
pub(super) async fn submit(
    app: Data<App>,
    request: HttpRequest,
    walk: Option<Path<String>>,
    typed: Form<Typed>,
) -> HttpResponse {
    let theme = Theme::of(request.headers());
    let Some(appru) = app_uri(&app, &typed.appru) else {
        return not_windows(theme);
    };
    let attempt = walk_of(&app, walk);
    let mut learned = Learned::default();
    if !typed.email.is_empty() {
        learned.username = Some(typed.email.clone());
    }
    let address = request.conn_data::<Peer>().map(|peer| peer.address.ip());
    let email = Some(typed.email.trim()).filter(|email| !email.is_empty());
    let signed_in = app
        .enrollment
        .sign_in(&typed.code, email, address, &mut learned)
        .await;
    let reply = match &signed_in {
        Ok(value) => DonePage {
            appru: &appru,
            wresult: value.reveal(),
            theme,
        }
        .response(),
        Err(refusal) => AuthPage {
            appru: &appru,
            login_hint: &typed.email,
            flow: &attempt.to_string(),
            error: Some(&refusal.sentence()),
            provider: &app.name,
            theme,
        }
        .response(),
    };
    record(&app, &request, attempt, learned, signed_in.err().as_ref());
    reply.unwrap_or_else(|error| error.error_response())
}

fn record(
    app: &App,
    request: &HttpRequest,
    attempt: ObjectId,
    learned: Learned,
    refusal: Option<&Refusal>,
) {
    let trace_id = Uuid::new_v4();
    let told = refusal.map(|refusal| told(refusal, &fault(refusal, trace_id)));
    let exchange = Exchange {
        step: Step::SignIn,
        at: app.clock.now(),
        trace_id,
        status: StatusCode::OK.as_u16(),
        request_bytes: 0,
        reply_bytes: 0,
        microseconds: 0,
        remote: request
            .conn_data::<Peer>()
            .map(|peer| peer.address.ip().to_string()),
        user_agent: header_text(request, &USER_AGENT),
        message_id: None,
        notes: learned.notes.clone(),
    };
    match &told {
        None => tracing::info!(%trace_id, %attempt, "signed in on the page"),
        Some(told) => {
            tracing::warn!(%trace_id, %attempt, refusal = told.refusal, "refused on the page");
        }
    }
    let outcome = if told.is_some() {
        Outcome::Refused
    } else {
        Outcome::Open
    };
    app.recorder.record(Record {
        attempt,
        exchange,
        outcome,
        told,
        learned,
    });
}

fn app_uri(app: &App, text: &str) -> Option<AppUri> {
    let schemes: Vec<&str> = app.app_schemes.iter().map(String::as_str).collect();
    AppUri::parse(text, &schemes)
}

/// The walk that discovery put into the address, else a new one.
fn walk_of(app: &App, walk: Option<Path<String>>) -> ObjectId {
    walk.and_then(|walk| walk.parse().ok())
        .unwrap_or_else(|| ObjectId::generate(app.clock.now()))
}

fn not_windows(theme: Theme) -> HttpResponse {
    let page = ErrorPage {
        status: StatusCode::BAD_REQUEST,
        sentence: "This page belongs to the enrollment window of Windows. Start in Settings, Accounts, Access work or school.",
        support_id: "",
        theme,
    };
    page.response()
        .unwrap_or_else(|error| error.error_response())
}
