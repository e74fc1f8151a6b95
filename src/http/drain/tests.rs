use std::cell::Cell;
use std::net::TcpStream;
use std::time::Instant;

use super::*;
use crate::http::testing::{TestServer, blocking};

const SLOW: &[u8] = b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";
const PEER: &[u8] = b"GET /peer HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[test]
fn readiness_goes_one_way() {
    let readiness = Readiness::new();
    assert_eq!(readiness.stage(), Stage::Starting);
    assert!(!readiness.is_ready());
    readiness.ready();
    assert!(readiness.is_ready());
    readiness.drain();
    readiness.ready();
    assert_eq!(readiness.stage(), Stage::Draining);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_what_is_in_flight_finishes_and_then_nothing_listens() {
    let server = TestServer::start().await;
    let (client, web) = (server.client(), server.listeners.web);
    let readiness = server.readiness.clone();
    let (sender, receiver) = mpsc::channel(8);

    let traffic = blocking(move || {
        let mut in_flight = client.connect(web);
        in_flight.send(PEER).unwrap();
        assert!(!in_flight.reply().contains("connection: close"));
        let mut later = client.connect(web);
        later.send(PEER).unwrap();
        later.reply();
        sender.blocking_send(Signal::Terminate).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        // Within the delay both old and new connections are served, for the last time.
        in_flight.send(SLOW).unwrap();
        for mut open in [later, client.connect(web)] {
            open.send(PEER).unwrap();
            let reply = open.reply();
            assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
            assert!(reply.contains("connection: close"), "{reply}");
            assert!(open.is_closed());
        }
        let reply = in_flight.reply();
        assert!(reply.ends_with("slow but whole"), "{reply}");
        assert!(reply.contains("connection: close"), "{reply}");
    });
    let delay = Duration::from_millis(400);
    let run = run_until_signal(server.listeners, &readiness, delay, receiver, || {});
    let (ran, ()) = tokio::join!(run, traffic);
    ran.unwrap();
    assert_eq!(readiness.stage(), Stage::Draining);
    assert!(TcpStream::connect(web).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_reloads_and_sigint_stops_without_the_delay() {
    let server = TestServer::start().await;
    let (sender, receiver) = mpsc::channel(8);
    for signal in [Signal::HangUp, Signal::HangUp, Signal::Interrupt] {
        sender.send(signal).await.unwrap();
    }
    let reloads = Cell::new(0);
    let begun = Instant::now();
    run_until_signal(
        server.listeners,
        &server.readiness,
        Duration::from_secs(60),
        receiver,
        || reloads.set(reloads.get() + 1),
    )
    .await
    .unwrap();
    assert_eq!(reloads.get(), 2);
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_stops_at_once() {
    let server = TestServer::start().await;
    let (sender, receiver) = mpsc::channel(8);
    for signal in [Signal::Terminate, Signal::HangUp, Signal::Interrupt] {
        sender.send(signal).await.unwrap();
    }
    let begun = Instant::now();
    let delay = Duration::from_secs(60);
    run_until_signal(server.listeners, &server.readiness, delay, receiver, || {})
        .await
        .unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_real_signal_arrives_and_does_not_end_the_process() {
    use rustix::process::{Signal as Posix, getpid, kill_process};
    let mut receiver = signals().unwrap();
    kill_process(getpid(), Posix::HUP).unwrap();
    assert_eq!(receiver.recv().await, Some(Signal::HangUp));
    kill_process(getpid(), Posix::TERM).unwrap();
    assert_eq!(receiver.recv().await, Some(Signal::Terminate));
}
