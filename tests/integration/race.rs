//! Devices that race for the last use of a token: through TLS and HTTP, all at the same moment.

use std::sync::Arc;
use std::time::Duration;

use portcullis::admin::{CreateToken, ShownToken};
use portcullis::protocol::enrollment::RequestSecurityToken;
use portcullis::soap::Fault;
use tokio::sync::Barrier;

use crate::client::{Site, write};
use crate::pc::{Enrolled, Pc, typed};
use crate::server::TestServer;

const RACERS: usize = 16;

/// Devices that stand ready: connections open, keys made, requests written.
struct Field {
    racers: Vec<(Pc, Site)>,
}

impl Field {
    async fn new(server: &TestServer) -> Self {
        let mut racers = Vec::new();
        for _ in 0..RACERS {
            let site = server.separate();
            let alive = site.get(&format!("{}/healthz", site.device)).await;
            assert_eq!(alive.status, 200);
            racers.push((Pc::new(), site));
        }
        Self { racers }
    }

    /// All of them ask at once, each delayed by what `seed` makes of it, at most two milliseconds.
    async fn race(&self, token: &ShownToken, seed: u64) -> Vec<Result<Vec<u8>, Fault>> {
        let start = Arc::new(Barrier::new(RACERS));
        let tasks: Vec<_> = (1..)
            .zip(&self.racers)
            .map(|(number, (pc, site))| {
                let pc = pc.with_new_key().saying("DeviceID", Pc::new().device_id());
                let pc = pc.silent_on("HWDevID");
                let url = site.enrollment();
                let request =
                    write::<RequestSecurityToken>(&url, &pc.request(), Some(typed(token)));
                let (site, start) = (site.clone(), Arc::clone(&start));
                let delay = Duration::from_micros(mixed(seed, number) % 2_000);
                tokio::spawn(async move {
                    start.wait().await;
                    tokio::time::sleep(delay).await;
                    let answer = site.post_soap(&url, request).await;
                    let reply = answer.outcome::<RequestSecurityToken>().1?;
                    let enrolled = Enrolled::new(&reply.provisioning_document, &pc.key);
                    Ok(enrolled.certificate().to_vec())
                })
            })
            .collect();
        let mut outcomes = Vec::new();
        for task in tasks {
            outcomes.push(task.await.unwrap());
        }
        outcomes
    }
}

/// Some number, the same for the same arguments (the finalizer of `SplitMix64`).
fn mixed(seed: u64, number: u64) -> u64 {
    let mut mixed = (seed << 32 | number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Races for tokens made like `wish`: exactly `winners` enroll, the others hear `refusal` and nothing else.
async fn exactly(
    rounds: u64,
    winners: usize,
    refusal: &str,
    wish: impl Fn(&mut CreateToken) + Copy,
) {
    let server = TestServer::start().await;
    let field = Field::new(&server).await;
    for seed in 0..rounds {
        let token = server.token_with(wish).await;
        let outcomes = field.race(&token, seed).await;
        let mut certificates = Vec::new();
        for outcome in outcomes {
            match outcome {
                Ok(certificate) => certificates.push(certificate),
                Err(fault) => assert_eq!(server.refusal(&fault).await, refusal, "{seed}"),
            }
        }
        assert_eq!(certificates.len(), winners, "seed {seed}");
        certificates.sort_unstable();
        certificates.dedup();
        assert_eq!(certificates.len(), winners, "seed {seed}: all different");
        assert_eq!(server.uses(&token).await as usize, winners, "seed {seed}");
        let id = token.record.id;
        let devices = server
            .read(move |tx| tx.devices_of_token(id, None, 1_000))
            .await;
        assert_eq!(devices as usize, winners, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_racers_for_a_one_time_token_exactly_one_wins() {
    exactly(20, 1, "token-spent", |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_racers_for_a_token_of_five_uses_exactly_five_win() {
    exactly(20, 5, "token-spent", |wish| wish.uses = Some(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_racers_for_a_token_with_a_cap_of_five_exactly_five_win() {
    exactly(20, 5, "device-cap", |wish| {
        wish.uses = None;
        wish.device_cap = Some(5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_that_asks_sixteen_times_at_once_has_one_certificate() {
    let server = TestServer::start().await;
    for _ in 0..5 {
        let token = server.token().await;
        let pc = Pc::new();
        let start = Arc::new(Barrier::new(RACERS));
        let tasks: Vec<_> = (0..RACERS)
            .map(|_| {
                let (pc, site, start) = (pc.clone(), server.separate(), Arc::clone(&start));
                let shows = typed(&token);
                tokio::spawn(async move {
                    start.wait().await;
                    pc.enroll(&site, &shows).await.text
                })
            })
            .collect();
        let mut documents = Vec::new();
        for task in tasks {
            documents.push(task.await.unwrap());
        }
        documents.dedup();
        assert_eq!(documents.len(), 1);
        assert_eq!(server.uses(&token).await, 1);
    }
    assert_eq!(server.devices().await.len(), 5);
}
