//! Devices over the API: found, changed, moved.

mod end;
mod silent;

use portcullis::admin::CreateKey;
use portcullis::device::State;
use portcullis::identity::{Permission, Role};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Api, template};
use crate::pc::{Enrolled, Pc, typed};
use crate::talk;

const DEVICES: &str = "/v1/organizations/default/mdm/windows/enterprise/devices";

/// A PC with a name that enrolled for somebody, and its identifier in the API.
struct Enrollment {
    pc: Pc,
    enrolled: Enrolled,
    id: String,
}

async fn enroll(api: &Api, pc: Pc, email: &str, name: &str, tags: &[&str]) -> Enrollment {
    let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let token = api
        .server
        .token_with(|wish| {
            wish.email = Some(email.to_owned());
            wish.display_name = Some(name.to_owned());
            wish.tags = tags;
        })
        .await;
    let enrolled = pc.enroll(&api.server, &typed(&token)).await;
    let guid = enrolled.guid();
    let devices = api.server.devices().await;
    let device = devices.into_iter().find(|it| it.guid == guid).unwrap();
    let id = device.id.to_string();
    Enrollment { pc, enrolled, id }
}

async fn ana(api: &Api) -> Enrollment {
    let pc = Pc::new()
        .saying("SerialNumber", "5cg 12.a")
        .saying("IMEI", "49-015420-323751-8");
    enroll(
        api,
        pc,
        "Ana@contoso.example",
        "Ana's laptop",
        &["Sales", "HQ"],
    )
    .await
}

/// The status of the header of an ordinary session.
async fn session(api: &Api, one: &Enrollment) -> String {
    let site = api.server.with_identity(&one.enrolled.identity());
    talk::session(&site, one.pc.device_id()).await
}

/// The identifiers that a query finds, in order.
async fn found(api: &Api, query: &str) -> Vec<String> {
    let list = api.get(&format!("{DEVICES}?{query}")).await.expect(200);
    let items = list["data"]["items"].as_array().unwrap().clone();
    assert_eq!(list["data"]["totalDocs"], items.len());
    let id = |item: &Json| item["id"].as_str().unwrap().to_owned();
    items.iter().map(id).collect()
}

async fn key_for(api: &Api, segments: Option<Vec<u32>>, scopes: Option<Vec<Permission>>) -> String {
    let admin = &api.server.server.app.admin;
    let organization = admin.default_organization().await.unwrap();
    let wish = CreateKey {
        role: Role::Owner,
        name: "limited".to_owned(),
        duration: None,
        scopes,
        segments,
    };
    admin.create_key(organization, wish).await.unwrap().key
}

#[actix_web::test]
async fn devices_are_listed_by_owner_tag_state_and_part_of_a_name() {
    let api = Api::start().await;
    let first = ana(&api).await;
    api.server.clock.advance(1);
    let pc = Pc::new().saying("DeviceName", "KIOSK_7");
    let second = enroll(&api, pc, "ben@contoso.example", "Till", &["sales"]).await;
    let (one, two) = (first.id.clone(), second.id.clone());
    let both = [two.clone(), one.clone()];
    for (query, ids) in [
        ("", &both[..]),
        ("limit=100&page=1", &both),
        ("sort=createdAt:asc", &[one.clone(), two.clone()]),
        ("sort=displayName", &[one.clone(), two.clone()]),
        ("sort=lastSeenAt:desc", &both),
        ("sort=enrolledAt:desc", &both),
        ("mdm-user=ANA@Contoso.example", std::slice::from_ref(&one)),
        ("tags=SALES", &both),
        ("tags=sales,hq", std::slice::from_ref(&one)),
        ("tags=ale", &[]),
        ("state=PROVISIONING", &both),
        ("state=ACTIVE", &[]),
        ("segmentId=0", &both),
        ("segmentId=7", &[]),
        ("search=LAPTOP", std::slice::from_ref(&one)),
        ("search=ben@", std::slice::from_ref(&two)),
        ("search=k_7", std::slice::from_ref(&two)),
        ("search=p_1", &[]),
        ("search=cg%2012", std::slice::from_ref(&one)),
    ] {
        assert_eq!(found(&api, query).await, ids, "{query}");
    }
    let users = api.server.devices().await;
    assert!(
        users
            .iter()
            .all(|device| device.state == State::Provisioning)
    );
    for bad in [
        "sort=owner",
        "state=GONE",
        "segmentId=-1",
        "tags=1,2,3,4,5,6,7,8,9,10,11",
    ] {
        api.get(&format!("{DEVICES}?{bad}")).await.expect(400);
    }
}

#[actix_web::test]
async fn a_device_is_found_by_its_id_its_serial_number_or_its_imei() {
    let api = Api::start().await;
    let one = ana(&api).await;
    for called in [
        &one.id,
        "5CG12A",
        "5cg%2012.a",
        "490154203237518",
        "49015420323751",
    ] {
        let shown = api.get(&format!("{DEVICES}/{called}")).await;
        assert!(shown.answer.headers.contains_key("etag"));
        let shown = shown.expect(200)["data"].clone();
        assert_eq!(shown["id"], one.id);
        assert_eq!(shown["certificates"][0]["state"], "issued");
        assert!(shown["certificates"][0]["notBefore"].is_string());
        assert_eq!(shown["facts"]["deviceName"], "DESKTOP-1A2B3C4");
        assert_eq!(shown["winPolicyAssignments"], json!([]));
    }
    for unknown in ["5CG12", "4901542032375", "0123456789abcdef01234567", "%20"] {
        api.get(&format!("{DEVICES}/{unknown}")).await.expect(404);
    }
    let twin = Pc::new().saying("SerialNumber", "5CG12A");
    let twin = enroll(&api, twin, "ben@contoso.example", "Twin", &[]).await;
    let told = api.get(&format!("{DEVICES}/5CG12A")).await.expect(409);
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains("several devices"), "{message}");
    // One that has left does not stand in the way.
    let path = format!("{DEVICES}/{}", twin.id);
    for _ in 0..2 {
        let gone = api.call(Method::DELETE, &path, None).await.expect(200);
        assert_eq!(gone["data"]["state"], "DELETED");
        assert_eq!(gone["data"]["certificates"][0]["state"], "revoked");
    }
    let shown = api.get(&format!("{DEVICES}/5CG12A")).await.expect(200);
    assert_eq!(shown["data"]["id"], one.id);
    assert_eq!(found(&api, "").await, std::slice::from_ref(&one.id));
    assert_eq!(found(&api, "show-deleted=TRUE").await.len(), 2);
    assert_eq!(
        found(&api, "state=DELETED").await,
        std::slice::from_ref(&twin.id)
    );
    assert_eq!(session(&api, &twin).await, "401");
}

#[actix_web::test]
async fn a_device_is_changed_only_over_what_was_read() {
    let api = Api::start().await;
    let one = ana(&api).await;
    let path = format!("{DEVICES}/{}", one.id);
    let read = api.get(&path).await;
    let tag = read.answer.headers["etag"].to_str().unwrap().to_owned();
    let body = json!({ "displayName": "Spare", "tags": [" Depot ", "depot", ""] });
    let headers = [("if-match", tag.as_str())];
    for status in [200, 412] {
        let told = api
            .call_with(Method::PUT, &path, Some(body.clone()), &api.key, &headers)
            .await;
        let told = told.expect(status);
        if status == 200 {
            assert_eq!(told["data"]["displayName"], "Spare");
            assert_eq!(told["data"]["tags"], json!(["Depot"]));
        }
    }
    let id = "0123456789abcdef01234567";
    let known = template::policy(&api, "Camera off").await;
    let twice =
        json!([{ "winPolicyId": known, "priority": 1 }, { "winPolicyId": known, "priority": 2 }]);
    for (body, status) in [
        (json!({ "displayName": "n".repeat(129) }), 400),
        (json!({ "tags": vec!["t"; 51] }), 400),
        (json!({ "tags": ["t".repeat(129)] }), 400),
        (json!({ "owner": "ben@contoso.example" }), 400),
        (json!({ "winPolicyAssignments": twice }), 400),
        (
            json!({ "winPolicyAssignments": [{ "winPolicyId": id, "priority": 10_001 }] }),
            400,
        ),
        (
            json!({ "winPolicyAssignments": [{ "winPolicyId": id, "priority": 10_000 }] }),
            404,
        ),
        (json!({ "displayName": "", "tags": null }), 200),
    ] {
        api.call(Method::PUT, &path, Some(body))
            .await
            .expect(status);
    }
    let shown = api.get(&path).await.expect(200);
    assert_eq!(shown["data"]["displayName"], Json::Null);
    assert_eq!(shown["data"]["tags"], json!(["Depot"]));
}

#[actix_web::test]
async fn a_key_of_a_segment_sees_and_moves_nothing_beyond_it() {
    let api = Api::start().await;
    let one = ana(&api).await;
    let path = format!("{DEVICES}/{}", one.id);
    let relocate = format!("{path}/move");
    for (body, status) in [
        (json!({ "segmentId": 7 }), 404),
        (json!({ "segmentId": 0 }), 200),
        (json!({}), 400),
        (json!({ "segmentId": 0, "more": 1 }), 400),
    ] {
        api.call(Method::PUT, &relocate, Some(body))
            .await
            .expect(status);
    }
    let limited = key_for(&api, Some(vec![7]), None).await;
    for path in [path.clone(), format!("{DEVICES}/5CG12A")] {
        let told = api.call_with(Method::GET, &path, None, &limited, &[]).await;
        told.expect(404);
    }
    let told = api
        .call_with(Method::GET, DEVICES, None, &limited, &[])
        .await;
    assert_eq!(told.expect(200)["data"]["totalDocs"], 0);
    let whole = key_for(&api, Some(vec![0]), None).await;
    let beyond = Some(json!({ "segmentId": 7 }));
    let told = api
        .call_with(Method::PUT, &relocate, beyond, &whole, &[])
        .await;
    told.expect(403);
    let looks = key_for(
        &api,
        None,
        Some(vec![Permission::DeviceList, Permission::DeviceGet]),
    )
    .await;
    let told = api.call_with(Method::GET, &path, None, &looks, &[]).await;
    told.expect(200);
    for (method, path) in [
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/retire")),
        (Method::POST, format!("{path}/revoke-certificate")),
    ] {
        let told = api.call_with(method, &path, None, &looks, &[]).await;
        told.expect(403);
    }
}
