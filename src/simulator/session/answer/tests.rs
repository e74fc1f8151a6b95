//! What the device reports of what it was told.

use std::collections::BTreeMap;

use super::super::tree::Tree;
use super::*;
use crate::protocol::syncml::Group;
use crate::simulator::{Identity, Login};

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

/// `CmdRef`, command and code of each status with the error behind it, the values of results, and the codes of alerts.
fn say(body: &SyncBody) -> Vec<String> {
    assert!(body.is_final);
    let answers = body.commands.iter().map(|answer| match answer {
        Command::Status(status) => {
            let error = status.original_error.as_ref();
            let error = error.map_or(String::new(), |error| format!(" {error}"));
            format!("{} {} {}{error}", status.cmd_ref, status.cmd, status.data)
        }
        Command::Results(results) => {
            let values = results.items.iter().filter_map(|item| item.data.clone());
            format!(
                "{} = {}",
                results.cmd_ref,
                values.collect::<Vec<_>>().join(",")
            )
        }
        Command::Alert(alert) => format!("Alert {}", alert.data.as_deref().unwrap()),
        other => panic!("{other:?}"),
    });
    answers.collect()
}

/// What the device answers to each of these messages.
fn run_all(fixed: &BTreeMap<String, u16>, messages: &[&[Command]]) -> Vec<Vec<String>> {
    let mut tree = Tree::bare(&Identity::random(1));
    let mut pieces = Pieces::default();
    let answers = messages.iter().map(|commands| {
        let mut reach = Reach {
            tree: &mut tree,
            fixed,
            login: Login::User,
            atomic: false,
        };
        say(&package(&mut reach, &mut pieces, "1", commands).body)
    });
    answers.collect()
}

fn run(fixed: &BTreeMap<String, u16>, commands: &[Command]) -> Vec<String> {
    run_all(fixed, &[commands]).remove(0)
}

fn atomic(commands: Vec<Command>) -> Command {
    Command::Atomic(Group {
        cmd_id: "2".to_owned(),
        commands,
        ..Group::default()
    })
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
        "4 Add 418 0x800700B7",
        "5 Delete 200",
        "6 Delete 404 0x86000002",
        "7 Get 404 0x86000002",
    ];
    assert_eq!(run(&BTreeMap::new(), &commands), expected);
}

const FIRST: &str = "./Vendor/MSFT/First";
const BAD: &str = "./Vendor/MSFT/Bad";
const LAST: &str = "./Vendor/MSFT/Last";

#[test]
fn of_an_atomic_group_that_fails_the_first_are_taken_back_and_the_last_are_not_done() {
    let commands = [
        atomic(vec![
            Command::Add(operation("3", FIRST, Some("1"))),
            Command::Replace(operation("4", BAD, Some("1"))),
            Command::Add(operation("5", LAST, Some("1"))),
        ]),
        Command::Get(operation("6", FIRST, None)),
    ];
    let expected = [
        "0 SyncHdr 200",
        "2 Atomic 507 0x86000005",
        "3 Add 216",
        "4 Replace 404 0x86000002",
        "5 Add 215",
        "6 Get 404 0x86000002",
    ];
    assert_eq!(run(&BTreeMap::new(), &commands), expected);
}

#[test]
fn an_atomic_group_that_succeeds_stays() {
    let commands = [
        atomic(vec![
            Command::Add(operation("3", FIRST, Some("1"))),
            Command::Replace(operation("4", FIRST, Some("2"))),
        ]),
        Command::Get(operation("5", FIRST, None)),
    ];
    let expected = [
        "0 SyncHdr 200",
        "2 Atomic 200",
        "3 Add 200",
        "4 Replace 200",
        "5 Get 200",
        "5 = 2",
    ];
    assert_eq!(run(&BTreeMap::new(), &commands), expected);
}

#[test]
fn nothing_is_read_in_an_atomic_group_and_no_group_is_in_another() {
    for (inner, name, id) in [
        (Command::Get(operation("4", FIRST, None)), "Get", "4"),
        (atomic(Vec::new()), "Atomic", "2"),
    ] {
        let add = Command::Add(operation("3", FIRST, Some("1")));
        let expected = [
            "0 SyncHdr 200".to_owned(),
            "2 Atomic 507 0x86000005".to_owned(),
            "3 Add 216".to_owned(),
            format!("{id} {name} 500 0x86000003"),
        ];
        assert_eq!(run(&BTreeMap::new(), &[atomic(vec![add, inner])]), expected);
    }
}

#[test]
fn a_locuri_that_is_made_to_fail_fails_whatever_it_is_told() {
    let fixed = BTreeMap::from([(BAD.to_owned(), 500)]);
    let commands = [
        Command::Add(operation("2", BAD, Some("1"))),
        Command::Get(operation("3", BAD, None)),
        Command::Copy(operation("4", FIRST, None)),
    ];
    let expected = [
        "0 SyncHdr 200",
        "2 Add 500 0x80004005",
        "3 Get 500 0x80004005",
        "4 Copy 406 0x80070032",
    ];
    assert_eq!(run(&fixed, &commands), expected);
}

/// A piece of a value.
fn piece(cmd_id: &str, uri: &str, data: &str, size: Option<usize>, more_data: bool) -> Command {
    let mut operation = operation(cmd_id, uri, Some(data));
    operation.items[0].more_data = more_data;
    operation.items[0].meta = Some(Meta {
        size: size.map(|size| size.to_string()),
        ..Meta::default()
    });
    Command::Add(operation)
}

#[test]
fn a_value_in_pieces_is_asked_for_until_it_is_whole() {
    let read = [
        piece("4", FIRST, "cd", None, false),
        Command::Get(operation("5", FIRST, None)),
    ];
    let messages: [&[Command]; 3] = [
        &[piece("2", FIRST, "a", Some(4), true)],
        &[piece("3", FIRST, "b", None, true)],
        &read,
    ];
    let answers = run_all(&BTreeMap::new(), &messages);
    assert_eq!(answers[0], ["0 SyncHdr 200", "2 Add 213", "Alert 1222"]);
    assert_eq!(answers[1], ["0 SyncHdr 200", "3 Add 213", "Alert 1222"]);
    let expected = ["0 SyncHdr 200", "4 Add 200", "5 Get 200", "5 = abcd"];
    assert_eq!(answers[2], expected);
}

#[test]
fn a_value_of_another_size_or_of_none_is_not_taken() {
    let begins = piece("2", FIRST, "ab", Some(4), true);
    for (pieces, expected) in [
        (
            vec![piece("2", FIRST, "ab", None, true)],
            "2 Add 411 0x80070057",
        ),
        (
            vec![piece("2", FIRST, "ab", Some(3), false)],
            "2 Add 424 0x80070057",
        ),
        (
            vec![begins.clone(), piece("3", FIRST, "c", None, false)],
            "3 Add 424 0x80070057",
        ),
        (
            vec![begins, piece("3", FIRST, "cde", None, true)],
            "3 Add 424 0x80070057",
        ),
    ] {
        let answers = run(&BTreeMap::new(), &pieces);
        assert_eq!(answers.last().unwrap(), expected);
    }
}

#[test]
fn a_value_that_another_comes_in_between_of_is_given_up_and_said_to_be() {
    let commands = [
        piece("2", FIRST, "ab", Some(4), true),
        Command::Add(operation("3", LAST, Some("1"))),
        Command::Get(operation("4", FIRST, None)),
    ];
    let expected = [
        "0 SyncHdr 200",
        "2 Add 213",
        "Alert 1225",
        "3 Add 200",
        "4 Get 404 0x86000002",
    ];
    assert_eq!(run(&BTreeMap::new(), &commands), expected);
}

#[test]
fn a_value_is_written_as_its_format_says() {
    for (format, value, expected) in [
        ("int", "-5", "2 Add 200"),
        ("int", "many", "2 Add 415 0x86000001"),
        ("bool", "True", "2 Add 200"),
        ("bool", "1", "2 Add 415 0x86000001"),
        ("b64", "YQ==", "2 Add 200"),
        ("b64", "%", "2 Add 415 0x86000001"),
        ("node", "x", "2 Add 415 0x86000001"),
        ("number", "1", "2 Add 415 0x86000001"),
    ] {
        let mut add = operation("2", FIRST, Some(value));
        add.meta = Some(Meta {
            format: Some(format.to_owned()),
            ..Meta::default()
        });
        let answers = run(&BTreeMap::new(), &[Command::Add(add)]);
        assert_eq!(answers[1], expected, "{format} {value}");
    }
}

#[test]
fn a_pc_that_is_told_to_leave_does_nothing_more() {
    let mut tree = Tree::bare(&Identity::random(1));
    let fixed = BTreeMap::new();
    let mut reach = Reach {
        tree: &mut tree,
        fixed: &fixed,
        login: Login::None,
        atomic: false,
    };
    let commands = [
        Command::Exec(operation("2", "./Vendor/MSFT/DMClient/Unenroll", None)),
        Command::Add(operation("3", FIRST, Some("1"))),
    ];
    let answer = package(&mut reach, &mut Pieces::default(), "1", &commands);
    assert!(answer.leaves);
    assert_eq!(say(&answer.body), ["0 SyncHdr 200"]);
    assert!(reach.get(FIRST).is_err());
}
