//! Keys in other hands are never certified again.

use portcullis::identity::Role;
use portcullis::soap::Subcode;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{BLOCKED, enroll, key_hash, revoke, session, start};
use crate::api::{Api, key_of};
use crate::pc::{Pc, bearer};

/// Another machine with the key of `pc`.
fn thief(pc: &Pc) -> Pc {
    Pc {
        key: pc.key.clone(),
        ..Pc::new()
    }
}

async fn refused(api: &Api, pc: &Pc) {
    let token = api.server.token().await;
    let fault = pc.try_enroll(&api.server, &bearer(&token.token)).await;
    let fault = fault.err().unwrap();
    assert_eq!(fault.subcode, Subcode::CertificateRequest);
    assert_eq!(api.server.refusal(&fault).await, "key-blocked");
    assert_eq!(api.server.uses(&token).await, 0, "a refusal spends nothing");
}

async fn listed(api: &Api) -> Vec<Json> {
    let told = api.get(BLOCKED).await.expect(200);
    told["data"]["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compromised_key_is_refused_for_every_device_until_it_is_unblocked() {
    let api = start().await;
    let one = enroll(&api, Pc::new()).await;
    revoke(&api, &one.id, json!({ "reason": "keyCompromise" })).await;
    refused(&api, &one.pc).await;
    refused(&api, &thief(&one.pc)).await;
    let blocked = listed(&api).await;
    assert_eq!(blocked.len(), 1);
    assert_eq!(blocked[0]["spkiSha256"], key_hash(&api, &one).await);
    assert_eq!(blocked[0]["serial"], one.serial);
    let path = format!("{BLOCKED}/{}", blocked[0]["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await.expect(200)["data"], blocked[0]);
    enroll(&api, one.pc.with_new_key()).await;
    api.call(Method::DELETE, &path, None).await.expect(200);
    api.call(Method::DELETE, &path, None).await.expect(404);
    assert!(listed(&api).await.is_empty());
    enroll(&api, one.pc.clone()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_does_not_bring_a_compromised_certificate_back() {
    let api = start().await;
    let token = api.server.token().await;
    let pc = Pc::new();
    pc.enroll(&api.server, &bearer(&token.token)).await;
    let device = api.server.devices().await.remove(0).id.to_string();
    revoke(&api, &device, json!({ "reason": "keyCompromise" })).await;
    let fault = pc.try_enroll(&api.server, &bearer(&token.token)).await;
    let fault = fault.err().unwrap();
    assert_eq!(api.server.refusal(&fault).await, "key-blocked");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_reason_blocks_no_key() {
    let api = start().await;
    let one = enroll(&api, Pc::new()).await;
    revoke(&api, &one.id, json!({ "reason": "privilegeWithdrawn" })).await;
    assert!(listed(&api).await.is_empty());
    enroll(&api, one.pc.clone()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_blocks_a_key_and_its_certificates_end() {
    let api = start().await;
    let one = enroll(&api, Pc::new()).await;
    let site = api.server.with_identity(&one.enrolled.identity());
    assert_eq!(session(&site, &one).await, "200");
    let hash = key_hash(&api, &one).await;
    let wish = json!({ "spkiSha256": hash.to_uppercase(), "description": "on a paste site" });
    for wrong in [
        json!({}),
        json!({ "spkiSha256": "00" }),
        json!({ "spkiSha256": "x".repeat(64) }),
        json!({ "spkiSha256": hash, "description": "d".repeat(257) }),
        json!({ "spkiSha256": hash, "serial": "50" }),
    ] {
        api.post(BLOCKED, wrong).await.expect(400);
    }
    let made = api.post(BLOCKED, wish.clone()).await.expect(200);
    assert_eq!(made["data"]["spkiSha256"], hash);
    assert_eq!(made["data"]["serial"], Json::Null);
    api.post(BLOCKED, wish).await.expect(409);
    assert_eq!(session(&site, &one).await, "401");
    refused(&api, &one.pc).await;
    refused(&api, &thief(&one.pc)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_blocks_keys_for_itself_alone() {
    let api = start().await;
    let wish = json!({ "name": "Other", "slug": "other" });
    let made = api.post("/v1/organizations", wish).await.expect(200);
    let other = made["data"]["apiKey"]["key"].as_str().unwrap().to_owned();
    let pc = Pc::new();
    let one = enroll(&api, pc.clone()).await;
    let hash = key_hash(&api, &one).await;
    let theirs = BLOCKED.replace("default", "other");
    let body = Some(json!({ "spkiSha256": hash }));
    let told = api
        .call_with(Method::POST, &theirs, body, &other, &[])
        .await;
    told.expect(200);
    let site = api.server.with_identity(&one.enrolled.identity());
    assert_eq!(session(&site, &one).await, "200", "it is not their device");
    assert!(listed(&api).await.is_empty());
    enroll(&api, pc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_block_keys_and_others_look_at_most() {
    let api = start().await;
    for (number, (role, looks, changes)) in [
        (Role::Owner, true, true),
        (Role::Admin, true, true),
        (Role::Operator, true, false),
        (Role::Auditor, true, false),
        (Role::Staging, false, false),
    ]
    .into_iter()
    .enumerate()
    {
        let key = key_of(&api.server, role).await;
        let status = |may| if may { 200 } else { 403 };
        let told = api.call_with(Method::GET, BLOCKED, None, &key, &[]).await;
        told.expect(status(looks));
        let body = Some(json!({ "spkiSha256": format!("{number:064x}") }));
        let told = api.call_with(Method::POST, BLOCKED, body, &key, &[]).await;
        let made = told.expect(status(changes));
        if changes {
            let path = format!("{BLOCKED}/{}", made["data"]["id"].as_str().unwrap());
            let told = api.call_with(Method::DELETE, &path, None, &key, &[]).await;
            told.expect(200);
        }
    }
}
