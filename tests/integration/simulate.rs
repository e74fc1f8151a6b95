//! The simulated PC against the real server, from the command line: a strict device, its odd relatives, a whole fleet.

mod policy;

use serde_json::Value as Json;

use crate::server::{ProcessServer, portcullis};

/// Lets a fleet enroll; the report, and the exit code.
fn simulate(server: &ProcessServer, token: &str, more: &[&str]) -> (Json, Option<i32>) {
    let url = server.web.clone();
    let mut arguments = vec!["simulate", "--url", &url, "--token", token, "--key", "p256"];
    arguments.extend(["--report", "json"]);
    arguments.extend(more);
    let output = portcullis(&arguments).output().unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    (report, output.status.code())
}

fn token(server: &ProcessServer, uses: &str) -> String {
    let made = server.data().json(&["token", "create", "--uses", uses]);
    made["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_enrolls_and_every_device_becomes_active() {
    let server = ProcessServer::start(&[]);
    let token = token(&server, "unlimited");
    let (report, code) = simulate(&server, &token, &["-n", "24", "-c", "6"]);
    assert_eq!(
        (&report["enrolled"], code),
        (&24.into(), Some(0)),
        "{report}"
    );
    assert_eq!(report["policies"]["applied"], 24, "{report}");
    assert!(report["latency_ms"]["enrollment"]["p50"].as_f64().unwrap() > 0.0);
    let devices = server.data().json(&["device", "list"]);
    let devices = devices.as_array().unwrap();
    assert_eq!(devices.len(), 24);
    assert!(devices.iter().all(|device| device["state"] == "ACTIVE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_legal_but_odd_enroll_as_well() {
    let server = ProcessServer::start(&[]);
    let token = token(&server, "unlimited");
    let (report, code) = simulate(&server, &token, &["-n", "80", "-c", "8", "--hostile"]);
    assert_eq!(
        (&report["enrolled"], code),
        (&80.into(), Some(0)),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_renews_after_it_enrolled_and_the_old_certificates_end() {
    let server = ProcessServer::start(&[]);
    let token = token(&server, "unlimited");
    let (report, code) = simulate(&server, &token, &["-n", "20", "-c", "5", "--renew"]);
    assert_eq!(
        (&report["renewed"], code),
        (&20.into(), Some(0)),
        "{report}"
    );
    let devices = server.data().json(&["device", "list"]);
    for device in devices.as_array().unwrap() {
        let shown = server
            .data()
            .json(&["device", "show", device["id"].as_str().unwrap()]);
        let states = shown["certificates"].as_array().unwrap().iter();
        let states: Vec<_> = states.map(|it| it["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["issued", "revoked"], "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_fleet_ends_with_3_and_says_what_windows_would_show() {
    let server = ProcessServer::start(&[]);
    let token = token(&server, "1");
    let (report, code) = simulate(&server, &token, &["-n", "4", "-c", "4"]);
    assert_eq!(
        (&report["enrolled"], code),
        (&1.into(), Some(3)),
        "{report}"
    );
    assert_eq!(report["refused"][0]["hresult"], "0x80180002");
    assert_eq!(report["refused"][0]["count"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_for_the_machine_and_a_person_on_the_page_enroll_too() {
    let server = ProcessServer::start(&[]);
    let made = server.data().json(&[
        "token",
        "create",
        "--email",
        "ana@contoso.example",
        "--uses",
        "3",
    ]);
    let (url, code) = (server.web.clone(), made["enrollCode"].as_str().unwrap());
    for auth in ["on-premise", "federated"] {
        let person = [
            "simulate",
            "--url",
            &url,
            "--upn",
            "ana@contoso.example",
            "--password",
            code,
        ];
        let how = [
            "--key",
            "p256",
            "--auth",
            auth,
            "--enrollment-type",
            "device",
        ];
        let output = portcullis(&[person.as_slice(), &how].concat())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{auth}: {output:?}");
    }
}

#[test]
fn the_demonstration_enrolls_a_pc_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let output = portcullis(&["demo", "--once"])
        .env("TMPDIR", directory.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    for step in [
        "Discover",
        "GetPolicies",
        "RequestSecurityToken",
        "First management session",
        "AllowCamera = 0, status 200",
        "ACTIVE",
        "RequestSecurityToken, Renew",
        "superseded",
    ] {
        assert!(told.contains(step), "{step}: {told}");
    }
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}
