use std::time::Instant;

use super::*;
use crate::http::testing::{Client, TestCa, TestServer, blocking};

const PEER: &str = "GET /peer HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[test]
fn the_cap_counts_an_address_and_gives_places_back() {
    let cap = ConnectionCap::new(ConnectionLimits {
        per_ip: 2,
        per_loopback_ip: 0,
        ..ConnectionLimits::default()
    });
    let address: IpAddr = "192.0.2.1".parse().unwrap();
    let first = cap.admit(address).unwrap();
    let _second = cap.admit("::ffff:192.0.2.1".parse().unwrap()).unwrap();
    assert!(cap.admit(address).is_none());
    assert!(cap.admit("192.0.2.2".parse().unwrap()).is_some());
    drop(first);
    assert!(cap.admit(address).is_some());
    // Loopback has a limit of its own, here none.
    let local: Vec<_> = (0..9).map(|_| cap.admit([127, 0, 0, 1].into())).collect();
    assert!(local.iter().all(Option::is_some));
    drop(local);
    assert_eq!(cap.open(), 1);
}

#[test]
fn a_trusted_proxy_has_the_limit_of_one_on_this_machine() {
    let trusted = crate::config::Proxy {
        trusted: vec!["192.0.2.1".to_owned()],
        ..crate::config::Proxy::default()
    };
    let limits = ConnectionLimits {
        per_ip: 1,
        per_loopback_ip: 2,
        ..ConnectionLimits::default()
    };
    let cap = ConnectionCap::new(limits).with_proxies(Proxies::new(&trusted));
    for (address, places) in [("192.0.2.1", 2), ("192.0.2.2", 1)] {
        let address: IpAddr = address.parse().unwrap();
        let held: Vec<_> = (0..places).map(|_| cap.admit(address)).collect();
        assert!(held.iter().all(Option::is_some) && cap.admit(address).is_none());
    }
}

#[test]
fn an_ipv6_network_counts_as_one_address() {
    let cap = ConnectionCap::new(ConnectionLimits {
        per_ip: 1,
        ..ConnectionLimits::default()
    });
    let _one = cap.admit("2001:db8:0:1::1".parse().unwrap()).unwrap();
    assert!(cap.admit("2001:db8:0:1:ffff::2".parse().unwrap()).is_none());
    assert!(cap.admit("2001:db8:0:2::1".parse().unwrap()).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_is_closed_and_a_freed_place_is_given_again() {
    let server = TestServer::with(|settings| settings.connections.per_loopback_ip = 2).await;
    let (client, web) = (server.client(), server.listeners.web);
    let device = server.listeners.device;
    blocking(move || {
        let mut first = client.connect(web);
        // Both listeners share the count.
        let mut second = client.connect(device);
        for open in [&mut first, &mut second] {
            open.send(PEER.as_bytes()).unwrap();
            assert!(open.reply().starts_with("HTTP/1.1 200 "));
        }
        let mut third = client.connect(web);
        // The request may be sent before the server closes; it is not answered.
        let _ = third.send(PEER.as_bytes());
        assert_eq!(third.reply(), "");
        drop(first);
        let begun = Instant::now();
        loop {
            let mut again = client.connect(web);
            let _ = again.send(PEER.as_bytes());
            if again.reply().starts_with("HTTP/1.1 200 ") {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(2));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_any_ca_arrives_and_none_is_fine() {
    let server = TestServer::start().await;
    let device = server.listeners.device;
    let foreign = TestCa::new("Another root").issue("foreign");
    for pair in [server.ca.issue("ours"), foreign] {
        let client = Client::new(&server.ca.der, Some(&pair));
        let reply = client.ask(device, PEER).await;
        let der = String::from_utf8_lossy(&pair.der).into_owned();
        assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
        assert!(reply.ends_with(&format!("\r\n\r\n{der}")));
    }
    let reply = server.client().ask(device, PEER).await;
    assert!(reply.contains("content-length: 0\r\n"), "{reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_session_keeps_its_certificate_and_is_not_resumed_on_the_other_listener() {
    let server = TestServer::start().await;
    let (web, device) = (server.listeners.web, server.listeners.device);
    let pair = server.ca.issue("ours");
    let client = Client::new(&server.ca.der, Some(&pair));
    blocking(move || {
        let visit = |address| {
            let mut connection = client.connect(address);
            connection.send(PEER.as_bytes()).unwrap();
            let has_certificate = !connection.reply().contains("content-length: 0\r\n");
            (connection.0.conn.handshake_kind().unwrap(), has_certificate)
        };
        use rustls::HandshakeKind::{Full, Resumed};
        assert_eq!(visit(device), (Full, true));
        assert_eq!(visit(device), (Resumed, true));
        assert_eq!(visit(web), (Full, false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_request_head_that_never_ends_is_cut_off() {
    let server = TestServer::with(|settings| {
        settings.connections.stalled_after = Duration::from_millis(400);
    })
    .await;
    let (client, web) = (server.client(), server.listeners.web);
    let cap = server.listeners.connections.clone();
    blocking(move || {
        let mut connection = client.connect(web);
        connection.send(PEER.as_bytes()).unwrap();
        assert!(connection.reply().starts_with("HTTP/1.1 200 "));
        connection.send(b"GET /pe").unwrap();
        let begun = Instant::now();
        assert!(connection.is_closed());
        assert!(begun.elapsed() < Duration::from_secs(3));
        while cap.open() > 0 {
            assert!(begun.elapsed() < Duration::from_secs(3));
            std::thread::sleep(Duration::from_millis(10));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_nobody_reads_is_cut_off_and_a_handler_at_work_is_not() {
    let server = TestServer::with(|settings| {
        settings.connections.stalled_after = Duration::from_millis(300);
    })
    .await;
    let (client, web) = (server.client(), server.listeners.web);
    let cap = server.listeners.connections.clone();
    blocking(move || {
        let mut slow = client.connect(web);
        slow.send(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        assert!(slow.reply().ends_with("slow but whole"));
        drop(slow);
        let mut deaf = client.connect(web);
        deaf.send(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let begun = Instant::now();
        std::thread::sleep(Duration::from_millis(100));
        while cap.open() > 0 {
            assert!(begun.elapsed() < Duration::from_secs(3));
            std::thread::sleep(Duration::from_millis(10));
        }
    })
    .await;
}
