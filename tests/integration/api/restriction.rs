//! Restrictions: which devices may enroll at all, and how many.

use reqwest::Method;
use serde_json::{Value as Json, json};

use portcullis::device::State;
use portcullis::soap::Security;

use super::Api;
use crate::pc::{Pc, bearer};

const BASE: &str = "/v1/organizations/default/mdm/windows/enterprise";
const RESTRICTIONS: &str = "/v1/organizations/default/restrictions";

async fn restricted(api: &Api, body: Json) -> Json {
    let made = api.post(RESTRICTIONS, body).await.expect(200);
    made["data"].clone()
}

/// A token for many devices, of nobody or of one person.
async fn token(api: &Api, whom: &Json) -> Security {
    let mut body = json!({ "sendEmail": false, "uses": 100 });
    if let Some(email) = whom.as_str() {
        body["email"] = json!(email);
    }
    let path = format!("{BASE}/enrollment-tokens");
    let made = api.post(&path, body).await.expect(200);
    bearer(made["data"]["token"].as_str().unwrap())
}

async fn refusal(api: &Api) -> Json {
    api.server.server.app.recorder.flush().await;
    let path = format!("{BASE}/enrollment-attempts?outcome=refused");
    let listed = api.get(&path).await.expect(200);
    listed["data"]["items"][0].clone()
}

#[actix_web::test]
async fn a_restriction_is_made_shown_replaced_and_deleted_and_its_name_is_unique_in_any_case() {
    let api = Api::start().await;
    let made = restricted(&api, json!({ "name": "All", "userDeviceLimit": 2 })).await;
    assert_eq!(made["priority"], 100);
    let again = json!({ "name": "ALL" });
    api.post(RESTRICTIONS, again).await.expect(409);
    let one = format!("{RESTRICTIONS}/{}", made["id"].as_str().unwrap());
    let body = json!({ "name": "Everybody", "priority": 5, "blockPersonal": true });
    let changed = api.call(Method::PUT, &one, Some(body)).await.expect(200);
    assert_eq!(changed["data"]["userDeviceLimit"], Json::Null);
    restricted(&api, json!({ "name": "First", "priority": 1 })).await;
    let listed = api.get(RESTRICTIONS).await.expect(200);
    assert_eq!(listed["data"]["items"][0]["name"], "First");
    for (path, body) in [
        (
            "osMaximumVersion",
            json!({ "name": "x", "osMinimumVersion": "10.0.2", "osMaximumVersion": "10.0.1" }),
        ),
        (
            "osMinimumVersion",
            json!({ "name": "x", "osMinimumVersion": "eleven" }),
        ),
        (
            "userDeviceLimit",
            json!({ "name": "x", "userDeviceLimit": 0 }),
        ),
        (
            "blockedManufacturers[0]",
            json!({ "name": "x", "blockedManufacturers": [" "] }),
        ),
    ] {
        let told = api.post(RESTRICTIONS, body).await.expect(400);
        assert_eq!(told["error"]["details"][0]["path"], path);
    }
    let misspelt = json!({ "name": "x", "osMinimumVersoin": "10.0.19045" });
    api.post(RESTRICTIONS, misspelt).await.expect(400);
    let unknown = json!({ "name": "x", "templateIds": ["0123456789abcdef01234567"] });
    api.post(RESTRICTIONS, unknown).await.expect(404);
    api.call(Method::DELETE, &one, None).await.expect(200);
    api.get(&one).await.expect(404);
}

#[actix_web::test]
async fn an_old_windows_a_blocked_manufacturer_and_an_edition_are_turned_away_by_name() {
    let api = Api::start().await;
    let body = json!({ "name": "Fleet floor", "osMinimumVersion": "10.0.19045",
        "blockedManufacturers": ["Contoso Ltd"], "blockedEditions": [101] });
    restricted(&api, body).await;
    let shows = token(&api, &Json::Null).await;
    for (name, value) in [
        ("OSVersion", "10.0.17763.1"),
        ("Manufacturer", "contoso  ltd"),
        ("OSEdition", "101"),
    ] {
        let pc = Pc::new()
            .saying("OSVersion", "10.0.22631.1")
            .saying(name, value);
        let fault = pc.try_enroll(&api.server, &shows).await.err().unwrap();
        assert!(format!("{fault:?}").contains("NotSupported"), "{fault:?}");
        let told = refusal(&api).await;
        assert_eq!(told["refusal"], "device-excluded");
        let explanation = told["explanation"].as_str().unwrap();
        assert!(explanation.contains("Fleet floor"), "{explanation}");
    }
    let pc = Pc::new().saying("OSVersion", "10.0.22631.1");
    pc.enroll(&api.server, &shows).await;
}

#[actix_web::test]
async fn a_person_has_as_many_devices_as_the_first_restriction_that_concerns_them_says() {
    let api = Api::start().await;
    restricted(&api, json!({ "name": "All", "userDeviceLimit": 1 })).await;
    let execs =
        json!({ "name": "Execs", "priority": 1, "userTags": ["executive"], "userDeviceLimit": 2 });
    restricted(&api, execs).await;
    for (email, tags, most) in [
        ("ana@contoso.example", json!(["Executive"]), 2),
        ("ben@contoso.example", json!([]), 1),
    ] {
        let user = json!({ "email": email, "tags": tags });
        let users = "/v1/organizations/default/mdm-users";
        api.post(users, user).await.expect(200);
        let shows = token(&api, &json!(email)).await;
        let first = Pc::new();
        first.enroll(&api.server, &shows).await;
        for _ in 1..most {
            Pc::new().enroll(&api.server, &shows).await;
        }
        let fault = Pc::new()
            .try_enroll(&api.server, &shows)
            .await
            .err()
            .unwrap();
        assert!(
            format!("{fault:?}").contains("DeviceCapReached"),
            "{fault:?}"
        );
        // The one that is there may enroll again.
        first.with_new_key().enroll(&api.server, &shows).await;
    }
}

#[actix_web::test]
async fn an_organization_has_as_many_devices_as_allowed_and_one_that_leaves_makes_room() {
    let api = Api::start().await;
    restricted(
        &api,
        json!({ "name": "Licence", "organizationDeviceLimit": 3 }),
    )
    .await;
    let shows = token(&api, &json!("ana@contoso.example")).await;
    let pcs: Vec<Pc> = (0..8).map(|_| Pc::new()).collect();
    let tries = pcs.iter().map(|pc| pc.try_enroll(&api.server, &shows));
    let came = futures_util::future::join_all(tries).await;
    assert_eq!(came.iter().filter(|it| it.is_ok()).count(), 3, "at once");
    let listed = api.get(&format!("{BASE}/devices")).await.expect(200);
    let id = listed["data"]["items"][0]["id"].as_str().unwrap();
    let path = format!("{BASE}/devices/{id}");
    api.call(Method::DELETE, &path, None).await.expect(200);
    Pc::new().enroll(&api.server, &shows).await;
    assert!(Pc::new().try_enroll(&api.server, &shows).await.is_err());
    // One that comes back takes a place as a new one does.
    for (pc, came) in pcs.iter().zip(&came) {
        if came.is_ok() {
            let _ = pc.try_enroll(&api.server, &shows).await;
            let devices = api.server.devices().await;
            let present = devices.iter().filter(|it| it.state != State::Deleted);
            assert_eq!(present.count(), 3);
        }
    }
}

#[actix_web::test]
async fn where_personal_devices_are_blocked_only_corporate_ones_enroll() {
    let api = Api::start().await;
    restricted(&api, json!({ "name": "Ours", "blockPersonal": true })).await;
    let shows = token(&api, &Json::Null).await;
    let pc = Pc::new().saying("SerialNumber", "CORP0002");
    assert!(pc.try_enroll(&api.server, &shows).await.is_err());
    assert_eq!(refusal(&api).await["refusal"], "personal-device");
    let body = json!({ "value": "CORP0002" });
    let path = "/v1/organizations/default/identifiers";
    api.post(path, body).await.expect(200);
    pc.enroll(&api.server, &shows).await;
}
