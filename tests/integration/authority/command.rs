//! The commands beside a server in a process of its own.

use std::fs;
use std::time::{Duration, Instant};

use crate::openssl::Openssl;
use crate::pc::{Pc, bearer, password};
use crate::server::{Data, ProcessServer};

use super::{refused, states};

/// Waits until the server has said it.
fn said(server: &ProcessServer, words: &str, patience: u64) {
    let began = Instant::now();
    while !server.log().contains(words) {
        assert!(
            began.elapsed() < Duration::from_secs(patience),
            "{}",
            server.log()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_picks_a_rotation_up() {
    let server = ProcessServer::start(&[]);
    let made = server
        .data()
        .json(&["token", "create", "--uses", "unlimited"]);
    let shows = bearer(made["token"].as_str().unwrap());
    let before = Pc::new().enroll(&server, &shows).await;
    let rotated = server.data().json(&["ca", "rotate"]);
    assert_eq!(states(&rotated, "issuing"), ["active", "retiring"]);
    // At once where a signal says so, by itself within a minute.
    match std::env::var_os("PORTCULLIS_LONG") {
        Some(_) => {}
        None => server.hang_up(),
    }
    said(&server, rotated["issuingSha256"].as_str().unwrap(), 60);
    let after = Pc::new().enroll(&server, &shows).await;
    assert_ne!(before.document.intermediate, after.document.intermediate);
    assert_eq!(before.document.root, after.document.root);
    assert_eq!(server.data().json(&["ca", "show"]), rotated);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_master_key_opens_everything_and_the_old_one_nothing() {
    let server = ProcessServer::start(&[]);
    let made = server
        .data()
        .json(&["token", "create", "--uses", "unlimited"]);
    let field = |name: &str| made[name].as_str().unwrap().to_owned();
    let pc = Pc::new();
    let first = pc.enroll(&server, &bearer(&field("token"))).await;
    let certs = server.data().path().join("certs");
    let old = fs::read(certs.join("master.key")).unwrap();
    assert!(
        server
            .data()
            .run(&["ca", "change-master-key"])
            .status
            .success()
    );
    assert_ne!(fs::read(certs.join("master.key")).unwrap(), old);
    Pc::new().enroll(&server, &bearer(&field("token"))).await;
    let server = server.kill().serve(&[]);
    let again = pc.enroll(&server, &bearer(&field("token"))).await;
    assert_eq!(first.certificate(), again.certificate());
    let credentials = |it: &crate::pc::Enrolled| it.document.application.client.clone();
    assert_eq!(credentials(&first), credentials(&again), "they open");
    Pc::new()
        .enroll(
            &server,
            &password("ana@contoso.example", &field("enrollCode")),
        )
        .await;
    let shown = server.data().json(&["token", "show", &field("id")]);
    assert_eq!(shown["token"], made["token"], "the sealed value opens");
    let data = server.kill();
    fs::write(certs.join("master.key"), old).unwrap();
    refused(&data.run(&["ca", "show"]), "data.key does not open");
    let stays = data.run(&["token", "list"]);
    refused(&stays, "data.key does not open");
}

#[test]
fn the_root_s_key_is_taken_away_and_asked_for() {
    let data = Data::new();
    let before = data.json(&["ca", "show"]);
    let away = data.path().join("away.key");
    let path = away.display().to_string();
    assert!(
        data.run(&["ca", "remove-root-key", "--to", &path])
            .status
            .success()
    );
    assert!(away.exists() && !data.path().join("certs/root.key").exists());
    refused(&data.run(&["ca", "rotate"]), "--root-key");
    let rotated = data.json(&["ca", "rotate", "--root-key", &path]);
    assert_eq!(rotated["rootSha256"], before["rootSha256"]);
    assert_ne!(rotated["issuingSha256"], before["issuingSha256"]);
    let root = &rotated["authorities"][0];
    assert_eq!(
        (&root["keyHere"], &root["state"]),
        (&false.into(), &"active".into())
    );
}

#[test]
fn a_new_root_that_the_one_before_did_not_vouch_for_is_said_to_be_one() {
    const UNVOUCHED: &str = "does not vouch for the new one";
    let data = Data::new();
    data.json(&["ca", "show"]);
    let said = |arguments: &[&str]| {
        let output = data.run(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(!said(&["ca", "rotate", "--root"]).contains(UNVOUCHED));
    let away = ["newest", "earlier"].map(|name| data.path().join(name).display().to_string());
    let first = said(&["ca", "remove-root-key", "--to", &away[0]]);
    assert!(first.contains("are here still: "), "one remains: {first}");
    let second = said(&["ca", "remove-root-key", "--to", &away[1]]);
    assert!(!second.contains("are here still"), "{second}");
    let vouched = said(&["ca", "rotate", "--root", "--root-key", &away[0]]);
    assert!(!vouched.contains(UNVOUCHED), "{vouched}");
    said(&["ca", "remove-root-key", "--to", &format!("{}-2", away[0])]);
    let unvouched = said(&["ca", "rotate", "--root"]);
    assert!(unvouched.contains(UNVOUCHED), "{unvouched}");
    assert!(!said(&["ca", "rotate"]).contains(UNVOUCHED));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stopped_between_the_two_files_of_its_tls_certificate_starts_again() {
    let (server, other) = (ProcessServer::start(&[]), ProcessServer::start(&[]));
    let (data, other) = (server.kill(), other.kill());
    let file = |data: &Data, name: &str| data.path().join("certs").join(name);
    let chain = fs::read(file(&data, "tls.pem")).unwrap();
    fs::copy(file(&other, "tls.key"), file(&data, "tls.key")).unwrap();
    let server = data.serve(&[]);
    assert_ne!(fs::read(file(server.data(), "tls.pem")).unwrap(), chain);
    server.get(&server.web).await;
    // Where the two fit, they stay.
    let chain = fs::read(file(server.data(), "tls.pem")).unwrap();
    let server = server.kill().serve(&[]);
    assert_eq!(fs::read(file(server.data(), "tls.pem")).unwrap(), chain);
}

#[test]
fn another_ca_is_taken_in_and_keys_are_written_out_under_a_passphrase_from_a_file() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let data = Data::new();
    let chain = openssl.issuing_ca(Some("word"));
    let key = openssl.path("ca.key").display().to_string();
    let word = openssl.write("word", "word\n").display().to_string();
    let import = ["ca", "import", "--certificate", &chain, "--key", &key];
    data.json(&["ca", "show"]);
    refused(&data.run(&import), "the key is encrypted");
    let import_with = [&import[..], &["--passphrase-file", &word]].concat();
    refused(&data.run(&import_with), "openssl pkcs8 -topk8");
    openssl.succeed(
        "pkcs8 -topk8 -in ca.key -passin pass:word -v2 aes-256-cbc -passout pass:word -out aes.key",
    );
    fs::rename(openssl.path("aes.key"), &key).unwrap();
    let imported = data.json(&import_with);
    assert_eq!(states(&imported, "issuing"), ["active", "retiring"]);
    assert_eq!(states(&imported, "root"), ["active", "retiring"]);
    let days = imported["authorities"][0]["daysLeft"].as_i64().unwrap();
    assert!((29..=30).contains(&days), "{days}");
    let bundle = openssl.path("bundle").display().to_string();
    let export = ["ca", "export", "--keys", "--to", &bundle];
    refused(&data.run(&export), "a passphrase is needed");
    let export = [&export[..], &["--passphrase-file", &word]].concat();
    assert!(data.run(&export).status.success());
    refused(&data.run(&export), "exists already");
    openssl.succeed("pkey -in bundle -passin pass:word -noout");
    let certificates = data.run(&["ca", "export"]).stdout;
    let certificates = String::from_utf8(certificates).unwrap();
    assert_eq!(certificates.matches("BEGIN CERTIFICATE").count(), 4);
    assert!(!certificates.contains("PRIVATE KEY"));
    let doctor = data.run(&["doctor"]);
    let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(told.contains("ca rotate"), "{told}");
}
