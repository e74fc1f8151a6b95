//! A message that is heard twice, since its reply was lost, counts once.

use portcullis::protocol::syncml::Command;
use serde_json::json;

use super::delivery::{POLICIES, int, states};
use super::{Managed, policy};
use crate::api::Api;
use crate::talk::{Says, Talk, uri, willing};

/// Sends what the device answers twice, under one number; both replies tell the same.
async fn answer_twice(talk: &mut Talk, answers: Vec<Command>) {
    talk.send(answers.clone()).await;
    let first = talk.told.clone();
    talk.message -= 1;
    talk.send(answers).await;
    assert_eq!(talk.told, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_heard_twice_is_kept_once() {
    let api = Api::start().await;
    let read = json!([{ "locUri": "./Vendor/MSFT/X/A", "command": "get" }]);
    let base = policy(&api, "Base", read).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    let mut talk = device.talk(&api, "1");
    talk.hello().await;
    talk.answer(willing).await;
    let answers = talk.answers(|_, _| Says::value("abc"));
    answer_twice(&mut talk, answers).await;
    assert_eq!(device.results(&api).await[0]["value"], "abc");
    // And where nothing is left to be told, so that the session is over with the reply that was lost.
    let answers = talk.answers(willing);
    answer_twice(&mut talk, answers).await;
    assert_eq!(device.results(&api).await[0]["value"], "abc");
    let mut last = device.talk(&api, "2");
    assert!(last.hello().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_ends_a_session_is_kept_once_too() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([int("./Vendor/MSFT/X/B", "1")])).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    device.talk(&api, "1").run(willing).await;
    let read = json!({ "settings": [{ "locUri": "./Vendor/MSFT/X/A", "command": "get" }] });
    let path = format!("{POLICIES}/{base}");
    let changed = api.call(reqwest::Method::PUT, &path, Some(read)).await;
    changed.expect(200);
    let mut talk = device.talk(&api, "2");
    talk.hello().await;
    let answers = talk.answers(|verb, operation| match verb {
        "Get" => Says::value("abc"),
        _ => willing(verb, operation),
    });
    answer_twice(&mut talk, answers).await;
    assert!(talk.told.is_empty());
    assert_eq!(device.results(&api).await[0]["value"], "abc");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_to_a_group_that_are_heard_twice_do_not_count_for_its_second_telling() {
    let api = Api::start().await;
    let (one, other) = ("./Vendor/MSFT/X/A", "./Vendor/MSFT/X/B");
    let settings = json!([int(one, "1"), int(other, "2")]);
    let body = json!({ "name": "Grouped", "settings": settings, "atomic": true });
    let made = api.post(POLICIES, body).await.expect(200)["data"].clone();
    let device = Managed::new(&api, &[(made["id"].as_str().unwrap(), 1)]).await;
    let mut talk = device.talk(&api, "1");
    talk.hello().await;
    talk.answer(willing).await;
    let answers = talk.answers(|_, operation| match uri(operation) {
        node if node == one => Says::status(418),
        _ => Says::status(216),
    });
    answer_twice(&mut talk, answers).await;
    let told = crate::talk::told(&talk.told);
    let verbs: Vec<_> = told.iter().map(|(verb, ..)| verb.as_str()).collect();
    assert_eq!(verbs, ["Replace", "Add"]);
    let open = states(&device.results(&api).await);
    assert!(
        open[..2].iter().all(|(_, state, _)| state == "sent"),
        "{open:?}"
    );
    while !talk.told.is_empty() {
        talk.answer(willing).await;
    }
    let done = states(&device.results(&api).await);
    assert!(done.iter().all(|(_, state, _)| state == "done"), "{done:?}");
}
