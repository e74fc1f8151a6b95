//! The command line beside a running server: two processes over one database.

mod doctor;
mod identity_provider;
mod named;
mod secret;

use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::pc::{Pc, bearer, password};
use crate::server::{Data, ProcessServer, portcullis};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Fails unless the command ended with `code`, told why on the standard error, and nothing on the standard output.
fn refused(output: &Output, code: i32, why: &str) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).contains(why), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_shown_listed_used_and_revoked_beside_the_server() {
    let server = ProcessServer::start(&[]);
    let data = server.data();
    let made = data.json(&[
        "token",
        "create",
        "--email",
        "ana@contoso.example",
        "--uses",
        "2",
        "--duration",
        "2h",
        "--device-cap",
        "5",
        "--tag",
        "Sales",
        "--tag",
        "HQ",
        "--display-name",
        "Ana's laptop",
    ]);
    let field = |key: &str| made[key].as_str().unwrap().to_owned();
    assert_eq!(made["state"], "PENDING");
    assert_eq!(made["maxUses"], 2);
    assert_eq!(made["tags"], serde_json::json!(["Sales", "HQ"]));
    assert!(field("enrollmentLink").contains(&field("token")));
    let id = field("id");

    let by_code = password("ana@contoso.example", &field("enrollCode"));
    Pc::new().enroll(&server, &by_code).await;
    let shown = data.json(&["token", "show", &id]);
    assert_eq!(
        (&shown["uses"], &shown["state"]),
        (&1.into(), &"PENDING".into())
    );
    assert_eq!(shown["enrollCode"], made["enrollCode"]);
    let listed = data.json(&["token", "list"]);
    assert_eq!(listed[0]["id"], made["id"]);

    let revoked = data.json(&["token", "revoke", &id]);
    assert_eq!(revoked["state"], "DELETED");
    let fault = Pc::new()
        .try_enroll(&server, &bearer(&field("token")))
        .await;
    assert_eq!(fault.err().unwrap().hresult(), 0x8018_0002);
    refused(
        &data.run(&["token", "revoke", &"0".repeat(24)]),
        1,
        "there is no token",
    );
    refused(&data.run(&["token", "show", "x"]), 1, "x is no id");
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_and_attempts_are_listed_and_shown_in_words() {
    let server = ProcessServer::start(&[]);
    let data = server.data();
    let made = data.json(&["token", "create", "--uses", "unlimited"]);
    let shows = bearer(made["token"].as_str().unwrap());
    Pc::new().enroll(&server, &shows).await;
    let fault = Pc::new().try_enroll(&server, &bearer("nothing")).await;
    let trace = fault.err().unwrap().detail.unwrap().trace_id;

    let devices = data.json(&["device", "list"]);
    assert_eq!(devices.as_array().unwrap().len(), 1);
    let id = devices[0]["id"].as_str().unwrap();
    let device = data.json(&["device", "show", id]);
    assert_eq!(device["facts"]["deviceName"], "DESKTOP-1A2B3C4");
    assert_eq!(device["certificates"][0]["state"], "issued");
    let table = text(&data.run(&["device", "show", id]).stdout);
    assert!(table.contains("DESKTOP-1A2B3C4") && table.contains("fact OSEdition"));

    let began = Instant::now();
    let attempts = loop {
        let attempts = data.json(&["attempt", "list"]);
        if attempts.as_array().unwrap().len() == 2 {
            break attempts;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{attempts}");
    };
    let by_trace = data.json(&["attempt", "show", &trace]);
    assert_eq!(by_trace["refusal"], "credential-unknown");
    assert_eq!(by_trace["exchanges"][0]["traceId"], trace);
    let by_id = data.json(&["attempt", "show", by_trace["id"].as_str().unwrap()]);
    assert_eq!(by_id, by_trace);
    let refused_ones = data.json(&["attempt", "list", "--outcome", "refused"]);
    assert_eq!(refused_ones.as_array().unwrap().len(), 1);
    assert_eq!(refused_ones[0]["id"], by_trace["id"]);
    let enrolled = attempts.as_array().unwrap().iter();
    assert!(
        enrolled
            .clone()
            .any(|attempt| attempt["outcome"] == "enrolled")
    );
    let table = text(&data.run(&["attempt", "show", &trace]).stdout);
    assert!(
        table.contains("80180002") && table.contains("explanation"),
        "{table}"
    );
    refused(&data.run(&["attempt", "show", "nothing"]), 1, "nothing");
    refused(
        &data.run(&["device", "show", &"0".repeat(24)]),
        1,
        "there is no device",
    );
}

#[test]
fn the_authority_and_the_keys_of_administrators_need_no_server() {
    let data = Data::new();
    let shown = data.json(&["ca", "show"]);
    assert!(
        shown["rootPem"]
            .as_str()
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE")
    );
    assert_eq!(shown["rootSha256"].as_str().unwrap().len(), 64);
    assert_eq!(data.json(&["ca", "show"]), shown, "made once");

    let made = data.json(&["admin", "create-key", "--role", "owner", "--name", "ci"]);
    assert!(made["key"].as_str().unwrap().starts_with("ptc_"));
    let for_default = [
        "admin",
        "create-key",
        "--role",
        "auditor",
        "--organization",
        "default",
    ];
    assert_eq!(data.json(&for_default)["role"], "auditor");
    let nowhere = data.run(&[
        "admin",
        "create-key",
        "--role",
        "owner",
        "--organization",
        "no",
    ]);
    refused(&nowhere, 1, "there is no organization no");
    let everything = std::fs::read(data.path().join("portcullis.db")).unwrap();
    let key = made["key"].as_str().unwrap().as_bytes();
    assert!(!everything.windows(key.len()).any(|bytes| bytes == key));
}

#[test]
fn the_configuration_is_checked_and_printed_with_its_sources() {
    let data = Data::new();
    let path = data.path().join("portcullis.toml");
    std::fs::write(
        &path,
        "[web]\npublic_url = \"https://mdm.contoso.example\"\n",
    )
    .unwrap();
    let named = |arguments: &[&str]| {
        let mut command = data.command(arguments);
        command.arg("--config").arg(&path).output().unwrap()
    };
    assert_eq!(named(&["config", "check"]).status.code(), Some(0));
    let printed = named(&["config", "print", "--output", "json"]);
    let printed: Json = serde_json::from_slice(&printed.stdout).unwrap();
    let whole = printed.to_string();
    assert!(whole.contains("https://mdm.contoso.example") && whole.contains("file"));
    assert!(whole.contains("environment") && whole.contains("default"));

    std::fs::write(
        &path,
        "[web]\npublic_ulr = \"x\"\n[limits]\nbody_bytes = \"many\"\n",
    )
    .unwrap();
    let checked = named(&["config", "check"]);
    refused(&checked, 1, "public_ulr");
    let told = text(&checked.stderr);
    assert!(told.contains("public_url"), "a suggestion: {told}");
    assert!(told.contains("body_bytes"), "all faults at once: {told}");
    let serve = named(&["serve"]);
    refused(&serve, 1, "public_ulr");
}

#[test]
fn misuse_ends_with_2_and_help_with_0() {
    for arguments in [
        &["frobnicate"][..],
        &["token"],
        &["token", "create", "--uses", "0"],
        &["token", "create", "--duration", "soon"],
        &["admin", "create-key"],
        &["attempt", "list", "--limit", "0"],
    ] {
        let output = portcullis(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["token", "create", "--help"],
    ] {
        let output = portcullis(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn values_that_are_not_acceptable_are_named() {
    let data = Data::new();
    for (arguments, why) in [
        (["token", "create", "--email", "ana"], "email"),
        (["token", "create", "--duration", "1s"], "duration"),
    ] {
        refused(&data.run(&arguments), 1, why);
    }
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = portcullis(&["completions", shell]).output().unwrap();
        assert!(output.status.success(), "{shell}");
        assert!(text(&output.stdout).contains("portcullis"), "{shell}");
    }
}

#[test]
fn commands_that_run_at_once_do_not_hinder_each_other() {
    let server = ProcessServer::start(&[]);
    let commands: Vec<_> = (0..6)
        .map(|_| {
            let mut command = server
                .data()
                .command(&["token", "create", "--output", "json"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for command in commands {
        let output = command.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let listed = server.data().json(&["token", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 6);
}

#[test]
fn a_server_whose_address_is_taken_says_so_and_ends() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = Data::new();
    let mut command = data.command(&["serve"]);
    command.env("PORTCULLIS_WEB__LISTEN", &address);
    let output = command.output().unwrap();
    refused(&output, 1, &address);
}
