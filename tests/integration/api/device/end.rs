//! How devices end over the API: told to leave, without a certificate, merged; and what the command line makes of it.

use portcullis::device::State;
use reqwest::Method;
use serde_json::json;

use super::{DEVICES, ana, enroll, found, session};
use crate::api::Api;
use crate::pc::{Pc, bearer};
use crate::server::ProcessServer;
use crate::talk::Talk;

const HOUR: i64 = 60 * 60;

#[actix_web::test]
async fn a_device_that_is_to_leave_goes_on_until_it_is_told_and_never_becomes_active_again() {
    let api = Api::start().await;
    let one = ana(&api).await;
    assert_eq!(session(&api, &one).await, "200");
    assert_eq!(found(&api, "state=ACTIVE").await.len(), 1);
    let path = format!("{DEVICES}/{}/retire", one.id);
    for _ in 0..2 {
        let told = api.call(Method::POST, &path, None).await.expect(200);
        assert_eq!(told["data"]["state"], "DELETE_REQUESTED");
    }
    let before = api.server.devices().await.remove(0);
    api.server.clock.advance(2 * HOUR);
    let site = api.server.with_identity(&one.enrolled.identity());
    let told = Talk::new(site, one.pc.device_id(), "2").hello().await.len();
    assert_eq!(told, 1, "it is told, and says nothing to it");
    let after = api.server.devices().await.remove(0);
    assert_eq!(after.state, State::DeleteRequested);
    assert!(after.last_seen_at > before.last_seen_at);
    let device = format!("{DEVICES}/{}", one.id);
    api.call(Method::DELETE, &device, None).await.expect(200);
    let told = api.call(Method::POST, &path, None).await.expect(409);
    assert_eq!(told["error"]["code"], 9409);
}

#[actix_web::test]
async fn a_device_whose_certificate_was_revoked_is_refused_from_its_next_session_on() {
    let api = Api::start().await;
    let one = ana(&api).await;
    assert_eq!(session(&api, &one).await, "200");
    let path = format!("{DEVICES}/{}/revoke-certificate", one.id);
    for _ in 0..2 {
        let told = api.call(Method::POST, &path, None).await.expect(200);
        assert_eq!(told["data"]["certificates"][0]["state"], "revoked");
        assert_eq!(told["data"]["state"], "ACTIVE");
        assert_eq!(session(&api, &one).await, "401");
    }
}

#[actix_web::test]
async fn an_older_record_is_merged_once_and_leaves_its_tags_behind() {
    let api = Api::start().await;
    let old = ana(&api).await;
    let new = enroll(
        &api,
        Pc::new(),
        "ana@contoso.example",
        "New",
        &["sales", "Loan"],
    )
    .await;
    let path = format!("{DEVICES}/{}/merge", old.id);
    let into = |id: &str| json!({ "intoId": id });
    api.post(&path, into(&old.id)).await.expect(409);
    api.post(&path, into("0123456789abcdef01234567"))
        .await
        .expect(404);
    api.post(&path, into("x")).await.expect(400);
    let merged = api.post(&path, into(&new.id)).await.expect(200);
    assert_eq!(merged["data"]["mergedInto"], new.id);
    assert_eq!(merged["data"]["state"], "DELETED");
    assert_eq!(merged["data"]["certificates"][0]["state"], "revoked");
    let kept = api.get(&format!("{DEVICES}/{}", new.id)).await.expect(200);
    assert_eq!(kept["data"]["tags"], json!(["sales", "Loan", "HQ"]));
    api.post(&path, into(&new.id)).await.expect(409);
    let back = format!("{DEVICES}/{}/merge", new.id);
    api.post(&back, into(&old.id)).await.expect(409);
    assert_eq!(session(&api, &old).await, "401");
    assert_eq!(session(&api, &new).await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_does_the_same_beside_the_data_and_on_a_server() {
    let server = ProcessServer::start(&[]);
    let data = server.data();
    let key = data.json(&["admin", "create-key", "--role", "owner"]);
    let file = data.path().join("key");
    std::fs::write(&file, key["key"].as_str().unwrap()).unwrap();
    let root = data.path().join("certs/root.pem");
    let (file, root) = (file.display().to_string(), root.display().to_string());
    let there = [
        "--server",
        &server.web,
        "--key-file",
        &file,
        "--server-ca-file",
        &root,
    ];
    let token = data.json(&["token", "create", "--uses", "unlimited"]);
    let shows = bearer(token["token"].as_str().unwrap());
    let pc = Pc::new().saying("SerialNumber", "5CG 12/A");
    pc.enroll(&server, &shows).await;
    let fault = Pc::new().try_enroll(&server, &bearer("nothing")).await;
    let trace = fault.err().unwrap().detail.unwrap().trace_id;

    let both = |arguments: &[&str]| {
        let here = data.json(arguments);
        assert_eq!(
            here,
            data.json(&[arguments, &there].concat()),
            "{arguments:?}"
        );
        here
    };
    let listed = both(&["device", "list"]);
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(both(&["device", "show", "5CG12/A"])["id"], id);
    assert_eq!(both(&["device", "retire", id])["state"], "DELETE_REQUESTED");
    let revoked = both(&["device", "revoke-certificate", "5cg12/a"]);
    assert_eq!(revoked["certificates"][0]["state"], "revoked");
    let began = std::time::Instant::now();
    while data.json(&["attempt", "list"]).as_array().unwrap().len() < 2 {
        assert!(began.elapsed().as_secs() < 10, "{}", server.log());
    }
    both(&["attempt", "list", "--limit", "1"]);
    both(&["attempt", "list", "--outcome", "refused"]);
    assert_eq!(
        both(&["attempt", "show", &trace])["refusal"],
        "credential-unknown"
    );
    let output = data.run(&[&["device", "show", "nothing"], &there[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}
