//! What only a process of its own shows: signals, and panics.

use std::time::{Duration, Instant};

use crate::pc::{Pc, bearer};
use crate::server::ProcessServer;

fn token(server: &ProcessServer, uses: &str) -> String {
    let made = server.data().json(&["token", "create", "--uses", uses]);
    made["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_server_says_so_still_serves_and_ends_well() {
    let mut server = ProcessServer::start(&[("PORTCULLIS_LIMITS__DRAIN_DELAY_SECONDS", "2")]);
    let token = token(&server, "unlimited");
    let ready = format!("{}/readyz", server.web);
    assert_eq!(server.get(&ready).await.status, 200);
    server.terminate();
    let began = Instant::now();
    let told = loop {
        let answer = server.get(&ready).await;
        if answer.status != 200 {
            break answer;
        }
        assert!(began.elapsed() < Duration::from_secs(2), "still ready");
    };
    assert_eq!(told.status, 503);
    assert_eq!(told.header("connection"), Some("close"));
    let health = server.get(&format!("{}/healthz", server.web)).await;
    assert_eq!(health.status, 200);
    Pc::new().enroll(&server, &bearer(&token)).await;
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    assert!(began.elapsed() >= Duration::from_millis(1_500));
    let devices = server.data().json(&["device", "list"]);
    assert_eq!(devices.as_array().unwrap().len(), 1);
    let attempts = server.data().json(&["attempt", "list"]);
    assert_eq!(attempts[0]["outcome"], "enrolled", "written before the end");
}

#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_finished_before_the_end() {
    let mut server = ProcessServer::start(&[("FAILPOINTS", "after_plan=sleep(1500)")]);
    let shows = bearer(&token(&server, "1"));
    let site = server.separate();
    let began = Instant::now();
    let enrolling = tokio::spawn(async move { Pc::new().enroll(&site, &shows).await.text });
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.terminate();
    enrolling.await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(1_500));
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
}

#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_told_as_a_fault_and_the_process_goes_on() {
    use portcullis::soap::Subcode;
    let server = ProcessServer::start(&[("FAILPOINTS", "before_plan=2*panic->off")]);
    let shows = bearer(&token(&server, "1"));
    let pc = Pc::new();
    for _ in 0..2 {
        let answer = pc.ask(&server, &shows).await;
        assert_eq!(answer.status, 500);
        let fault = answer.fault::<portcullis::protocol::enrollment::RequestSecurityToken>();
        assert_eq!(fault.subcode, Subcode::InternalServiceFault);
        let trace = fault.detail.unwrap().trace_id;
        let attempt = eventually_shown(&server, &trace).await;
        assert_eq!(attempt["refusal"], "internal");
        assert!(server.log().contains(&trace), "{}", server.log());
    }
    let first = pc.enroll(&server, &shows).await;
    let again = pc.enroll(&server, &shows).await;
    assert_eq!(first.text, again.text);
}

/// The record of a trace, which is written a moment after the answer.
#[cfg(feature = "failpoints")]
async fn eventually_shown(server: &ProcessServer, trace: &str) -> serde_json::Value {
    let began = Instant::now();
    loop {
        let shown = server
            .data()
            .run(&["attempt", "show", trace, "--output", "json"]);
        if shown.status.success() {
            return serde_json::from_slice(&shown.stdout).unwrap();
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{shown:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
