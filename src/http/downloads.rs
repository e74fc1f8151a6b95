//! What people open and download: the page at `/`, the page behind an invitation's link, the root certificate.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpResponse, ResponseError as _};

use crate::app::App;

use super::pages::{EnrollPage, LandingPage};

/// The page at `/`.
pub(super) async fn landing(app: Data<App>) -> HttpResponse {
    let links = [
        ("/enroll", "Enroll this PC"),
        ("/ca.crt", "Root certificate"),
    ];
    let page = LandingPage {
        name: &app.name,
        links: &links,
    };
    page.response()
        .unwrap_or_else(|error| error.error_response())
}

/// The page behind an invitation's link: what to do on the PC. It never spends the token, whoever fetches it.
pub(super) async fn enroll(app: Data<App>) -> HttpResponse {
    let page = EnrollPage {
        name: &app.name,
        server: &app.web_url,
    };
    page.response()
        .unwrap_or_else(|error| error.error_response())
}

/// The root certificate, PEM.
pub(super) async fn root_pem(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/x-pem-file"))
        .insert_header((
            CONTENT_DISPOSITION,
            "attachment; filename=\"portcullis-root.pem\"",
        ))
        .body(app.authority.root_pem().to_owned())
}

/// The root certificate, DER: what Windows opens.
pub(super) async fn root_der(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/x-x509-ca-cert"))
        .insert_header((
            CONTENT_DISPOSITION,
            "attachment; filename=\"portcullis-root.crt\"",
        ))
        .body(app.authority.root_der().to_vec())
}
