//! Every URL on one page. Device paths stand in lower case: the listener brings any casing to it.
//!
//! A path is matched in the order of this page, a fixed one by comparison and one with a variable by a regular
//! expression: what devices ask for stands first.

use actix_web::web::{FormConfig, ServiceConfig, get, head, post, resource};

use super::body::BodyLimits;
use super::{api, auth, device, downloads, health, invitation, sign_in, status, terms_of_use};

/// The web listener: discovery, the sign-in page, downloads, health. No client certificate is ever asked for.
pub(super) fn web(service: &mut ServiceConfig) {
    discovery(service);
    service
        .service(
            resource("/enroll")
                .route(get().to(invitation::show))
                .route(post().to(invitation::find)),
        )
        .service(resource("/branding/{organization}/logo.png").route(get().to(invitation::logo)))
        .service(resource("/ca.pem").route(get().to(downloads::root_pem)))
        .service(resource("/ca.crt").route(get().to(downloads::root_der)))
        .service(
            resource("/")
                .route(get().to(downloads::landing))
                .route(post().to(device::discover)),
        );
    common(service);
    service
        .service(resource("/enrollmentserver/signin/{provider}").route(get().to(sign_in::leave)))
        .service(
            resource("/enrollmentserver/signin/{provider}/callback")
                .route(get().to(sign_in::callback)),
        )
        .service(
            resource("/enrollmentserver/signin/{provider}/acs")
                .app_data(FormConfig::default().limit(sign_in::LARGEST))
                .route(post().to(sign_in::consume)),
        )
        .service(
            resource("/enrollmentserver/signin/{provider}/metadata")
                .route(get().to(sign_in::metadata)),
        );
    for path in [
        "/enrollmentserver/termsofuse",
        "/e/{template:[0-9a-f]{24}}/enrollmentserver/termsofuse",
    ] {
        service.service(
            resource(path)
                .route(get().to(terms_of_use::show))
                .route(post().to(terms_of_use::submit)),
        );
    }
    for path in [
        "/enrollmentserver/auth",
        "/enrollmentserver/auth/{attempt}",
        "/enrollmentserver/auth/{attempt}/{template}",
    ] {
        service.service(
            resource(path)
                // What proves a sign-in names the groups of the person, and comes with the answers.
                .app_data(FormConfig::default().limit(sign_in::LARGEST))
                .route(get().to(auth::form))
                .route(post().to(auth::submit)),
        );
    }
    certificate_status(service);
    administration(service);
}

/// What whoever relies on device certificates asks: everybody may.
fn certificate_status(service: &mut ServiceConfig) {
    service
        .service(
            resource("/crl/{issuer}.crl")
                .route(get().to(status::crl))
                .route(head().to(status::crl)),
        )
        .service(resource("/ca/{issuer}.crt").route(get().to(status::issuer)))
        .service(
            resource("/ocsp")
                .app_data(status::OCSP_LIMITS)
                .route(post().to(status::ocsp)),
        )
        .service(resource("/ocsp/{request:.*}").route(get().to(status::ocsp_in_path)));
}

/// The administrators' API, whose operations declare their own paths, and its document.
fn administration(service: &mut ServiceConfig) {
    service
        .service(resource("/openapi.json").route(get().to(api::specification)))
        .service(resource("/docs").route(get().to(api::open_docs)))
        .service(resource("/docs/{file:.*}").route(get().to(api::docs)));
    api::Api::whole().routes(service);
}

/// The device listener: policy, enrollment and management, with a client certificate where the device has one.
pub(super) fn device(service: &mut ServiceConfig, package: BodyLimits) {
    service
        .service(resource("/enrollmentserver/policy.svc").route(post().to(device::policy)))
        .service(resource("/enrollmentserver/enrollment.svc").route(post().to(device::enroll)))
        .service(
            resource("/managementserver/mdm.svc")
                .app_data(package)
                .route(post().to(device::manage)),
        );
    service
        .service(
            resource("/e/{template:[0-9a-f]{24}}/enrollmentserver/policy.svc")
                .route(post().to(device::policy)),
        )
        .service(
            resource("/e/{template:[0-9a-f]{24}}/enrollmentserver/enrollment.svc")
                .route(post().to(device::enroll)),
        );
    discovery(service);
    common(service);
}

/// Discovery, wherever a device may look for it (ENROLLMENT 2.1): Windows may post to the bare address it was given.
fn discovery(service: &mut ServiceConfig) {
    for path in [
        "/enrollmentserver/discovery.svc",
        "/enrollmentserver",
        "/e/{template:[0-9a-f]{24}}/enrollmentserver/discovery.svc",
        "/e/{template:[0-9a-f]{24}}",
    ] {
        service.service(
            resource(path)
                .route(post().to(device::discover))
                .route(get().to(device::probe))
                .route(head().to(device::probe)),
        );
    }
}

fn common(service: &mut ServiceConfig) {
    service
        .service(resource("/healthz").route(get().to(health::alive)))
        .service(resource("/readyz").route(get().to(health::ready)));
}
