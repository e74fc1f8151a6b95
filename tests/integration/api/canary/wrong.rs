//! Secrets where none belong: in an address, in a broken or senseless body, in the wrong header.

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use super::Watched;
use super::secret::Kind;
use super::{Operation, head};

/// A request, as far as it differs.
struct Attempt {
    method: Method,
    path: String,
    authorization: String,
    media: &'static str,
    body: String,
}

/// Sends secrets to every operation in every wrong place; what was echoed. Each place sees each kind of secret at one
/// operation or another, and at all of them with `tests/run --long`.
pub(super) async fn try_everything(watched: &Watched) -> Vec<String> {
    let samples = watched.secrets.samples();
    let long = std::env::var_os("PORTCULLIS_LONG").is_some();
    let mut attempts = Vec::new();
    for (turn, operation) in watched.document.operations.iter().enumerate() {
        for (number, (kind, secret)) in samples.iter().enumerate() {
            let all = misplaced(watched, operation, *kind, secret).into_iter();
            let kept = all
                .enumerate()
                .filter(|(place, _)| long || (place + turn + number) % samples.len() == 0);
            attempts.extend(kept.map(|(_, attempt)| attempt));
        }
    }
    assert!(attempts.len() > watched.document.operations.len() * 5);
    let found: Vec<Option<String>> = futures_util::stream::iter(attempts)
        .map(|attempt| send(watched, attempt))
        .buffer_unordered(16)
        .collect()
        .await;
    found.into_iter().flatten().collect()
}

fn misplaced(watched: &Watched, operation: &Operation, kind: Kind, secret: &str) -> Vec<Attempt> {
    let key = format!("Bearer {}", watched.owner.key);
    let address: String = byte_serialize(secret.as_bytes()).collect();
    let path = operation.at("default", super::super::matrix::document::MISSING);
    let with = |path: String, authorization: &str, body: &str| Attempt {
        method: operation.method.clone(),
        path,
        authorization: authorization.to_owned(),
        media: match operation.media() {
            Some("text/csv") => "text/csv",
            _ => "application/json",
        },
        body: body.to_owned(),
    };
    let mut attempts = Vec::new();
    for name in watched.document.parameters(operation) {
        attempts.push(with(format!("{path}?{name}={address}"), &key, "{}"));
    }
    for name in ["access_token", "key", &address] {
        attempts.push(with(format!("{path}?{name}={address}"), &key, "{}"));
    }
    attempts.push(with(operation.at(&address, &address), &key, "{}"));
    attempts.push(with(operation.at("default", &address), &key, "{}"));
    attempts.push(with(format!("{path}/{address}"), &key, "{}"));
    for authorization in [
        format!("Bearer {secret}x"),
        format!("Basic {secret}"),
        secret.to_owned(),
    ] {
        attempts.push(with(path.clone(), &authorization, "{}"));
    }
    if kind != Kind::ApiKey {
        attempts.push(with(path.clone(), &format!("Bearer {secret}"), "{}"));
    }
    if operation.media().is_none() {
        return attempts;
    }
    let mut bodies = vec![
        format!("{{\"a\":\"{secret}"),
        secret.to_owned(),
        json!(secret).to_string(),
        json!([secret]).to_string(),
        json!({ secret: 1 }).to_string(),
        format!("{{\"{secret}\":1,\"{secret}\":2}}"),
    ];
    let properties = watched.document.properties(operation);
    for (name, schema) in &properties {
        // A text that is kept and shown again is the caller's own.
        let kept = schema["type"].to_string().contains("string");
        if !kept || schema.get("enum").is_some() || schema.get("pattern").is_some() {
            bodies.push(json!({ name: secret }).to_string());
        }
        bodies.push(json!({ name: { secret: secret } }).to_string());
        bodies.push(json!({ name: [{ secret: secret }] }).to_string());
    }
    attempts.extend(bodies.iter().map(|body| with(path.clone(), &key, body)));
    attempts
}

async fn send(watched: &Watched, attempt: Attempt) -> Option<String> {
    let Attempt {
        method,
        path,
        authorization,
        media,
        body,
    } = attempt;
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", media),
    ];
    let url = format!("{}{path}", watched.site().web);
    let answer = watched
        .site()
        .send(method.clone(), &url, &headers, body.clone())
        .await;
    // What succeeds shows what it made, which is looked at elsewhere.
    if answer.status < 300 {
        return None;
    }
    let mut leaks = watched.secrets.found(&answer.body);
    leaks.extend(watched.secrets.found(&head(&answer)));
    let what = format!("{method} {path} {authorization} {body}: {answer:?}");
    (!leaks.is_empty() || answer.status >= 500).then_some(what)
}
