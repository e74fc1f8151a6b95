//! Which contract a request speaks, told by its path: each has its own shape of an error.

use serde_json::{Value, json};

use super::problem::Problem;

/// A published contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Applivery's tokens and templates, and our own routes beside them.
    Applivery,
    /// The Android Management API: errors are `google.rpc.Status`.
    Google,
    /// Microsoft Graph: errors are OData's.
    Graph,
}

impl Dialect {
    /// The contract of a path.
    pub(super) fn of(path: &str) -> Self {
        let below = |root: &str| {
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if below("/v1/enterprises") {
            Self::Google
        } else if below("/beta") || below("/v1.0") {
            Self::Graph
        } else {
            Self::Applivery
        }
    }

    /// The body that tells of `problem`; `now` is RFC 3339.
    pub(super) fn body(self, problem: &Problem, request_id: &str, now: &str) -> Value {
        match self {
            Self::Applivery => {
                let mut error = json!({
                    "code": problem.kind.code(),
                    "message": problem.message,
                    "traceId": request_id,
                });
                if !problem.violations.is_empty()
                    && let Some(error) = error.as_object_mut()
                {
                    error.insert("details".to_owned(), json!(problem.violations));
                }
                json!({ "status": false, "error": error })
            }
            Self::Google => google(problem),
            Self::Graph => json!({ "error": {
                "code": problem.kind.graph(),
                "message": problem.sentence(),
                "innerError": { "request-id": request_id, "date": now },
            }}),
        }
    }
}

fn google(problem: &Problem) -> Value {
    let violations: Vec<Value> = problem
        .violations
        .iter()
        .map(|it| json!({ "field": it.path, "description": it.reason }))
        .collect();
    let mut error = json!({
        "code": problem.kind.status().as_u16(),
        "message": problem.sentence(),
        "status": problem.kind.google(),
    });
    if !violations.is_empty()
        && let Some(error) = error.as_object_mut()
    {
        let details = json!([{
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": violations,
        }]);
        error.insert("details".to_owned(), details);
    }
    json!({ "error": error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_tells_the_contract() {
        for (path, dialect) in [
            ("/v1/organizations/default/api-keys", Dialect::Applivery),
            ("/v1/enterprises/default/devices", Dialect::Google),
            ("/v1/enterprisesx", Dialect::Applivery),
            ("/v1.0/deviceManagement/x", Dialect::Graph),
            ("/beta", Dialect::Graph),
        ] {
            assert_eq!(Dialect::of(path), dialect, "{path}");
        }
    }

    #[test]
    fn each_contract_has_its_own_shape_of_an_error() {
        let problem = Problem::invalid("duration", "is too short");
        let body = |dialect: Dialect| dialect.body(&problem, "r1", "2026-01-01T00:00:00Z");
        let applivery = body(Dialect::Applivery);
        assert_eq!(applivery["error"]["code"], 5209);
        assert_eq!(applivery["error"]["message"], "Invalid input");
        assert_eq!(applivery["error"]["details"][0]["path"], "duration");
        let google = body(Dialect::Google);
        assert_eq!(google["error"]["status"], "INVALID_ARGUMENT");
        assert_eq!(
            google["error"]["details"][0]["fieldViolations"][0]["field"],
            "duration"
        );
        let graph = body(Dialect::Graph);
        assert_eq!(graph["error"]["code"], "invalidRequest");
        assert_eq!(graph["error"]["innerError"]["request-id"], "r1");
    }
}
