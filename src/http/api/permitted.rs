//! Who may: the key behind a request, checked by type before anything else of it is read.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use crate::admin::Admin;
use crate::app::App;
use crate::identity::{Actor, Grant};

use super::dialect::Dialect;
use super::limit::RateLimit;
use super::problem::{Kind, Problem};

/// What a path may say of an organization: an identifier or a slug (Applivery contract).
pub(super) const ORGANIZATION: &str = "^(([a-fA-F0-9]{24})|([a-zA-Z0-9\\-]{3,}))$";

/// Somebody who holds the permission `G`, in the organization that the path names.
pub(super) struct Permitted<G> {
    /// Who it is.
    pub(super) actor: Actor,
    app: Data<App>,
    grant: PhantomData<G>,
}

/// Who asks, once the key was looked up for a request.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) actor: Actor,
    slug: String,
}

impl<G> Permitted<G> {
    /// The administrator's service.
    pub(super) fn admin(&self) -> &Admin {
        &self.app.admin
    }

    /// The application, for addresses.
    pub(super) fn app(&self) -> &App {
        &self.app
    }
}

impl<G: Grant> FromRequest for Permitted<G> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(permit::<G>(request))
    }
}

fn permit<G: Grant>(request: &HttpRequest) -> Result<Permitted<G>, Problem> {
    let known = known(request)?;
    if !known.actor.may(G::PERMISSION) {
        return Err(Problem::forbidden(G::PERMISSION));
    }
    if let Some(named) = request.match_info().get("organization") {
        if Dialect::of(request.path()) == Dialect::Applivery && !is_organization(named) {
            let reason = format!("does not match {ORGANIZATION}");
            return Err(Problem::invalid("organizationId", reason));
        }
        // An identifier is the same in either case; a slug has lower-case letters alone.
        let named = named.to_ascii_lowercase();
        if named != known.slug && named != known.actor.organization.to_string() {
            return Err(Problem::not_found("organization"));
        }
    }
    Ok(Permitted {
        actor: known.actor,
        app: app(request)?.clone(),
        grant: PhantomData,
    })
}

/// Who asks: looked up once for each request, and counted once.
pub(super) fn known(request: &HttpRequest) -> Result<Known, Problem> {
    if let Some(known) = request.extensions().get::<Known>() {
        return Ok(known.clone());
    }
    let unauthorized = || Problem::new(Kind::Unauthorized, "Unauthorized");
    let Some(header) = request.headers().get(AUTHORIZATION) else {
        return Err(Problem::new(Kind::NoToken, "No auth token"));
    };
    let header = header.to_str().map_err(|_| unauthorized())?;
    let (scheme, key) = header.split_once(' ').ok_or_else(unauthorized)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(unauthorized());
    }
    let found = app(request)?.admin.actor(key.trim())?;
    let (actor, slug) = found.ok_or_else(unauthorized)?;
    if let (Some(limit), Some(key)) = (request.app_data::<Data<RateLimit>>(), actor.key)
        && let Some(standing) = limit.count(key)?
    {
        request.extensions_mut().insert(standing);
    }
    let known = Known { actor, slug };
    request.extensions_mut().insert(known.clone());
    Ok(known)
}

pub(super) fn app(request: &HttpRequest) -> Result<&Data<App>, Problem> {
    request
        .app_data::<Data<App>>()
        .ok_or_else(|| Problem::new(Kind::Internal, "Internal error"))
}

fn is_organization(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
}
