//! What the server's own process tells, and what it never does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::pc::{Pc, bearer, password};
use crate::server::ProcessServer;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_key_is_told_once_and_no_other_secret_is_told_at_all() {
    let server = ProcessServer::start(&[("PORTCULLIS_LOG__LEVEL", "trace")]);
    let log = server.log();
    let key = log.lines().find(|line| line.trim().starts_with("ptc_"));
    let key = key.unwrap().trim().to_owned();
    let made = server.data().json(&["token", "create", "--uses", "2"]);
    let field = |key: &str| made[key].as_str().unwrap().to_owned();
    Pc::new().enroll(&server, &bearer(&field("token"))).await;
    let by_code = password("ana", &field("enrollCode"));
    let enrolled = Pc::new().enroll(&server, &by_code).await;
    let fault = Pc::new().try_enroll(&server, &by_code).await;
    assert!(fault.is_err());
    let server = server.kill().serve(&[]);
    let log = server.log();
    assert!(
        log.contains("TRACE") && log.contains("token-spent"),
        "it was loud"
    );
    assert_eq!(log.matches(&key).count(), 1, "told once");
    let application = &enrolled.document.application;
    for secret in [
        field("token"),
        field("enrollCode"),
        field("enrollCode").replace('-', ""),
        STANDARD.encode(field("token")),
        application.client.secret.reveal().to_owned(),
        application.server.secret.reveal().to_owned(),
    ] {
        assert!(!log.contains(&secret));
    }
}
