//! What must be refused, and why: each file of `fixtures/hostile/` by name.

use std::collections::BTreeSet;

use super::*;
use crate::protocol::discovery::Discover;
use crate::protocol::enrollment::RequestSecurityToken;
use crate::protocol::policy::GetPolicies;
use crate::soap::Error;

fn refusal(endpoint: &str, bytes: &[u8]) -> Option<Error> {
    let envelope = match Envelope::read(bytes, &Limits::SOAP) {
        Ok(envelope) => envelope,
        Err(rejected) => return Some(rejected.error),
    };
    match endpoint {
        "Discovery" => Discover::take(&envelope).err(),
        "Policy" => GetPolicies::take(&envelope).err(),
        "Enrollment" => RequestSecurityToken::take(&envelope).err(),
        other => panic!("no endpoint {other}"),
    }
}

/// The rows of the table: file, endpoint, reason.
fn table() -> Vec<[String; 3]> {
    let text = String::from_utf8(fixture("hostile/README.md")).unwrap();
    let cells = |row: &str| {
        let mut cells = row
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned());
        [(); 3].map(|()| cells.next().unwrap())
    };
    let rows = text.lines().filter(|line| line.starts_with('|'));
    rows.skip(2).map(cells).collect()
}

#[test]
fn each_hostile_message_is_refused_for_its_own_reason() {
    let mut wrong = Vec::new();
    for [name, endpoint, expected] in table() {
        let bytes = fixture(&format!("hostile/{name}.xml"));
        let refused = refusal(&endpoint, &bytes);
        let reason = refused.map_or_else(|| "taken".to_owned(), |error| error.to_string());
        if reason != expected {
            wrong.push(format!("{name}: expected \"{expected}\", got \"{reason}\""));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_hostile_file_has_its_row() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile");
    let files: BTreeSet<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    let rows = table().into_iter().map(|[name, ..]| format!("{name}.xml"));
    assert_eq!(files, rows.collect());
    assert!(files.len() > 80);
}

#[test]
fn the_action_the_body_and_the_endpoint_must_agree() {
    let bodies = [
        ("Discovery", "mde2/discover.xml", Discover::ACTION),
        ("Policy", "xcep/get-policies-token.xml", GetPolicies::ACTION),
        (
            "Enrollment",
            "wstep/issue-token.xml",
            RequestSecurityToken::ACTION,
        ),
    ];
    let actions = [
        Discover::ACTION,
        GetPolicies::ACTION,
        RequestSecurityToken::ACTION,
        "urn:other",
    ];
    for (own_endpoint, file, own_action) in bodies {
        let text = String::from_utf8(fixture(file)).unwrap();
        for action in actions {
            let sent = text.replace(own_action, action);
            for endpoint in ["Discovery", "Policy", "Enrollment"] {
                let refused = refusal(endpoint, sent.as_bytes());
                let agree = action == own_action && endpoint == own_endpoint;
                assert_eq!(refused.is_none(), agree, "{file} {action} {endpoint}");
            }
        }
    }
}

#[test]
fn a_fault_can_relate_to_a_message_that_is_broken_after_its_id() {
    let rejected = Envelope::read(&fixture("hostile/two-bodies.xml"), &Limits::SOAP).unwrap_err();
    assert_eq!(
        rejected.message_id.as_deref(),
        Some("urn:uuid:5b0a3c0e-92d4-4b53-8d1c-1f6a4c6f0001")
    );
    let rejected =
        Envelope::read(&fixture("hostile/two-message-ids.xml"), &Limits::SOAP).unwrap_err();
    assert_eq!(rejected.message_id, None);
}
