//! Nodes that are there already, or not yet.

use portcullis::protocol::syncml::Operation;
use serde_json::json;

use super::delivery::{CORTANA, POLICIES, int, states};
use super::{Managed, policy};
use crate::api::Api;
use crate::talk::{Says, told, uri, willing};

#[tokio::test(flavor = "multi_thread")]
async fn an_inner_node_that_is_there_is_done_and_not_ours_to_remove() {
    let api = Api::start().await;
    let node = "./Vendor/MSFT/VPNv2/Contoso";
    let base = policy(&api, "Base", json!([{ "locUri": node, "format": "node" }])).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    // An inner node has no value to replace.
    let there = |verb: &str, operation: &Operation| match (verb, uri(operation)) {
        ("Add", it) if it == node => Says::status(418),
        (_, it) if it == node => Says::status(405),
        _ => willing(verb, operation),
    };
    let commands = told(&device.talk(&api, "1").run(there).await);
    let told_of: Vec<_> = commands.iter().filter(|(_, uri, _)| uri == node).collect();
    assert_eq!(told_of.len(), 1, "{told_of:?}");
    let result = &device.results(&api).await[0];
    assert_eq!(result["state"], "done", "{result}");
    assert_eq!(result["explanation"], "the device had it already");
    let path = format!("{POLICIES}/{base}");
    let change = json!({ "settings": [] });
    let changed = api.call(reqwest::Method::PUT, &path, Some(change)).await;
    changed.expect(200);
    assert!(device.talk(&api, "2").run(there).await.is_empty());
}

const INNER: &str = "./Vendor/MSFT/X/Inner";
const VALUE: &str = "./Vendor/MSFT/X/Inner/Value";

/// A device with a policy of an inner node and a value in it, done all or none.
async fn with_a_node_in_a_group(api: &Api) -> Managed {
    let settings = json!([{ "locUri": INNER, "format": "node" }, int(VALUE, "1")]);
    let body = json!({ "name": "Grouped", "settings": settings, "atomic": true });
    let made = api.post(POLICIES, body).await.expect(200)["data"].clone();
    Managed::new(api, &[(made["id"].as_str().unwrap(), 1)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inner_node_that_is_there_does_not_keep_its_group_from_being_told() {
    let api = Api::start().await;
    let device = with_a_node_in_a_group(&api).await;
    let mut tries = 0;
    let says = |verb: &str, operation: &Operation| match uri(operation) {
        INNER => Says::status(418),
        VALUE => {
            tries += 1;
            Says::status(if tries == 1 { 215 } else { 200 })
        }
        _ => willing(verb, operation),
    };
    device.talk(&api, "1").run(says).await;
    assert_eq!(tries, 2);
    let results = states(&device.results(&api).await);
    assert!(
        results.iter().all(|(_, state, _)| state == "done"),
        "{results:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_came_before_its_node_could_be_is_healed_by_a_later_session() {
    for sync in [false, true] {
        let api = Api::start().await;
        let base = policy(&api, "Base", json!([int(CORTANA, "0")])).await;
        let device = Managed::new(&api, &[(&base, 1)]).await;
        let sessions = if sync { 1..4 } else { 1..2 };
        for session in sessions {
            let early = |verb: &str, operation: &Operation| match uri(operation) {
                CORTANA => Says::status(404),
                _ => willing(verb, operation),
            };
            device.talk(&api, &session.to_string()).run(early).await;
        }
        assert_eq!(device.results(&api).await[0]["status"], 404);
        if sync {
            let path = format!("/v1/organizations/default/devices/{}/sync", device.id);
            api.post(&path, json!({})).await.expect(200);
        }
        let says = |verb: &str, operation: &Operation| match (verb, uri(operation)) {
            ("Add", CORTANA) => Says::status(418),
            _ => willing(verb, operation),
        };
        device.talk(&api, "9").run(says).await;
        assert_eq!(device.results(&api).await[0]["state"], "done", "{sync}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_fails_for_ever_rests_also_after_it_was_to_be_tried_again() {
    let api = Api::start().await;
    let device = with_a_node_in_a_group(&api).await;
    let says = |verb: &str, operation: &Operation| match uri(operation) {
        INNER => Says::status(418),
        VALUE => Says::status(500),
        _ => willing(verb, operation),
    };
    for sync in [false, true] {
        if sync {
            let path = format!("/v1/organizations/default/devices/{}/sync", device.id);
            api.post(&path, json!({})).await.expect(200);
        }
        for session in 1..5 {
            let commands = device.talk(&api, &session.to_string()).run(says).await;
            assert_eq!(commands.is_empty(), session == 4, "{sync} {session}");
            // A session of the same number is another one by then.
            api.server.clock.advance(16 * 60);
        }
    }
}
