use jiff::Timestamp;

use super::*;
use crate::policy::{Delivery, Sent};

fn setting(json: serde_json::Value) -> Setting {
    serde_json::from_value(json).unwrap()
}

fn policy(settings: Vec<Setting>) -> Policy {
    Policy {
        id: ObjectId::generate(Timestamp::UNIX_EPOCH),
        organization_id: ObjectId::generate(Timestamp::UNIX_EPOCH),
        name: "P".to_owned(),
        description: None,
        settings,
        atomic: false,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        revision: 1,
    }
}

fn at(uri: &str, value: &str) -> Setting {
    setting(serde_json::json!({ "locUri": uri, "value": value }))
}

fn sent(session: &str, message: &str) -> Sent {
    Sent {
        session: session.to_owned(),
        message: message.to_owned(),
        at: Timestamp::UNIX_EPOCH,
        answered_by: None,
    }
}

#[test]
fn the_first_policy_that_names_a_node_has_it_however_it_is_spelled() {
    let first = policy(vec![
        at("./Device/Vendor/MSFT/X/A", "1"),
        at("./Vendor/MSFT/X/B", "2"),
    ]);
    let second = policy(vec![
        at("./vendor/msft/x/a", "3"),
        at("./Vendor/MSFT/X/C", "4"),
    ]);
    let effective = Effective::of([&first, &second]);
    let values: Vec<_> = effective
        .wishes
        .iter()
        .map(|it| it.value.as_str())
        .collect();
    assert_eq!(values, ["1", "2", "4"]);
    let [overridden] = effective.overridden.as_slice() else {
        panic!("{effective:?}");
    };
    assert_eq!(
        (overridden.wish.value.as_str(), overridden.by),
        ("3", first.id)
    );
}

#[test]
fn a_policy_may_name_a_node_in_several_steps() {
    let one = policy(vec![at("./X/A", "1"), at("./X/A", "2")]);
    let steps: Vec<_> = Effective::of([&one])
        .wishes
        .iter()
        .map(|it| it.step)
        .collect();
    assert_eq!(steps, [0, 1]);
}

#[test]
fn a_users_setting_lies_below_user() {
    let user = setting(serde_json::json!({ "locUri": "./Vendor/MSFT/X", "scope": "user" }));
    let both = policy(vec![user, at("./Vendor/MSFT/X", "")]);
    let effective = Effective::of([&both]);
    let uris: Vec<_> = effective
        .wishes
        .iter()
        .map(|it| it.loc_uri.as_str())
        .collect();
    assert_eq!(uris, ["./User/Vendor/MSFT/X", "./Vendor/MSFT/X"]);
    assert_eq!(effective.wishes[1].step, 0);
}

#[test]
fn values_of_the_renewal_are_changed_together_and_nothing_is_read_in_a_group() {
    let renew = |leaf: &str| format!("./Vendor/MSFT/CertificateStore/My/WSTEP/Renew/{leaf}");
    let read = setting(serde_json::json!({ "locUri": renew("Status"), "command": "get" }));
    let policy = policy(vec![at(&renew("RenewPeriod"), "50"), read, at("./X/A", "")]);
    let groups: Vec<_> = Effective::of([&policy])
        .wishes
        .iter()
        .map(|it| it.group.is_some())
        .collect();
    assert_eq!(groups, [true, false, false]);
}

#[test]
fn the_policy_csp_is_replaced_and_other_nodes_are_added() {
    let policy = policy(vec![
        at(
            "./Device/Vendor/MSFT/Policy/Config/Experience/AllowCortana",
            "0",
        ),
        at("./Vendor/MSFT/X/A", "1"),
        setting(serde_json::json!({ "locUri": "./X/Run", "format": "null", "command": "exec" })),
    ]);
    let verbs: Vec<_> = Effective::of([&policy])
        .wishes
        .iter()
        .map(Wish::first_verb)
        .collect();
    assert_eq!(verbs, [Verb::Replace, Verb::Add, Verb::Exec]);
}

#[test]
fn add_and_replace_take_each_others_place_once() {
    let policy = policy(vec![at("./Vendor/MSFT/X/A", "1")]);
    let mut delivery = Delivery::of(&Effective::of([&policy]).wishes[0]);
    assert!(delivery.is_due("1", "1", Timestamp::UNIX_EPOCH));
    delivery.send(sent("1", "1"));
    assert!(
        !delivery.is_due("1", "2", Timestamp::UNIX_EPOCH),
        "it is on its way"
    );
    assert!(
        delivery.is_due("1", "1", Timestamp::UNIX_EPOCH),
        "the reply was lost"
    );
    let answer = |delivery: &mut Delivery, status, error| {
        delivery.answer(status, error, Timestamp::UNIX_EPOCH);
        delivery.turn(Format::Chr);
    };
    answer(&mut delivery, 418, None);
    assert_eq!((delivery.verb, delivery.status), (Verb::Replace, None));
    assert!(delivery.is_due("1", "2", Timestamp::UNIX_EPOCH));
    delivery.send(sent("1", "2"));
    answer(&mut delivery, 404, Some("0x86000002"));
    assert_eq!(delivery.status, Some(404), "no second time");
    assert!(!delivery.is_due("1", "3", Timestamp::UNIX_EPOCH));
    assert!(
        delivery.is_due("2", "1", Timestamp::UNIX_EPOCH),
        "another session tries again"
    );
    delivery.send(sent("2", "1"));
    answer(&mut delivery, 404, None);
    assert_eq!(delivery.verb, Verb::Add, "in which it may be the other one");
    delivery.send(sent("2", "2"));
    answer(&mut delivery, 500, None);
    for session in ["3", "4"] {
        if delivery.is_due(session, "1", Timestamp::UNIX_EPOCH) {
            delivery.send(sent(session, "1"));
            delivery.answer(500, None, Timestamp::UNIX_EPOCH);
        }
    }
    assert!(
        !delivery.is_due("5", "1", Timestamp::UNIX_EPOCH),
        "three sessions are enough"
    );
}

#[test]
fn what_ran_is_never_told_again_whether_or_not_it_was_answered() {
    let run = setting(serde_json::json!({ "locUri": "./X/Run", "command": "exec" }));
    let wish = Effective::of([&policy(vec![run])]).wishes.remove(0);
    let mut unanswered = Delivery::of(&wish);
    unanswered.send(sent("1", "1"));
    assert!(
        unanswered.is_due("1", "1", Timestamp::UNIX_EPOCH),
        "the device asks again for the same reply"
    );
    assert!(
        !unanswered.is_due("1", "2", Timestamp::UNIX_EPOCH)
            && !unanswered.is_due("2", "1", Timestamp::UNIX_EPOCH)
    );
    assert!(!unanswered.waits());
    let mut failed = Delivery::of(&wish);
    failed.send(sent("1", "1"));
    failed.answer(500, None, Timestamp::UNIX_EPOCH);
    assert!(!failed.is_due("2", "1", Timestamp::UNIX_EPOCH));
    let mut held = Delivery::of(&wish);
    held.send(sent("1", "1"));
    held.answer(215, None, Timestamp::UNIX_EPOCH);
    assert!(
        held.is_due("2", "1", Timestamp::UNIX_EPOCH),
        "it did not run"
    );
}

#[test]
fn what_goes_is_removed_where_it_is_ours() {
    let wish = |uri: &str| {
        Effective::of([&policy(vec![at(uri, "1")])])
            .wishes
            .remove(0)
    };
    let answered = |uri: &str, status| {
        let mut delivery = Delivery::of(&wish(uri));
        delivery.answer(status, None, Timestamp::UNIX_EPOCH);
        delivery
    };
    assert!(answered("./Vendor/MSFT/Policy/Config/A/B", 200).remove());
    assert!(answered("./Vendor/MSFT/X/A", 200).remove(), "it was added");
    let mut replaced = answered("./Vendor/MSFT/X/A", 418);
    replaced.turn(Format::Chr);
    replaced.answer(200, None, Timestamp::UNIX_EPOCH);
    assert!(!replaced.remove(), "it was there before");
    assert!(!answered("./Vendor/MSFT/X/A", 500).remove());
}

#[test]
fn a_piece_and_what_was_given_up_or_taken_back_is_not_done() {
    let wish = Effective::of([&policy(vec![at("./X/A", "1")])])
        .wishes
        .remove(0);
    let done = |status: u16| {
        let mut delivery = Delivery::of(&wish);
        delivery.answer(status, None, Timestamp::UNIX_EPOCH);
        assert!(delivery.added <= delivery.is_done());
        delivery.is_done()
    };
    assert!([200, 202, 212, 304].into_iter().all(done));
    assert!(![213, 214, 215, 216, 400].into_iter().any(done));
}

#[test]
fn the_computers_name_is_added_however_often_it_changes() {
    let uri = "./Device/Vendor/MSFT/Accounts/Domain/ComputerName";
    let name = |name: &str| Wish::own(uri.to_owned(), Format::Chr, name.to_owned());
    let mut delivery = Delivery::of(&name("PC-1"));
    delivery.answer(200, None, Timestamp::UNIX_EPOCH);
    assert_eq!(delivery.verb, Verb::Add);
    delivery.renew(&name("PC-2"));
    assert_eq!(delivery.verb, Verb::Add);
}
