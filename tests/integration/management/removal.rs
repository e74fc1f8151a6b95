//! What is no longer wished is taken from the device, however long that takes.

use portcullis::protocol::syncml::Operation;
use serde_json::{Value as Json, json};

use super::delivery::{CORTANA, FIREWALL, POLICIES, int};
use super::{Managed, policy};
use crate::api::Api;
use crate::talk::{Says, told, uri, willing};

async fn change(api: &Api, policy: &str, settings: Json) {
    let path = format!("{POLICIES}/{policy}");
    let change = json!({ "settings": settings });
    let changed = api.call(reqwest::Method::PUT, &path, Some(change)).await;
    changed.expect(200);
}

/// The nodes that a session takes from a device.
async fn removed(api: &Api, device: &Managed, session: &str, login: &'static str) -> Vec<String> {
    let mut talk = device.talk(api, session);
    talk.login = login;
    let told = told(&talk.run(willing).await);
    let deletes = told.into_iter().filter(|(verb, ..)| verb == "Delete");
    deletes.map(|(_, uri, _)| uri).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_removed_where_one_message_does_not_hold_it_all() {
    let api = Api::start().await;
    let nodes = (0..130).map(|n| int(&format!("./Vendor/MSFT/X/A{n}"), "1"));
    let base = policy(&api, "Base", nodes.collect()).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    device.talk(&api, "1").run(willing).await;
    change(&api, &base, json!([])).await;
    assert_eq!(removed(&api, &device, "2", "user").await.len(), 130);
    assert!(device.talk(&api, "3").hello().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_waits_for_the_questions_and_for_the_user() {
    let api = Api::start().await;
    let node = "./User/Vendor/MSFT/X/A";
    let users = json!({ "locUri": node, "scope": "user", "value": "1" });
    let base = policy(&api, "Base", json!([users, int(FIREWALL, "2")])).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    device.talk(&api, "1").run(willing).await;
    change(&api, &base, json!([])).await;
    // It is asked again what it is, before it is told anything.
    api.server.clock.advance(31 * 24 * 60 * 60);
    assert_eq!(removed(&api, &device, "2", "none").await, [FIREWALL]);
    let state = |results: &[Json]| {
        let mut results = results.iter();
        let found = results.find(|it| it["locUri"] == node);
        found.map(|it| it["state"].clone())
    };
    let waiting = device.results(&api).await;
    assert_eq!(state(&waiting), Some(json!("removing")), "{waiting:?}");
    assert_eq!(removed(&api, &device, "3", "none").await, [""; 0]);
    assert_eq!(removed(&api, &device, "4", "user").await, [node]);
    assert_eq!(state(&device.results(&api).await), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_whose_reply_was_lost_is_told_to_the_device_that_asks_again() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([int(CORTANA, "0")])).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    device.talk(&api, "1").run(willing).await;
    change(&api, &base, json!([])).await;
    let mut talk = device.talk(&api, "2");
    let first = told(talk.hello().await);
    assert_eq!(first.len(), 1);
    talk.message = 0;
    assert_eq!(told(talk.hello().await), first);
    assert!(talk.answer(willing).await.is_empty());
    assert!(device.talk(&api, "3").hello().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_the_device_refuses_is_tried_in_three_sessions_and_stays_on_record() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([int(FIREWALL, "2")])).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    device.talk(&api, "1").run(willing).await;
    change(&api, &base, json!([])).await;
    let refusing = |verb: &str, operation: &Operation| match verb {
        "Delete" => Says::status(500),
        _ => willing(verb, operation),
    };
    for (session, tries) in [("2", 1), ("3", 1), ("4", 1), ("5", 0)] {
        let commands = device.talk(&api, session).run(refusing).await;
        assert_eq!(commands.len(), tries, "session {session}");
    }
    let results = device.results(&api).await;
    let left = results.iter().find(|it| it["locUri"] == FIREWALL).unwrap();
    assert_eq!(
        (&left["state"], &left["status"]),
        (&json!("failed"), &json!(500))
    );
    let words = left["explanation"].as_str().unwrap();
    assert!(words.contains("the device could not do it"), "{words}");
    let path = format!("/v1/organizations/default/devices/{}/sync", device.id);
    api.post(&path, json!({})).await.expect(200);
    assert_eq!(removed(&api, &device, "6", "user").await, [FIREWALL]);
    assert!(
        device
            .results(&api)
            .await
            .iter()
            .all(|it| it["locUri"] != FIREWALL)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_whose_change_failed_is_taken_from_the_device_all_the_same() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([int(CORTANA, "0")])).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    device.talk(&api, "1").run(willing).await;
    change(&api, &base, json!([int(CORTANA, "7")])).await;
    device
        .talk(&api, "2")
        .run(|verb, operation| match uri(operation) {
            CORTANA => Says::status(500),
            _ => willing(verb, operation),
        })
        .await;
    change(&api, &base, json!([])).await;
    assert_eq!(removed(&api, &device, "3", "user").await, [CORTANA]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_goes_leaves_the_node_and_has_the_last_one_that_is_left_told_again() {
    let api = Api::start().await;
    let steps = json!([int(FIREWALL, "1"), int(FIREWALL, "2")]);
    let base = policy(&api, "Base", steps).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    device.talk(&api, "1").run(willing).await;
    change(&api, &base, json!([int(FIREWALL, "1")])).await;
    let told = told(&device.talk(&api, "2").run(willing).await);
    let expected = ("Replace".to_owned(), FIREWALL.to_owned(), "1".to_owned());
    assert_eq!(told, [expected]);
    // What was added is still ours to remove.
    change(&api, &base, json!([])).await;
    assert_eq!(removed(&api, &device, "3", "user").await, [FIREWALL]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_device_was_told_and_never_answered_is_taken_from_it_too() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([int(CORTANA, "0")])).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    for (session, value) in [("1", "1"), ("2", "2")] {
        let mut talk = device.talk(&api, session);
        let mut last = told(talk.hello().await);
        while last.iter().all(|(_, uri, _)| uri != CORTANA) {
            assert!(talk.message < 9, "{last:?}");
            last = told(talk.answer(willing).await);
        }
        // It loses power here.
        change(&api, &base, json!([int(CORTANA, value)])).await;
    }
    change(&api, &base, json!([])).await;
    assert_eq!(removed(&api, &device, "3", "user").await, [CORTANA]);
}
