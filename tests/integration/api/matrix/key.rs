//! Keys that open nothing, and keys that open less than their role.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use portcullis::token::{Value, ValueKind};

use super::document::{Document, MISSING};
use super::{Api, BAD_KEY, Checked, NO_KEY, all, cell, is_refusal, lacking, went_through};
use crate::client::{Answer, Site};

const KEYS: &str = "/v1/organizations/default/api-keys";

impl Api {
    /// A new key: itself and its identifier.
    async fn key_with(&self, wish: serde_json::Value) -> (String, String) {
        let made = self.post(KEYS, wish).await.expect(200);
        let text = |name: &str| made["data"][name].as_str().unwrap().to_owned();
        (text("key"), text("id"))
    }

    async fn opens(&self, key: &str) -> bool {
        let told = self.call_with(Method::GET, KEYS, None, key, &[]).await;
        told.answer.status == 200
    }
}

#[actix_web::test]
async fn no_key_an_unknown_one_one_that_ended_and_a_revoked_one_open_nothing() {
    let api = Api::unlimited().await;
    let document = Document::of(&api.server).await;
    let owner = json!({ "role": "owner", "expiresIn": 60 });
    let (ended, _) = api.key_with(owner.clone()).await;
    let (revoked, id) = api.key_with(owner).await;
    assert!(api.opens(&ended).await && api.opens(&revoked).await);
    let path = format!("{KEYS}/{id}");
    api.call(Method::DELETE, &path, None).await.expect(200);
    api.server.clock.advance(60);
    let unknown = Value::generate(ValueKind::ApiKey).reveal().to_owned();
    let token = Value::generate(ValueKind::Token).reveal().to_owned();
    let keys = [
        ("nobody", None),
        ("an unknown key", Some(unknown.as_str())),
        ("a token", Some(token.as_str())),
        ("a key that ended", Some(ended.as_str())),
        ("a revoked key", Some(revoked.as_str())),
    ];
    let site: &Site = &api.server;
    let mut cells = Vec::new();
    for operation in &document.operations {
        for (who, key) in keys {
            // Who may not even say who they are learn nothing of organizations.
            for place in ["default", "missing"] {
                let message = key.map_or(NO_KEY, |_| BAD_KEY);
                let right = move |answer: &Answer| {
                    is_refusal(operation, answer, 401, message)
                        && answer.header("www-authenticate").is_some()
                };
                let at = operation.at(place, MISSING);
                let check: Checked<'_> =
                    Box::pin(cell(site, operation, at, key, who.to_owned(), right));
                cells.push(check);
            }
        }
    }
    let rows = all(cells.into_iter()).await;
    assert_eq!(rows.len(), document.operations.len());
    assert!(rows.values().all(|cells| *cells == 2 * keys.len()));
}

#[actix_web::test]
async fn a_scope_narrows_an_owners_key_to_what_it_names() {
    let api = Api::unlimited().await;
    let document = Document::of(&api.server).await;
    let all_of_them: BTreeSet<&str> = document
        .operations
        .iter()
        .map(|it| it.permission.as_str())
        .collect();
    let mut keys = Vec::new();
    for permission in &all_of_them {
        let others: Vec<&&str> = all_of_them.iter().filter(|it| *it != permission).collect();
        let with = json!({ "role": "owner", "scopes": [permission] });
        let without = json!({ "role": "owner", "scopes": others });
        keys.push((
            *permission,
            api.key_with(with).await.0,
            api.key_with(without).await.0,
        ));
    }
    let site: &Site = &api.server;
    let mut cells = Vec::new();
    for operation in &document.operations {
        for (permission, with, without) in &keys {
            let named = operation.permission == *permission;
            for (who, key, may) in [("with", with, named), ("without", without, !named)] {
                // The key with the scope is tried everywhere, the one without it where it is missed.
                if who == "without" && !named {
                    continue;
                }
                let right = move |answer: &Answer| match may {
                    true => went_through(answer),
                    false => is_refusal(operation, answer, 403, &lacking(&operation.permission)),
                };
                let who = format!("an owner {who} {permission} alone");
                let at = operation.at("default", MISSING);
                let check: Checked<'_> = Box::pin(cell(site, operation, at, Some(key), who, right));
                cells.push(check);
            }
        }
    }
    let rows = all(cells.into_iter()).await;
    assert_eq!(rows.len(), document.operations.len());
    assert!(rows.values().all(|cells| *cells == keys.len() + 1));
}
