//! The edges: nothing, everything, what repeats, what is refused on save, and what is said of it.

use serde_json::json;

use super::*;

fn one(condition: &Json) -> Json {
    json!({ "rules": [{ "name": "A", "conditions": [condition] }] })
}

fn holds(condition: &Json, told: &[(&str, &str)]) -> bool {
    rules(one(condition))
        .0
        .evaluate(&facts(told))
        .matched
        .is_some()
}

fn refused(condition: &Json) -> Vec<String> {
    let body: Body = serde_json::from_value(one(condition)).unwrap();
    let Err(faults) = Rules::compile(&body) else {
        panic!("it is refused");
    };
    let faults = faults.into_result().unwrap_err();
    faults.into_iter().map(|it| it.path).collect()
}

#[test]
fn no_conditions_an_empty_condition_and_empty_lists_hold_for_everybody() {
    assert!(
        rules(json!({ "rules": [{}] }))
            .0
            .evaluate(&facts(&[]))
            .matched
            .is_some()
    );
    assert!(holds(&json!({}), &[]));
    assert!(holds(
        &json!({ "tags": [], "patterns": [], "identifiers": [] }),
        &[]
    ));
}

#[test]
fn no_rules_at_all_let_everybody_in_and_no_match_turns_away_unless_said_otherwise() {
    let none = rules(json!({})).0.evaluate(&facts(&[]));
    assert_eq!((none.matched, none.action), (None, Action::Enroll));
    for (said, action) in [
        (None, Action::Reject),
        (Some("hold"), Action::Hold),
        (Some("enroll"), Action::Enroll),
    ] {
        let mut body = one(&json!({ "tags": [["x"]] }));
        if let Some(said) = said {
            body["onNoMatch"] = json!(said);
        }
        assert_eq!(rules(body).0.evaluate(&facts(&[])).action, action);
    }
}

#[test]
fn the_first_of_two_rules_with_the_same_identifier_wins_and_lint_notes_it() {
    let condition = json!([{ "identifiers": ["serial:AB12"] }]);
    let (compiled, body) = rules(json!({ "rules": [
        { "name": "A", "conditions": condition }, { "name": "B", "conditions": condition } ] }));
    assert_eq!(
        compiled
            .evaluate(&facts(&[("device.serial", "a.b12")]))
            .matched,
        Some(0)
    );
    assert!(lint(&body).iter().any(|it| it.contains("the first wins")));
}

#[test]
fn a_rule_for_everybody_that_is_not_last_makes_the_others_unreachable() {
    let (_, body) =
        rules(json!({ "rules": [{ "name": "all" }, { "name": "x" }, { "name": "y" }] }));
    assert_eq!(
        lint(&body),
        ["rules 2 to 3 are unreachable: all holds for everybody"]
    );
    let (_, body) = rules(json!({ "rules": [{ "name": "x", "conditions": [{}] }] }));
    assert!(lint(&body)[0].contains("empty"));
}

#[test]
fn withholding_a_fact_meets_no_condition_not_even_a_negated_one() {
    assert!(!holds(&json!({ "facts": [["!device.serial:BAD"]] }), &[]));
    assert!(holds(
        &json!({ "facts": [["!device.serial:BAD"]] }),
        &[("device.serial", "GOOD1")]
    ));
    assert!(
        holds(&json!({ "tags": [["!contractor"]] }), &[]),
        "who has no tags is known not to have this one"
    );
}

#[test]
fn an_identifier_is_found_in_whatever_way_it_is_written() {
    for (identifier, told) in [
        ("PF3.X 17", ("device.serial", "pf3x17")),
        ("imei:490154203237518", ("device.imei", "49015420323751")),
        ("mac:A2-19-7D-41-B3-9C", ("device.mac", "a2197d41b39c")),
        (
            "0f3b8e6c-a271-4556-9b72-a26cbd112233",
            ("device.id", "{0F3B8E6C-A271-4556-9B72-A26CBD112233}"),
        ),
    ] {
        assert!(
            holds(&json!({ "identifiers": [identifier] }), &[told]),
            "{identifier}"
        );
    }
    let three = [
        ("device.manufacturer", "CONTOSO"),
        ("device.model", "Book  9"),
        ("device.serial", "sn1"),
    ];
    assert!(holds(
        &json!({ "identifiers": ["Contoso,Book 9,SN1"] }),
        &three
    ));
}

#[test]
fn what_cannot_be_understood_is_refused_with_its_path() {
    for (condition, path) in [
        (json!({ "patterns": ["ok", "(a"] }), "patterns[1]"),
        (json!({ "patterns": ["(a{1000}){1000}"] }), "patterns[0]"),
        (json!({ "identifiers": ["!serial:X1"] }), "identifiers[0]"),
        (json!({ "identifiers": ["serial:P*"] }), "identifiers[0]"),
        (json!({ "identifiers": ["serial:None"] }), "identifiers[0]"),
        (json!({ "facts": [["a:b"], ["os.version"]] }), "facts[1][0]"),
        (json!({ "facts": [["os.version~("]] }), "facts[0][0]"),
        (json!({ "tags": [["a", "!"]] }), "tags[0][1]"),
    ] {
        assert_eq!(
            refused(&condition),
            [format!("rules[0].conditions[0].{path}")]
        );
    }
}

#[test]
fn an_expression_takes_linear_time_whatever_it_is() {
    let long = format!("{}!", "a".repeat(50_000));
    assert!(!holds(
        &json!({ "patterns": ["deviceName=^(a+)+$"] }),
        &[("device.name", &long)]
    ));
}

#[test]
fn a_rule_reads_as_a_sentence() {
    let (_, body) = rules(one(
        &json!({ "tags": [["executive"], ["manager", "director"]], "identifiers": ["X1", "X2"] }),
    ));
    assert_eq!(
        sentence(&body.rules[0]),
        "Devices enroll when the user has the tags (executive) or (manager and director), and the device is X1 or X2."
    );
}

#[test]
fn a_rule_that_may_become_true_later_asks_to_be_evaluated_again() {
    let mut body = one(&json!({ "facts": [["device.model:Book 9"]] }));
    body["onUnknown"] = json!("reevaluate");
    body["onNoMatch"] = json!("enroll");
    let decision = rules(body).0.evaluate(&facts(&[]));
    assert!(decision.again && decision.action == Action::Enroll);
}
