//! Attempts to enroll over the API: who sees them, and how they are found.

use portcullis::admin::{CreateKey, CreateSegment};
use portcullis::identity::{Actor, Role};
use reqwest::Method;
use serde_json::json;

use super::Api;
use crate::pc::{Pc, bearer, typed};

const ATTEMPTS: &str = "/v1/organizations/default/mdm/windows/enterprise/enrollment-attempts";

async fn total(api: &Api, path: &str, key: &str) -> u64 {
    let told = api.call_with(Method::GET, path, None, key, &[]).await;
    told.expect(200)["data"]["totalDocs"].as_u64().unwrap()
}

/// An owner's key of an organization, limited to segments or not.
async fn key_of(api: &Api, organization: &str, segments: Option<Vec<u32>>) -> String {
    let admin = &api.server.server.app.admin;
    let organization = admin.organization(organization).await.unwrap().unwrap();
    let actor = Actor::local(organization.id);
    let last = segments.iter().flatten().max().copied();
    for number in 1..=last.unwrap_or_default() {
        let name = format!("Segment {number}");
        let wish = CreateSegment { name, parent_id: 0 };
        admin.create_segment(&actor, wish).await.unwrap();
    }
    let wish = CreateKey {
        role: Role::Owner,
        name: "other".to_owned(),
        duration: None,
        scopes: None,
        segments,
    };
    admin.grant_key(&actor, wish).await.unwrap().key
}

#[actix_web::test]
async fn attempts_are_found_by_outcome_and_by_the_beginning_of_a_trace() {
    let api = Api::start().await;
    let token = api.server.token().await;
    Pc::new().enroll(&api.server, &typed(&token)).await;
    let fault = Pc::new().try_enroll(&api.server, &bearer("nothing")).await;
    let trace = fault.err().unwrap().detail.unwrap().trace_id;
    api.server.server.app.recorder.flush().await;
    let shown = api.get(&format!("{ATTEMPTS}/{trace}")).await.expect(200)["data"].clone();
    assert_eq!(shown["refusal"], "credential-unknown");
    assert_eq!(shown["exchanges"][0]["traceId"], trace);
    assert!(shown["hresult"].as_str().unwrap().ends_with("80180002"));
    let id = shown["id"].as_str().unwrap();
    let by_id = api.get(&format!("{ATTEMPTS}/{id}")).await.expect(200);
    assert_eq!(by_id["data"], shown);
    for (query, ids) in [
        (format!("trace={trace}"), 1),
        (format!("trace={}", trace[..9].to_uppercase()), 1),
        (format!("trace={id}"), 1),
        (format!("trace={id}&outcome=enrolled"), 0),
        ("outcome=refused".to_owned(), 1),
        ("outcome=enrolled".to_owned(), 1),
        ("outcome=open".to_owned(), 0),
        ("limit=1".to_owned(), 2),
    ] {
        let path = format!("{ATTEMPTS}?{query}");
        assert_eq!(total(&api, &path, &api.key).await, ids, "{query}");
    }
    for bad in ["trace=", "trace=x", "outcome=lost"] {
        api.get(&format!("{ATTEMPTS}?{bad}")).await.expect(400);
    }
    api.get(&format!("{ATTEMPTS}/nothing")).await.expect(404);
}

#[actix_web::test]
async fn attempts_of_nobody_are_seen_by_whoever_sees_all_of_the_first_organization() {
    let api = Api::start().await;
    let token = api.server.token().await;
    Pc::new().enroll(&api.server, &typed(&token)).await;
    let fault = Pc::new().try_enroll(&api.server, &bearer("nothing")).await;
    let trace = fault.err().unwrap().detail.unwrap().trace_id;
    api.server.server.app.recorder.flush().await;
    let body = json!({ "name": "Other", "slug": "other" });
    api.post("/v1/organizations", body).await.expect(200);
    let other = key_of(&api, "other", None).await;
    let path = ATTEMPTS.replace("default", "other");
    assert_eq!(total(&api, &path, &other).await, 0);
    let told = api
        .call_with(Method::GET, &format!("{path}/{trace}"), None, &other, &[])
        .await;
    told.expect(404);
    let all = key_of(&api, "default", None).await;
    assert_eq!(total(&api, ATTEMPTS, &all).await, 2);
    // The device of the first attempt lies in a segment; that of the second was none.
    let some = key_of(&api, "default", Some(vec![2])).await;
    let devices = "/v1/organizations/default/mdm/windows/enterprise/devices";
    let listed = api.get(devices).await.expect(200);
    let device = listed["data"]["items"][0]["id"].as_str().unwrap();
    for (segment, seen) in [(1, 0), (2, 1)] {
        let body = Some(json!({ "segmentId": segment }));
        let path = format!("{devices}/{device}/move");
        api.call(Method::PUT, &path, body).await.expect(200);
        assert_eq!(total(&api, ATTEMPTS, &some).await, seen, "{segment}");
    }
}
