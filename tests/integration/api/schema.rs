//! The OpenAPI document held against the server by schemathesis: every answer is one that the document tells of, what
//! the document allows is accepted, what it forbids refused, and nothing is reached without a key.

use std::process::Command;

use crate::clients::python;
use crate::server::ProcessServer;

/// Cases of each operation, and with `tests/run --long`.
const CASES: (&str, &str) = ("15", "200");

fn conforms(role: &str) {
    let Some(python) = python() else { return };
    let server = ProcessServer::start(&[("PORTCULLIS_LIMITS__API_REQUESTS_PER_MINUTE", "0")]);
    let data = server.data();
    let key = data.json(&["admin", "create-key", "--role", role]);
    let cases = match std::env::var_os("PORTCULLIS_LONG") {
        Some(_) => CASES.1,
        None => CASES.0,
    };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
    let output = Command::new(python.with_file_name("schemathesis"))
        .args([
            "--config-file",
            &format!("{folder}/schemathesis.toml"),
            "run",
        ])
        .arg(format!("{}/openapi.json", server.web))
        .args(["--max-examples", cases, "--no-color"])
        .args(["--generation-database", "none", "--seed", "1"])
        .args(["--suppress-health-check", "all"])
        .arg("--tls-verify")
        .arg(data.path().join("certs/root.pem"))
        .arg("-H")
        .arg(format!(
            "Authorization: Bearer {}",
            key["key"].as_str().unwrap()
        ))
        .current_dir(data.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "as {role}:\n{told}");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn the_server_keeps_to_its_openapi_document_for_an_owner() {
    conforms("owner");
}

#[test]
fn the_server_keeps_to_its_openapi_document_for_an_auditor() {
    conforms("auditor");
}
