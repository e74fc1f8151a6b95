//! Identity providers kept as files: applied, exported, tested and deleted beside the data and on a server alike.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::{refused, text};
use crate::server::ProcessServer;

const SECRET: &str = "Tr0ub4dor.and-3";

fn write(path: &Path, json: &Json) {
    std::fs::write(path, json.to_string()).unwrap();
}

fn is_kept_as_a_file(server: &ProcessServer, flags: &[&str], name: &str) {
    let data = server.data();
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let arguments = ["identity-provider"].iter().chain(arguments).chain(flags);
        data.run(&arguments.copied().collect::<Vec<_>>())
    };
    let json = |arguments: &[&str]| -> Json {
        let output = run(&[arguments, &["--output", "json"]].concat());
        assert!(output.status.success(), "{output:?}");
        assert!(!text(&output.stdout).contains(SECRET), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let file = folder.path().join("directory.json");
    let path = file.to_str().unwrap();
    std::fs::write(folder.path().join("password"), format!("{SECRET}\n")).unwrap();
    let settings = json!({ "type": "ldap", "url": "ldaps://localhost:1", "baseDn": "dc=contoso,dc=example",
        "bindDn": "cn=reader" });
    write(
        &file,
        &json!({ "name": name, "settings": settings, "secretFile": "password" }),
    );
    let made = json(&["apply", path]);
    assert_eq!(made["hasSecret"], true);

    let exported = json(&["export", &name.to_uppercase()]);
    assert!(exported.get("secret").is_none() && exported.get("id").is_none());
    write(&file, &exported);
    let again = json(&["apply", path]);
    assert_eq!(
        (&again["id"], &again["settings"]),
        (&made["id"], &made["settings"])
    );
    assert_eq!(
        again["hasSecret"], true,
        "a file without a secret leaves it"
    );

    let tested = run(&["test", name, "--output", "json"]);
    assert_eq!(tested.status.code(), Some(1), "{tested:?}");
    let tested: Json = serde_json::from_slice(&tested.stdout).unwrap();
    assert_eq!(tested["works"], false);
    let listed = json(&["list"]);
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["name"] == name)
    );
    json(&["delete", name]);
    refused(&run(&["show", name]), 1, "there is no identity provider");
}

#[test]
fn an_identity_provider_is_kept_as_a_file_here_and_on_a_server() {
    let server = ProcessServer::start(&[]);
    is_kept_as_a_file(&server, &[], "here");

    let data = server.data();
    let key = data.json(&["admin", "create-key", "--role", "admin"]);
    let key_file = data.path().join("admin.key");
    std::fs::write(&key_file, key["key"].as_str().unwrap()).unwrap();
    let key_file = key_file.to_str().unwrap();
    let flags = ["--server", server.web.as_str(), "--key-file", key_file];
    is_kept_as_a_file(&server, &flags, "there");
}

#[test]
fn a_file_of_a_provider_that_is_not_acceptable_is_told_with_the_path() {
    let server = ProcessServer::start(&[]);
    let data = server.data();
    let file = data.path().join("provider.json");
    let apply = |json: Json| {
        write(&file, &json);
        data.run(&["identity-provider", "apply", file.to_str().unwrap()])
    };
    let settings = json!({ "type": "ldap", "url": "dc.contoso.example", "baseDn": "dc=x" });
    let wish = json!({ "name": "x", "settings": settings });
    refused(&apply(wish.clone()), 1, "settings.url");
    let mut both = wish.clone();
    both["secret"] = json!("a");
    both["secretFile"] = json!("b");
    refused(&apply(both), 1, "secretFile");
    let mut nowhere = wish;
    nowhere["secretFile"] = json!("nowhere");
    refused(&apply(nowhere), 1, "nowhere cannot be read");
}
