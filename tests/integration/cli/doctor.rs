//! `doctor`: what it finds, and that it changes nothing.

use std::process::Output;

use serde_json::{Value as Json, json};

use super::text;
use crate::server::{Data, ProcessServer};

/// How each check stands, and what is said of it.
fn told(output: &Output) -> Vec<(String, String, String)> {
    let checks: Vec<Json> = serde_json::from_slice(&output.stdout).unwrap();
    let field = |check: &Json, name: &str| check[name].as_str().unwrap().to_owned();
    let checks = checks.iter();
    checks
        .map(|it| {
            (
                field(it, "check"),
                field(it, "status"),
                field(it, "message"),
            )
        })
        .collect()
}

fn status<'a>(checks: &'a [(String, String, String)], name: &str) -> &'a str {
    let found = checks.iter().rfind(|(check, _, _)| check == name);
    let (_, status, _) = found.unwrap_or_else(|| panic!("{name} is not in {checks:?}"));
    status
}

const DOCTOR: [&str; 3] = ["doctor", "--output", "json"];

#[test]
fn the_doctor_finds_nothing_yet_before_the_first_start_and_makes_nothing() {
    let data = Data::new();
    let output = data.run(&DOCTOR);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let checks = told(&output);
    for name in ["database", "authority", "TLS certificate"] {
        assert_eq!(status(&checks, name), "warn", "{checks:?}");
    }
    let made = std::fs::read_dir(data.path()).unwrap().count();
    assert_eq!(made, 0, "it only looks");
}

#[test]
fn the_doctor_finds_a_server_well_and_names_the_provider_that_does_not_answer() {
    let server = ProcessServer::start(&[]);
    let data = server.data();
    let from = [&DOCTOR[..], &["--from", server.web.as_str()]].concat();
    let output = data.run(&from);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let checks = told(&output);
    for name in [
        "database",
        "authority",
        "TLS certificate",
        "mail",
        "health",
        "discovery",
    ] {
        assert_eq!(status(&checks, name), "ok", "{checks:?}");
    }

    let file = data.path().join("provider.json");
    let settings = json!({ "type": "ldap", "url": "ldaps://localhost:1", "baseDn": "dc=x" });
    let wish = json!({ "name": "Directory", "settings": settings });
    std::fs::write(&file, wish.to_string()).unwrap();
    data.json(&["identity-provider", "apply", file.to_str().unwrap()]);
    let output = data.run(&DOCTOR);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let checks = told(&output);
    assert_eq!(status(&checks, "identity provider Directory"), "fail");
    let table = data.run(&["doctor"]);
    let table = text(&table.stdout);
    assert!(
        table.starts_with("CHECK") && table.contains("fail"),
        "{table}"
    );
}

#[test]
fn the_doctor_fails_where_the_certificate_does_not_name_the_host_and_a_key_is_gone() {
    let server = ProcessServer::start(&[]);
    let mut doctor = server.data().command(&DOCTOR);
    let output = doctor
        .env("PORTCULLIS_WEB__PUBLIC_URL", "https://mdm.contoso.example")
        .env(
            "PORTCULLIS_DEVICE__PUBLIC_URL",
            "https://mdm.contoso.example:8443",
        )
        .env("PORTCULLIS_SMTP__HOST", "localhost")
        .env("PORTCULLIS_SMTP__PORT", "1")
        .env("PORTCULLIS_SMTP__FROM", "mdm@contoso.example")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let checks = told(&output);
    assert_eq!(status(&checks, "TLS certificate"), "fail", "{checks:?}");
    assert_eq!(status(&checks, "mail"), "fail", "{checks:?}");

    let data = server.kill();
    std::fs::remove_file(data.path().join("certs/master.key")).unwrap();
    let output = data.run(&DOCTOR);
    assert_eq!(status(&told(&output), "authority"), "fail");
    assert!(!data.path().join("certs/master.key").exists());
}

#[test]
fn the_doctor_warns_of_an_application_that_entra_id_does_not_accept() {
    let server = ProcessServer::start(&[]);
    let data = server.data();
    let apply = |noun: &str, body: Json| {
        let file = data.path().join(format!("{noun}.json"));
        std::fs::write(&file, body.to_string()).unwrap();
        data.json(&[noun, "apply", file.to_str().unwrap()])
    };
    let policy = apply("policy", json!({ "name": "P1", "settings": [] }));
    let guid = "7a1c3b1e-0a52-4d7e-9d0c-3b6f5c9e2f10";
    let app = json!({ "tenantId": guid, "clientId": guid, "clientSecret": "canary-graph-77aa" });
    let rules = json!([{ "winPolicyId": policy["id"] }]);
    apply(
        "template",
        json!({ "name": "Joined", "rules": rules, "entraId": { "mobilityApp": app } }),
    );
    let mut doctor = data.command(&DOCTOR);
    let output = doctor
        .env("PORTCULLIS_ENTRA__LOGIN_URL", "http://127.0.0.1:9")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let checks = told(&output);
    assert_eq!(status(&checks, "Entra ID, template Joined"), "warn");
    assert!(!text(&output.stdout).contains("canary"));
}
