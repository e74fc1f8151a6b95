//! What holds for every operation: who may, in which shape a refusal comes, and what a repetition does.

use reqwest::Method;
use serde_json::{Value as Json, json};

use portcullis::identity::Role;

use super::{Api, key_of};

const TOKENS: &str = "/v1/organizations/default/mdm/windows/enterprise/enrollment-tokens";

fn wish(email: &str) -> Json {
    json!({ "userEmails": [email], "sendEmail": false })
}

async fn count(api: &Api) -> u64 {
    let list = api.get(TOKENS).await.expect(200);
    list["data"]["totalDocs"].as_u64().unwrap()
}

#[actix_web::test]
async fn a_request_without_a_key_is_4002_and_one_with_a_strange_key_4001() {
    let api = Api::start().await;
    let url = format!("{}{TOKENS}", api.server.web);
    let none = api.server.get(&url).await;
    assert_eq!(none.status, 401);
    let body: Json = serde_json::from_slice(&none.body).unwrap();
    assert_eq!(body["error"]["code"], 4002);
    assert_eq!(body["status"], false);
    for key in ["x", "ptc_k1_x", ""] {
        let told = api.call_with(Method::GET, TOKENS, None, key, &[]).await;
        assert_eq!(told.expect(401)["error"]["code"], 4001);
    }
}

#[actix_web::test]
async fn a_key_without_the_permission_is_told_which_one_is_missing() {
    let api = Api::start().await;
    let auditor = key_of(&api.server, Role::Auditor).await;
    let path = format!("{TOKENS}/bulk");
    let told = api
        .call_with(
            Method::POST,
            &path,
            Some(wish("a@b.example")),
            &auditor,
            &[],
        )
        .await;
    let error = told.expect(403)["error"].clone();
    assert_eq!(error["code"], 4001);
    assert_eq!(
        error["message"],
        "Unauthorized: missing permission mdm.windows.enrollmentToken.create"
    );
}

#[actix_web::test]
async fn an_organization_that_is_not_the_keys_own_is_like_one_that_is_not_there() {
    let api = Api::start().await;
    let made = api
        .post(
            "/v1/organizations",
            json!({"name": "Other", "slug": "other"}),
        )
        .await
        .expect(200);
    let id = made["data"]["id"].as_str().unwrap();
    let tail = TOKENS.strip_prefix("/v1/organizations/default").unwrap();
    let mut answers = Vec::new();
    for organization in ["other", id, "missing", "0123456789abcdef01234567"] {
        let told = api
            .get(&format!("/v1/organizations/{organization}{tail}"))
            .await;
        let mut body = told.expect(404);
        body["error"]["traceId"] = Json::Null;
        answers.push(body);
    }
    assert_eq!(answers[0]["error"]["code"], 3001);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let odd = api.get(&format!("/v1/organizations/x_{tail}")).await;
    assert_eq!(odd.expect(400)["error"]["code"], 5209);
}

#[actix_web::test]
async fn a_repeated_idempotency_key_repeats_the_answer_and_makes_nothing() {
    let api = Api::start().await;
    let path = format!("{TOKENS}/bulk?details=true");
    let mut answers = Vec::new();
    for _ in 0..2 {
        let told = api
            .call_with(
                Method::POST,
                &path,
                Some(wish("ana@contoso.example")),
                &api.key,
                &[("idempotency-key", "k-1")],
            )
            .await;
        answers.push(told.expect(200));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(count(&api).await, 1);
    let other = api
        .call_with(
            Method::POST,
            &path,
            Some(wish("ben@contoso.example")),
            &api.key,
            &[("idempotency-key", "k-1")],
        )
        .await;
    assert_eq!(other.expect(409)["error"]["code"], 9409);
    assert_eq!(count(&api).await, 1);
}

#[actix_web::test]
async fn a_refused_request_does_not_use_its_idempotency_key_up() {
    let api = Api::start().await;
    let path = format!("{TOKENS}/bulk");
    let headers = [("idempotency-key", "k-2")];
    let bad = json!({ "userEmails": [], "sendEmail": false });
    let told = api
        .call_with(Method::POST, &path, Some(bad), &api.key, &headers)
        .await;
    told.expect(400);
    let good = wish("ana@contoso.example");
    let told = api
        .call_with(Method::POST, &path, Some(good), &api.key, &headers)
        .await;
    told.expect(200);
}

#[actix_web::test]
async fn the_callers_request_id_comes_back_and_a_strange_one_is_replaced() {
    let api = Api::start().await;
    for (sent, kept) in [("abc-1", true), ("a b", false)] {
        let told = api
            .call_with(
                Method::GET,
                TOKENS,
                None,
                &api.key,
                &[("x-request-id", sent)],
            )
            .await;
        let headers = told.answer.headers.clone();
        let id = headers.get("x-request-id").unwrap().to_str().unwrap();
        assert_eq!(id == sent, kept);
        assert!(headers.contains_key("ratelimit-remaining"));
    }
}

#[actix_web::test]
async fn each_contract_tells_of_a_missing_path_and_a_wrong_method_in_its_own_shape() {
    let api = Api::start().await;
    let google = api.get("/v1/enterprises/default/nothing").await.expect(404);
    assert_eq!(google["error"]["status"], "NOT_FOUND");
    let graph = api.get("/beta/deviceManagement/nothing").await.expect(404);
    assert_eq!(graph["error"]["code"], "itemNotFound");
    let ours = api.get("/v1/nothing").await.expect(404);
    assert_eq!(ours["error"]["code"], 3001);
    let told = api.call(Method::PATCH, TOKENS, None).await;
    let allow = told.answer.headers.get("allow").unwrap().to_str().unwrap();
    assert_eq!(allow, "GET, POST");
    assert_eq!(told.expect(405)["error"]["code"], 9405);
}

#[actix_web::test]
async fn a_key_that_stands_twice_in_a_body_is_refused() {
    let api = Api::start().await;
    let url = format!("{}{TOKENS}/bulk", api.server.web);
    let headers = [
        ("authorization", format!("Bearer {}", api.key)),
        ("content-type", "application/json".to_owned()),
    ];
    let body = r#"{"userEmails":["a@b.example"],"sendEmail":false,"sendEmail":true}"#;
    let answer = api.server.send(Method::POST, &url, &headers, body).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("stands twice"), "{}", answer.text());
    assert_eq!(count(&api).await, 0);
}

#[actix_web::test]
async fn a_token_of_the_android_management_api_may_last_for_thousands_of_years() {
    let api = Api::start().await;
    let path = "/v1/enterprises/default/enrollmentTokens";
    for (duration, ends) in [
        ("99999999999s", None),
        ("315576000000s", Some("9999-12-31T23:59:59.999999999Z")),
    ] {
        let made = api.post(path, json!({ "duration": duration })).await;
        let made = made.expect(200);
        assert_eq!(made["duration"], duration);
        if let Some(ends) = ends {
            assert_eq!(made["expirationTimestamp"], ends);
        }
    }
    let short = api.post(path, json!({ "duration": "59.9s" })).await;
    let fault = short.expect(400);
    assert_eq!(
        fault["error"]["details"][0]["fieldViolations"][0]["field"],
        "duration"
    );
}
