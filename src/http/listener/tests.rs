use super::*;
use crate::http::testing::{TestServer, blocking};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_url_is_found_in_any_casing_and_keeps_its_query() {
    let server = TestServer::start().await;
    for path in [
        "/EnrollmentServer/Discovery.svc?A=B&C=%2f",
        "/ENROLLMENTSERVER/DISCOVERY.SVC?A=B&C=%2f",
        "/enrollmentserver/discovery.svc?A=B&C=%2f",
    ] {
        let reply = server.client().ask(server.listeners.web, &get(path)).await;
        assert!(reply.ends_with("\r\n\r\nA=B&C=%2f"), "{path}: {reply}");
    }
    for path in [
        "/EnrollmentServer//Discovery.svc",
        "/x/../EnrollmentServer/Discovery.svc",
        "/EnrollmentServer%2fDiscovery.svc",
        "/EnrollmentServer/Discovery.svc;x",
        "/SLOW",
    ] {
        let reply = server.client().ask(server.listeners.web, &get(path)).await;
        assert!(reply.starts_with("HTTP/1.1 404 "), "{path}: {reply}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_mistaken_is_said_in_a_sentence() {
    let server = TestServer::start().await;
    let (client, web) = (server.client(), server.listeners.web);
    let reply = client.ask(web, &get("/nothing")).await;
    assert!(
        reply.ends_with("There is nothing at this address.\n"),
        "{reply}"
    );
    let delete = "DELETE /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let reply = client.ask(web, delete).await;
    assert!(reply.starts_with("HTTP/1.1 405 "), "{reply}");
    assert!(reply.ends_with("does not answer this kind of request.\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_web_reply_carries_the_security_headers() {
    let server = TestServer::start().await;
    for path in ["/peer", "/nothing", "/panic"] {
        let reply = server.client().ask(server.listeners.web, &get(path)).await;
        for header in [
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
            "strict-transport-security: max-age=31536000",
            "x-frame-options: DENY",
            "content-security-policy: default-src 'none';",
        ] {
            assert!(reply.contains(header), "{path}: {header}: {reply}");
        }
    }
    let reply = server.client();
    let reply = reply.ask(server.listeners.device, &get("/peer")).await;
    assert!(reply.contains("x-content-type-options: nosniff"));
    assert!(!reply.contains("strict-transport-security"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_answered_and_the_next_request_of_the_connection_too() {
    let server = TestServer::start().await;
    let (client, web) = (server.client(), server.listeners.web);
    blocking(move || {
        let mut connection = client.connect(web);
        connection.send(get("/panic").as_bytes()).unwrap();
        let reply = connection.reply();
        assert!(reply.starts_with("HTTP/1.1 500 "), "{reply}");
        assert!(!reply.contains("purpose"), "{reply}");
        connection.send(get("/peer").as_bytes()).unwrap();
        assert!(connection.reply().starts_with("HTTP/1.1 200 "));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_1_0_has_no_keep_alive() {
    let server = TestServer::start().await;
    let (client, web) = (server.client(), server.listeners.web);
    blocking(move || {
        let mut connection = client.connect(web);
        connection
            .send(b"GET /peer HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .unwrap();
        let reply = connection.reply();
        assert!(reply.starts_with("HTTP/1.0 200 "), "{reply}");
        assert!(!reply.to_lowercase().contains("keep-alive"), "{reply}");
        assert!(connection.is_closed());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_is_an_error() {
    let server = TestServer::start().await;
    let settings = ListenerSettings {
        web_address: server.listeners.web,
        device_address: server.listeners.device,
        ..ListenerSettings::default()
    };
    let tls = ServerTls::new(&server.certificate, &[]).unwrap();
    let again = Listeners::start(&settings, &tls, &Readiness::new(), |_| {}, |_| {}).await;
    assert!(matches!(again, Err(Error::Bind { address, .. }) if address == server.listeners.web));
}
