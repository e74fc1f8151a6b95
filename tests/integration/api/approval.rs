//! Devices that wait for an administrator: held by a rule, approved, denied, let in when they ask again.

use reqwest::Method;
use serde_json::{Value as Json, json};

use portcullis::soap::Security;

use super::{Api, template};
use crate::pc::{Pc, bearer};

const BASE: &str = "/v1/organizations/default/mdm/windows/enterprise";
const APPROVALS: &str = "/v1/organizations/default/approvals";

/// A template that holds everybody, and what its devices show.
async fn holding(api: &Api) -> (Json, Security) {
    let policy = template::policy(api, "Contractor").await;
    let rules = json!([{ "name": "Contractors", "action": "hold", "message": "Ask for Ana at the desk.",
        "tags": ["contractor"], "winPolicyId": policy }]);
    let body = json!({ "name": "Desk", "rules": rules });
    let path = format!("{BASE}/enrollment-templates");
    let made = api.post(&path, body).await.expect(200)["data"].clone();
    let shows = bearer(made["winEnrollmentToken"]["token"].as_str().unwrap());
    (made, shows)
}

async fn waiting(api: &Api) -> Vec<Json> {
    let listed = api.get(&format!("{APPROVALS}?state=PENDING")).await;
    let listed = listed.expect(200);
    listed["data"]["items"].as_array().unwrap().clone()
}

async fn decide(api: &Api, id: &str, verb: &str, note: &str) -> Json {
    let path = format!("{APPROVALS}/{id}/{verb}");
    api.post(&path, json!({ "note": note })).await.expect(200)["data"].clone()
}

#[actix_web::test]
async fn a_held_device_that_retries_after_approval_enrolls_with_what_its_rule_gives() {
    let api = Api::start().await;
    let (template, shows) = holding(&api).await;
    let pc = Pc::new().saying("DeviceName", "VISITOR-7");
    let fault = pc.try_enroll(&api.server, &shows).await.err().unwrap();
    assert!(format!("{fault:?}").contains("Ask for Ana at the desk."));
    assert!(pc.try_enroll(&api.server, &shows).await.is_err());

    let held = waiting(&api).await;
    assert_eq!(held.len(), 1, "one device that asked twice");
    let approval = &held[0];
    assert_eq!(approval["asked"], 2);
    assert_eq!(approval["deviceName"], "VISITOR-7");
    assert_eq!(approval["templateId"], template["id"]);
    assert_eq!(approval["decision"]["matched"], "Contractors");
    let id = approval["id"].as_str().unwrap();
    assert_eq!(decide(&api, id, "approve", "").await["state"], "APPROVED");

    let guid = pc.enroll(&api.server, &shows).await.guid().to_string();
    let listed = api.get(&format!("{BASE}/devices")).await.expect(200);
    let device = &listed["data"]["items"][0];
    assert_eq!(device["guid"], guid.as_str());
    assert_eq!(device["tags"], json!(["contractor"]));
    assert_eq!(device["decision"]["approvalId"], id);
    assert_eq!(device["decision"]["matched"], "Contractors");
    assert_eq!(device["decision"]["trace"][0]["result"], "true");
    let used = api.get(&format!("{APPROVALS}/{id}")).await.expect(200);
    assert_eq!(used["data"]["state"], "ENROLLED");
    assert_eq!(used["data"]["deviceId"], device["id"]);
    let path = format!("{APPROVALS}/{id}/deny");
    let again = api.call(Method::POST, &path, None);
    again.await.expect(409);

    api.server.server.app.recorder.flush().await;
    let path = format!("{BASE}/enrollment-attempts?outcome=enrolled");
    let attempts = api.get(&path).await.expect(200);
    assert_eq!(
        attempts["data"]["items"][0]["decision"]["matched"],
        "Contractors"
    );
}

#[actix_web::test]
async fn a_denied_device_is_told_why_until_an_administrator_thinks_better_of_it() {
    let api = Api::start().await;
    let (_, shows) = holding(&api).await;
    let pc = Pc::new();
    assert!(pc.try_enroll(&api.server, &shows).await.is_err());
    let held = waiting(&api).await;
    let id = held[0]["id"].as_str().unwrap();
    decide(&api, id, "deny", "Your contract has ended.").await;
    let fault = pc.try_enroll(&api.server, &shows).await.err().unwrap();
    assert!(format!("{fault:?}").contains("Your contract has ended."));
    assert!(waiting(&api).await.is_empty(), "it is decided");
    let path = format!("{BASE}/devices/{id}/approve");
    api.call(Method::POST, &path, None).await.expect(200);
    pc.enroll(&api.server, &shows).await;
}

#[actix_web::test]
async fn an_approval_lets_in_the_machine_that_asked_and_no_other_that_borrows_its_name() {
    let api = Api::start().await;
    let (_, shows) = holding(&api).await;
    let pc = Pc::new();
    assert!(pc.try_enroll(&api.server, &shows).await.is_err());
    let held = waiting(&api).await;
    decide(&api, held[0]["id"].as_str().unwrap(), "approve", "").await;
    let other = Pc::new();
    assert!(other.try_enroll(&api.server, &shows).await.is_err());
    let borrowed = Pc::new().saying("DeviceID", pc.device_id());
    assert!(borrowed.try_enroll(&api.server, &shows).await.is_err());
    pc.enroll(&api.server, &shows).await;
}

#[actix_web::test]
async fn a_rule_that_turns_away_does_so_although_the_device_was_approved() {
    let api = Api::start().await;
    let (template, shows) = holding(&api).await;
    let pc = Pc::new();
    assert!(pc.try_enroll(&api.server, &shows).await.is_err());
    let held = waiting(&api).await;
    decide(&api, held[0]["id"].as_str().unwrap(), "approve", "").await;
    let policy = &template["rules"][0]["winPolicyAssignments"][0]["winPolicyId"];
    let rules = json!([{ "name": "Nobody", "action": "reject" }, { "name": "Rest", "winPolicyId": policy }]);
    let path = format!(
        "{BASE}/enrollment-templates/{}",
        template["id"].as_str().unwrap()
    );
    let body = json!({ "name": "Desk", "rules": rules });
    api.call(Method::PUT, &path, Some(body)).await.expect(200);
    assert!(pc.try_enroll(&api.server, &shows).await.is_err());
}

#[actix_web::test]
async fn a_token_without_personal_usage_lets_in_corporate_devices_alone() {
    let api = Api::start().await;
    let path = "/v1/enterprises/default/enrollmentTokens";
    let body = json!({ "allowPersonalUsage": "PERSONAL_USAGE_DISALLOWED" });
    let token = api.post(path, body).await.expect(200);
    let shows = bearer(token["value"].as_str().unwrap());
    let pc = Pc::new().saying("SerialNumber", "CORP0001");
    let refused = pc.try_enroll(&api.server, &shows).await;
    assert!(refused.is_err(), "nobody said that it is corporate");
    let body = json!({ "type": "serial", "value": "corp.0001" });
    let path = "/v1/organizations/default/identifiers";
    api.post(path, body).await.expect(200);
    pc.enroll(&api.server, &shows).await;
    let listed = api.get(&format!("{BASE}/devices")).await.expect(200);
    assert_eq!(listed["data"]["items"][0]["ownership"], "corporate");
}

#[actix_web::test]
async fn what_an_administrator_says_of_ownership_outlives_the_next_enrollment() {
    let api = Api::start().await;
    let path = format!("{BASE}/enrollment-tokens");
    let user = json!({ "email": "ana@contoso.example" });
    let user = api.post("/v1/organizations/default/mdm-users", user).await;
    let user = user.expect(200)["data"]["id"].clone();
    let token = |user: &Json| json!({ "sendEmail": false, "mdmUserId": user, "uses": 5 });
    let made = api.post(&path, token(&user)).await.expect(200);
    let shows = bearer(made["data"]["token"].as_str().unwrap());
    let pc = Pc::new();
    pc.enroll(&api.server, &shows).await;
    let devices = format!("{BASE}/devices");
    let listed = api.get(&devices).await.expect(200);
    let device = &listed["data"]["items"][0];
    assert_eq!(device["ownership"], "personal");
    let one = format!("{devices}/{}", device["id"].as_str().unwrap());
    let body = json!({ "ownership": "corporate" });
    let changed = api.call(Method::PUT, &one, Some(body)).await.expect(200);
    assert_eq!(changed["data"]["ownershipFixed"], true);
    pc.with_new_key().enroll(&api.server, &shows).await;
    let again = api.get(&one).await.expect(200);
    assert_eq!(again["data"]["ownership"], "corporate");
}
