//! Files of tokens, read in and written out.

use reqwest::Method;
use serde_json::{Value as Json, json};

use portcullis::identity::Role;

use super::super::template::policy;
use super::super::{Api, Told, key_of};
use super::{SEGMENTS, TOKENS, USERS, at, listed, token};

/// Sends a file with the key of the owner.
async fn import(api: &Api, query: &str, file: &str) -> Told {
    let headers = [
        ("authorization", format!("Bearer {}", api.key)),
        ("content-type", "text/csv".to_owned()),
    ];
    let url = format!("{}{TOKENS}/import{query}", api.server.web);
    let sent = api
        .server
        .send(Method::POST, &url, &headers, file.to_owned());
    let answer = sent.await;
    let json = serde_json::from_slice(&answer.body).unwrap_or(Json::Null);
    Told { answer, json }
}

#[actix_web::test]
async fn each_row_of_a_file_is_a_token_or_told_with_its_line() {
    let api = Api::start().await;
    let kiosk = policy(&api, "Kiosk").await;
    api.post(SEGMENTS, json!({"name": "Sales"}))
        .await
        .expect(200);
    let file = "email;display_name;tags;policy;priority;duration;language;segment\n\
        ana@contoso.example;Ana's desk;Sales|HQ;kiosk;7;3600;ES;1\n\
        nobody;;;;;;;\n\
        ANA@contoso.example;;;;;;;\n\
        ben@contoso.example;;;Nothing;;;;\n\
        cleo@contoso.example;;;;;59;;\n\
        dan@contoso.example;;;;;;;9\n\
        eve@contoso.example;;;;;;;\n\
        fred@contoso.example;;;;;;;;\n";
    let told = import(&api, "?details=true&send-email=true", file)
        .await
        .expect(200)["data"]
        .clone();
    assert_eq!(
        (&told["total"], &told["success"], &told["fail"]),
        (&json!(8), &json!(2), &json!(6))
    );
    let items = told["items"].as_array().unwrap();
    let faults: Vec<(u64, bool)> = items
        .iter()
        .zip(2..)
        .filter(|(item, _)| item["ok"] == false)
        .map(|(item, line)| {
            let message = item["error"]["message"].as_str().unwrap();
            let code = item["error"]["code"].as_u64().unwrap();
            (code, message.starts_with(&format!("line {line}: ")))
        })
        .collect();
    assert_eq!(
        faults,
        [5209, 9409, 3001, 5209, 3001, 5209].map(|code| (code, true))
    );

    let ana = api.get(&at(&items[0])).await.expect(200)["data"].clone();
    assert_eq!(ana["displayName"], "Ana's desk");
    assert_eq!(ana["tags"], json!(["Sales", "HQ"]));
    assert_eq!(ana["winPolicyAssignments"][0]["winPolicyId"], kiosk);
    assert_eq!(ana["winPolicyAssignments"][0]["priority"], 7);
    assert_eq!(
        (&ana["language"], &ana["segmentId"], &ana["emailStatus"]),
        (&json!("es"), &json!(1), &json!("queued"))
    );
    let user = format!("{USERS}/{}", ana["mdmUser"]["id"].as_str().unwrap());
    let user = api.get(&user).await.expect(200);
    assert_eq!(user["data"]["segmentId"], 1, "where the token lies");

    let told = import(&api, "", "fay@contoso.example\n").await.expect(200);
    assert_eq!(told["data"], json!({"total": 1, "success": 1, "fail": 0}));
    let told = import(&api, "", "").await.expect(200);
    assert_eq!(told["data"], json!({"total": 0, "success": 0, "fail": 0}));
    let told = import(&api, "", "email,colour\na@b.example,red\n").await;
    assert_eq!(told.expect(400)["error"]["code"], 5209);
}

#[actix_web::test]
async fn a_file_of_tokens_reads_back_and_hides_values_from_whoever_may_not_see_them() {
    let api = Api::start().await;
    let made = token(
        &api,
        json!({"email": "ana@contoso.example", "displayName": "=1+1"}),
    )
    .await;
    token(&api, json!({"email": "ben@contoso.example"})).await;
    let path = format!("{TOKENS}/export.csv?mdm-user=ANA@contoso.example");
    let told = api.get(&path).await;
    assert_eq!(told.answer.status, 200);
    assert_eq!(told.answer.header("content-type"), Some("text/csv"));
    let text = told.answer.text();
    let code = made["enrollCode"].as_str().unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains(code) && text.contains(",'=1+1,"), "{text}");

    let auditor = key_of(&api.server, Role::Auditor).await;
    let masked = api.call_with(Method::GET, &path, None, &auditor, &[]).await;
    let masked = masked.answer.text();
    assert!(
        masked.contains("********") && !masked.contains(code),
        "{masked}"
    );
    let staging = key_of(&api.server, Role::Staging).await;
    let masked = api.call_with(Method::GET, &path, None, &staging, &[]).await;
    assert!(!masked.answer.text().contains(code));

    let told = import(&api, "", &text).await.expect(200);
    assert_eq!(told["data"]["success"], 1);
    let names = listed(&api, "?mdm-user=ana@contoso.example", "displayName").await;
    assert_eq!(names, ["=1+1", "=1+1"]);
}
