//! A device leaves: its user says so, or the server does.

use serde_json::json;

use super::{Managed, policy, with_one_setting};
use crate::api::Api;
use crate::pc::leaves;
use crate::talk::{Says, told, uri, willing};

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_retired_is_told_so_in_its_next_session_and_its_certificate_ends() {
    let api = Api::start().await;
    let device = with_one_setting(&api).await;
    device.talk(&api, "1").run(willing).await;
    let path = format!("/v1/organizations/default/devices/{}/retire", device.id);
    api.post(&path, json!({})).await.expect(200);
    let mut talk = device.talk(&api, "2");
    let commands = told(talk.hello().await);
    let provider = (
        "Exec",
        "./Vendor/MSFT/DMClient/Provider/Portcullis/Unenroll",
        "Portcullis",
    );
    let (verb, node, data) = provider;
    assert_eq!(
        commands,
        [(verb.to_owned(), node.to_owned(), data.to_owned())]
    );
    assert_eq!(device.shown(&api).await["state"], "DELETE_REQUESTED");
    // Windows ends the session, and says in another one that it leaves.
    let site = api.server.with_identity(&device.enrolled.identity());
    let reply = site.manage(leaves(&device.pc)).await.write();
    assert!(!reply.contains("<Exec>"), "{reply}");
    let shown = device.shown(&api).await;
    assert_eq!(shown["state"], "DELETED");
    assert_eq!(shown["certificates"][0]["state"], "revoked");
    assert_eq!(shown["certificates"][0]["reason"], "cessationOfOperation");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_answers_the_dismissal_has_left_and_one_of_windows_8_is_told_elsewhere() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([])).await;
    for old in [false, true] {
        let device = Managed::new(&api, &[(&base, 1)]).await;
        let path = format!("/v1/organizations/default/devices/{}/retire", device.id);
        api.post(&path, json!({})).await.expect(200);
        let commands = device
            .talk(&api, "1")
            .run(
                |_, operation| match uri(operation).contains("/Provider/") && old {
                    true => Says::status(404),
                    false => Says::status(200),
                },
            )
            .await;
        assert_eq!(commands.len(), if old { 2 } else { 1 });
        assert_eq!(device.shown(&api).await["state"], "DELETED", "{old}");
    }
}
