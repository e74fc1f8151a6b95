//! Where a session begins: with its first package, in however many messages that comes.

use portcullis::protocol::syncml::{Command, SyncMl};
use serde_json::json;

use super::message::statuses;
use super::{Managed, policy, with_one_setting};
use crate::api::Api;
use crate::talk::{Talk, alert, dev_info, told, willing};

/// The two messages of a first package: who is signed in, and what the device says of itself.
fn in_two(talk: &Talk, device: &Managed) -> [SyncMl; 2] {
    let login = alert("1224", Some(("com.microsoft/MDM/LoginStatus", "user")));
    let mut first = talk.package(1, vec![alert("1201", None), login]);
    first.body.is_final = false;
    [
        first,
        talk.package(2, vec![dev_info(device.pc.device_id())]),
    ]
}

/// Whether all that the device is told is to go on.
fn is_asked_to_go_on(talk: &Talk, reply: &SyncMl) -> bool {
    let [Command::Alert(alert)] = talk.told.as_slice() else {
        return false;
    };
    alert.code() == Some(1222) && !reply.body.is_final
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_package_in_two_messages_is_answered_when_it_is_whole_and_its_user_is_known() {
    let api = Api::start().await;
    let setting = json!([{ "locUri": "./User/Vendor/MSFT/X/A", "scope": "user", "value": "1" }]);
    let base = policy(&api, "Base", setting).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    let mut talk = device.talk(&api, "1");
    let [first, second] = in_two(&talk, &device);
    let reply = talk.post(&first).await;
    assert!(is_asked_to_go_on(&talk, &reply), "{reply:?}");
    let questions = told(&{
        talk.post(&second).await;
        talk.told.clone()
    });
    assert!(!questions.is_empty() && questions.iter().all(|(verb, ..)| verb == "Get"));
    talk.post(&second).await;
    assert_eq!(told(&talk.told), questions, "the same message once more");
    talk.message = 2;
    let told = told(talk.answer(willing).await);
    assert_eq!(told[0].1, "./User/Vendor/MSFT/X/A");
    while !talk.told.is_empty() {
        talk.answer(willing).await;
    }
    assert_eq!(device.shown(&api).await["state"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_package_is_not_whole_is_not_active_yet() {
    let api = Api::start().await;
    let device = with_one_setting(&api).await;
    let mut talk = device.talk(&api, "1");
    let [first, _] = in_two(&talk, &device);
    talk.post(&first).await;
    assert_eq!(device.shown(&api).await["state"], "PROVISIONING");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_to_leave_is_told_so_when_its_first_package_is_whole_and_once() {
    let api = Api::start().await;
    let device = with_one_setting(&api).await;
    device.talk(&api, "1").run(willing).await;
    let path = format!("/v1/organizations/default/devices/{}/retire", device.id);
    api.post(&path, json!({})).await.expect(200);
    let mut talk = device.talk(&api, "2");
    let [first, second] = in_two(&talk, &device);
    let reply = talk.post(&first).await;
    assert!(is_asked_to_go_on(&talk, &reply), "{reply:?}");
    talk.post(&second).await;
    assert_eq!(told(&talk.told)[0].0, "Exec");
    talk.message = 2;
    assert!(talk.answer(willing).await.is_empty());
    assert_eq!(device.shown(&api).await["state"], "DELETED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_root_is_told_beside_no_alert_that_asks_for_the_rest_of_a_package() {
    let api = Api::start().await;
    let device = with_one_setting(&api).await;
    device.talk(&api, "1").run(willing).await;
    api.server.rotate(&["--root"]).await;
    let mut talk = device.talk(&api, "2");
    let [first, second] = in_two(&talk, &device);
    let reply = talk.post(&first).await;
    assert!(is_asked_to_go_on(&talk, &reply), "{reply:?}");
    let reply = talk.post(&second).await;
    assert_eq!(statuses(&reply).len(), 2, "{reply:?}");
    let told = told(&talk.told);
    assert!(
        told[0].1.contains("/RootCATrustedCertificates/"),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_only_says_that_it_is_at_work_is_asked_to_go_on_and_told_the_rest_after_that()
{
    let api = Api::start().await;
    let device = with_one_setting(&api).await;
    let mut talk = device.talk(&api, "1");
    talk.hello().await;
    let answers = talk.answers(willing);
    let pending = "Reversed-Domain-Name:com.microsoft.mdm.requestpending";
    let mut waits = talk.package(2, vec![alert("1224", Some((pending, "1")))]);
    waits.body.is_final = false;
    let reply = talk.post(&waits).await;
    assert!(is_asked_to_go_on(&talk, &reply), "{reply:?}");
    assert_eq!(device.shown(&api).await["state"], "PROVISIONING");
    talk.message = 2;
    talk.send(answers).await;
    assert_eq!(told(&talk.told)[0].1, "./Vendor/MSFT/X/A");
}
