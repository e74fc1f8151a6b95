//! The matrix of permissions, generated from the document that the server serves: every operation, every role, every
//! kind of key, every way to reach into another organization. What is expected stands here, by hand, and not in `src/`.

pub(crate) mod document;
mod foreign;
mod key;
pub(crate) mod world;

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value as Json, json};

use portcullis::identity::Role;

use super::{Api, key_of};
use crate::client::{Answer, Site};
use crate::server::TestServer;
use document::{Contract, Document, MISSING, Operation};
use world::{Sent, ask, forget};

/// Who holds what, as `entity.verb` with `*` for all of them; `-` takes away again.
const HELD: [(Role, &str, &[&str]); 5] = [
    (Role::Owner, "owner", &["*.*"]),
    (
        Role::Admin,
        "admin",
        &["*.*", "-apiKey.*", "-organization.create"],
    ),
    (
        Role::Operator,
        "operator",
        &[
            "*.list",
            "*.get",
            "-apiKey.*",
            "enrollmentToken.*",
            "device.*",
            "mdmUser.*",
            "identifier.*",
            "approval.*",
        ],
    ),
    (
        Role::Staging,
        "staging",
        &["enrollmentToken.create", "enrollmentToken.list"],
    ),
    (Role::Auditor, "auditor", &["*.list", "*.get"]),
];

/// The verbs that there are.
const VERBS: [&str; 12] = [
    "create",
    "list",
    "get",
    "update",
    "remove",
    "reveal",
    "command",
    "evaluate",
    "rotate",
    "redeliver",
    "approve",
    "resend",
];

/// Requests at a time.
const AT_ONCE: usize = 16;

impl Api {
    /// A server that counts no requests.
    pub(crate) async fn unlimited() -> Self {
        let server = TestServer::with(|config| config.limits.api_requests_per_minute = 0).await;
        let key = key_of(&server, Role::Owner).await;
        Self { server, key }
    }

    /// Makes another organization; an owner's key to it.
    async fn other(&self) -> String {
        let wish = json!({ "name": "Other", "slug": "other" });
        let made = self.post("/v1/organizations", wish).await.expect(200);
        made["data"]["apiKey"]["key"].as_str().unwrap().to_owned()
    }
}

fn entity_and_verb(permission: &str) -> (&str, &str) {
    let short = permission.strip_prefix("mdm.windows.");
    let parts = short.and_then(|short| short.split_once('.'));
    parts.unwrap_or_else(|| panic!("{permission} is no permission"))
}

fn holds(held: &[&str], permission: &str) -> bool {
    let (entity, verb) = entity_and_verb(permission);
    let fits = |pattern: &str| {
        let (one, other) = pattern.split_once('.').unwrap();
        (one == "*" || one == entity) && (other == "*" || other == verb)
    };
    held.iter()
        .fold(false, |holds, pattern| match pattern.strip_prefix('-') {
            Some(taken) => holds && !fits(taken),
            None => holds || fits(pattern),
        })
}

/// The answer without what differs each time: its status and its body.
fn told(answer: &Answer) -> (u16, Json) {
    let mut json = serde_json::from_slice(&answer.body)
        .unwrap_or_else(|_| panic!("this is no JSON: {answer:?}"));
    forget(&mut json, &["traceId", "request-id", "date"]);
    (answer.status, json)
}

/// Whether the answer is this refusal, in the words of its contract.
fn is_refusal(operation: &Operation, answer: &Answer, status: u16, message: &str) -> bool {
    let code: Json = match (operation.contract(), status) {
        (Contract::Applivery, 401) if message == NO_KEY => json!(4002),
        (Contract::Applivery, 401 | 403) => json!(4001),
        (Contract::Applivery, _) => json!(3001),
        (Contract::Google, code) => json!(code),
        (Contract::Graph, 401) => json!("unauthenticated"),
        (Contract::Graph, 403) => json!("accessDenied"),
        (Contract::Graph, _) => json!("itemNotFound"),
    };
    let mut error = json!({ "code": code, "message": message });
    match (operation.contract(), status) {
        (Contract::Google, 401) => error["status"] = json!("UNAUTHENTICATED"),
        (Contract::Google, 403) => error["status"] = json!("PERMISSION_DENIED"),
        (Contract::Google, _) => error["status"] = json!("NOT_FOUND"),
        (Contract::Graph, _) => error["innerError"] = json!({}),
        (Contract::Applivery, _) => {}
    }
    let expected = match operation.contract() {
        Contract::Applivery => json!({ "status": false, "error": error }),
        Contract::Google | Contract::Graph => json!({ "error": error }),
    };
    answer.status == status && told(answer).1 == expected
}

const NO_KEY: &str = "No auth token";
const BAD_KEY: &str = "Unauthorized";
const NOWHERE: &str = "Entity not found";

fn lacking(permission: &str) -> String {
    format!("Unauthorized: missing permission {permission}")
}

/// Carries out all checks, some at a time; how many there were of each operation, and what was found.
async fn all<C: Future<Output = (String, Option<String>)>>(
    checks: impl Iterator<Item = C>,
) -> BTreeMap<String, usize> {
    let done: Vec<(String, Option<String>)> = futures_util::stream::iter(checks)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut rows = BTreeMap::new();
    for (row, _) in &done {
        *rows.entry(row.clone()).or_default() += 1;
    }
    let findings: Vec<&String> = done.iter().filter_map(|(_, it)| it.as_ref()).collect();
    let text: Vec<&str> = findings.iter().map(|it| it.as_str()).collect();
    assert!(
        text.is_empty(),
        "{} of {} cells:\n{}",
        text.len(),
        done.len(),
        text.join("\n")
    );
    rows
}

/// Asks and judges: one cell of the matrix.
async fn cell(
    site: &Site,
    operation: &Operation,
    path: String,
    key: Option<&str>,
    who: String,
    right: impl Fn(&Answer) -> bool,
) -> (String, Option<String>) {
    let answer = ask(site, operation, &path, key, Sent::Least).await;
    let finding = (!right(&answer)).then(|| {
        let name = operation.name();
        format!("{name} at {path} as {who}: {answer:?}")
    });
    (operation.name(), finding)
}

/// Carried out, or refused for another reason than who asks.
fn went_through(answer: &Answer) -> bool {
    !matches!(answer.status, 401 | 403) && answer.status < 500
}

#[actix_web::test]
async fn the_routes_of_the_server_are_those_of_the_document_with_the_same_methods() {
    let api = Api::unlimited().await;
    let document = Document::of(&api.server).await;
    let mut methods: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for operation in &document.operations {
        let verb = entity_and_verb(&operation.permission).1;
        assert!(VERBS.contains(&verb), "{}", operation.permission);
        let twin = names.insert(operation.id.clone(), operation.name());
        assert_eq!(twin, None, "{} stands twice", operation.id);
        methods
            .entry(operation.path.as_str())
            .or_default()
            .push(operation.method.as_str());
    }
    for (path, methods) in &mut methods {
        methods.sort_unstable();
        let known = document.operations.iter().find(|it| it.path == *path);
        let at = known.unwrap().at("default", MISSING);
        for odd in ["OPTIONS", "TRACE", "BREW"] {
            let method = Method::from_bytes(odd.as_bytes()).unwrap();
            let told = api.call(method, &at, None).await;
            assert_eq!(told.answer.status, 405, "{odd} {path}");
            let allowed = told.answer.header("allow").unwrap();
            let mut allowed: Vec<&str> = allowed.split(", ").collect();
            allowed.sort_unstable();
            assert_eq!(allowed, *methods, "{path}");
        }
        // Nothing is reached on the way there that the document does not tell of.
        for (end, _) in path.match_indices('/').skip(1) {
            let (above, _) = path.split_at(end);
            if !document.operations.iter().any(|it| it.path == above) {
                let above = above.replace("{organization}", "default");
                let above = above.replace(['{', '}'], "");
                let told = api.get(&above).await;
                let status = told.answer.status;
                assert!(matches!(status, 404 | 405), "{above}: {:?}", told.answer);
            }
        }
    }
    assert_eq!(
        methods.values().map(Vec::len).sum::<usize>(),
        document.operations.len()
    );
}

#[actix_web::test]
async fn every_role_may_what_its_row_says_here_and_sees_nothing_elsewhere() {
    let api = Api::unlimited().await;
    let document = Document::of(&api.server).await;
    let key = api.other().await;
    let shown = api.call_with(Method::GET, "/v1/organizations", None, &key, &[]);
    let shown = shown.await.expect(200);
    let id = shown["data"]["items"][0]["id"].as_str().unwrap();
    let site: &Site = &api.server;
    let mut keys = Vec::new();
    for (role, name, held) in HELD {
        keys.push((key_of(&api.server, role).await, name, held));
    }
    let mut cells = Vec::new();
    for operation in &document.operations {
        for (key, name, held) in &keys {
            let may = holds(held, &operation.permission);
            let no = lacking(&operation.permission);
            let denied = no.clone();
            let right = move |answer: &Answer| match may {
                true => went_through(answer),
                false => is_refusal(operation, answer, 403, &denied),
            };
            let own = operation.at("default", MISSING);
            let who = (*name).to_owned();
            let check: Checked<'_> = Box::pin(cell(site, operation, own, Some(key), who, right));
            cells.push(check);
            if !operation.names_an_organization() {
                continue;
            }
            for place in ["other", id, "missing", MISSING] {
                let denied = no.clone();
                let right = move |answer: &Answer| match may {
                    true => is_refusal(operation, answer, 404, NOWHERE),
                    false => is_refusal(operation, answer, 403, &denied),
                };
                let at = operation.at(place, MISSING);
                let who = format!("{name} of another organization");
                cells.push(Box::pin(cell(site, operation, at, Some(key), who, right)));
            }
        }
    }
    let rows = all(cells.into_iter()).await;
    assert_eq!(rows.len(), document.operations.len());
    for operation in &document.operations {
        let places = if operation.names_an_organization() {
            5
        } else {
            1
        };
        assert_eq!(rows[&operation.name()], HELD.len() * places);
    }
}

type Checked<'a> = std::pin::Pin<Box<dyn Future<Output = (String, Option<String>)> + 'a>>;
