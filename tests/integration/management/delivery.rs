//! Policies reach a device, and what it answers is on record.

use serde_json::{Value as Json, json};

use super::{Managed, policy};
use crate::api::Api;
use crate::talk::{Says, told, uri, willing};

pub(super) const CORTANA: &str = "./Device/Vendor/MSFT/Policy/Config/Experience/AllowCortana";
pub(super) const FIREWALL: &str = "./Vendor/MSFT/Firewall/MdmStore/Global/EnablePacketQueue";
pub(super) const POLICIES: &str = "/v1/organizations/default/policies";

pub(super) fn int(uri: &str, value: &str) -> Json {
    json!({ "locUri": uri, "format": "int", "value": value })
}

/// The state and the status of each result, by node.
pub(super) fn states(results: &[Json]) -> Vec<(String, String, Json)> {
    let text = |it: &Json| it.as_str().unwrap().to_owned();
    results
        .iter()
        .map(|it| {
            (
                text(&it["locUri"]),
                text(&it["state"]),
                it["status"].clone(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_asks_who_the_pc_is_delivers_its_policies_and_ends() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([int(CORTANA, "0"), int(FIREWALL, "2")])).await;
    let device = Managed::new(&api, &[(&base, 10)]).await;
    assert_eq!(device.shown(&api).await["state"], "PROVISIONING");
    let before = states(&device.results(&api).await);
    assert!(
        before.iter().all(|(_, state, _)| state == "pending"),
        "{before:?}"
    );

    let mut talk = device.talk(&api, "1");
    let first = told(talk.hello().await);
    assert!(first.iter().all(|(verb, ..)| verb == "Get"), "{first:?}");
    let second = told(talk.answer(willing).await);
    let expected = [("Replace", CORTANA, "0"), ("Add", FIREWALL, "2")];
    let expected =
        expected.map(|(verb, uri, data)| (verb.to_owned(), uri.to_owned(), data.to_owned()));
    assert_eq!(second, expected);
    assert_eq!(
        device.shown(&api).await["state"],
        "PROVISIONING",
        "nothing is answered yet"
    );
    let third = told(talk.answer(willing).await);
    let names: Vec<_> = third
        .iter()
        .map(|(_, uri, _)| uri.rsplit('/').next().unwrap())
        .collect();
    // The device knew none of its names.
    assert_eq!(names, ["UPN", "EntDMID", "EntDeviceName"], "{third:?}");
    assert!(
        talk.answer(willing).await.is_empty(),
        "no commands: the session ends"
    );

    let shown = device.shown(&api).await;
    assert_eq!(shown["state"], "ACTIVE");
    let inventory = &shown["inventory"];
    assert_eq!(inventory["serialNumber"], "PF3X17AB");
    assert_eq!(inventory["osVersion"], "10.0.22631.3007");
    assert_eq!(
        (&inventory["manufacturer"], &inventory["model"]),
        (&json!("Contoso"), &json!("Book 9"))
    );
    let results = device.results(&api).await;
    for (_, state, status) in &states(&results)[..2] {
        assert_eq!((state.as_str(), status), ("done", &json!(200)));
    }
    assert_eq!(results[0]["winPolicy"]["name"], "Base");
    assert_eq!(results[0]["explanation"], "the device took it");
    // The serial number finds it now.
    let path = "/v1/organizations/default/devices/PF3X17AB";
    assert_eq!(
        api.get(path).await.expect(200)["data"]["id"],
        device.id.as_str()
    );

    let mut quiet = device.talk(&api, "2");
    assert!(quiet.hello().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_there_is_replaced_and_one_that_is_not_is_added() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([int(CORTANA, "0"), int(FIREWALL, "2")])).await;
    let device = Managed::new(&api, &[(&base, 10)]).await;
    let mut commands = Vec::new();
    device
        .talk(&api, "1")
        .run(|verb, operation| {
            let node = uri(operation);
            if node == CORTANA || node == FIREWALL {
                commands.push((verb.to_owned(), node.to_owned()));
            }
            match (verb, node) {
                ("Replace", CORTANA) => Says::status(404),
                ("Add", FIREWALL) => Says::status(418),
                _ => willing(verb, operation),
            }
        })
        .await;
    let expected = [
        ("Replace", CORTANA),
        ("Add", FIREWALL),
        ("Add", CORTANA),
        ("Replace", FIREWALL),
    ];
    assert_eq!(
        commands,
        expected.map(|(verb, node)| (verb.to_owned(), node.to_owned()))
    );
    let results = states(&device.results(&api).await);
    assert!(
        results.iter().all(|(_, state, _)| state == "done"),
        "{results:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_in_words_tried_in_three_sessions_and_again_when_asked() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([int(FIREWALL, "2")])).await;
    let device = Managed::new(&api, &[(&base, 10)]).await;
    let tries = async |session: &str| {
        let mut tries = 0;
        let mut talk = device.talk(&api, session);
        talk.run(|verb, operation| match uri(operation) {
            FIREWALL => {
                tries += 1;
                let original_error = Some("0x86000011".to_owned());
                Says {
                    original_error,
                    ..Says::status(405)
                }
            }
            _ => willing(verb, operation),
        })
        .await;
        tries
    };
    for (session, expected) in [("1", 1), ("2", 1), ("3", 1), ("4", 0)] {
        assert_eq!(tries(session).await, expected, "session {session}");
    }
    let result = &device.results(&api).await[0];
    assert_eq!(
        (&result["state"], &result["status"]),
        (&json!("failed"), &json!(405))
    );
    assert_eq!(result["originalError"], "0x86000011");
    let words = result["explanation"].as_str().unwrap();
    assert!(
        words.contains("the command is not allowed on the node"),
        "{words}"
    );
    let path = format!("/v1/organizations/default/devices/{}/sync", device.id);
    api.post(&path, json!({})).await.expect(200);
    assert_eq!(tries("5").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_setting_waits_until_the_user_is_signed_in() {
    let api = Api::start().await;
    let node = "./Vendor/MSFT/Policy/Config/Experience/AllowWindowsSpotlight";
    let setting = json!([{ "locUri": node, "format": "int", "value": "0", "scope": "user" }, int(CORTANA, "0")]);
    let base = policy(&api, "Base", setting).await;
    let device = Managed::new(&api, &[(&base, 10)]).await;
    let spotlight = |commands: &[_]| {
        let told = told(commands);
        told.iter().any(|(_, uri, _)| {
            uri == "./User/Vendor/MSFT/Policy/Config/Experience/AllowWindowsSpotlight"
        })
    };
    let mut early = device.talk(&api, "1");
    early.login = "none";
    assert!(!spotlight(&early.run(willing).await));
    let waiting = &device.results(&api).await[0];
    assert_eq!(waiting["state"], "pending");
    assert!(
        waiting["explanation"]
            .as_str()
            .unwrap()
            .contains("its user is signed in")
    );
    assert_eq!(
        device.shown(&api).await["state"],
        "ACTIVE",
        "the session ended well"
    );
    assert!(spotlight(&device.talk(&api, "2").run(willing).await));
    assert_eq!(device.results(&api).await[0]["state"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_four_mixed_commands_with_one_failing_group_end_with_each_result_on_record() {
    let api = Api::start().await;
    let adds: Vec<_> = (0..14)
        .map(|n| int(&format!("./Vendor/MSFT/X/Add{n}"), "1"))
        .collect();
    let replaces: Vec<_> = (0..8)
        .map(|n| {
            int(
                &format!("./Device/Vendor/MSFT/Policy/Config/Area/P{n}"),
                "1",
            )
        })
        .collect();
    let gets: Vec<_> = (0..5)
        .map(|n| json!({ "locUri": format!("./Vendor/MSFT/X/Get{n}"), "command": "get" }))
        .collect();
    let execs: Vec<_> = (0..3)
        .map(|n| json!({ "locUri": format!("./Vendor/MSFT/X/Run{n}"), "format": "null", "command": "exec" }))
        .collect();
    let mixed = [adds, replaces, gets, execs].concat();
    let mixed = policy(&api, "Mixed", Json::Array(mixed)).await;
    let grouped: Vec<_> = (0..4)
        .map(|n| int(&format!("./Vendor/MSFT/Y/All{n}"), "1"))
        .collect();
    let body = json!({ "name": "Grouped", "settings": grouped, "atomic": true });
    let grouped = api.post(POLICIES, body).await.expect(200)["data"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let device = Managed::new(&api, &[(&mixed, 1), (&grouped, 2)]).await;
    let commands = device
        .talk(&api, "1")
        .run(|verb, operation| match (verb, uri(operation)) {
            ("Get", node) if node.contains("/X/Get") => Says::value(&format!("value of {node}")),
            (_, node) if node.ends_with("/Y/All2") => Says::status(500),
            (_, node) if node.ends_with("/X/Add3") => Says::status(404),
            _ => willing(verb, operation),
        })
        .await;
    let told = told(&commands);
    let of = |part: &str| told.iter().filter(|(_, uri, _)| uri.contains(part)).count();
    assert_eq!((of("/X/"), of("/Area/"), of("/Y/")), (22, 8, 4));
    let results = device.results(&api).await;
    let results: Vec<_> = results
        .iter()
        .filter(|it| it["winPolicy"] != Json::Null)
        .collect();
    assert_eq!(results.len(), 34);
    for result in results {
        let node = result["locUri"].as_str().unwrap();
        let expected = match node {
            it if it.ends_with("Add3") => 404,
            it if it.ends_with("All2") => 500,
            // The others of the group were taken back with it.
            it if it.contains("/Y/All") => 507,
            _ => 200,
        };
        assert_eq!(result["status"], expected, "{result}");
        if node.contains("/X/Get") {
            assert_eq!(result["value"], format!("value of {node}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_in_which_something_ran_and_failed_is_not_told_again_in_part() {
    let api = Api::start().await;
    let settings = json!([
        { "locUri": "./Vendor/MSFT/X/Run", "format": "null", "command": "exec" },
        int(FIREWALL, "2"),
    ]);
    let body = json!({ "name": "Grouped", "settings": settings, "atomic": true });
    let made = api.post(POLICIES, body).await.expect(200)["data"].clone();
    let device = Managed::new(&api, &[(made["id"].as_str().unwrap(), 1)]).await;
    let commands = device
        .talk(&api, "1")
        .run(|verb, operation| match verb {
            "Exec" => Says::status(500),
            _ => willing(verb, operation),
        })
        .await;
    let firewall = |commands: &[_]| told(commands).iter().any(|(_, uri, _)| uri == FIREWALL);
    assert!(firewall(&commands));
    let results = states(&device.results(&api).await);
    assert_eq!((&results[0].2, &results[1].2), (&json!(500), &json!(507)));
    assert!(!firewall(&device.talk(&api, "2").run(willing).await));
    // What was taken back is not ours to remove.
    let path = format!("{POLICIES}/{}", made["id"].as_str().unwrap());
    api.call(reqwest::Method::DELETE, &path, None)
        .await
        .expect(200);
    assert!(!firewall(&device.talk(&api, "3").run(willing).await));
}
