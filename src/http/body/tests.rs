use std::time::{Duration, Instant};

use crate::http::testing::{TestServer, blocking};

fn post(rest: &str) -> String {
    format!("POST /length HTTP/1.1\r\nHost: localhost\r\n{rest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_within_the_limits_is_read_whole_sized_or_chunked() {
    let server = TestServer::start().await;
    let chunk = "x".repeat(0x8000);
    let sized = post(&format!("Content-Length: 32768\r\n\r\n{chunk}"));
    let chunked = format!("8000\r\n{chunk}\r\n").repeat(3) + "0\r\n\r\n";
    let chunked = post(&format!("Transfer-Encoding: chunked\r\n\r\n{chunked}"));
    for (request, length) in [(sized, "32768"), (chunked, "98304")] {
        let reply = server.client().ask(server.listeners.web, &request).await;
        assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
        assert!(reply.ends_with(&format!("\r\n\r\n{length}")), "{reply}");
    }
    let empty = post("\r\n");
    let reply = server.client().ask(server.listeners.web, &empty).await;
    assert!(reply.ends_with("\r\n\r\n0"), "{reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declared_length_over_the_limit_is_refused_before_a_byte_is_read() {
    let server = TestServer::start().await;
    for length in ["100001", "18446744073709551615"] {
        let request = post(&format!("Content-Length: {length}\r\n\r\n"));
        let reply = server.client().ask(server.listeners.web, &request).await;
        assert!(reply.starts_with("HTTP/1.1 413 "), "{reply}");
        assert!(reply.contains("content-type: text/plain; charset=utf-8"));
        assert!(reply.ends_with("The request body is larger than 100000 bytes."));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_is_refused_at_the_limit_and_its_connection_closed() {
    let server = TestServer::start().await;
    let (client, address) = (server.client(), server.listeners.web);
    blocking(move || {
        let mut connection = client.connect(address);
        let head = post("Transfer-Encoding: chunked\r\n\r\n");
        connection.send(head.as_bytes()).unwrap();
        let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
        for _ in 0..4 {
            connection.send(chunk.as_bytes()).unwrap();
        }
        let reply = connection.reply();
        assert!(reply.starts_with("HTTP/1.1 413 "), "{reply}");
        // A client that goes on all the same is cut off.
        let begun = Instant::now();
        while connection.send(chunk.as_bytes()).is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(5));
            std::thread::sleep(Duration::from_millis(20));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_body_is_cut_at_the_deadline() {
    let server = TestServer::start().await;
    let (client, address) = (server.client(), server.listeners.web);
    blocking(move || {
        let mut connection = client.connect(address);
        let begun = Instant::now();
        connection
            .send(post("Content-Length: 100\r\n\r\nx").as_bytes())
            .unwrap();
        // A byte now and then does not help.
        std::thread::sleep(Duration::from_millis(400));
        connection.send(b"x").unwrap();
        let reply = connection.reply();
        assert!(reply.starts_with("HTTP/1.1 408 "), "{reply}");
        assert!(begun.elapsed() >= Duration::from_millis(700));
        assert!(begun.elapsed() < Duration::from_secs(2));
        assert!(connection.is_closed());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoded_body_is_refused_and_identity_is_not() {
    let server = TestServer::start().await;
    for (encoding, status) in [
        ("gzip", "415"),
        ("identity, br", "415"),
        ("identity\r\nContent-Encoding: deflate", "415"),
        ("Identity", "200"),
    ] {
        let request = post(&format!(
            "Content-Encoding: {encoding}\r\nContent-Length: 2\r\n\r\nab"
        ));
        let reply = server.client().ask(server.listeners.web, &request).await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(reply.starts_with(&expected), "{encoding}: {reply}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_framing_is_refused() {
    let server = TestServer::start().await;
    for framing in [
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
        "Content-Length: +2\r\n\r\nab",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ] {
        let reply = server.client();
        let reply = reply.ask(server.listeners.web, &post(framing)).await;
        assert!(reply.starts_with("HTTP/1.1 400 "), "{framing}: {reply}");
    }
}
