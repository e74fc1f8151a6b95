//! A server that is killed in the middle of management sessions loses no answer and has nothing run twice.

use std::collections::BTreeMap;

use portcullis::protocol::syncml::{Command, Operation, SyncMl};
use serde_json::json;

use crate::pc::{Pc, bearer};
use crate::server::{Data, ProcessServer};
use crate::talk::{Says, Talk, uri, willing};

const PROVIDER: &str = "DMClient/Provider";
/// Servers that are killed.
const KILLS: usize = 50;
/// Nodes that are run.
const RUNS: usize = 12;

/// The device's side: what it did, and how often.
#[derive(Default)]
struct Did(BTreeMap<String, usize>);

impl Did {
    fn does(&mut self, verb: &str, operation: &Operation) -> Says {
        let node = uri(operation).to_owned();
        if verb == "Get" || node.contains(PROVIDER) {
            return willing(verb, operation);
        }
        *self.0.entry(format!("{verb} {node}")).or_default() += 1;
        // Some it does in another way.
        match (verb, node.rsplit('/').next()) {
            ("Add", Some("A0" | "A1")) => Says::status(418),
            _ => Says::status(200),
        }
    }
}

/// A policy of nodes that are run, added and replaced, and the token that assigns it.
fn prepare(data: &Data) -> String {
    let runs = (0..RUNS).map(|n| json!({ "locUri": format!("./Vendor/MSFT/X/Run{n}"), "format": "null", "command": "exec" }));
    let adds = (0..150).map(
        |n| json!({ "locUri": format!("./Vendor/MSFT/X/A{n}"), "format": "int", "value": "1" }),
    );
    let settings: Vec<_> = runs.chain(adds).collect();
    let file = data.path().join("policy.json");
    std::fs::write(
        &file,
        json!({ "name": "P", "settings": settings }).to_string(),
    )
    .unwrap();
    let output = data.run(&["policy", "apply", file.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let token = data.json(&["token", "create", "--uses", "unlimited", "--policy", "P:10"]);
    token["token"].as_str().unwrap().to_owned()
}

/// Sends a package until a server answers it: one is killed before, one before its reply is read, the third answers.
struct Unlucky {
    server: Option<ProcessServer>,
    kills: usize,
}

impl Unlucky {
    fn server(&self) -> &ProcessServer {
        self.server.as_ref().unwrap()
    }

    fn kill(&mut self) {
        let data = self.server.take().unwrap().kill();
        self.server = Some(data.serve(&[]));
        self.kills += 1;
    }

    /// The reply to a package of which every second one reaches a server that dies over it.
    async fn send(&mut self, identity: &str, package: &SyncMl) -> SyncMl {
        let text = package.write();
        if self.kills < KILLS {
            let site = self.server().with_identity(identity);
            let url = site.management();
            if self.kills.is_multiple_of(2) {
                // It answers, and the answer is lost.
                drop(site.manage(text.clone()).await);
            } else {
                // It dies with the message in its hands.
                let sent = tokio::spawn({
                    let text = text.clone();
                    async move { site.try_post_soap(&url, text).await }
                });
                tokio::time::sleep(std::time::Duration::from_millis((self.kills % 7) as u64)).await;
                self.kill();
                drop(sent.await);
            }
            if self.kills.is_multiple_of(2) {
                self.kill();
            }
        }
        let site = self.server().with_identity(identity);
        site.manage(text).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_in_the_middle_of_sessions_lose_no_answer_and_nothing_runs_twice() {
    let data = Data::new();
    let token = prepare(&data);
    let mut unlucky = Unlucky {
        server: Some(data.serve(&[])),
        kills: 0,
    };
    while unlucky.kills < KILLS {
        let pc = Pc::new();
        let enrolled = pc.enroll(unlucky.server(), &bearer(&token)).await;
        let mut did = Did::default();
        let mut talk = Talk::new((**unlucky.server()).clone(), pc.device_id(), "1");
        let mut body = vec![crate::talk::alert("1201", None)];
        loop {
            talk.message += 1;
            let package = talk.package(talk.message, body);
            let reply = unlucky.send(&enrolled.identity(), &package).await;
            let commands = reply.body.commands.into_iter();
            talk.told = commands
                .filter(|it| !matches!(it, Command::Status(_)))
                .collect();
            if talk.told.is_empty() {
                break;
            }
            body = talk.answers(|verb, operation| did.does(verb, operation));
        }
        for n in 0..RUNS {
            assert_eq!(
                did.0.get(&format!("Exec ./Vendor/MSFT/X/Run{n}")),
                Some(&1),
                "{n}"
            );
        }
        assert!(did.0.values().all(|times| *times == 1), "{:?}", did.0);
        assert_eq!(did.0.len(), RUNS + 150 + 2, "two were replaced after all");
        let guid = enrolled.guid().to_string();
        let devices = unlucky.server().data().json(&["device", "list"]);
        let device = devices
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["guid"] == guid.as_str())
            .unwrap();
        let id = device["id"].as_str().unwrap();
        assert_eq!(device["state"], "ACTIVE");
        let results = unlucky.server().data().json(&["device", "results", id]);
        let items = results["items"].as_array().unwrap();
        let of_policy: Vec<_> = items
            .iter()
            .filter(|it| it["winPolicy"].is_object())
            .collect();
        assert_eq!(of_policy.len(), RUNS + 150);
        assert!(
            of_policy.iter().all(|it| it["state"] == "done"),
            "{results}"
        );
    }
}
