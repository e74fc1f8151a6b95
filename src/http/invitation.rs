//! The pages behind an invitation's link. Whoever fetches them spends nothing: mail gateways and scanners do.

use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::web::{self, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use serde::Deserialize;
use uuid::Uuid;

use crate::admin::qr;
use crate::app::App;
use crate::id::ObjectId;
use crate::language::Language;
use crate::refusal::Refusal;
use crate::token::{Token, deep_link};

use super::auth::{address, closed, look};
use super::pages::{EnrollPage, Form, InvitePage, reply};

/// What stands in the link.
#[derive(Deserialize)]
pub(super) struct Linked {
    #[serde(default)]
    token: String,
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    code: String,
}

/// The invitation of a link; without a token a form for its code.
pub(super) async fn show(
    app: Data<App>,
    request: HttpRequest,
    linked: Query<Linked>,
) -> HttpResponse {
    match linked.token.as_str() {
        "" => form(
            &app,
            &request,
            app.enrollment.takes_devices().err().as_ref(),
        ),
        token => invitation(&app, &request, token).await,
    }
}

/// The invitation of a code.
pub(super) async fn find(
    app: Data<App>,
    request: HttpRequest,
    typed: web::Form<Typed>,
) -> HttpResponse {
    invitation(&app, &request, &typed.code).await
}

/// The logo of an organization.
pub(super) async fn logo(app: Data<App>, organization: Path<String>) -> HttpResponse {
    let Ok(organization) = organization.parse::<ObjectId>() else {
        return HttpResponse::NotFound().finish();
    };
    match app.admin.logo(organization).await {
        Ok(Some(png)) => HttpResponse::Ok()
            .content_type("image/png")
            .insert_header(("cache-control", "public, max-age=86400"))
            .body(png),
        Ok(None) => HttpResponse::NotFound().finish(),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

async fn invitation(app: &App, request: &HttpRequest, typed: &str) -> HttpResponse {
    let found = app.enrollment.invitation(typed, address(request));
    let token = match found {
        Ok(token) => token,
        Err(refusal) => return form(app, request, Some(&refusal)),
    };
    match page(app, request, &token).await {
        Ok(page) => page,
        Err(error) => error.error_response(),
    }
}

async fn page(
    app: &App,
    request: &HttpRequest,
    token: &Token,
) -> Result<HttpResponse, super::pages::Error> {
    let language = token.language.as_deref().and_then(Language::of_tag);
    let look = look(app, request, Some(token.organization_id), language)?;
    let shown = app.admin.invited(token.id).await?;
    let server = format!("{}/EnrollmentServer/Discovery.svc", app.web_url);
    let email = token.email.as_deref();
    let agent = request.headers().get(USER_AGENT);
    let agent = agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned());
    let page = InvitePage {
        look: &look,
        email,
        code: &shown.enroll_code,
        expires: token.expires_at,
        deep_link: &deep_link(&server, email, &shown.token),
        link: &shown.enrollment_link,
        qr: &qr::svg(&shown.enrollment_link)?,
        server: &app.web_url,
        on_windows: agent.is_some_and(|agent| agent.contains("Windows NT")),
    };
    Ok(reply(&look, StatusCode::OK, Form::Unframed, &page))
}

fn form(app: &App, request: &HttpRequest, refusal: Option<&Refusal>) -> HttpResponse {
    let look = match look(app, request, None, None) {
        Ok(look) => look,
        Err(error) => return error.error_response(),
    };
    // Another code would change nothing.
    if let Some(refusal @ Refusal::Draining) = refusal {
        let unavailable = (StatusCode::SERVICE_UNAVAILABLE, Form::Unframed);
        return closed(&look, refusal, Uuid::new_v4(), unavailable);
    }
    let sentence = refusal.map(|refusal| refusal.sentence_in(look.language()));
    let page = EnrollPage {
        look: &look,
        error: sentence.as_deref(),
        server: &app.web_url,
    };
    let status = match refusal {
        Some(_) => StatusCode::NOT_FOUND,
        None => StatusCode::OK,
    };
    reply(&look, status, Form::Unframed, &page)
}
