//! The edge as a client meets it: TLS, limits, health, and what never comes back.

mod process;
mod proxied;

use std::time::{Duration, Instant};

use portcullis::protocol::discovery::{AuthPolicy, Discover};
use portcullis::protocol::enrollment::RequestSecurityToken;
use portcullis::protocol::policy::GetPolicies;
use reqwest::Method;

use crate::client::{SOAP_XML, discover, write};
use crate::pc::{Pc, bearer, typed};
use crate::raw::{Heard, Raw};
use crate::server::TestServer;

/// Runs work that waits on sockets, away from the runtime's threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// A discovery request with its HTTP head, cut after `length` bytes of its body.
fn discovery(host: &str, length: usize) -> String {
    let body = write::<Discover>(
        "https://x.example/",
        &discover("", &[AuthPolicy::OnPremise]),
        None,
    );
    let head = format!(
        "POST /EnrollmentServer/Discovery.svc HTTP/1.1\r\nHost: {host}\r\nContent-Type: {SOAP_XML}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    head + &body[..length.min(body.len())]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_never_asked_for_a_certificate_and_a_device_only_for_one_of_ours() {
    let server = TestServer::start().await;
    let authority = server.server.app.authority.current();
    let (web, device, root) = (
        server.web.clone(),
        server.device.clone(),
        authority.root_pem().to_owned(),
    );
    let asked =
        blocking(move || [web, device].map(|url| Raw::connect(&url, &root, &["http/1.1"]).asked()))
            .await;
    let ours = authority
        .subjects()
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect::<Vec<_>>();
    assert!(!ours.is_empty());
    assert_eq!(asked, [None, Some(ours)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_1_1_is_all_that_is_spoken() {
    let server = TestServer::start().await;
    let root = server.server.app.authority.current().root_pem().to_owned();
    let urls = [server.web.clone(), server.device.clone()];
    blocking(move || {
        for url in urls {
            let connection = Raw::connect(&url, &root, &["h2", "http/1.1"]);
            assert_eq!(connection.protocol(), Some(b"http/1.1".as_slice()));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_says_its_length_and_none_is_chunked_or_compressed() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let shows = Some(typed(&token));
    let headers = [
        ("content-type", SOAP_XML),
        ("accept-encoding", "gzip, br, zstd"),
        ("te", "trailers"),
    ];
    let good = discover("", &[AuthPolicy::OnPremise]);
    for (url, message) in [
        (server.discovery(), write::<Discover>("x", &good, None)),
        (
            server.policy(),
            write::<GetPolicies>("x", &GetPolicies::default(), shows.clone()),
        ),
        (
            server.enrollment(),
            write::<RequestSecurityToken>("x", &Pc::new().request(), shows),
        ),
        (server.enrollment(), "no message".to_owned()),
        (server.management(), "no package".to_owned()),
    ] {
        let answer = server.send(Method::POST, &url, &headers, message).await;
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
        assert_eq!(answer.header("transfer-encoding"), None);
        assert_eq!(answer.header("content-encoding"), None);
        assert!(!answer.body.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_comes_too_slowly_is_cut_off() {
    let server = TestServer::with(|config| config.limits.body_seconds = 1).await;
    let root = server.server.app.authority.current().root_pem().to_owned();
    let url = server.web.clone();
    let (heard, took) = blocking(move || {
        let mut connection = Raw::connect(&url, &root, &[]);
        connection.send(&discovery("localhost", 100));
        let began = Instant::now();
        let Heard { text, .. } = connection.reply();
        let rest = connection.reply();
        assert!(rest.closed, "{}", rest.text);
        (text, began.elapsed())
    })
    .await;
    assert!(heard.starts_with("HTTP/1.1 408"), "{heard}");
    assert!(took >= Duration::from_millis(900), "{took:?}");
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_never_ends_is_cut_off() {
    let server = TestServer::with(|config| config.limits.header_seconds = 1).await;
    let root = server.server.app.authority.current().root_pem().to_owned();
    let url = server.web.clone();
    blocking(move || {
        let mut connection = Raw::connect(&url, &root, &[]);
        connection.send("POST /EnrollmentServer/Discovery.svc HTTP/1.1\r\nHost: local");
        let began = Instant::now();
        let heard = connection.reply();
        let more = connection.reply();
        assert!(heard.closed || more.closed, "{}", heard.text);
        assert!(began.elapsed() < Duration::from_secs(8));
        assert!(!heard.text.contains("200 OK"), "{}", heard.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_holds_only_so_many_connections() {
    let server = TestServer::with(|config| config.limits.connections_per_loopback_ip = 4).await;
    let root = server.server.app.authority.current().root_pem().to_owned();
    let url = server.device.clone();
    blocking(move || {
        let ask = || {
            let mut connection = Raw::connect(&url, &root, &[]);
            connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
            let heard = connection.reply();
            (connection, heard)
        };
        let mut open = Vec::new();
        for _ in 0..4 {
            let (connection, heard) = ask();
            assert!(heard.text.starts_with("HTTP/1.1 200"), "{}", heard.text);
            open.push(connection);
        }
        let (mut fifth, heard) = ask();
        assert!(!heard.text.starts_with("HTTP/1.1 200"), "{}", heard.text);
        assert!(heard.closed || fifth.reply().closed);
        drop(open);
        let began = Instant::now();
        while !ask().1.text.starts_with("HTTP/1.1 200") {
            assert!(
                began.elapsed() < Duration::from_secs(8),
                "no place given back"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_told_on_both_listeners() {
    let server = TestServer::start().await;
    for base in [&server.web, &server.device] {
        for path in ["healthz", "readyz"] {
            let answer = server.get(&format!("{base}/{path}")).await;
            assert_eq!(answer.status, 200, "{base}/{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_that_a_client_claims_is_never_repeated() {
    let server = TestServer::start().await;
    let hostile = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-original-url", "https://evil.example/"),
        ("content-type", SOAP_XML),
    ];
    let request = write::<Discover>(
        "https://evil.example/EnrollmentServer/Discovery.svc",
        &discover("ana@contoso.example", &[AuthPolicy::Federated]),
        None,
    );
    let url = server.discovery();
    let answer = server.send(Method::POST, &url, &hostile, request).await;
    let found = answer.reply::<Discover>();
    assert!(found.enrollment_service_url.starts_with(&server.device));
    let sign_in = found.authentication_service_url.unwrap();
    assert!(sign_in.starts_with(&server.web));
    let page = format!("{sign_in}?appru=ms-app%3A%2F%2Fwindows.immersivecontrolpanel");
    let mut answers = vec![answer];
    for url in [
        page,
        format!("{}/", server.web),
        format!("{}/enroll", server.web),
        format!("{}/nothing", server.web),
        server.discovery(),
    ] {
        answers.push(server.send(Method::GET, &url, &hostile, "").await);
    }
    for answer in answers {
        let all = format!("{answer:?}");
        assert!(!all.contains("evil.example"), "{all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_given_out_are_the_configured_ones() {
    let server = TestServer::with(|config| {
        config.web.public_url = "https://enroll.contoso.example/".to_owned();
        config.device.public_url = "https://mdm.contoso.example:8444".to_owned();
    })
    .await;
    let port = |url: &str| url.rsplit(':').next().unwrap().to_owned();
    assert_eq!(server.web, "https://enroll.contoso.example");
    assert_eq!(port(&server.device), "8444");
    let token = server.token().await;
    let link = "https://enroll.contoso.example/enroll?token=";
    assert!(token.enrollment_link.starts_with(link));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_serves_one_request_after_the_other() {
    let server = TestServer::start().await;
    let root = server.server.app.authority.current().root_pem().to_owned();
    let url = server.web.clone();
    blocking(move || {
        let mut connection = Raw::connect(&url, &root, &["http/1.1"]);
        for _ in 0..20 {
            connection.send(&discovery("localhost", usize::MAX));
            let heard = connection.reply();
            assert!(heard.text.starts_with("HTTP/1.1 200"), "{}", heard.text);
            let head = heard.text.to_lowercase();
            assert!(!head.contains("transfer-encoding"), "{head}");
            assert!(!heard.closed);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_device_leaves_nothing_behind_that_hinders_others() {
    let server = TestServer::start().await;
    let token = server.token_with(|wish| wish.uses = None).await;
    for _ in 0..5 {
        let fault = Pc::new().try_enroll(&server, &bearer("nothing")).await;
        assert!(fault.is_err());
        Pc::new().enroll(&server, &bearer(&token.token)).await;
    }
    assert_eq!(server.devices().await.len(), 5);
}
