//! Enrollment tokens: mail about them, files of them, and what changes them before they are used.

mod beside;
mod file;
mod revoke;

use reqwest::Method;
use serde_json::{Value as Json, json};

use portcullis::admin::CreateKey;
use portcullis::identity::Role;

use super::Api;
use super::template::policy;
use crate::pc::{Pc, bearer};

const TOKENS: &str = "/v1/organizations/default/mdm/windows/enterprise/enrollment-tokens";
const SEGMENTS: &str = "/v1/organizations/default/segments";
const USERS: &str = "/v1/organizations/default/mdm-users";

/// Makes a token, with `wish` over what must be said of every one.
async fn token(api: &Api, wish: Json) -> Json {
    let mut body = json!({ "sendEmail": false });
    body.as_object_mut()
        .unwrap()
        .extend(wish.as_object().unwrap().clone());
    api.post(TOKENS, body).await.expect(200)["data"].clone()
}

fn at(token: &Json) -> String {
    format!("{TOKENS}/{}", token["id"].as_str().unwrap())
}

/// What `path` names, in the order of a list.
async fn listed(api: &Api, query: &str, path: &str) -> Vec<Json> {
    let list = api.get(&format!("{TOKENS}{query}")).await.expect(200);
    let items = list["data"]["items"].as_array().unwrap();
    items.iter().map(|it| it[path].clone()).collect()
}

#[actix_web::test]
async fn mail_about_a_token_waits_again_and_the_token_lasts_longer() {
    let api = Api::start().await;
    let made = token(
        &api,
        json!({"email": "ana@contoso.example", "duration": 60}),
    )
    .await;
    assert_eq!(made["emailStatus"], "skipped");
    let resend = format!("{}/resend", at(&made));
    let told = api.post(&resend, json!({})).await;
    assert_eq!(told.answer.header("etag"), Some("\"2\""));
    let sent = told.expect(200)["data"].clone();
    assert_eq!(sent["emailStatus"], "queued");
    assert_eq!(sent["expireAt"], made["expireAt"]);

    api.server.clock.advance(61);
    let told = api.post(&resend, json!({"language": "es"})).await;
    assert_eq!(told.expect(409)["error"]["code"], 9409);
    let body = json!({"language": "es", "emailText": "Hola", "extendSeconds": 3_600});
    let sent = api.post(&resend, body).await.expect(200)["data"].clone();
    assert_eq!(sent["state"], "PENDING");
    assert_eq!(
        (&sent["language"], &sent["emailText"]),
        (&json!("es"), &json!("Hola"))
    );
    assert!(sent["expireAt"].as_str() > made["expireAt"].as_str());

    for body in [
        json!({"extendSeconds": 59}),
        json!({"language": "fr"}),
        json!({"extend": 60}),
    ] {
        let told = api.post(&resend, body).await;
        assert_eq!(told.expect(400)["error"]["code"], 5209);
    }
}

#[actix_web::test]
async fn there_is_no_mail_about_a_token_for_nobody_a_spent_one_or_a_revoked_one() {
    let api = Api::start().await;
    let nobody = token(&api, json!({})).await;
    let revoked = token(&api, json!({"email": "ben@contoso.example"})).await;
    api.call(Method::DELETE, &at(&revoked), None)
        .await
        .expect(200);
    let spent = token(&api, json!({"email": "ana@contoso.example"})).await;
    let shows = bearer(spent["token"].as_str().unwrap());
    Pc::new().enroll(&api.server, &shows).await;
    for one in [&nobody, &revoked, &spent] {
        let told = api
            .post(&format!("{}/resend", at(one)), json!({"extendSeconds": 60}))
            .await;
        assert_eq!(told.expect(409)["error"]["code"], 9409);
    }
    let shown = api.get(&at(&spent)).await.expect(200)["data"].clone();
    let devices = "/v1/organizations/default/devices";
    let devices = api.get(devices).await.expect(200);
    assert_eq!(shown["state"], "DONE");
    assert_eq!(shown["winDeviceId"], devices["data"]["items"][0]["id"]);
    assert_eq!(nobody["winDeviceId"], Json::Null);
}

#[actix_web::test]
async fn a_token_is_made_for_a_user_by_identifier_or_by_address_and_never_by_both() {
    let api = Api::start().await;
    api.post(SEGMENTS, json!({"name": "Sales"}))
        .await
        .expect(200);
    let ana = json!({"email": "ana@contoso.example", "segmentId": 1});
    let ana = api.post(USERS, ana).await.expect(200)["data"]["id"].clone();
    let made = token(&api, json!({"mdmUserId": ana, "sendEmail": true})).await;
    assert_eq!(
        made["mdmUser"],
        json!({"id": ana, "email": "ana@contoso.example"})
    );
    assert_eq!(
        (&made["kind"], &made["emailStatus"]),
        (&json!("personal"), &json!("queued"))
    );

    let both = json!({"sendEmail": false, "mdmUserId": ana, "email": "ana@contoso.example"});
    let told = api.post(TOKENS, both).await.expect(400);
    assert_eq!(told["error"]["details"][0]["path"], "mdmUserId");
    let unknown = json!({"sendEmail": false, "mdmUserId": "0".repeat(24)});
    api.post(TOKENS, unknown).await.expect(404);

    let ben = token(
        &api,
        json!({"email": "ben@contoso.example", "segmentId": 1}),
    )
    .await;
    let ben = ben["mdmUser"]["id"].as_str().unwrap();
    let user = api.get(&format!("{USERS}/{ben}")).await.expect(200);
    assert_eq!(user["data"]["segmentId"], 1);

    api.post(SEGMENTS, json!({"name": "Labs"}))
        .await
        .expect(200);
    let wish = CreateKey {
        role: Role::Operator,
        name: "labs".to_owned(),
        duration: None,
        scopes: None,
        segments: Some(vec![2]),
    };
    let admin = &api.server.server.app.admin;
    let organization = admin.default_organization().await.unwrap();
    let key = admin.create_key(organization, wish).await.unwrap().key;
    for (body, status) in [
        (
            json!({"sendEmail": false, "mdmUserId": ana, "segmentId": 2}),
            404,
        ),
        (
            json!({"sendEmail": false, "email": "ana@contoso.example", "segmentId": 2}),
            409,
        ),
        (json!({"sendEmail": false, "segmentId": 1}), 403),
        (json!({"sendEmail": false, "segmentId": 2}), 200),
    ] {
        let told = api.call_with(Method::POST, TOKENS, Some(body), &key, &[]);
        told.await.expect(status);
    }
    let told = api
        .call_with(
            Method::POST,
            &format!("{}/resend", at(&made)),
            Some(json!({})),
            &key,
            &[],
        )
        .await;
    told.expect(404);
}

#[actix_web::test]
async fn lists_are_sorted_by_five_fields_either_way_and_by_no_other() {
    let api = Api::start().await;
    for (name, seconds) in [("b", 300), ("a", 900), ("C", 600)] {
        let email = format!("{name}@contoso.example");
        token(
            &api,
            json!({"displayName": name, "email": email, "duration": seconds}),
        )
        .await;
        api.server.clock.advance(1);
    }
    let first = listed(&api, "?sort=createdAt", "id").await;
    let first = format!("{TOKENS}/{}", first[0].as_str().unwrap());
    let told = api.call(Method::PUT, &first, Some(json!({"tags": ["x"]})));
    told.await.expect(200);
    for (sort, order) in [
        ("", ["C", "a", "b"]),
        ("createdAt", ["b", "a", "C"]),
        ("createdAt:desc", ["C", "a", "b"]),
        (":asc", ["b", "a", "C"]),
        ("updatedAt:asc", ["a", "C", "b"]),
        ("updatedAt:desc", ["b", "C", "a"]),
        ("expireAt", ["b", "C", "a"]),
        ("expireAt:desc", ["a", "C", "b"]),
        ("email:asc", ["a", "b", "C"]),
        ("email:desc", ["C", "b", "a"]),
        ("displayName", ["a", "b", "C"]),
        ("displayName:desc", ["C", "b", "a"]),
    ] {
        let names = listed(&api, &format!("?sort={sort}"), "displayName").await;
        assert_eq!(names, order, "{sort}");
    }
    for sort in ["enrollCode", "email:up", "email:asc:desc"] {
        let told = api.get(&format!("{TOKENS}?sort={sort}")).await.expect(400);
        let detail = &told["error"]["details"][0];
        assert_eq!(detail["path"], "sort");
        assert!(
            detail["reason"].as_str().unwrap().contains("displayName"),
            "{detail}"
        );
    }
}

#[actix_web::test]
async fn an_empty_policy_clears_them_and_a_missing_one_leaves_them() {
    let api = Api::start().await;
    let kiosk = policy(&api, "Kiosk").await;
    let made = token(&api, json!({"winPolicyId": kiosk})).await;
    for (body, policy) in [
        (json!({"displayName": "x"}), json!(kiosk)),
        (json!({"winPolicyId": null}), json!(kiosk)),
        (json!({"winPolicyId": ""}), Json::Null),
    ] {
        let told = api.call(Method::PUT, &at(&made), Some(body)).await;
        assert_eq!(told.expect(200)["data"]["winPolicyId"], policy);
    }
}
