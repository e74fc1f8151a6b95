//! The command line makes tokens beside the data and on a server alike.

use serde_json::{Value as Json, json};

use crate::server::ProcessServer;

/// Makes tokens of a file and sends the mail about one again, with `flags` on each command.
fn tokens_are_made(server: &ProcessServer, flags: &[&str], prefix: &str) {
    let data = server.data();
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| data.run(&[arguments, &["--output", "json"], flags].concat());
    let read = |arguments: &[&str]| {
        let output = run(arguments);
        let json: Json = serde_json::from_slice(&output.stdout).unwrap_or(Json::Null);
        (output.status.code(), json)
    };
    let policy = folder.path().join("policy.json");
    let name = format!("{prefix}: kiosk");
    let wish = json!({"name": name, "settings": [
        {"locUri": "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera", "format": "int", "value": "0"},
    ]});
    std::fs::write(&policy, wish.to_string()).unwrap();
    let (_, policy) = read(&["policy", "apply", policy.to_str().unwrap()]);

    let file = folder.path().join("addresses.txt");
    let address = |name: &str| format!("{name}.{prefix}@contoso.example");
    let text = format!(
        "# sales\n\n{}\nnobody\n{}\n",
        address("ana"),
        address("ben")
    );
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let assigned = format!("{name}:7");
    let bulk = [
        "token",
        "bulk",
        file,
        "--policy",
        &assigned,
        "--tag",
        "HQ",
        "--language",
        "es",
    ];
    let (code, told) = read(
        &[
            &bulk[..],
            &["--send-email", "--details", "--duration", "2h"],
        ]
        .concat(),
    );
    assert_eq!(code, Some(1), "one address is none");
    assert_eq!((&told["total"], &told["success"]), (&json!(3), &json!(2)));
    assert_eq!(told["items"][1]["error"]["code"], 5209);
    let id = told["items"][0]["id"].as_str().unwrap();
    let (_, shown) = read(&["token", "show", id]);
    assert_eq!(
        shown["winPolicyAssignments"][0]["winPolicyId"],
        policy["id"]
    );
    assert_eq!(shown["winPolicyAssignments"][0]["priority"], 7);
    assert_eq!(
        (&shown["tags"], &shown["language"], &shown["emailStatus"]),
        (&json!(["HQ"]), &json!("es"), &json!("queued"))
    );

    let (code, sent) = read(&["token", "resend", id, "--language", "en", "--extend", "7d"]);
    assert_eq!((code, &sent["language"]), (Some(0), &json!("en")));
    assert!(sent["expireAt"].as_str() > shown["expireAt"].as_str());
    let id = policy["id"].as_str().unwrap();
    let (_, made) = read(&["token", "create", "--policy", id]);
    assert_eq!(made["winPolicyAssignments"][0]["priority"], 100);
    let (_, plain) = read(&["token", "bulk", file]);
    assert_eq!(plain, json!({"total": 3, "success": 2, "fail": 1}));
    let missing = run(&["token", "create", "--policy", "Nothing"]);
    let told = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(told.contains("there is no policy Nothing"), "{told}");
}

#[test]
fn tokens_for_many_addresses_are_made_here_and_on_a_server() {
    let server = ProcessServer::start(&[]);
    tokens_are_made(&server, &[], "here");

    let data = server.data();
    let key = data.json(&["admin", "create-key", "--role", "admin"]);
    let key_file = data.path().join("admin.key");
    std::fs::write(&key_file, key["key"].as_str().unwrap()).unwrap();
    let (web, key_file) = (server.web.clone(), key_file.to_str().unwrap().to_owned());
    let flags = ["--server", web.as_str(), "--key-file", key_file.as_str()];
    tokens_are_made(&server, &flags, "there");
}
