//! The device's endpoints: discovery, policy, enrollment, management.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::attempt::Step;
use crate::management::Shown;
use crate::protocol::discovery::Discover;
use crate::protocol::enrollment::RequestSecurityToken;
use crate::protocol::policy::GetPolicies;
use crate::protocol::syncml::SyncMl;

use super::body::Body;
use super::connection::Peer;
use super::soap::{header_text, respond};

/// The probe before discovery: Windows wants 200 and nothing in it (MS-MDE2 3.1).
pub(super) async fn probe() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html"))
        .body("")
}

/// Tells the device how to sign in and where: MS-MDE2 `Discover`.
pub(super) async fn discover(app: Data<App>, request: HttpRequest, body: Body) -> HttpResponse {
    respond(
        &app,
        &request,
        &body.0,
        Step::Discover,
        async |message: Discover, context| {
            app.enrollment.discover(
                &message,
                (context.attempt, context.template),
                &mut context.learned,
            )
        },
    )
    .await
}

/// Tells the device what key to make: MS-XCEP `GetPolicies`.
pub(super) async fn policy(app: Data<App>, request: HttpRequest, body: Body) -> HttpResponse {
    respond(
        &app,
        &request,
        &body.0,
        Step::GetPolicies,
        async |message: GetPolicies, context| {
            let (caller, learned) = context.parts();
            app.enrollment.policies(caller, &message, learned).await
        },
    )
    .await
}

/// Issues the device its certificate: MS-WSTEP `RequestSecurityToken`.
pub(super) async fn enroll(app: Data<App>, request: HttpRequest, body: Body) -> HttpResponse {
    respond(
        &app,
        &request,
        &body.0,
        Step::RequestSecurityToken,
        async |message: RequestSecurityToken, context| {
            let (caller, learned) = context.parts();
            app.enrollment.issue(caller, message, learned).await
        },
    )
    .await
}

/// Answers a package of an OMA-DM session (MS-MDM). Refusals are part of the session, so the status is 200.
pub(super) async fn manage(app: Data<App>, request: HttpRequest, body: Body) -> HttpResponse {
    let plain = |mut reply: actix_web::HttpResponseBuilder, sentence: String| {
        reply
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body(sentence)
    };
    let content_type = header_text(&request, &CONTENT_TYPE).unwrap_or_default();
    if content_type.to_ascii_lowercase().contains("wbxml") {
        return plain(
            HttpResponse::UnsupportedMediaType(),
            format!("Send the package as {SYNCML_XML}.\n"),
        );
    }
    let package = match SyncMl::read(&body.0) {
        Ok(package) => package,
        Err(error) => {
            return plain(
                HttpResponse::BadRequest(),
                format!("The package is not readable: {error}.\n"),
            );
        }
    };
    let peer = Peer::of(&request);
    let signatures = SIGNATURES.into_iter();
    let signatures = signatures.flat_map(|name| request.headers().get_all(name));
    let signatures: Vec<&[u8]> = signatures.map(|value| value.as_bytes()).collect();
    let shown = Shown {
        certificate: peer.as_ref().and_then(|peer| peer.certificate.as_deref()),
        address: peer.as_ref().map(|peer| peer.address.ip()),
        signatures: &signatures,
        body: &body.0,
    };
    match app.management.answer(&shown, &package).await {
        Ok(reply) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, SYNCML_XML))
            .body(reply.write()),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a management session could not be served"
            );
            plain(
                HttpResponse::ServiceUnavailable(),
                "The service is busy. Try again later.\n".to_owned(),
            )
        }
    }
}

/// The header of a package's signature: its names in MS-MDM and in MS-MDE2.
const SIGNATURES: [&str; 2] = ["ms-signature", "mdm-signature"];
const SYNCML_XML: &str = "application/vnd.syncml.dm+xml; charset=utf-8";
