//! The end of tokens, one or many at a time.

use reqwest::Method;
use serde_json::json;

use super::super::Api;
use super::super::template::policy;
use super::{SEGMENTS, TOKENS, at, listed, token};

#[actix_web::test]
async fn tokens_are_revoked_by_name_or_by_what_they_have_in_common_and_never_by_nothing() {
    let api = Api::start().await;
    api.post(SEGMENTS, json!({"name": "Sales"}))
        .await
        .expect(200);
    let kiosk = policy(&api, "Kiosk").await;
    let ana = json!({"email": "ana@contoso.example"});
    let first = token(&api, ana.clone()).await;
    token(&api, ana).await;
    token(&api, json!({"segmentId": 1})).await;
    token(&api, json!({"winPolicyId": kiosk})).await;
    let path = format!("{TOKENS}/revoke");
    for body in [
        json!({}),
        json!({"filter": {}}),
        json!({"filter": {"mdmUser": ""}}),
        json!({"filter": {"mdmUser": null}}),
        json!({"filter": {"state": "PENDING"}}),
        json!({"ids": []}),
        json!({"ids": [first["id"]], "filter": {"segmentId": 1}}),
    ] {
        let told = api.post(&path, body).await;
        assert_eq!(told.expect(400)["error"]["code"], 5209);
    }
    let unknown = json!({"ids": [first["id"], "0".repeat(24)]});
    api.post(&path, unknown).await.expect(404);
    assert_eq!(listed(&api, "", "id").await.len(), 4, "all or none");

    for (filter, revoked) in [
        (json!({"segmentId": 1, "winPolicyId": kiosk}), 0),
        (json!({"segmentId": 1}), 1),
        (json!({"winPolicyId": kiosk}), 1),
        (json!({"mdmUser": "Ana@contoso.example", "segmentId": 0}), 2),
    ] {
        let told = api.post(&path, json!({"filter": filter})).await.expect(200);
        assert_eq!(told["data"]["revoked"], revoked, "{filter}");
    }
    assert_eq!(listed(&api, "", "id").await.len(), 0);
    let shown = api.get(&at(&first)).await;
    assert_eq!(shown.answer.header("etag"), Some("\"2\""));
    assert_eq!(shown.expect(200)["data"]["state"], "DELETED");
}

#[actix_web::test]
async fn a_token_that_ended_may_be_deleted_and_once_more() {
    let api = Api::start().await;
    let made = token(&api, json!({"duration": 60})).await;
    api.server.clock.advance(100);
    let wish = json!({"displayName": "x"});
    let told = api.call(Method::PUT, &at(&made), Some(wish)).await;
    assert_eq!(told.expect(409)["error"]["code"], 9409);
    let first = api.call(Method::DELETE, &at(&made), None).await.expect(200);
    assert_eq!(first["data"]["state"], "DELETED");
    assert!(first["data"]["updatedAt"].as_str() > made["updatedAt"].as_str());
    api.server.clock.advance(100);
    let second = api.call(Method::DELETE, &at(&made), None).await.expect(200);
    assert_eq!(first, second);
}
