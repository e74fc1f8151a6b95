//! Microsoft Graph, as a server that answers what it is told to and records what it is asked (ENTRA 7).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::api::template;
use crate::log::lines_with;
use crate::pc::Pc;

use super::peer::{CLIENT, OBJECT, TENANT};
use super::{World, shows};

const DEVICES: &str = "/v1/organizations/default/mdm/windows/enterprise/devices";
const DEVICE: &str = "4b9a8f3d-1e2d-4c4b-9a69-c2b8a7d46e1f";
const GROUP: &str = "9d0c3b6f-5c9e-4f10-8a1c-3b1e0a524d7e";

/// One question.
#[derive(Debug, Clone)]
struct Asked {
    line: String,
    token: String,
    body: String,
}

/// The server: tokens for whoever has the secret, and answers to Graph's questions in their turn.
#[derive(Clone, Default)]
struct Directory {
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Arc<Mutex<VecDeque<(&'static str, Json)>>>,
}

impl Directory {
    async fn start(answers: &[(&'static str, Json)]) -> (Self, String) {
        let directory = Self::default();
        directory.answer(answers);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = directory.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        (directory, url)
    }

    fn answer(&self, answers: &[(&'static str, Json)]) {
        self.answers.lock().unwrap().extend(answers.iter().cloned());
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut bytes = Vec::new();
        let (head, body) = loop {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).await.unwrap_or_default();
            bytes.extend_from_slice(&piece[..read]);
            let text = String::from_utf8(bytes.clone()).unwrap();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = header(head, "content-length").parse().unwrap_or(0);
                if body.len() >= length {
                    break (head.to_owned(), body.to_owned());
                }
            }
            assert!(read > 0, "cut short");
        };
        let line = head.lines().next().unwrap().replace(" HTTP/1.1", "");
        let tokens = line.contains("/oauth2/");
        self.asked.lock().unwrap().push(Asked {
            line,
            token: header(&head, "authorization"),
            body: body.clone(),
        });
        let (status, json) = if tokens {
            let count = self.asked.lock().unwrap().len();
            match body.contains("client_secret=only+for+Graph") {
                true => (
                    "200 OK",
                    json!({ "access_token": format!("graph-{count}"), "expires_in": 3599 }),
                ),
                false => ("401 No", json!({ "error": "invalid_client" })),
            }
        } else {
            let next = self.answers.lock().unwrap().pop_front();
            next.unwrap_or_else(|| ("500 Nothing to say", json!({})))
        };
        let body = json.to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        drop(stream.write_all(format!("{head}{body}").as_bytes()).await);
        drop(stream.shutdown().await);
    }

    /// What Graph was asked, without the questions for tokens.
    fn questions(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        let graph = asked.iter().filter(|it| !it.line.contains("/oauth2/"));
        graph.cloned().collect()
    }
}

fn header(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let found = lines.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn complaint(code: &str) -> Json {
    json!({ "error": { "code": code, "message": "canary of Graph" } })
}

async fn world(answers: &[(&'static str, Json)]) -> (World, Directory) {
    let (directory, url) = Directory::start(answers).await;
    let world = World::configured(|config| {
        config.entra.login_url.clone_from(&url);
        config.entra.graph_url = url;
    })
    .await;
    (world, directory)
}

impl World {
    /// A device that Entra ID signed for enrolls; what it becomes.
    async fn joins(&self, claims: Json) -> Pc {
        let pc = Pc::new()
            .saying("EnrollmentType", "Device")
            .saying("DeviceID", &DEVICE.replace('-', "").to_uppercase());
        pc.enroll(&self.api.server, &shows(&self.with(&claims)))
            .await;
        pc
    }

    /// The report of the only device, when it has come so far.
    async fn report(&self, state: &str) -> Json {
        let mut seen = Json::Null;
        for _ in 0..100 {
            let listed = self.api.get(DEVICES).await.expect(200);
            let id = listed["data"]["items"][0]["id"]
                .as_str()
                .unwrap()
                .to_owned();
            let device = self.api.get(&format!("{DEVICES}/{id}")).await.expect(200);
            seen = device["data"]["directoryReport"].clone();
            if seen["state"] == state {
                return seen;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("waited for {state}: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_is_told_that_a_device_is_managed_and_compliant_and_that_it_left() {
    let (world, directory) = world(&[("204 Done", json!({}))]).await;
    world.joins(json!({ "deviceid": DEVICE })).await;
    let report = world.report("done").await;
    assert_eq!(report["directoryDeviceId"], DEVICE);
    assert_eq!(report["tries"], 1);
    let asked = directory.asked.lock().unwrap().clone();
    let [token, told] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert_eq!(token.line, format!("POST /{TENANT}/oauth2/v2.0/token"));
    for part in [
        "grant_type=client_credentials",
        &format!("client_id={CLIENT}"),
        "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
    ] {
        assert!(token.body.contains(part), "{}", token.body);
    }
    let path = format!("PATCH /v1.0/devices(deviceId='{DEVICE}')");
    assert_eq!(told.line, path);
    assert_eq!(told.token, "Bearer graph-1");
    let said: Json = serde_json::from_str(&told.body).unwrap();
    assert_eq!(said, json!({ "isManaged": true, "isCompliant": true }));
    for secret in ["graph-1", "only for Graph", "only+for+Graph"] {
        assert!(lines_with(secret).is_empty(), "the log holds {secret}");
    }
    // A device that leaves is managed no more; the token is still good.
    directory.answer(&[("204 Done", json!({}))]);
    let id = world.api.server.devices().await[0].id;
    let path = format!("{DEVICES}/{id}");
    world
        .api
        .call(reqwest::Method::DELETE, &path, None)
        .await
        .expect(200);
    for _ in 0..100 {
        if directory.questions().len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let said: Json = serde_json::from_str(&directory.questions()[1].body).unwrap();
    assert_eq!(said, json!({ "isManaged": false, "isCompliant": false }));
    assert_eq!(directory.asked.lock().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_is_not_permitted_is_told_so_and_nothing_is_tried_again() {
    let refused = ("403 No", complaint("Authorization_RequestDenied"));
    let (world, directory) = world(&[refused]).await;
    world.joins(json!({ "deviceid": DEVICE })).await;
    let report = world.report("notPermitted").await;
    let problem = report["problem"].as_str().unwrap();
    assert_eq!(
        problem,
        "Microsoft Graph does not permit it to the application (403 Authorization_RequestDenied)"
    );
    world.api.server.clock.advance(24 * 3600);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(directory.questions().len(), 1);
    assert!(lines_with("canary of Graph").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_is_tried_again_when_graph_says_or_after_a_while() {
    let (world, directory) = world(&[
        ("404 Not yet", complaint("Request_ResourceNotFound")),
        ("429 Slower\r\nRetry-After: 7", complaint("TooManyRequests")),
        ("401 Old", complaint("InvalidAuthenticationToken")),
        ("503 Down", json!({})),
        ("204 Done", json!({})),
    ])
    .await;
    // Without `deviceid` the device's own word says who it is in the directory.
    world.joins(json!({})).await;
    let clock = &world.api.server.clock;
    for (tries, pause, word) in [
        (1, 15, "the directory does not know it"),
        (2, 7, "429 TooManyRequests"),
        (3, 60, "503"),
    ] {
        loop {
            let report = world.report("pending").await;
            if report["tries"] == tries
                && report["problem"]
                    .as_str()
                    .is_some_and(|it| it.contains(word))
            {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        clock.advance(pause - 1);
        tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
        let told = world.report("pending").await;
        assert_eq!(told["tries"], tries, "not before {pause} seconds");
        clock.advance(1);
    }
    assert_eq!(world.report("done").await["tries"], 4);
    let tokens: Vec<String> = directory
        .questions()
        .into_iter()
        .map(|it| it.token)
        .collect();
    // A token that is not accepted any more is had anew, once.
    assert_eq!(tokens.len(), 5);
    assert_eq!(tokens[0], tokens[2]);
    assert_ne!(tokens[2], tokens[3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_the_token_does_not_tell_are_asked_for_and_decide() {
    let told = ("200 OK", json!({ "value": [GROUP.to_uppercase(), OBJECT] }));
    let busy = ("503 Down", json!({}));
    let (world, directory) = world(&[busy, told, ("204 Done", json!({}))]).await;
    let pc = world.joins(json!({ "groups": null })).await;
    let device = world.api.server.devices().await.remove(0);
    assert_eq!(device.tags, ["sales"]);
    let asked = &directory.questions()[1];
    assert_eq!(
        asked.line,
        format!("POST /v1.0/users/{OBJECT}/getMemberGroups")
    );
    assert_eq!(asked.body, r#"{"securityEnabledOnly":false}"#);
    assert_eq!(device.facts.device_id.as_deref(), Some(pc.device_id()));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_cannot_be_had_are_unknown_and_meet_no_rule_not_even_a_negated_one() {
    for (answer, word) in [
        (
            ("403 No", complaint("Authorization_RequestDenied")),
            "not permit",
        ),
        (
            ("404 No", complaint("Request_ResourceNotFound")),
            "does not know",
        ),
        (
            ("200 OK", json!({ "value": ["not a group"] })),
            "no list of groups",
        ),
    ] {
        let (world, _) = world(&[answer, ("204 Done", json!({}))]).await;
        let listed = world.api.get(super::TEMPLATES).await.expect(200);
        let id = listed["data"]["items"][0]["id"].as_str().unwrap();
        let policy = template::policy(&world.api, "P2").await;
        let rules = json!([
            { "name": "Not in sales", "tags": ["outsider"], "winPolicyId": policy,
              "conditions": [{ "tags": [[format!("!entra:{GROUP}")]] }] },
            { "name": "In sales", "tags": ["sales"], "winPolicyId": policy,
              "conditions": [{ "tags": [[format!("entra:{GROUP}")]] }] },
            { "name": "Nobody knows", "tags": ["unknown"], "winPolicyId": policy },
        ]);
        let path = format!("{}/{}", super::TEMPLATES, id);
        let body = json!({ "rules": rules });
        world
            .api
            .call(reqwest::Method::PUT, &path, Some(body))
            .await
            .expect(200);
        world.joins(json!({ "groups": null })).await;
        let device = world.api.server.devices().await.remove(0);
        assert_eq!(device.tags, ["unknown"]);
        let attempts = world.api.server.attempts().await;
        let notes = format!("{:?}", attempts[0].exchanges);
        assert!(
            notes.contains("the user's groups are unknown") && notes.contains(word),
            "{notes}"
        );
    }
}
