//! Large values between this server and a device that keeps to the letter of OMA DM: it sends `Final` no sooner than the
//! server, and asks for the rest of a value by an alert.

use portcullis::protocol::syncml::{Command, Operation, SyncMl};
use serde_json::json;

use super::delivery::{CORTANA, int, states};
use super::{Managed, policy};
use crate::api::Api;
use crate::talk::{Says, Talk, alert, uri, willing};

const NODE: &str = "./Vendor/MSFT/X/Large";

/// Whether a reply holds a piece of a value that is not the last.
fn is_in_pieces(reply: &SyncMl) -> bool {
    reply.body.commands.iter().any(|command| match command {
        Command::Add(it) | Command::Replace(it) => it.items.iter().any(|item| item.more_data),
        _ => false,
    })
}

/// The whole session of such a device; the replies, in order.
async fn to_the_letter(talk: &mut Talk, mut taken: impl FnMut(&str)) -> Vec<SyncMl> {
    let first = talk.hello().await.len();
    assert!(first > 0);
    let (mut replies, mut is_final) = (Vec::new(), true);
    while !talk.told.is_empty() || !is_final {
        assert!(talk.message < 30, "it goes on and on");
        let mut body = talk.answers(|verb, operation| {
            let item = &operation.items[0];
            if uri(operation) != NODE {
                return willing(verb, operation);
            }
            taken(item.data.as_deref().unwrap());
            Says::status(if item.more_data { 213 } else { 200 })
        });
        if !is_final {
            body.push(alert("1222", None));
        }
        talk.message += 1;
        let mut package = talk.package(talk.message, body);
        package.body.is_final = is_final;
        let reply = talk.post(&package).await;
        is_final = reply.body.is_final;
        replies.push(reply);
    }
    replies
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_final_when_the_value_in_it_is_whole_and_a_device_that_waits_for_that_has_it_all()
 {
    let api = Api::start().await;
    let value = "<a>&\u{e4}".repeat(4_000);
    let settings = json!([{ "locUri": NODE, "value": value }, int(CORTANA, "0")]);
    let base = policy(&api, "Base", settings).await;
    let device = Managed::new(&api, &[(&base, 10)]).await;
    let mut talk = device.talk(&api, "1");
    talk.max_msg_size = Some(16_384);
    let mut whole = String::new();
    let replies = to_the_letter(&mut talk, |piece| whole.push_str(piece)).await;
    assert!(whole == value, "{} bytes", whole.len());
    let pieces = replies.iter().filter(|reply| is_in_pieces(reply)).count();
    assert!(pieces > 4, "{pieces}");
    for reply in &replies {
        assert_eq!(reply.body.is_final, !is_in_pieces(reply), "{reply:?}");
    }
    let results = states(&device.results(&api).await);
    assert!(
        results.iter().all(|(_, state, _)| state == "done"),
        "{results:?}"
    );
    assert_eq!(device.shown(&api).await["state"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_asks_for_the_next_message_when_there_is_none_is_told_what_is_due() {
    let api = Api::start().await;
    let base = policy(&api, "Base", json!([int(CORTANA, "0")])).await;
    let device = Managed::new(&api, &[(&base, 10)]).await;
    let mut talk = device.talk(&api, "1");
    talk.hello().await;
    let mut body = talk.answers(willing);
    body.push(alert("1222", None));
    let mut package = talk.package(2, body);
    package.body.is_final = false;
    let reply = talk.post(&package).await;
    assert!(reply.body.is_final);
    assert!(matches!(talk.told.as_slice(), [Command::Replace(it)] if uri(it) == CORTANA));
}

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

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_never_goes_over_whole_is_given_up_and_keeps_nothing_else_back() {
    let api = Api::start().await;
    let settings = json!([{ "locUri": NODE, "value": "<".repeat(30_000) }, int(CORTANA, "0")]);
    let base = policy(&api, "Base", settings).await;
    let device = Managed::new(&api, &[(&base, 10)]).await;
    for session in ["1", "2", "3", "4", "5"] {
        let mut talk = device.talk(&api, session);
        talk.max_msg_size = Some(4_096);
        let mut told = talk.hello().await.len();
        while told > 0 {
            let taken = |verb: &str, operation: &Operation| match operation.items[0].more_data {
                true => Says::status(213),
                false => willing(verb, operation),
            };
            told = talk.answer(taken).await.len();
        }
        let expected = ["1", "2", "3"].contains(&session);
        assert_eq!(talk.message >= 100, expected, "{session}: {}", talk.message);
    }
    let results = states(&device.results(&api).await);
    let state = |node: &str| {
        let mut found = results.iter().filter(|(uri, ..)| uri == node);
        found.next().map(|(_, state, _)| state.clone())
    };
    assert_eq!(state(CORTANA).as_deref(), Some("done"), "{results:?}");
    assert_ne!(state(NODE).as_deref(), Some("done"), "{results:?}");
}
