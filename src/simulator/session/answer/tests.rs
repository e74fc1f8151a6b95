//! What the device reports of what it was told.

use std::collections::BTreeMap;

use super::*;
use crate::simulator::Identity;

fn operation(cmd_id: &str, uri: &str, data: Option<&str>) -> Operation {
    Operation {
        cmd_id: cmd_id.to_owned(),
        items: vec![Item {
            data: data.map(str::to_owned),
            ..Item::target(uri)
        }],
        ..Operation::default()
    }
}

/// `CmdRef`, command and code of each status, and the values of results.
fn run(fixed: &BTreeMap<String, u16>, commands: &[Command]) -> Vec<String> {
    let mut tree = Tree::bare(&Identity::random(1), fixed);
    let body = package(&mut tree, "1", commands);
    assert!(body.is_final);
    let answers = body.commands.iter().map(|answer| match answer {
        Command::Status(status) => format!("{} {} {}", status.cmd_ref, status.cmd, status.data),
        Command::Results(results) => {
            let values = results.items.iter().filter_map(|item| item.data.clone());
            format!(
                "{} = {}",
                results.cmd_ref,
                values.collect::<Vec<_>>().join(",")
            )
        }
        other => panic!("{other:?}"),
    });
    answers.collect()
}

#[test]
fn what_was_written_can_be_read_and_deleted_once() {
    const URI: &str = "./Device/Vendor/MSFT/Policy/Config/Experience/AllowCortana";
    let commands = [
        Command::Replace(operation("2", URI, Some("0"))),
        Command::Get(operation(
            "3",
            "./Vendor/MSFT/Policy/Config/Experience/AllowCortana",
            None,
        )),
        Command::Add(operation("4", URI, Some("1"))),
        Command::Delete(operation("5", URI, None)),
        Command::Delete(operation("6", URI, None)),
        Command::Get(operation("7", URI, None)),
    ];
    let expected = [
        "0 SyncHdr 200",
        "2 Replace 200",
        "3 Get 200",
        "3 = 0",
        "4 Add 418",
        "5 Delete 200",
        "6 Delete 404",
        "7 Get 404",
    ];
    assert_eq!(run(&BTreeMap::new(), &commands), expected);
}

#[test]
fn an_atomic_group_that_fails_is_taken_back_as_a_whole() {
    const BAD: &str = "./Vendor/MSFT/Broken";
    const GOOD: &str = "./Vendor/MSFT/Good";
    let group = Group {
        cmd_id: "2".to_owned(),
        commands: vec![
            Command::Replace(operation("3", GOOD, Some("1"))),
            Command::Replace(operation("4", BAD, Some("1"))),
        ],
        ..Group::default()
    };
    let commands = [
        Command::Atomic(group),
        Command::Get(operation("5", GOOD, None)),
    ];
    let fixed = BTreeMap::from([(BAD.to_owned(), 500)]);
    let expected = [
        "0 SyncHdr 200",
        "2 Atomic 507",
        "3 Replace 200",
        "4 Replace 500",
        "5 Get 404",
    ];
    assert_eq!(run(&fixed, &commands), expected);
}
