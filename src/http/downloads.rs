//! What people open and download: the page at `/`, the root certificate.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};

use crate::app::App;

use super::auth::look;
use super::pages::{Form, LandingPage, reply};

/// The page at `/`.
pub(super) async fn landing(app: Data<App>, request: HttpRequest) -> HttpResponse {
    match look(&app, &request, None, None) {
        Ok(look) => {
            let page = LandingPage { look: &look };
            reply(&look, StatusCode::OK, Form::Unframed, &page)
        }
        Err(error) => error.error_response(),
    }
}

/// The root certificates in force, PEM, the newest first.
pub(super) async fn root_pem(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/x-pem-file"))
        .insert_header((
            CONTENT_DISPOSITION,
            "attachment; filename=\"portcullis-root.pem\"",
        ))
        .body(app.authority.current().roots_pem())
}

/// The newest root certificate, DER: what Windows opens.
pub(super) async fn root_der(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/x-x509-ca-cert"))
        .insert_header((
            CONTENT_DISPOSITION,
            "attachment; filename=\"portcullis-root.crt\"",
        ))
        .body(app.authority.current().root_der().to_vec())
}
