//! The administrators' API: three published contracts on one root, over one service layer.
//!
//! An [`Operation`] is a handler whose arguments say everything: the first names the permission that it needs, the others
//! what it reads, its result what it answers. The routes and the OpenAPI document are both made from that, so neither can
//! say what the other does not.

mod answer;
mod applivery;
mod argument;
mod dialect;
mod document;
mod gate;
mod google;
mod graph;
mod json;
mod limit;
mod name;
mod operation;
mod permitted;
mod problem;
mod repeat;

use actix_web::Route;
use actix_web::guard;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, resource, route, scope};
use std::collections::BTreeMap;

use super::body::BodyLimits;
use operation::{Endpoint, Operation};

pub(super) use document::{Specification, docs, open_docs, specification};
pub(super) use limit::RateLimit;

use answer::{Envelope, File, NoContent};
use argument::{Body, Csv, IfMatch, Path, Query};
use permitted::Permitted;
use problem::Problem;

/// The operations, as the nouns declare them.
#[derive(Default)]
pub(super) struct Api {
    operations: Vec<Operation>,
}

impl Api {
    /// All operations of all contracts.
    pub(super) fn whole() -> Self {
        let mut api = Self::default();
        applivery::operations(&mut api);
        google::operations(&mut api);
        graph::operations(&mut api);
        api
    }

    fn get<H: Endpoint<A>, A>(&mut self, path: &str, handler: H) -> &mut Operation {
        self.add(Method::GET, path, handler)
    }

    fn post<H: Endpoint<A>, A>(&mut self, path: &str, handler: H) -> &mut Operation {
        self.add(Method::POST, path, handler)
    }

    fn put<H: Endpoint<A>, A>(&mut self, path: &str, handler: H) -> &mut Operation {
        self.add(Method::PUT, path, handler)
    }

    fn patch<H: Endpoint<A>, A>(&mut self, path: &str, handler: H) -> &mut Operation {
        self.add(Method::PATCH, path, handler)
    }

    fn delete<H: Endpoint<A>, A>(&mut self, path: &str, handler: H) -> &mut Operation {
        self.add(Method::DELETE, path, handler)
    }

    fn add<H: Endpoint<A>, A>(&mut self, method: Method, path: &str, handler: H) -> &mut Operation {
        let operation = Operation::new(method, path, handler);
        self.operations.push(operation);
        let last = self.operations.len() - 1;
        #[expect(
            clippy::indexing_slicing,
            reason = "the operation was pushed just before"
        )]
        &mut self.operations[last]
    }

    /// Routes every operation. A fixed segment is tried before a variable one, since `{` sorts after every letter.
    pub(super) fn routes(self, service: &mut ServiceConfig) {
        let mut paths: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
        for operation in self.operations {
            paths
                .entry(operation.path.clone())
                .or_default()
                .push(operation);
        }
        for (path, operations) in paths {
            let methods: Vec<Method> = operations.iter().map(|it| it.method.clone()).collect();
            let mut at = resource(name::all(&path))
                .app_data(limits(&path))
                .wrap(from_fn(gate::gate));
            for operation in operations {
                at = at.route(operation.into_route());
            }
            service.service(at.default_service(gate::method_not_allowed(&methods)));
        }
        for root in ["/v1", "/v1.0", "/beta"] {
            service.service(
                scope(root)
                    .wrap(from_fn(gate::gate))
                    .default_service(unknown()),
            );
        }
    }
}

/// How large bodies may be: imports are files.
fn limits(path: &str) -> BodyLimits {
    if path.ends_with("/import") {
        BodyLimits::FILE
    } else {
        BodyLimits::REST
    }
}

/// A path below the contracts' roots that none of them has.
fn unknown() -> Route {
    route()
        .guard(guard::fn_guard(|_| true))
        .to(async || Err::<NoContent, _>(Problem::not_found("path")))
}

#[cfg(test)]
mod tests;
