//! The years, by the real binary under libfaketime: devices that enroll first and renew whenever it is time, a rotation in
//! year four, and the end of the first issuing CA.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::openssl::skip;
use crate::server::{Data, ProcessServer, portcullis};

use super::resident::Resident;
use super::states;

const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
];

/// The environment of a process so many days ahead.
pub(super) struct Ahead {
    pub(super) days: u32,
    library: &'static str,
    offset: String,
}

impl Ahead {
    fn days(library: &'static str, days: u32) -> Self {
        let offset = format!("+{days}d");
        Self {
            days,
            library,
            offset,
        }
    }

    fn environment(&self) -> [(&str, &str); 3] {
        [
            ("LD_PRELOAD", self.library),
            ("FAKETIME", &self.offset),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }

    pub(super) fn json(&self, data: &Data, arguments: &[&str]) -> Json {
        let mut command = data.command(&[arguments, &["--output", "json"]].concat());
        let output = command.envs(self.environment()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Lets three devices enroll, all of whose certificates and first sessions are judged by the simulator.
    fn enroll(&self, server: &ProcessServer) {
        let made = self.json(server.data(), &["token", "create", "--uses", "unlimited"]);
        let (url, token) = (server.web.clone(), made["token"].as_str().unwrap());
        let arguments = [
            "simulate", "--url", &url, "--token", token, "--key", "p256", "-n", "3", "--report",
            "json",
        ];
        let mut command = portcullis(&arguments);
        let output = command.envs(self.environment()).output().unwrap();
        let report: Json = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{output:?} {}", server.log()));
        assert_eq!(report["enrolled"], 3, "{report} {}", server.log());
    }
}

fn days_left(shown: &Json, kind: &str) -> i64 {
    let all = shown["authorities"].as_array().unwrap();
    let first = all.iter().find(|it| it["kind"] == kind).unwrap();
    first["daysLeft"].as_i64().unwrap()
}

/// The days on which the first devices renew: those on which their certificates have 60 days left.
const RENEWALS: [u32; 4] = [305, 610, 915, 1220];

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_lives_for_years_and_its_devices_with_it() {
    let Some(library) = LIBRARIES.into_iter().find(|it| Path::new(it).exists()) else {
        return skip("libfaketime is not installed");
    };
    let at = |days| Ahead::days(library, days);

    let now = at(0);
    let mut server = Data::new().serve(&now.environment());
    now.enroll(&server);
    let shown = now.json(server.data(), &["ca", "show"]);
    assert_eq!(
        (days_left(&shown, "root"), days_left(&shown, "issuing")),
        (7304, 1825)
    );
    let mut residents = Resident::enroll(&now, &server).await;

    for days in RENEWALS {
        let renewal = at(days);
        server = server.kill().serve(&renewal.environment());
        renewal.enroll(&server);
        for resident in &mut residents {
            resident.assert_at_home(&renewal, &server).await;
            resident.renew(&renewal, &server).await;
        }
    }

    let year_four = at(1460);
    let server = server.kill().serve(&year_four.environment());
    year_four.enroll(&server);
    let rotated = year_four.json(server.data(), &["ca", "rotate"]);
    assert_eq!(states(&rotated, "issuing"), ["active", "retiring"]);
    assert_eq!(days_left(&rotated, "issuing"), 1825);
    let server = server.kill().serve(&year_four.environment());
    year_four.enroll(&server);
    for resident in &mut residents {
        resident.assert_at_home(&year_four, &server).await;
    }

    // The first renewal after the rotation comes from the new issuing CA.
    let fifth = at(1525);
    let server = server.kill().serve(&fifth.environment());
    for resident in &mut residents {
        let before = resident.issuer();
        resident.renew(&fifth, &server).await;
        assert_ne!(resident.issuer(), before);
    }

    let after = at(1460 + 367);
    let mut environment = after.environment().to_vec();
    environment.push(("FAILPOINTS", "retire_at_once=return"));
    let server = server.kill().serve(&environment);
    after.enroll(&server);
    let began = Instant::now();
    // It waits for a day otherwise.
    while cfg!(feature = "failpoints") {
        let shown = after.json(server.data(), &["ca", "show"]);
        if states(&shown, "issuing") == ["active", "retired"] {
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{shown} {}",
            server.log()
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    for resident in &mut residents {
        resident.assert_at_home(&after, &server).await;
        resident.renew(&after, &server).await;
        resident.assert_at_home(&after, &server).await;
    }

    // The end of the root comes near: it is said, and does not keep the server from serving.
    let late = at(7304 - 29);
    let data = server.kill();
    late.json(&data, &["ca", "rotate"]);
    let server = data.serve(&late.environment());
    assert!(
        server.log().contains("something ends soon"),
        "{}",
        server.log()
    );
    let late = at(7304 - 20);
    let data = server.kill();
    let rotated = late.json(&data, &["ca", "rotate", "--root"]);
    assert_eq!(days_left(&rotated, "root"), 7304);
    let server = data.serve(&late.environment());
    late.enroll(&server);
}
