//! One operation: method, path, handler, and what the OpenAPI document says of it, all from the handler's own type.

use std::future::Future;

use actix_web::http::Method;
use actix_web::web::method;
use actix_web::{Handler, Route};
use utoipa::openapi::path::{
    Operation as Described, OperationBuilder, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required, Schema};

use crate::identity::{Grant, Permission};

use super::answer::Reply;
use super::argument::Argument;
use super::permitted::Permitted;
use super::problem::Problem;

/// The schemas that a document collects: names with their schemas.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// An operation of the API.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) permission: Permission,
    pub(super) id: &'static str,
    summary: &'static str,
    describe: fn(OperationBuilder, &mut Schemas) -> OperationBuilder,
    route: Route,
}

/// A handler of the API: its first argument is [`Permitted`], so that there is none without a permission.
pub(super) trait Endpoint<Arguments>: Clone + 'static {
    /// What a key needs to reach it.
    const PERMISSION: Permission;

    /// Adds what it reads and answers to its description.
    fn describe(described: OperationBuilder, schemas: &mut Schemas) -> OperationBuilder;

    /// Its route for `of`.
    fn route(self, of: Method) -> Route;
}

macro_rules! endpoint {
    ($($argument:ident),*) => {
        impl<F, W, R, G, $($argument),*> Endpoint<(Permitted<G>, $($argument,)*)> for F
        where
            F: Handler<(Permitted<G>, $($argument,)*), Output = Result<R, Problem>, Future = W>
                + Fn(Permitted<G>, $($argument),*) -> W
                + Clone
                + 'static,
            W: Future<Output = Result<R, Problem>> + 'static,
            R: Reply + 'static,
            G: Grant,
            $($argument: Argument + 'static,)*
        {
            const PERMISSION: Permission = G::PERMISSION;

            fn describe(described: OperationBuilder, schemas: &mut Schemas) -> OperationBuilder {
                $(let described = $argument::describe(described, schemas);)*
                R::describe(described, schemas)
            }

            fn route(self, of: Method) -> Route {
                method(of).to(self)
            }
        }
    };
}
endpoint!();
endpoint!(A);
endpoint!(A, B);
endpoint!(A, B, C);

impl Operation {
    pub(super) fn new<H: Endpoint<A>, A>(of: Method, path: &str, handler: H) -> Self {
        Self {
            path: path.to_owned(),
            permission: H::PERMISSION,
            id: "",
            summary: "",
            describe: H::describe,
            route: handler.route(of.clone()),
            method: of,
        }
    }

    /// Names it, once for the whole document.
    pub(super) fn id(&mut self, id: &'static str) -> &mut Self {
        self.id = id;
        self
    }

    /// Says in a few words what it does.
    pub(super) fn summary(&mut self, summary: &'static str) -> &mut Self {
        self.summary = summary;
        self
    }

    pub(super) fn into_route(self) -> Route {
        self.route
    }

    /// What the document says of it.
    pub(super) fn description(&self, schemas: &mut Schemas) -> Described {
        let mut described = OperationBuilder::new()
            .operation_id(Some(self.id))
            .summary(Some(self.summary))
            .tag(self.tag());
        for name in variables(&self.path) {
            described = described.parameter(
                ParameterBuilder::new()
                    .name(name)
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .schema(Some(variable(name))),
            );
        }
        let mut described = (self.describe)(described, schemas).build();
        let permission = format!("Required permission: `{}`.", self.permission.name());
        described.description = Some(match described.description.take() {
            Some(more) => format!("{permission} {more}"),
            None => permission,
        });
        described
            .extensions
            .get_or_insert_default()
            .insert("x-permission".to_owned(), self.permission.name().into());
        described
    }

    /// The noun that it belongs to.
    fn tag(&self) -> &str {
        let fixed = |segment: &&str| {
            !segment.is_empty()
                && !segment.contains('{')
                && !matches!(
                    *segment,
                    "v1" | "v1.0" | "beta" | "mdm" | "windows" | "enterprise" | "deviceManagement"
                )
        };
        let segments: Vec<&str> = self.path.split('/').filter(fixed).collect();
        match segments.as_slice() {
            ["organizations" | "enterprises", noun, ..] | [noun, ..] => noun,
            [] => "organizations",
        }
    }
}

/// The names in braces of a path.
fn variables(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.split(['}', ':']).next())
}

fn variable(name: &str) -> Schema {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let schema = if name == "organization" {
        schema
            .description(Some("The organization's slug or identifier."))
            .pattern(Some(super::permitted::ORGANIZATION))
    } else {
        schema.min_length(Some(1))
    };
    schema.build().into()
}
