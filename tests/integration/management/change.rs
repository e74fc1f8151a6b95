//! Which policy has a node, and what becomes of a device when policies change.

use serde_json::{Value as Json, json};

use super::delivery::{CORTANA, FIREWALL, POLICIES, int};
use super::{Managed, policy};
use crate::api::Api;
use crate::talk::{told, willing};

#[tokio::test(flavor = "multi_thread")]
async fn the_lower_priority_number_wins_a_node_and_the_conflict_is_visible() {
    let api = Api::start().await;
    let strict = policy(&api, "Strict", json!([int(CORTANA, "0")])).await;
    let lax = json!([int(
        "./vendor/msft/Policy/Config/Experience/AllowCortana",
        "1"
    )]);
    let lax = policy(&api, "Lax", lax).await;
    let device = Managed::new(&api, &[(&lax, 20), (&strict, 10)]).await;
    let told = told(&device.talk(&api, "1").run(willing).await);
    let values: Vec<_> = told
        .iter()
        .filter(|(_, uri, _)| uri.ends_with("AllowCortana"))
        .map(|(_, _, value)| value.as_str())
        .collect();
    assert_eq!(values, ["0"]);
    let results = device.results(&api).await;
    assert_eq!(results[0]["state"], "done");
    let lost = results
        .iter()
        .find(|it| it["state"] == "overridden")
        .unwrap();
    assert_eq!(lost["winPolicy"]["name"], "Lax");
    assert_eq!(lost["overriddenBy"]["name"], "Strict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_changes_reaches_the_device_and_one_that_goes_is_taken_from_it() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([int(CORTANA, "0"), int(FIREWALL, "2")])).await;
    let device = Managed::new(&api, &[(&base, 10)]).await;
    device.talk(&api, "1").run(willing).await;
    let path = format!("{POLICIES}/{base}");
    let change = json!({ "settings": [int(CORTANA, "1"), int(FIREWALL, "2")] });
    api.call(reqwest::Method::PUT, &path, Some(change))
        .await
        .expect(200);
    let changed = told(&device.talk(&api, "2").run(willing).await);
    assert_eq!(
        changed,
        [("Replace".to_owned(), CORTANA.to_owned(), "1".to_owned())]
    );
    let change = json!({ "settings": [int(FIREWALL, "2")] });
    api.call(reqwest::Method::PUT, &path, Some(change))
        .await
        .expect(200);
    assert!(
        device
            .results(&api)
            .await
            .iter()
            .any(|it| it["state"] == "removing")
    );
    let removed = told(&device.talk(&api, "3").run(willing).await);
    assert_eq!(
        removed,
        [("Delete".to_owned(), CORTANA.to_owned(), String::new())]
    );
    api.call(reqwest::Method::DELETE, &path, None)
        .await
        .expect(200);
    let removed = told(&device.talk(&api, "4").run(willing).await);
    assert_eq!(
        removed,
        [("Delete".to_owned(), FIREWALL.to_owned(), String::new())]
    );
    assert!(device.talk(&api, "5").run(willing).await.is_empty());
    let left = device.results(&api).await;
    assert!(
        left.iter().all(|it| it["winPolicy"] == Json::Null),
        "{left:?}"
    );
}
