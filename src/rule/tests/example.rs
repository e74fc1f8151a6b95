//! The worked examples: rules R1 to R5 of one template, and who becomes what.

use serde_json::json;

use super::*;

fn template() -> Json {
    json!({ "rules": [
        { "name": "R1", "action": "reject", "conditions": [{ "identifiers": ["list:stolen"] }] },
        { "name": "R2", "conditions": [{ "tags": [["executive"], ["manager", "director"]],
            "facts": [["ownership:corporate"]] }] },
        { "name": "R3", "conditions": [
            { "auxiliaryFields": [["department:sales", "location:hq"]] },
            { "identifiers": ["serial:KSK*"], "facts": [["os.version>=10.0.22621"]] },
        ] },
        { "name": "R4", "action": "hold",
            "conditions": [{ "patterns": [r"email=@(ext|partner)\.contoso\.com$"] }] },
        { "name": "R5" },
    ] })
}

fn matched(told: &[(&str, &str)]) -> (String, Action) {
    let (rules, body) = rules(template());
    let decision = rules.evaluate(&facts(told));
    let name = match decision.matched {
        Some(index) => body.rules[index].called(index),
        None => "none".to_owned(),
    };
    (name, decision.action)
}

const ANA: [(&str, &str); 5] = [
    ("tag", "manager"),
    ("tag", "director"),
    ("ownership", "corporate"),
    ("email", "ana@contoso.com"),
    ("device.serial", "X1"),
];

#[test]
fn a_manager_and_director_on_a_corporate_device_meets_the_second_group_of_tags() {
    assert_eq!(matched(&ANA), ("R2".to_owned(), Action::Enroll));
}

#[test]
fn a_manager_alone_is_everyone_else() {
    let ben = [
        ("tag", "manager"),
        ("ownership", "corporate"),
        ("email", "ben@contoso.com"),
    ];
    assert_eq!(matched(&ben).0, "R5");
}

#[test]
fn sales_in_another_city_does_not_meet_both_fields() {
    let sales = [
        ("aux.department", "Sales"),
        ("aux.location", "Madrid"),
        ("email", "c@contoso.com"),
    ];
    assert_eq!(matched(&sales).0, "R5");
    let hq = [
        ("aux.department", "Sales"),
        ("aux.location", "HQ"),
        ("email", "c@contoso.com"),
    ];
    assert_eq!(matched(&hq).0, "R3");
}

#[test]
fn a_serial_number_is_normalised_before_its_beginning_is_compared() {
    let kiosk = [("device.serial", "ksk.00 17"), ("os.version", "10.0.22631")];
    assert_eq!(matched(&kiosk).0, "R3");
}

#[test]
fn the_same_box_on_windows_10_sends_no_serial_and_the_trace_says_what_was_unknown() {
    let told = facts(&[
        ("os.version", "10.0.19045"),
        ("email", "k@contoso.com"),
        ("aux.department", "it"),
        ("ownership", "personal"),
    ]);
    let (compiled, body) = rules(template());
    let decision = compiled.evaluate(&told);
    assert_eq!(decision.matched, Some(4));
    let trace = compiled.explain(&body, &told, &decision);
    let results: Vec<Truth> = trace.iter().map(|step| step.result).collect();
    assert_eq!(
        results,
        [
            Truth::Unknown,
            Truth::False,
            Truth::False,
            Truth::False,
            Truth::True
        ],
        "unknown and false is false"
    );
    assert_eq!(trace[0].because[0].got, None);
    assert_eq!(trace[0].because[0].result, Truth::Unknown);

    let mut holding = template();
    holding["onUnknown"] = json!("hold");
    let (compiled, _) = rules(holding);
    let decision = compiled.evaluate(&told);
    assert_eq!((decision.action, decision.unknown), (Action::Hold, Some(0)));
}

#[test]
fn a_contractor_without_a_form_is_held() {
    let told = [("email", "x@partner.contoso.com"), ("device.serial", "X1")];
    assert_eq!(matched(&told), ("R4".to_owned(), Action::Hold));
}

#[test]
fn a_device_on_the_list_is_turned_away_whoever_brings_it() {
    let mut told = ANA.to_vec();
    told.push(("list", "stolen"));
    assert_eq!(matched(&told), ("R1".to_owned(), Action::Reject));
}
