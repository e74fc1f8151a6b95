//! The database: what a device hears when it cannot be had, and what a thief of its files cannot read.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis::soap::{ErrorType, Subcode};
use rusqlite::Connection;

use crate::pc::{Pc, bearer, typed};
use crate::server::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn while_another_process_holds_the_database_devices_are_asked_to_come_back() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let holder = Connection::open(server.data().path().join("portcullis.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let pc = Pc::new();
    let fault = pc.try_enroll(&server, &typed(&token)).await.err().unwrap();
    assert_eq!(fault.subcode, Subcode::EnrollmentServer);
    let detail = fault.detail.unwrap();
    assert_eq!(detail.error_type, Some(ErrorType::InMaintenance));
    crate::pc::policies(&server, &typed(&token)).await.unwrap();
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(server.uses(&token).await, 0);
    pc.enroll(&server, &typed(&token)).await;
    assert_eq!(server.uses(&token).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_hold_no_secret_in_the_clear() {
    let server = TestServer::start().await;
    let token = server.token_with(|wish| wish.uses = None).await;
    let enrolled = Pc::new().enroll(&server, &typed(&token)).await;
    Pc::new().enroll(&server, &bearer(&token.token)).await;
    server.attempts().await;
    let application = &enrolled.document.application;
    let secrets = [
        token.token.clone(),
        token.enroll_code.clone(),
        token.enroll_code.replace('-', ""),
        STANDARD.encode(&token.token),
        application.client.secret.reveal().to_owned(),
        application.server.secret.reveal().to_owned(),
    ];
    let mut seen = 0;
    for (path, bytes) in files(server.data().path()) {
        for secret in &secrets {
            let secret = secret.as_bytes();
            let found = bytes.windows(secret.len()).any(|part| part == secret);
            assert!(!found, "{path}");
        }
        let key = b"PRIVATE KEY";
        let is_key = bytes.windows(key.len()).any(|part| part == key);
        assert!(!is_key || path.ends_with("tls.key"), "{path}");
        seen += bytes.len();
    }
    assert!(seen > 50_000, "the database was among them");
}

/// Every file below `folder`.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found
}
