//! Secrets are followed through the server: everything that it answers and logs is searched for everything that is
//! secret, over every operation of the document.

mod leak;
mod secret;
mod wrong;

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::matrix::document::{Document, Operation};
use super::matrix::world::{Sent, Side, ask};
use crate::client::{Answer, Site};
use crate::pc::{Pc, bearer};
use crate::server::{Data, ProcessServer};
use secret::{Kind, Secrets};

const TOKENS: &str = "/v1/organizations/default/mdm/windows/enterprise/enrollment-tokens";
const CLIENT_SECRET: &str = "canary-Zq8~7Vv3.client-secret";
const PROVIDER_SECRET: &str = "canary-Tg5~Rr1.bind-password";
const PASSWORD: &str = "canary-Yk2~Pp6.persons-password";

/// A server that logs all it can, with things that have secrets, and the secrets.
struct Watched {
    server: ProcessServer,
    document: Document,
    owner: Side,
    auditor: String,
    secrets: Secrets,
}

impl Watched {
    async fn start() -> Self {
        let data = Data::new();
        let key = |role| data.json(&["admin", "create-key", "--role", role])["key"].clone();
        let [owner, auditor] = ["owner", "auditor"].map(|role| {
            let key = key(role);
            key.as_str().unwrap().to_owned()
        });
        let server = data.serve(&[
            ("PORTCULLIS_LIMITS__API_REQUESTS_PER_MINUTE", "0"),
            ("PORTCULLIS_LOG__LEVEL", "trace"),
        ]);
        let document = Document::of(&server).await;
        let mut watched = Self {
            owner: Side::new("default", &owner),
            document,
            secrets: Secrets::default(),
            server,
            auditor,
        };
        for key in [&owner, &watched.auditor] {
            watched.secrets.add(Kind::ApiKey, key);
        }
        watched.secrets.read_files(watched.server.data().path());
        watched.fill().await;
        watched
    }

    fn site(&self) -> &Site {
        &self.server
    }

    async fn post(&self, path: &str, body: &Json) -> Answer {
        let headers = [
            ("authorization", format!("Bearer {}", self.owner.key)),
            ("content-type", "application/json".to_owned()),
        ];
        let url = format!("{}{path}", self.site().web);
        let text = body.to_string();
        self.site().send(Method::POST, &url, &headers, text).await
    }

    /// Makes one of everything, and what more there is that has secrets.
    async fn fill(&mut self) {
        let mobility = json!({
            "mobilityApp": { "tenantId": "t", "clientId": "c", "clientSecret": CLIENT_SECRET },
        });
        self.owner.known.insert("entraId".to_owned(), mobility);
        self.secrets.add(Kind::ClientSecret, CLIENT_SECRET);
        let secret = json!(PROVIDER_SECRET);
        self.owner.known.insert("secret".to_owned(), secret);
        self.secrets.add(Kind::ClientSecret, PROVIDER_SECRET);
        let password = json!(PASSWORD);
        self.owner.known.insert("password".to_owned(), password);
        self.secrets.add(Kind::ClientSecret, PASSWORD);
        let site: Site = self.site().clone();
        let made = self.owner.fill(&site, &self.document, 2).await;
        for list in ["enrollment-templates", "identity-providers", "mdm-users"] {
            let has_secret = made.iter().any(|(maker, _)| maker.path.ends_with(list));
            assert!(has_secret, "nothing in {list} has a secret");
        }
        for (maker, answer) in made {
            self.learn(&maker.path, &answer);
        }
        self.create_tokens().await;
        let emails =
            json!({ "sendEmail": false, "userEmails": ["ana@contoso.example", "b@c.example"] });
        for (path, body) in [
            (format!("{TOKENS}/bulk?details=true"), emails),
            (
                "/v1/organizations".to_owned(),
                json!({ "name": "Other", "slug": "other" }),
            ),
        ] {
            let answer = self.post(&path, &body).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let json: Json = serde_json::from_slice(&answer.body).unwrap();
            self.learn(&path, &json);
        }
        let wish = json!({ "sendEmail": false });
        let made = self.post(TOKENS, &wish).await;
        let made: Json = serde_json::from_slice(&made.body).unwrap();
        self.learn(TOKENS, &made);
        let token = made["data"]["token"].as_str().unwrap();
        let enrolled = Pc::new().enroll(&site, &bearer(token)).await;
        let application = &enrolled.document.application;
        for secret in [&application.client.secret, &application.server.secret] {
            self.secrets.add(Kind::Device, secret.reveal());
        }
        self.read_all_tokens().await;
    }

    /// Gives tokens to what has none from the start.
    async fn create_tokens(&self) {
        let makers = self.document.operations.iter();
        for maker in makers.filter(|it| it.path.ends_with("/createToken")) {
            for object in self.owner.objects(&maker.collection()) {
                let body = self.document.body(maker, &self.owner.known).unwrap();
                let path = maker.at("default", object);
                let sent = Sent::Json(body);
                let answer = ask(self.site(), maker, &path, Some(&self.owner.key), sent).await;
                assert!(answer.status < 300, "{path}: {answer:?}");
            }
        }
    }

    /// Learns the values and codes of tokens that something else made, such as a template.
    async fn read_all_tokens(&mut self) {
        for list in self.document.lists() {
            let path = format!("{}?limit=100", list.at("default", ""));
            let sent = Sent::Least;
            let answer = ask(&self.server, list, &path, Some(&self.owner.key), sent).await;
            if let Ok(json) = serde_json::from_slice(&answer.body) {
                self.secrets.learn(&json);
            }
        }
        for kind in [Kind::ApiKey, Kind::Token, Kind::Code, Kind::Master] {
            assert!(self.secrets.count(kind) > 0, "no {kind:?} is watched");
        }
    }

    /// Learns the secrets in the answer that made them: those that it may show, and no other.
    fn learn(&mut self, path: &str, answer: &Json) {
        let before = self.secrets.clone();
        self.secrets.learn(answer);
        let text = answer.to_string();
        for kind in [
            Kind::ApiKey,
            Kind::ClientSecret,
            Kind::Master,
            Kind::Private,
        ] {
            let leaks = before.found_in(kind, text.as_bytes());
            assert!(leaks.is_empty(), "{path}: {leaks:?} in {text}");
        }
        let values = leak::outside_their_fields(&self.secrets, answer);
        assert!(values.is_empty(), "{path}: {values:?} in {text}");
    }

    /// Every answer to every GET, for this key.
    async fn everything(&self, key: &str) -> Vec<(Operation, Answer)> {
        let mut answers = Vec::new();
        for operation in &self.document.operations {
            if operation.method != Method::GET {
                continue;
            }
            let objects = match operation.names_an_object() {
                true => self.owner.objects(&operation.collection()).to_vec(),
                false => vec![String::new()],
            };
            assert!(!objects.is_empty(), "nothing for {}", operation.name());
            for object in objects.iter().take(8) {
                let path = operation.at("default", object);
                let answer = ask(self.site(), operation, &path, Some(key), Sent::Least).await;
                answers.push((operation.clone(), answer));
            }
        }
        answers
    }
}

/// The parts of an answer, as text.
fn head(answer: &Answer) -> Vec<u8> {
    format!("{:?}", answer.headers).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_shows_a_secret_that_it_was_not_made_to_show() {
    let watched = Watched::start().await;
    let secrets = &watched.secrets;
    let mut shown = 0;
    for (operation, answer) in watched.everything(&watched.owner.key).await {
        let name = operation.name();
        assert!(answer.status < 300, "{name}: {answer:?}");
        assert_eq!(secrets.found(&head(&answer)), NOTHING, "{name}: {answer:?}");
        for kind in Kind::NEVER {
            let leaks = secrets.found_in(kind, &answer.body);
            assert_eq!(leaks, NOTHING, "{name}: {answer:?}");
        }
        let outside = leak::outside(secrets, &operation.path, &answer);
        assert_eq!(outside, NOTHING, "{name}: {answer:?}");
        shown += usize::from(!secrets.found(&answer.body).is_empty());
    }
    assert!(shown > 0, "an owner sees values");
    let mut masked = 0;
    for (operation, answer) in watched.everything(&watched.auditor).await {
        let name = operation.name();
        assert!(matches!(answer.status, 200 | 403), "{name}: {answer:?}");
        assert_eq!(secrets.found(&head(&answer)), NOTHING, "{name}: {answer:?}");
        assert_eq!(secrets.found(&answer.body), NOTHING, "{name}: {answer:?}");
        let images = json_of(&answer).is_some_and(|json| has_image(&json));
        assert!(!images, "{name} shows an auditor a code to scan");
        masked += usize::from(answer.text().contains("********"));
    }
    assert!(masked > 0, "an auditor sees that there are values");
    assert_eq!(
        secrets.found(watched.server.log().as_bytes()),
        NOTHING,
        "in the log"
    );
}

fn json_of(answer: &Answer) -> Option<Json> {
    serde_json::from_slice(&answer.body).ok()
}

/// Whether there is a picture of a QR code, which no search for texts looks into.
fn has_image(json: &Json) -> bool {
    match json {
        Json::Object(map) => map
            .iter()
            .any(|(name, value)| (name == "qrCodeImage" && !value.is_null()) || has_image(value)),
        Json::Array(list) => list.iter().any(has_image),
        _ => false,
    }
}

const NOTHING: &[String] = &[];

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_wrong_place_is_neither_echoed_nor_logged() {
    let watched = Watched::start().await;
    let found = wrong::try_everything(&watched).await;
    assert!(
        found.is_empty(),
        "{} echoes:\n{}",
        found.len(),
        found.join("\n")
    );
    assert_eq!(
        watched.secrets.found(watched.server.log().as_bytes()),
        NOTHING,
        "in the log"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_prints_no_key_and_no_secret_of_others() {
    let watched = Watched::start().await;
    let data = watched.server.data();
    for arguments in [
        ["token", "list"],
        ["device", "list"],
        ["attempt", "list"],
        ["template", "list"],
        ["policy", "list"],
        ["identity-provider", "list"],
        ["ca", "show"],
        ["config", "print"],
    ] {
        for format in ["json", "table"] {
            let output = data.run(&[&arguments[..], &["--output", format]].concat());
            for text in [&output.stdout, &output.stderr] {
                for kind in Kind::NEVER {
                    let leaks = watched.secrets.found_in(kind, text);
                    assert_eq!(leaks, NOTHING, "{arguments:?}: {output:?}");
                }
            }
        }
    }
}
