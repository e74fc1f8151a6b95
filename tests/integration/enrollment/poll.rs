//! Each device polls on a schedule of its own.

use std::collections::BTreeSet;

use crate::pc::{Pc, typed};
use crate::server::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn devices_poll_at_intervals_of_their_own_and_a_repetition_is_the_same_to_the_byte() {
    let server = TestServer::with(|config| config.provisioning.poll.jitter_percent = 50).await;
    let mut daily = BTreeSet::new();
    for _ in 0..8 {
        let (pc, token) = (Pc::new(), server.token().await);
        let first = pc.enroll(&server, &typed(&token)).await;
        let repeated = pc.enroll(&server, &typed(&token)).await;
        assert_eq!(first.text, repeated.text);
        let poll = first.document.dm_client.poll;
        assert!((15..=22).contains(&poll.interval_for_first_set_of_retries));
        assert!((60..=90).contains(&poll.interval_for_second_set_of_retries));
        assert!((1440..=2160).contains(&poll.interval_for_remaining_scheduled_retries));
        daily.insert(poll.interval_for_remaining_scheduled_retries);
        let again = pc.with_new_key();
        let again = again.enroll(&server, &typed(&server.token().await)).await;
        assert_eq!(again.document.dm_client.poll, poll);
    }
    assert!(daily.len() > 1, "{daily:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_jitter_every_device_polls_as_configured() {
    let server = TestServer::with(|config| config.provisioning.poll.jitter_percent = 0).await;
    for _ in 0..3 {
        let token = server.token().await;
        let enrolled = Pc::new().enroll(&server, &typed(&token)).await;
        let poll = enrolled.document.dm_client.poll;
        assert_eq!(poll.interval_for_first_set_of_retries, 15);
        assert_eq!(poll.interval_for_remaining_scheduled_retries, 1440);
    }
}
