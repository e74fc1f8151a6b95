//! A server that is killed in the middle of management sessions loses no answer and has nothing run twice.

use std::collections::BTreeMap;
use std::time::Duration;

use portcullis::protocol::syncml::{Command, Operation, SyncMl};
use serde_json::{Value as Json, json};

use crate::pc::{Pc, bearer};
use crate::server::{Data, ProcessServer};
use crate::talk::{Says, Talk, alert, uri, willing};

/// Servers that are killed.
const KILLS: usize = 50;
/// Nodes that are run.
const RUNS: usize = 12;
/// Nodes that are added.
const ADDS: usize = 150;
/// Bytes of a message that the devices take.
const MESSAGE: u32 = 16_384;

/// The device's side: what it did, and how often.
#[derive(Default)]
struct Did {
    times: BTreeMap<String, usize>,
    /// The pieces of the large value, in the order in which they came.
    large: String,
}

impl Did {
    fn does(&mut self, verb: &str, operation: &Operation) -> Says {
        let node = uri(operation);
        let Some((_, name)) = node.split_once("/Vendor/MSFT/X/") else {
            return willing(verb, operation);
        };
        *self.times.entry(format!("{verb} {name}")).or_default() += 1;
        let item = &operation.items[0];
        match (verb, name) {
            ("Get", _) => Says::value("what was read"),
            // Some it does in another way.
            ("Add", "A0" | "A1" | "All1") => Says::status(418),
            (_, "Large") => {
                self.large.push_str(item.data.as_deref().unwrap());
                Says::status(if item.more_data { 213 } else { 200 })
            }
            _ => Says::status(200),
        }
    }

    /// What was not done as often as it was to be, in one session or two.
    fn wrong(&self, removed: bool) -> Vec<String> {
        let one = |name: String| (name, 1);
        let mut expected: BTreeMap<String, usize> = (0..RUNS)
            .map(|n| one(format!("Exec Run{n}")))
            .chain((0..ADDS).map(|n| one(format!("Add A{n}"))))
            .chain(
                ["Replace A0", "Replace A1", "Add U", "Get Read", "Add Gone"]
                    .map(|it| one(it.into())),
            )
            // All or none: since one of them was there, all are told again.
            .chain([("Add All0".into(), 2), ("Add All2".into(), 2)])
            .chain(["Add All1", "Replace All1"].map(|it| one(it.into())))
            .collect();
        if removed {
            expected.insert("Delete Gone".to_owned(), 1);
        }
        let mut did = self.times.clone();
        let pieces = did.remove("Add Large").unwrap_or_default();
        assert!(pieces > 2, "{pieces}");
        assert!(self.large == large(), "{} bytes", self.large.len());
        let all = expected.keys().chain(did.keys());
        let differ = all.filter(|it| expected.get(*it) != did.get(*it));
        differ
            .map(|it| format!("{it}: {:?}", did.get(it)))
            .collect()
    }
}

fn large() -> String {
    (0..13_000).map(|n| format!("{n:05}")).collect()
}

/// A policy with one setting of each kind and many of some, and one of a group; `gone` is a node that it has for a while.
fn apply(data: &Data, gone: bool) {
    let node = |name: &str| format!("./Vendor/MSFT/X/{name}");
    let value = |name: &str| json!({ "locUri": node(name), "format": "int", "value": "1" });
    let runs = (0..RUNS).map(
        |n| json!({ "locUri": node(&format!("Run{n}")), "format": "null", "command": "exec" }),
    );
    let adds = (0..ADDS).map(|n| value(&format!("A{n}")));
    let others = [
        json!({ "locUri": node("Read"), "command": "get" }),
        json!({ "locUri": node("Large"), "value": large() }),
        json!({ "locUri": node("U"), "scope": "user", "value": "1" }),
    ];
    let gone = gone.then(|| value("Gone"));
    let settings: Vec<_> = runs.chain(adds).chain(others).chain(gone).collect();
    let group: Vec<_> = (0..3).map(|n| value(&format!("All{n}"))).collect();
    for policy in [
        json!({ "name": "P", "settings": settings }),
        json!({ "name": "G", "settings": group, "atomic": true }),
    ] {
        let file = data.path().join("policy.json");
        std::fs::write(&file, policy.to_string()).unwrap();
        let output = data.run(&["policy", "apply", file.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
    }
}

/// Sends each package until a server answers it whose reply arrives.
struct Unlucky {
    server: Option<ProcessServer>,
    /// Servers that were killed with a message in their hands, and with the reply on its way.
    kills: [usize; 2],
}

impl Unlucky {
    fn server(&self) -> &ProcessServer {
        self.server.as_ref().unwrap()
    }

    fn killed(&self) -> usize {
        self.kills.iter().sum()
    }

    /// The reply to a package, after a server died over it.
    async fn send(&mut self, identity: &str, package: &SyncMl) -> SyncMl {
        let text = package.write();
        let killed = self.killed();
        if killed < KILLS {
            let site = self.server().with_identity(identity);
            let url = site.management();
            // Either as often, and in no rhythm that a session could have.
            let is_answered = killed.count_ones().is_multiple_of(2);
            let mut sent = None;
            if is_answered {
                drop(site.manage(text.clone()).await);
            } else {
                let text = text.clone();
                sent = Some(tokio::spawn(
                    async move { site.try_post_soap(&url, text).await },
                ));
                tokio::time::sleep(Duration::from_millis((killed % 7) as u64)).await;
            }
            let data = self.server.take().unwrap().kill();
            self.server = Some(data.serve(&[]));
            self.kills[usize::from(is_answered)] += 1;
            if let Some(sent) = sent {
                drop(sent.await);
            }
        }
        let site = self.server().with_identity(identity);
        site.manage(text).await
    }

    /// A session from its beginning to its end.
    async fn session(&mut self, pc: &Pc, identity: &str, id: &str, did: &mut Did) {
        let mut talk = Talk::new((**self.server()).clone(), pc.device_id(), id);
        talk.max_msg_size = Some(MESSAGE);
        let login = alert("1224", Some(("com.microsoft/MDM/LoginStatus", "user")));
        let mut body = vec![alert("1201", None), login];
        loop {
            talk.message += 1;
            let package = talk.package(talk.message, body);
            let reply = self.send(identity, &package).await;
            let commands = reply.body.commands.into_iter();
            let commands = commands.filter(|it| !matches!(it, Command::Status(_)));
            talk.told = commands.collect();
            if talk.told.is_empty() {
                return;
            }
            body = talk.answers(|verb, operation| did.does(verb, operation));
        }
    }

    /// The device with this GUID, and its results.
    fn shown(&self, guid: &str) -> (Json, Vec<Json>) {
        let data = self.server().data();
        let devices = data.json(&["device", "list"]);
        let mut devices = devices.as_array().unwrap().iter();
        let device = devices.find(|it| it["guid"] == guid).unwrap().clone();
        let results = data.json(&["device", "results", device["id"].as_str().unwrap()]);
        let results = results["items"].as_array().unwrap().iter();
        let of_policies = results.filter(|it| it["winPolicy"].is_object());
        (device, of_policies.cloned().collect())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_in_the_middle_of_sessions_lose_no_answer_and_nothing_runs_twice() {
    let data = Data::new();
    apply(&data, true);
    let token = data.json(&[
        "token",
        "create",
        "--uses",
        "unlimited",
        "--policy",
        "P:10",
        "--policy",
        "G:20",
    ]);
    let token = token["token"].as_str().unwrap();
    let mut unlucky = Unlucky {
        server: Some(data.serve(&[])),
        kills: [0; 2],
    };
    while unlucky.killed() < KILLS {
        let pc = Pc::new();
        let enrolled = pc.enroll(unlucky.server(), &bearer(token)).await;
        let (identity, guid) = (enrolled.identity(), enrolled.guid().to_string());
        let mut did = Did::default();
        unlucky.session(&pc, &identity, "1", &mut did).await;
        assert_eq!(did.wrong(false), Vec::<String>::new());
        let (device, results) = unlucky.shown(&guid);
        assert_eq!(device["state"], "ACTIVE");
        assert_eq!(results.len(), RUNS + ADDS + 3 + 1 + 3);
        let undone: Vec<_> = results.iter().filter(|it| it["state"] != "done").collect();
        assert!(undone.is_empty(), "{undone:?}");
        assert!(results.iter().any(|it| it["value"] == "what was read"));

        apply(unlucky.server().data(), false);
        unlucky.session(&pc, &identity, "2", &mut did).await;
        assert_eq!(did.wrong(true), Vec::<String>::new());
        let (_, results) = unlucky.shown(&guid);
        assert_eq!(results.len(), RUNS + ADDS + 3 + 3, "nothing is left of it");
        apply(unlucky.server().data(), true);
    }
    let [in_hand, answered] = unlucky.kills;
    assert!(in_hand > 20 && answered > 20, "{in_hand} {answered}");
}
