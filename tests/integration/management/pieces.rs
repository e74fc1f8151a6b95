//! Values that no message holds, in either direction (`MoreData`, OMA-TS-DM_Protocol 7).

use portcullis::protocol::syncml::{Command, Item, Location, Results};
use serde_json::json;

use super::delivery::{CORTANA, int, states};
use super::message::statuses;
use super::{Managed, policy};
use crate::api::Api;
use crate::talk::{Says, Talk, told, uri, willing};

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_no_message_holds_goes_in_pieces() {
    let api = Api::start().await;
    let value = "<a>&\u{e4}".repeat(4_000);
    let node = "./Vendor/MSFT/X/Large";
    let setting = json!([{ "locUri": node, "format": "chr", "value": value }, int(CORTANA, "0")]);
    let base = policy(&api, "Base", setting).await;
    let device = Managed::new(&api, &[(&base, 10)]).await;
    let mut talk = device.talk(&api, "1");
    talk.max_msg_size = Some(16_384);
    let (mut taken, mut size, mut pieces) = (String::new(), 0, 0);
    let commands = talk
        .run(|verb, operation| {
            let item = &operation.items[0];
            if uri(operation) != node {
                return willing(verb, operation);
            }
            pieces += 1;
            if let Some(said) = item.meta.as_ref().and_then(|meta| meta.size.as_ref()) {
                size = said.parse().unwrap();
            }
            taken.push_str(item.data.as_deref().unwrap());
            Says::status(if item.more_data { 213 } else { 200 })
        })
        .await;
    assert!(pieces > 4, "{pieces}");
    let large = commands
        .iter()
        .map(|it| told(std::slice::from_ref(it))[0].1 == node);
    let large: Vec<_> = large.collect();
    let first = large.iter().position(|it| *it).unwrap();
    assert!(
        large[first..first + pieces].iter().all(|it| *it),
        "nothing comes between"
    );
    assert_eq!((taken.len(), taken == value), (size, true));
    assert!(told(&commands).iter().any(|(_, uri, _)| uri == CORTANA));
    let results = states(&device.results(&api).await);
    assert!(
        results.iter().all(|(_, state, _)| state == "done"),
        "{results:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_which_a_session_brought_a_part_begins_anew_in_the_next() {
    let api = Api::start().await;
    let value = "x".repeat(30_000);
    let node = "./Vendor/MSFT/X/Large";
    let base = policy(&api, "Base", json!([{ "locUri": node, "value": value }])).await;
    let device = Managed::new(&api, &[(&base, 10)]).await;
    let mut broken = device.talk(&api, "1");
    broken.max_msg_size = Some(16_384);
    broken.hello().await;
    broken.answer(willing).await;
    assert_eq!(broken.answer(|_, _| Says::status(213)).await.len(), 1);
    let mut taken = String::new();
    let mut talk = device.talk(&api, "2");
    talk.max_msg_size = Some(16_384);
    talk.run(|verb, operation| {
        let item = &operation.items[0];
        if uri(operation) != node {
            return willing(verb, operation);
        }
        taken.push_str(item.data.as_deref().unwrap());
        Says::status(if item.more_data { 213 } else { 200 })
    })
    .await;
    assert!(taken == value, "{} bytes", taken.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_device_sends_in_pieces_is_put_together() {
    let api = Api::start().await;
    let node = "./Vendor/MSFT/X/Large";
    let read = json!([{ "locUri": node, "command": "get" }]);
    let base = policy(&api, "Base", read).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    let mut talk = device.talk(&api, "1");
    talk.hello().await;
    let told = talk.answer(willing).await.to_vec();
    let [Command::Get(get)] = told.as_slice() else {
        panic!("{told:?}");
    };
    let piece = |talk: &Talk, data: &str, more: bool| {
        let results = Command::Results(Results {
            msg_ref: Some("2".to_owned()),
            cmd_ref: get.cmd_id.clone(),
            items: vec![Item {
                source: Some(Location::from(node)),
                data: Some(data.to_owned()),
                more_data: more,
                ..Item::default()
            }],
            ..Results::default()
        });
        let mut package = talk.package(talk.message + 1, vec![results]);
        package.body.is_final = !more;
        package
    };
    for (data, more) in [("one ", true), ("two ", true), ("three", false)] {
        let package = piece(&talk, data, more);
        talk.message += 1;
        let reply = talk.post(&package).await;
        let taken = statuses(&reply)
            .iter()
            .any(|it| *it == ("Results".to_owned(), "213".to_owned()));
        assert_eq!(taken, more, "{reply:?}");
    }
    talk.told = told;
    let mut answers = talk.answers(|_, _| Says::status(200));
    for answer in &mut answers {
        if let Command::Status(status) = answer {
            status.msg_ref = "2".to_owned();
        }
    }
    talk.send(answers).await;
    let result = &device.results(&api).await[0];
    assert_eq!(result["value"], "one two three");
    assert_eq!(result["state"], "done");
}
