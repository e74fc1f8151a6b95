//! Policies and enrollment templates of the primary API.

use reqwest::Method;
use serde_json::{Value as Json, json};

use portcullis::identity::Role;

use super::{Api, key_of};
use crate::pc::{Pc, bearer};

const ENTERPRISE: &str = "/v1/organizations/default/mdm/windows/enterprise";

pub(crate) async fn policy(api: &Api, name: &str) -> String {
    let settings = json!([{ "locUri": "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera",
        "format": "int", "value": "0" }]);
    let body = json!({ "name": name, "settings": settings });
    let made = api.post(&format!("{ENTERPRISE}/policies"), body).await;
    text(&made.expect(200)["data"], "id")
}

fn text(json: &Json, key: &str) -> String {
    json[key].as_str().unwrap().to_owned()
}

async fn template(api: &Api, mut body: Json) -> Json {
    let policy = policy(api, &format!("for {}", body["name"])).await;
    body["rules"] = json!([{ "winPolicyId": policy }]);
    let path = format!("{ENTERPRISE}/enrollment-templates");
    api.post(&path, body).await.expect(200)["data"].clone()
}

#[actix_web::test]
async fn a_policy_is_made_shown_changed_and_deleted_and_its_name_is_unique_in_any_case() {
    let api = Api::start().await;
    let id = policy(&api, "Camera off").await;
    let path = format!("{ENTERPRISE}/policies");
    let taken = api.post(&path, json!({ "name": "CAMERA OFF" })).await;
    assert_eq!(taken.expect(409)["error"]["code"], 9409);
    let one = format!("{path}/{id}");
    let shown = api.get(&one).await;
    let tag = shown.answer.header("etag").unwrap().to_owned();
    assert_eq!(
        shown.expect(200)["data"]["settings"][0],
        json!({ "locUri": "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera", "format": "int",
            "type": "text/plain", "value": "0", "scope": "device" })
    );
    let change = || Some(json!({ "description": "for kiosks" }));
    let headers = [("if-match", tag.as_str())];
    let told = api
        .call_with(Method::PUT, &one, change(), &api.key, &headers)
        .await;
    assert_eq!(told.expect(200)["data"]["description"], "for kiosks");
    let stale = api
        .call_with(Method::PUT, &one, change(), &api.key, &headers)
        .await;
    assert_eq!(stale.expect(412)["error"]["code"], 9412);
    api.call(Method::DELETE, &one, None).await.expect(200);
    api.get(&one).await.expect(404);
    // Its name is free again.
    policy(&api, "camera off").await;
}

#[actix_web::test]
async fn a_setting_that_is_not_written_as_its_format_says_is_told_with_its_path() {
    let api = Api::start().await;
    let settings =
        json!([{ "locUri": "./A", "format": "bool", "value": "maybe" }, { "locUri": "B" }]);
    let body = json!({ "name": "x", "settings": settings });
    let told = api.post(&format!("{ENTERPRISE}/policies"), body).await;
    let error = told.expect(400)["error"].clone();
    assert_eq!(error["code"], 5209);
    let paths: Vec<&str> = error["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["settings[0].value", "settings[1].locUri"]);
}

#[actix_web::test]
async fn a_template_owns_a_token_that_many_devices_use_and_counts_them() {
    let api = Api::start().await;
    let made = template(&api, json!({ "name": "Kiosks" })).await;
    let shows = bearer(made["winEnrollmentToken"]["token"].as_str().unwrap());
    for _ in 0..2 {
        Pc::new().enroll(&api.server, &shows).await;
    }
    let path = format!("{ENTERPRISE}/enrollment-templates/{}", text(&made, "id"));
    let shown = api.get(&path).await.expect(200)["data"].clone();
    assert_eq!(shown["devicesCount"], 2);
    // The token goes with its template, and is not among those that administrators made.
    let tokens = api.get(&format!("{ENTERPRISE}/enrollment-tokens")).await;
    assert_eq!(tokens.expect(200)["data"]["totalDocs"], 0);
    api.call(Method::DELETE, &path, None).await.expect(200);
    assert!(Pc::new().try_enroll(&api.server, &shows).await.is_err());
}

#[actix_web::test]
async fn a_rotated_token_replaces_the_old_one_at_once_or_after_a_grace() {
    let api = Api::start().await;
    let made = template(&api, json!({ "name": "Kiosks" })).await;
    let path = format!("{ENTERPRISE}/enrollment-templates/{}", text(&made, "id"));
    let token = |shown: &Json| bearer(shown["winEnrollmentToken"]["token"].as_str().unwrap());
    let rotate = async |query: &str| {
        let path = format!("{path}/rotate-token{query}");
        let told = api.call(Method::POST, &path, None).await;
        told.expect(200)["data"].clone()
    };
    let first = token(&made);
    let second = token(&rotate("").await);
    assert!(Pc::new().try_enroll(&api.server, &first).await.is_err());
    Pc::new().enroll(&api.server, &second).await;
    let third = token(&rotate("?graceSeconds=600").await);
    Pc::new().enroll(&api.server, &second).await;
    Pc::new().enroll(&api.server, &third).await;
    // A person's invitation is no template's token.
    let body =
        json!({ "sendEmail": false, "email": "ana@contoso.example", "templateId": made["id"] });
    let told = api
        .post(&format!("{ENTERPRISE}/enrollment-tokens"), body)
        .await;
    let own = bearer(told.expect(200)["data"]["token"].as_str().unwrap());
    rotate("").await;
    Pc::new().enroll(&api.server, &own).await;
    let path = format!("{path}/rotate-token?graceSeconds=2592001");
    api.call(Method::POST, &path, None).await.expect(400);
}

#[actix_web::test]
async fn a_client_secret_never_leaves_and_its_mask_means_unchanged() {
    let api = Api::start().await;
    let application = |secret: &str| json!({ "mobilityApp": { "tenantId": "t", "clientId": "c", "clientSecret": secret } });
    let wish = json!({ "name": "Entra", "entraId": application("hush-hush") });
    let made = template(&api, wish).await;
    assert_eq!(made["entraId"], application("********"));
    let path = format!("{ENTERPRISE}/enrollment-templates/{}", text(&made, "id"));
    let copy = api
        .call(Method::POST, &format!("{path}/duplicate"), None)
        .await
        .expect(200);
    assert_eq!(copy["data"]["name"], "Entra (copy)");
    assert_eq!(copy["data"]["entraId"], application("********"));
    assert_ne!(
        copy["data"]["winEnrollmentToken"],
        made["winEnrollmentToken"]
    );
    let put = async |body: Json| api.call(Method::PUT, &path, Some(body)).await;
    put(json!({ "entraId": application("********") }))
        .await
        .expect(200);
    put(json!({ "entraId": null })).await.expect(200);
    // There is none to keep any more.
    let told = put(json!({ "entraId": application("********") })).await;
    assert_eq!(
        told.expect(400)["error"]["details"][0]["path"],
        "entraId.mobilityApp.clientSecret"
    );
}

#[actix_web::test]
async fn rules_without_a_policy_with_an_unknown_one_or_with_and_of_nothing_are_refused() {
    let api = Api::start().await;
    let path = format!("{ENTERPRISE}/enrollment-templates/");
    let unknown = "0123456789abcdef01234567";
    for (rules, status, code) in [
        (json!([]), 400, 5209),
        (json!([{ "tags": ["a"] }]), 400, 5209),
        (json!([{ "winPolicyId": unknown }]), 404, 3001),
        (
            json!([{ "winPolicyId": unknown, "conditions": [{ "tags": [[]] }] }]),
            400,
            5209,
        ),
    ] {
        let body = json!({ "name": "x", "rules": rules });
        let told = api.post(&path, body).await.expect(status);
        assert_eq!(told["error"]["code"], code, "{rules}");
    }
}

#[actix_web::test]
async fn templates_are_listed_by_a_part_of_their_name_and_sorted() {
    let api = Api::start().await;
    for name in ["Kiosks North", "kiosks south", "Offices"] {
        template(&api, json!({ "name": name })).await;
    }
    let path = format!("{ENTERPRISE}/enrollment-templates?name=KIOSK&sort=name:desc&limit=1");
    let page = api.get(&path).await.expect(200)["data"].clone();
    assert_eq!(page["totalDocs"], 2);
    assert_eq!(page["items"][0]["name"], "kiosks south");
    assert_eq!(page["nextPage"], 2);
    // A wildcard of the database is a letter like another.
    let path = format!("{ENTERPRISE}/enrollment-templates?name=%25");
    assert_eq!(api.get(&path).await.expect(200)["data"]["totalDocs"], 0);
}

#[actix_web::test]
async fn the_deep_link_opens_settings_with_the_template_s_token_and_an_auditor_sees_none() {
    let api = Api::start().await;
    let made = template(&api, json!({ "name": "Kiosks" })).await;
    let path = format!(
        "{ENTERPRISE}/enrollment-templates/{}/deeplink",
        text(&made, "id")
    );
    let told = api.get(&path).await.expect(200)["data"].clone();
    let link = text(&told, "deeplink");
    assert!(link.starts_with("ms-device-enrollment:?mode=mdm&servername=https%3A%2F%2F"));
    assert!(link.contains(made["winEnrollmentToken"]["token"].as_str().unwrap()));
    let auditor = key_of(&api.server, Role::Auditor).await;
    let told = api
        .call_with(Method::GET, &path, None, &auditor, &[])
        .await
        .expect(200);
    assert!(text(&told["data"], "deeplink").ends_with("accesstoken=********"));
}
