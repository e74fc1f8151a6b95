//! Every URL on one page. Device paths stand in lower case: the listener brings any casing to it.

use actix_web::web::{ServiceConfig, get, head, post, resource};

use super::{auth, device, downloads, health};

/// The web listener: discovery, the sign-in page, downloads, health. No client certificate is ever asked for.
pub(super) fn web(service: &mut ServiceConfig) {
    discovery(service);
    service
        .service(
            resource(["/enrollmentserver/auth", "/enrollmentserver/auth/{attempt}"])
                .route(get().to(auth::form))
                .route(post().to(auth::submit)),
        )
        .service(resource("/enroll").route(get().to(downloads::enroll)))
        .service(resource("/ca.pem").route(get().to(downloads::root_pem)))
        .service(resource("/ca.crt").route(get().to(downloads::root_der)))
        .service(
            resource("/")
                .route(get().to(downloads::landing))
                .route(post().to(device::discover)),
        );
    common(service);
}

/// The device listener: policy, enrollment and management, with a client certificate where the device has one.
pub(super) fn device(service: &mut ServiceConfig) {
    discovery(service);
    service
        .service(resource("/enrollmentserver/policy.svc").route(post().to(device::policy)))
        .service(resource("/enrollmentserver/enrollment.svc").route(post().to(device::enroll)))
        .service(resource("/managementserver/mdm.svc").route(post().to(device::manage)));
    common(service);
}

/// Discovery, wherever a device may look for it (ENROLLMENT 2.1): Windows may post to the bare address it was given.
fn discovery(service: &mut ServiceConfig) {
    service.service(
        resource(["/enrollmentserver/discovery.svc", "/enrollmentserver"])
            .route(get().to(device::probe))
            .route(head().to(device::probe))
            .route(post().to(device::discover)),
    );
}

fn common(service: &mut ServiceConfig) {
    service
        .service(resource("/healthz").route(get().to(health::alive)))
        .service(resource("/readyz").route(get().to(health::ready)));
}
