//! Packages of hundreds of kilobytes, as devices send them.

use serde_json::json;

use super::delivery::{CORTANA, int};
use super::{Managed, policy};
use crate::api::Api;
use crate::talk::{Says, uri, willing};

const NODE: &str = "./Vendor/MSFT/X/Large";

#[tokio::test(flavor = "multi_thread")]
async fn results_of_hundreds_of_kilobytes_are_taken_in_and_their_statuses_with_them() {
    let api = Api::start().await;
    let list = "Contoso.App_1.0.0.0;".repeat(10_240);
    assert_eq!(list.len(), 200 << 10);
    let read = json!([{ "locUri": NODE, "command": "get" }, int(CORTANA, "0")]);
    let base = policy(&api, "Base", read).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    device
        .talk(&api, "1")
        .run(|verb, operation| match uri(operation) {
            NODE => Says::value(&list),
            _ => willing(verb, operation),
        })
        .await;
    let results = device.results(&api).await;
    assert!(results[0]["value"] == list);
    assert_eq!(
        (&results[0]["state"], &results[1]["state"]),
        (&json!("done"), &json!("done"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_over_its_own_limit_is_refused_and_other_requests_keep_theirs() {
    let server = crate::server::TestServer::with(|config| {
        config.limits.management_body_bytes = 300_000;
    });
    let api = Api::over(server.await).await;
    for (url, bytes, expected) in [
        (api.server.management(), 300_000, 400),
        (api.server.management(), 300_001, 413),
        (api.server.enrollment(), 140_000, 413),
    ] {
        let body = " ".repeat(bytes);
        let kind = "application/vnd.syncml.dm+xml";
        let answer = api.server.post(&url, kind, body).await;
        assert_eq!(answer.status, expected, "{url} {bytes}");
    }
}
