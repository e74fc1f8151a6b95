//! Policies that are done all or none (`Atomic`).

use portcullis::protocol::syncml::{Command, Operation};
use serde_json::{Value as Json, json};

use super::Managed;
use super::delivery::{CORTANA, POLICIES, int, states};
use crate::api::Api;
use crate::talk::{Says, told, uri, willing};

const A: &str = "./Vendor/MSFT/X/A";
const B: &str = "./Vendor/MSFT/X/B";
const C: &str = "./Vendor/MSFT/X/C";
const RUN: &str = "./Vendor/MSFT/X/Run";

/// A device whose one policy is done all or none.
async fn grouped(api: &Api, settings: Json) -> Managed {
    let body = json!({ "name": "Grouped", "settings": settings, "atomic": true });
    let made = api.post(POLICIES, body).await.expect(200)["data"].clone();
    Managed::new(api, &[(made["id"].as_str().unwrap(), 1)]).await
}

fn run() -> Json {
    json!({ "locUri": RUN, "format": "null", "command": "exec" })
}

/// What was told of these nodes, in order.
fn of_nodes(commands: &[Command]) -> Vec<String> {
    let told = told(commands).into_iter();
    let told = told.filter(|(_, uri, _)| uri.starts_with("./Vendor/MSFT/X/"));
    told.map(|(verb, uri, _)| format!("{verb} {}", uri.rsplit('/').next().unwrap()))
        .collect()
}

/// The states and statuses of the policy's settings.
async fn came_of(device: &Managed, api: &Api) -> Vec<(String, Json)> {
    let results = device.results(api).await;
    let of_policy = results.iter().filter(|it| it["winPolicy"] != Json::Null);
    let of_policy: Vec<_> = of_policy.cloned().collect();
    let states = states(&of_policy).into_iter();
    states.map(|(_, state, status)| (state, status)).collect()
}

fn all(state: &str, status: u16, count: usize) -> Vec<(String, Json)> {
    vec![(state.to_owned(), json!(status)); count]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_own_status_says_that_it_failed_is_not_done() {
    for member in [Some(200), Some(216), Some(215), None] {
        let api = Api::start().await;
        let device = grouped(&api, json!([int(A, "1"), int(B, "1")])).await;
        let mut talk = device.talk(&api, "1");
        talk.hello().await;
        talk.answer(willing).await;
        let mut answers = talk.answers(|_, _| Says::status(member.unwrap_or(200)));
        answers.retain_mut(|answer| match answer {
            Command::Status(it) if it.cmd == "Atomic" => {
                it.data = "507".to_owned();
                true
            }
            Command::Status(it) => it.cmd == "SyncHdr" || member.is_some(),
            _ => true,
        });
        talk.send(answers).await;
        let status = member.filter(|it| *it != 200).unwrap_or(507);
        let expected = all("failed", status, 2);
        assert_eq!(came_of(&device, &api).await, expected, "{member:?}");
        let again = of_nodes(&device.talk(&api, "2").run(willing).await);
        assert_eq!(again, ["Add A", "Add B"], "{member:?}");
        assert_eq!(came_of(&device, &api).await, all("done", 200, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_in_a_group_does_not_run_again_for_the_sake_of_another() {
    for ran in [200, 216, 202] {
        let api = Api::start().await;
        let device = grouped(&api, json!([run(), int(A, "1")])).await;
        let mut commands = Vec::new();
        for session in ["1", "2", "3"] {
            let says = |verb: &str, operation: &Operation| match uri(operation) {
                RUN => Says::status(ran),
                A if verb == "Add" => Says::status(418),
                _ => willing(verb, operation),
            };
            commands.extend(device.talk(&api, session).run(says).await);
        }
        assert_eq!(of_nodes(&commands), ["Exec Run", "Add A"], "{ran}");
        let came = came_of(&device, &api).await;
        assert!(came.iter().all(|(state, _)| state == "failed"), "{came:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_run_in_a_group_runs_when_the_group_is_told_again() {
    let api = Api::start().await;
    let device = grouped(&api, json!([int(A, "1"), run()])).await;
    let mut here = true;
    let says = |verb: &str, operation: &Operation| match uri(operation) {
        RUN if here => {
            here = false;
            Says::status(215)
        }
        A if verb == "Add" => Says::status(418),
        _ => willing(verb, operation),
    };
    let commands = device.talk(&api, "1").run(says).await;
    let expected = ["Add A", "Exec Run", "Replace A", "Exec Run"];
    assert_eq!(of_nodes(&commands), expected);
    assert_eq!(came_of(&device, &api).await, all("done", 200, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_told_in_one_whatever_stands_between_its_settings() {
    let api = Api::start().await;
    let read = json!({ "locUri": B, "command": "get" });
    let device = grouped(&api, json!([int(A, "1"), read, int(C, "1")])).await;
    let mut talk = device.talk(&api, "1");
    talk.hello().await;
    let told = talk.answer(willing).await;
    let names: Vec<_> = told.iter().map(Command::name).collect();
    assert_eq!(names, ["Atomic", "Get"]);
    assert_eq!(of_nodes(&told[..1]), ["Add A", "Add C"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_with_a_users_setting_waits_for_the_user_as_a_whole() {
    let api = Api::start().await;
    let users = json!({ "locUri": "./User/Vendor/MSFT/Y", "scope": "user", "value": "1" });
    let device = grouped(&api, json!([int(A, "1"), users, int(CORTANA, "0")])).await;
    let mut early = device.talk(&api, "1");
    early.login = "none";
    assert_eq!(of_nodes(&early.run(willing).await), [""; 0]);
    let came = came_of(&device, &api).await;
    assert!(came.iter().all(|(state, _)| state == "pending"), "{came:?}");
    let commands = device.talk(&api, "2").run(willing).await;
    let [Command::Atomic(group)] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    assert_eq!(group.commands.len(), 3);
    assert_eq!(came_of(&device, &api).await, all("done", 200, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_no_message_holds_is_refused_when_it_is_written() {
    let api = Api::start().await;
    let value = "x".repeat(60_000);
    let nodes = (0..9).map(|n| json!({ "locUri": format!("{A}{n}"), "value": value }));
    let mut body = json!({ "name": "Large", "settings": nodes.collect::<Vec<_>>() });
    let path = api.post(POLICIES, body.clone()).await.expect(200)["data"]["id"].clone();
    let path = format!("{POLICIES}/{}", path.as_str().unwrap());
    let atomic = json!({ "atomic": true });
    let changed = api.call(reqwest::Method::PUT, &path, Some(atomic)).await;
    let refused = changed.expect(400).to_string();
    assert!(refused.contains("atomic"), "{refused}");
    (body["name"], body["atomic"]) = (json!("Other"), json!(true));
    api.post(POLICIES, body).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_more_than_the_device_takes_in_a_message_is_not_told_in_part() {
    let api = Api::start().await;
    let nodes = (0..3).map(|n| json!({ "locUri": format!("{A}{n}"), "value": "x".repeat(4_000) }));
    let device = grouped(&api, nodes.collect()).await;
    let mut talk = device.talk(&api, "1");
    talk.max_msg_size = Some(8_192);
    let commands = talk.run(willing).await;
    assert_eq!(of_nodes(&commands), [""; 0]);
    assert!(
        told(&commands)
            .iter()
            .any(|(_, uri, _)| uri.ends_with("UPN"))
    );
    assert_eq!(came_of(&device, &api).await, all("failed", 413, 3));
    assert!(device.talk(&api, "2").hello().await.is_empty());
    // A device that takes more is told when that is asked for.
    let path = format!("/v1/organizations/default/devices/{}/sync", device.id);
    api.post(&path, json!({})).await.expect(200);
    let told = of_nodes(&device.talk(&api, "3").run(willing).await);
    assert_eq!(told, ["Add A0", "Add A1", "Add A2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_failed_is_tried_again_as_a_whole_when_it_changes() {
    for change in [
        json!([int(A, "1"), int(B, "2")]),
        json!([int(A, "1")]),
        json!([int(A, "1"), int(B, "1"), int(C, "1")]),
    ] {
        let api = Api::start().await;
        let device = grouped(&api, json!([int(A, "1"), int(B, "1")])).await;
        let says = |verb: &str, operation: &Operation| match uri(operation) {
            A => Says::status(216),
            B => Says::status(500),
            _ => willing(verb, operation),
        };
        for (session, count) in [("1", 2), ("2", 2), ("3", 2), ("4", 0)] {
            let told = of_nodes(&device.talk(&api, session).run(says).await);
            assert_eq!(told.len(), count, "session {session}");
        }
        let policies = api.get(POLICIES).await.expect(200);
        let policies = policies["data"]["items"].as_array().unwrap();
        let policy = policies.iter().find(|it| it["name"] == "Grouped").unwrap();
        let path = format!("{POLICIES}/{}", policy["id"].as_str().unwrap());
        let count = change.as_array().unwrap().len();
        let change = json!({ "settings": change });
        let changed = api.call(reqwest::Method::PUT, &path, Some(change)).await;
        changed.expect(200);
        let told = of_nodes(&device.talk(&api, "5").run(willing).await);
        assert_eq!(told.len(), count, "{told:?}");
        assert_eq!(came_of(&device, &api).await, all("done", 200, count));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_answers_come_in_two_messages_is_judged_by_all_of_them() {
    for (ran, again) in [(200, false), (215, true)] {
        let api = Api::start().await;
        let device = grouped(&api, json!([int(A, "1"), run()])).await;
        let mut talk = device.talk(&api, "1");
        talk.hello().await;
        talk.answer(willing).await;
        let mut answers = talk.answers(|_, operation| match uri(operation) {
            RUN => Says::status(ran),
            _ => Says::status(418),
        });
        let last = answers.split_off(answers.len() - 1);
        talk.message += 1;
        let mut first = talk.package(talk.message, answers);
        first.body.is_final = false;
        talk.post(&first).await;
        assert!(matches!(talk.told.as_slice(), [Command::Alert(_)]));
        talk.send(last).await;
        let expected: &[&str] = match again {
            true => &["Replace A", "Exec Run"],
            false => &[],
        };
        assert_eq!(of_nodes(&talk.told), expected, "{ran}");
    }
}
