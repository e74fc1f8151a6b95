//! Whether the process lives, and whether it serves.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;

use crate::app::App;

use super::drain::Readiness;

const TEXT: (actix_web::http::header::HeaderName, &str) =
    (CONTENT_TYPE, "text/plain; charset=utf-8");

/// The process answers: nothing more is said.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().insert_header(TEXT).body("ok\n")
}

/// The process takes devices: it is not stopping, and its database answers.
pub(super) async fn ready(app: Data<App>, readiness: Data<Readiness>) -> HttpResponse {
    if readiness.is_ready() && app.is_ready().await {
        return HttpResponse::Ok().insert_header(TEXT).body("ready\n");
    }
    HttpResponse::ServiceUnavailable()
        .insert_header(TEXT)
        .body("not ready\n")
}
