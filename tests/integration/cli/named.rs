//! Policies and templates kept as files: applied beside the data and on a server alike.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::{refused, text};
use crate::pc::{Pc, bearer};
use crate::server::ProcessServer;

fn write(path: &Path, json: &Json) {
    std::fs::write(path, json.to_string()).unwrap();
}

/// Applies files, exports what came of them and applies that again, with `flags` on each command.
async fn files_are_applied(server: &ProcessServer, flags: &[&str], prefix: &str) {
    let data = server.data();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let run = |arguments: &[&str]| data.json(&[arguments, flags].concat());
    let named = |noun: &str| format!("{prefix} {noun}");

    let policy_file = file("policy.json");
    let wish = |value: &str| {
        json!({ "name": named("camera"), "settings": [
            { "locUri": "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera", "format": "int", "value": value },
        ] })
    };
    write(&policy_file, &wish("1"));
    let made = run(&["policy", "apply", policy_file.to_str().unwrap()]);
    write(&policy_file, &wish("0"));
    let changed = run(&["policy", "apply", policy_file.to_str().unwrap()]);
    assert_eq!(made["id"], changed["id"], "the name tells which one it is");
    let shown = run(&["policy", "show", &named("CAMERA")]);
    assert_eq!(shown["settings"][0]["value"], "0");

    let template_file = file("template.json");
    let wish = json!({ "name": named("kiosks"), "rules": [{ "winPolicyId": made["id"] }] });
    write(&template_file, &wish);
    let made = run(&["template", "apply", template_file.to_str().unwrap()]);
    let exported = run(&["template", "export", &named("kiosks")]);
    assert!(exported.get("id").is_none() && exported.get("winEnrollmentToken").is_none());
    write(&template_file, &exported);
    let again = run(&["template", "apply", template_file.to_str().unwrap()]);
    assert_eq!(again["id"], made["id"]);
    assert_eq!(again["rules"], made["rules"]);
    let listed = run(&["template", "list"]);
    let names: Vec<&Json> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert!(names.contains(&&json!(named("kiosks"))), "{names:?}");

    let shows = bearer(again["winEnrollmentToken"]["token"].as_str().unwrap());
    Pc::new().enroll(server, &shows).await;
    let shown = run(&["template", "show", made["id"].as_str().unwrap()]);
    assert_eq!(shown["devicesCount"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_and_templates_are_applied_from_files_here_and_on_a_server() {
    let server = ProcessServer::start(&[]);
    files_are_applied(&server, &[], "here").await;

    let data = server.data();
    let key = data.json(&["admin", "create-key", "--role", "admin"]);
    let key_file = data.path().join("admin.key");
    std::fs::write(&key_file, key["key"].as_str().unwrap()).unwrap();
    let (web, key_file) = (server.web.clone(), key_file.to_str().unwrap().to_owned());
    let flags = ["--server", web.as_str(), "--key-file", key_file.as_str()];
    files_are_applied(&server, &flags, "there").await;
}

#[test]
fn a_file_that_is_not_acceptable_is_told_with_the_path_of_each_fault() {
    let server = ProcessServer::start(&[]);
    let data = server.data();
    let file = data.path().join("template.json");
    let path = file.to_str().unwrap();
    write(
        &file,
        &json!({ "name": "x", "rules": [{ "winPolicyId": "7" }] }),
    );
    refused(
        &data.run(&["template", "apply", path]),
        1,
        "rules[0].winPolicyId",
    );
    write(&file, &json!({ "name": "x", "rules": [] }));
    refused(
        &data.run(&["template", "apply", path]),
        1,
        "at least one rule",
    );
    std::fs::write(&file, "no JSON").unwrap();
    refused(&data.run(&["template", "apply", path]), 1, "holds no JSON");
    let missing = data.run(&["template", "show", "nowhere"]);
    refused(&missing, 1, "there is no template nowhere");
    assert!(text(&missing.stdout).is_empty());
}

#[test]
fn rules_are_tried_out_from_a_file_and_by_name_and_a_refusal_is_exit_code_3() {
    let server = ProcessServer::start(&[]);
    let data = server.data();
    let file = data.path().join("template.json");
    let path = file.to_str().unwrap();
    let policy = data.path().join("policy.json");
    write(&policy, &json!({ "name": "P" }));
    let policy = data.json(&["policy", "apply", policy.to_str().unwrap()]);
    let rules = json!([
        { "name": "Kiosks", "winPolicyId": policy["id"], "displayNamePattern": "K-{serial}",
          "conditions": [{ "identifiers": ["serial:KSK*"] }] },
        { "name": "Others", "action": "reject", "message": "Not here." },
    ]);
    write(&file, &json!({ "name": "Doors", "rules": rules }));
    let fact = "device.serial=ksk 17";
    let told = data.json(&["rules", "test", "--file", path, "--fact", fact]);
    assert_eq!(
        (&told["matched"], &told["effects"]["displayName"]),
        (&json!("Kiosks"), &json!("K-KSK17"))
    );
    data.json(&["template", "apply", path]);
    let output = data.run(&[
        "rules",
        "test",
        "--template",
        "doors",
        "--fact",
        "device.serial=X1",
    ]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(text(&output.stdout).contains("Not here."), "{output:?}");
}
