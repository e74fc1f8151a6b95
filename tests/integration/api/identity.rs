//! Imported device identities of Graph, which are the corporate identifiers of the primary API.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::Api;

const IDENTITIES: &str = "/beta/deviceManagement/importedDeviceIdentities";
const IDENTIFIERS: &str = "/v1/organizations/default/identifiers";

fn entry(kind: &str, value: &str, description: &str) -> Json {
    json!({ "importedDeviceIdentityType": kind, "importedDeviceIdentifier": value, "description": description })
}

fn statuses(told: &Json) -> Vec<bool> {
    let list = told["value"].as_array().unwrap();
    list.iter()
        .map(|it| it["status"].as_bool().unwrap())
        .collect()
}

#[actix_web::test]
async fn a_list_is_taken_over_entry_by_entry_and_overwrites_only_when_asked_to() {
    let api = Api::start().await;
    let import = async |description: &str, overwrite: bool| {
        let list = [
            entry("serialNumber", " pf3.x 17", description),
            entry("manufacturerModelSerial", "Contoso;Book 9;SN1", description),
            entry("imei", "49-015420-323751-8", description),
            entry("serialNumber", "To be filled by O.E.M.", description),
            entry("unknown", "x", description),
        ];
        let body = json!({ "importedDeviceIdentities": list, "overwriteImportedDeviceIdentities": overwrite });
        let path = format!("{IDENTITIES}/importDeviceIdentityList");
        api.post(&path, body).await.expect(200)
    };
    let told = import("first", false).await;
    assert_eq!(statuses(&told), [true, true, true, false, false]);
    assert_eq!(told["value"][0]["importedDeviceIdentifier"], "PF3X17");
    assert_eq!(statuses(&import("second", false).await), [false; 5]);
    assert_eq!(
        statuses(&import("third", true).await),
        [true, true, true, false, false]
    );

    let primary = api
        .get(&format!("{IDENTIFIERS}?type=serial"))
        .await
        .expect(200);
    assert_eq!(primary["data"]["items"][0]["description"], "third");
    let search = json!({ "importedDeviceIdentities": [
        entry("serialNumber", "PF3X17", ""), entry("serialNumber", "nowhere", "") ] });
    let path = format!("{IDENTITIES}/searchExistingIdentities");
    let found = api.post(&path, search).await.expect(200);
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    assert_eq!(found["value"][0]["enrollmentState"], "notContacted");
}

#[actix_web::test]
async fn an_identity_is_created_listed_described_and_deleted() {
    let api = Api::start().await;
    let made = api
        .post(IDENTITIES, entry("serialNumber", "SN 7", "desk"))
        .await
        .expect(201);
    let one = format!("{IDENTITIES}/{}", made["id"].as_str().unwrap());
    let again = api
        .post(IDENTITIES, entry("serialNumber", "sn7", "desk"))
        .await
        .expect(409);
    assert_eq!(again["error"]["code"], "nameAlreadyExists");
    let change = Some(json!({ "description": "front desk" }));
    let changed = api.call(Method::PATCH, &one, change).await.expect(200);
    assert_eq!(changed["description"], "front desk");
    let query = "$filter=importedDeviceIdentityType%20eq%20%27serialNumber%27&$count=true&$select=description";
    let listed = api.get(&format!("{IDENTITIES}?{query}")).await.expect(200);
    assert_eq!(listed["@odata.count"], 1);
    assert_eq!(listed["value"][0]["description"], "front desk");
    assert!(listed["value"][0].get("id").is_none());
    let none = format!("{IDENTITIES}?$filter=importedDeviceIdentityType%20eq%20%27imei%27");
    assert_eq!(api.get(&none).await.expect(200)["value"], json!([]));
    let gone = api.call(Method::DELETE, &one, None).await;
    assert_eq!(gone.answer.status, 204);
    api.get(&one).await.expect(404);
}

#[actix_web::test]
async fn an_entry_of_another_list_is_no_imported_identity() {
    let api = Api::start().await;
    let stolen = json!({ "value": "SN9", "list": "stolen" });
    let stolen = api.post(IDENTIFIERS, stolen).await.expect(200);
    let one = format!("{IDENTITIES}/{}", stolen["data"]["id"].as_str().unwrap());
    let listed = api
        .get(&format!("{IDENTITIES}?$count=true"))
        .await
        .expect(200);
    assert_eq!(listed["@odata.count"], 0);
    api.get(&one).await.expect(404);
    let change = Some(json!({ "description": "ours" }));
    api.call(Method::PATCH, &one, change).await.expect(404);
    api.call(Method::DELETE, &one, None).await.expect(404);
    let kept = api
        .get(&format!("{IDENTIFIERS}?list=stolen"))
        .await
        .expect(200);
    assert_eq!(kept["data"]["totalDocs"], 1);
}

#[actix_web::test]
async fn graph_answers_in_both_versions_and_by_both_names() {
    let api = Api::start().await;
    let profiles = "/beta/deviceManagement/androidForWorkEnrollmentProfiles";
    for number in 0..3 {
        let body = json!({ "displayName": format!("P{number}") });
        api.post(profiles, body).await.expect(201);
    }
    let path = "/v1.0/deviceManagement/windowsEnrollmentProfiles";
    let first = api
        .get(&format!("{path}?$top=2&$orderby=displayName"))
        .await
        .expect(200);
    let link = first["@odata.nextLink"].as_str().unwrap();
    let rest = link.strip_prefix(&api.server.web).unwrap();
    assert!(rest.starts_with(path), "{link}");
    let second = api.get(rest).await.expect(200);
    assert_eq!(second["value"][0]["displayName"], "P2");
    assert!(second.get("@odata.nextLink").is_none());
    let bad = api
        .get(&format!("{path}?$filter=displayName%20ne%20%27x%27"))
        .await
        .expect(400);
    assert_eq!(bad["error"]["code"], "invalidRequest");
    assert!(bad["error"]["innerError"]["request-id"].is_string());
}
