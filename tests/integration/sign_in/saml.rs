//! SAML against samlp, and against forgers (T72-T77): what each forged answer is refused for is known beforehand.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::peer::{Peer, Signer};
use super::visitor::{Page, Visitor};
use super::{APPRU, BASE, Way, World};
use crate::clients::python;
use crate::log::lines_with;
use crate::pc::{Pc, bearer};

pub(super) const ENTITY: &str = "urn:contoso:idp";

/// The address of a page of the provider, of ours.
fn place(world: &World, provider: &str, page: &str) -> String {
    let web = &world.api.server.web;
    format!("{web}/EnrollmentServer/SignIn/{provider}/{page}")
}

pub(super) fn settings(sso: &str, binding: &str, certificates: &str) -> Json {
    json!({ "type": "saml", "entityId": ENTITY, "ssoUrl": sso, "binding": binding, "certificates": certificates,
        "groupAttribute": "groups" })
}

/// Signs in at samlp; the form that leads back: its address, and its fields.
async fn away(visitor: &Visitor, left: &Page, password: &str) -> (String, Vec<(String, String)>) {
    let asked = match &left.location {
        Some(to) => visitor.get(to.as_str()).await,
        None => {
            let (request, state) = (left.field("SAMLRequest"), left.field("RelayState"));
            let fields = [
                ("SAMLRequest", &*request.unwrap()),
                ("RelayState", &*state.unwrap()),
            ];
            let posted = visitor.post(&action(left), &fields).await;
            visitor.get(posted.location.unwrap().as_str()).await
        }
    };
    let (request, state) = (asked.field("SAMLRequest"), asked.field("RelayState"));
    let to = asked.url.join("/login").unwrap();
    let fields = [
        ("SAMLRequest", &*request.unwrap()),
        ("RelayState", &*state.unwrap()),
        ("login", "ana"),
        ("password", password),
    ];
    let answered = visitor.post(to.as_str(), &fields).await;
    let field = |name: &str| (name.to_owned(), answered.field(name).unwrap());
    (
        action(&answered),
        ["SAMLResponse", "RelayState"].map(field).to_vec(),
    )
}

fn action(page: &Page) -> String {
    let (_, rest) = page.text.split_once("action=\"").expect("there is a form");
    rest.split('"')
        .next()
        .unwrap()
        .replace("&#38;", "&")
        .replace("&#61;", "=")
        .replace("&#63;", "?")
}

/// The request that a way begins with.
async fn form_of(visitor: &Visitor, start: &str) -> String {
    let left = visitor.get(start).await;
    match left.location {
        Some(to) => {
            let found = to.query_pairs().find(|(name, _)| name == "SAMLRequest");
            inflated(&found.unwrap().1)
        }
        None => {
            let encoded = left.field("SAMLRequest").unwrap();
            String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
        }
    }
}

async fn back(visitor: &Visitor, (to, fields): &(String, Vec<(String, String)>)) -> Page {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    visitor.post(to, &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_enrolls_however_the_request_goes_and_whatever_is_signed() {
    let signer = Signer::rsa();
    let told = json!({ "signingKey": signer.key, "signingCertificate": signer.certificate, "entityId": ENTITY });
    let Some(mut peer) = Peer::start("saml.mjs", "samlp", &told) else {
        return;
    };
    let world = World::start(&["saml"], &json!({})).await;
    let sso = format!("{}/sso?idpid=C0", peer.address);
    for binding in ["redirect", "post"] {
        let provider = world
            .provider(binding, settings(&sso, binding, &signer.pem), "")
            .await;
        for told in [
            json!({}),
            json!({ "signResponse": true }),
            json!({ "signResponse": true, "signAssertion": false }),
            json!({ "signatureNamespacePrefix": "ds" }),
        ] {
            peer.tell(&told);
            let (way, visitor) = (world.way(&provider), world.visitor(&peer.root));
            let left = way.leave(&visitor).await;
            let form = away(&visitor, &left, "correct horse").await;
            assert_eq!(form.0, place(&world, &provider, "acs"));
            let page = back(&visitor, &form).await;
            let wresult = way.assert_in(&page);
            Pc::new().enroll(&world.api.server, &bearer(&wresult)).await;
        }
        // Whoever is denied is told so, and may try again.
        let (way, visitor) = (world.way(&provider), world.visitor(&peer.root));
        let left = way.leave(&visitor).await;
        let form = away(&visitor, &left, "wrong").await;
        let page = back(&visitor, &form).await;
        let why = way.refused(&page).await;
        assert!(!form_of(&visitor, &way.start()).await.contains("ForceAuthn"));
        let again = form_of(&visitor, &format!("{}&again=1", way.start())).await;
        assert!(again.contains(" ForceAuthn=\"true\""), "{again}");
        assert!(why.contains("the provider answers Responder"), "{why}");
    }
    let devices = world.api.get(&format!("{BASE}/devices")).await.expect(200);
    let devices = devices["data"]["items"].as_array().unwrap();
    assert_eq!(devices.len(), 8);
    for device in devices {
        assert_eq!(device["tags"], json!(["engineer-saml"]));
        assert_eq!(
            device["decision"]["identity"]["email"],
            "ana@contoso.example"
        );
    }
    let metadata = world
        .visitor(&peer.root)
        .get(&place(&world, "507f1f77bcf86cd799439011", "metadata"))
        .await;
    assert_eq!(metadata.status, 200);
    assert!(
        metadata.text.contains("/507f1f77bcf86cd799439011/acs\""),
        "{}",
        metadata.text
    );
}

/// A server that believes two keys, and walks of people who are away.
struct Forgery {
    world: World,
    provider: String,
    rsa: Signer,
    ec: Signer,
}

/// Somebody who left.
struct Gone<'a> {
    way: Way<'a>,
    visitor: Visitor,
    request: String,
    state: String,
}

impl Forgery {
    async fn start() -> Self {
        let world = World::start(&["saml"], &json!({})).await;
        let (rsa, ec) = (Signer::rsa(), Signer::p256());
        let both = format!("{}{}", ec.pem, rsa.pem);
        let own = settings("https://idp.contoso.example/sso", "redirect", &both);
        let provider = world.provider("Contoso", own, "").await;
        Self {
            world,
            provider,
            rsa,
            ec,
        }
    }

    /// Somebody who leaves now.
    async fn gone(&self) -> Gone<'_> {
        let (way, visitor) = (
            self.world.way(&self.provider),
            self.world.visitor(&self.rsa.pem),
        );
        let left = visitor.get(&way.start()).await;
        let to = left.location.unwrap_or_else(|| panic!("{}", left.text));
        let asked = |wanted: &str| {
            let found = to.query_pairs().find(|(name, _)| name == wanted);
            found.unwrap().1.into_owned()
        };
        let (request, state) = (asked("SAMLRequest"), asked("RelayState"));
        Gone {
            request: request_id(&request),
            way,
            visitor,
            state,
        }
    }

    /// The answers of the corpus to these requests, in its order.
    fn forge(&self, requests: &[&str]) -> Option<Vec<Json>> {
        self.forge_with(requests, &json!({}))
    }

    /// One good answer to a request.
    fn answer(&self, request: &str, more: &Json) -> Option<String> {
        let requests = vec![request; 140];
        let mut told = json!({ "only": "assertion signed" });
        told.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        Some(text(&self.forge_with(&requests, &told)?[0], "response").to_owned())
    }

    fn forge_with(&self, requests: &[&str], more: &Json) -> Option<Vec<Json>> {
        let python = python()?;
        let stranger = Signer::rsa();
        let mut told = json!({
            "acs": place(&self.world, &self.provider, "acs"), "audience": place(&self.world, &self.provider, "metadata"),
            "issuer": ENTITY, "now": self.world.api.server.clock.now().to_string(), "requests": requests,
            "key": self.rsa.key, "cert": self.rsa.certificate, "ecKey": self.ec.key, "ecCert": self.ec.certificate,
            "otherKey": stranger.key, "otherCert": stranger.certificate,
        });
        told.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let mut child = Command::new(python)
            .arg("tests/clients/saml.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        write!(child.stdin.take().unwrap(), "{told}").unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        Some(serde_json::from_slice(&output.stdout).unwrap())
    }
}

/// A request as the redirect binding carries it.
fn inflated(encoded: &str) -> String {
    let mut request = String::new();
    let deflated = STANDARD.decode(encoded).unwrap();
    std::io::Read::read_to_string(&mut DeflateDecoder::new(&*deflated), &mut request).unwrap();
    request
}

/// The `ID` of such a request.
fn request_id(encoded: &str) -> String {
    let request = inflated(encoded);
    let (_, rest) = request.split_once(" ID=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

impl Gone<'_> {
    async fn bring(&self, response: &str, state: &str) -> Page {
        let acs = place(self.way.world, &self.way.provider, "acs");
        let fields = [("SAMLResponse", response), ("RelayState", state)];
        self.visitor.post(&acs, &fields).await
    }
}

fn text<'a>(case: &'a Json, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_signed_comes_in_and_every_forgery_is_refused_for_its_own_reason() {
    let forgery = Forgery::start().await;
    let mut gone = Vec::new();
    for _ in 0..140 {
        gone.push(forgery.gone().await);
    }
    let requests: Vec<&str> = gone.iter().map(|it| &*it.request).collect();
    let Some(cases) = forgery.forge(&requests) else {
        return;
    };
    let (mut good, mut wrong) = (0, Vec::new());
    for case in &cases {
        let (name, request) = (text(case, "name"), text(case, "request"));
        let person = gone.iter().find(|it| it.request == request).unwrap();
        let page = person.bring(text(case, "response"), &person.state).await;
        let entered = page.field("wresult").is_some();
        match (case["good"].as_bool().unwrap(), entered) {
            (true, true) => good += 1,
            (false, false) => {
                let why = person.way.refused(&page).await;
                if !why.contains(text(case, "why")) {
                    wrong.push(format!("{name}: {why}"));
                }
            }
            (true, false) => wrong.push(format!("{name}: {}", person.way.refused(&page).await)),
            (false, true) => wrong.push(format!("{name}: LET IN")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        good >= 10 && cases.len() - good >= 45,
        "{good} of {}",
        cases.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_once_for_the_browser_that_asked_and_not_for_long() {
    let forgery = Forgery::start().await;
    let first = forgery.gone().await;
    let plain = json!({});
    let Some(response) = forgery.answer(&first.request, &plain) else {
        return;
    };
    // With another's RelayState, and with none.
    for state in ["", "AAAA", &forgery.gone().await.state] {
        let other = forgery.gone().await;
        let why = other
            .way
            .refused(&other.bring(&response, state).await)
            .await;
        assert!(why.contains("RelayState is another"), "{why}");
    }
    // In another browser: one that never left, and one that left by itself.
    let stranger = forgery.world.visitor(&forgery.rsa.pem);
    let acs = place(&forgery.world, &forgery.provider, "acs");
    let page = stranger
        .post(
            &acs,
            &[("SAMLResponse", &response), ("RelayState", &first.state)],
        )
        .await;
    let why = first.way.turned_away(&page);
    assert!(why.contains("did not leave here"), "{why}");
    let other = forgery.gone().await;
    let why = other
        .way
        .refused(&other.bring(&response, &other.state).await)
        .await;
    assert!(why.contains("InResponseTo is another request"), "{why}");
    // Twice by the one who asked.
    let (key, cookie) = first.visitor.cookie();
    let page = first.bring(&response, &first.state).await;
    first.way.assert_in(&page);
    for part in [&response[..100], &response[response.len() - 100..]] {
        assert!(lines_with(part).is_empty(), "the log holds the response");
    }
    first.visitor.cookies.lock().unwrap().insert(key, cookie);
    let why = first
        .way
        .refused(&first.bring(&response, &first.state).await)
        .await;
    assert!(why.contains("was shown before"), "{why}");

    // The ID of an assertion in an answer to another request.
    let (one, two) = (forgery.gone().await, forgery.gone().await);
    let same = json!({ "assertionId": "_the-same" });
    let response = forgery.answer(&one.request, &same).unwrap();
    one.way.assert_in(&one.bring(&response, &one.state).await);
    let response = forgery.answer(&two.request, &same).unwrap();
    let why = two
        .way
        .refused(&two.bring(&response, &two.state).await)
        .await;
    assert!(why.contains("was shown before"), "{why}");

    // Too late for the answer, then for the sign-in.
    let late = forgery.gone().await;
    let response = forgery.answer(&late.request, &plain).unwrap();
    forgery.world.api.server.clock.advance(361);
    let why = late
        .way
        .refused(&late.bring(&response, &late.state).await)
        .await;
    assert!(why.contains("not confirmed for us and now"), "{why}");
    let late = forgery.gone().await;
    forgery.world.api.server.clock.advance(601);
    let response = forgery.answer(&late.request, &plain).unwrap();
    let why = late
        .way
        .refused(&late.bring(&response, &late.state).await)
        .await;
    assert!(why.contains("long ago"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_answer_with_many_groups_is_read() {
    let forgery = Forgery::start().await;
    let person = forgery.gone().await;
    let many = json!({ "only": "a thousand groups" });
    let Some(response) = forgery.answer(&person.request, &many) else {
        return;
    };
    assert!(response.len() > 100_000);
    person
        .way
        .assert_in(&person.bring(&response, &person.state).await);
    // They go along with the answers to what the template asks.
    let template = format!("{BASE}/enrollment-templates/{}", forgery.world.template);
    let fields = json!([{ "type": "text", "key": "room", "title": "Room" }]);
    let body = Some(json!({ "auxiliaryFields": fields }));
    let api = &forgery.world.api;
    api.call(Method::PUT, &template, body).await.expect(200);
    let person = forgery.gone().await;
    let response = forgery.answer(&person.request, &many).unwrap();
    let asked = person.bring(&response, &person.state).await;
    let proof = asked.field("proof").expect("the page asks");
    let (_, rest) = asked.text.split_once("action=\"").unwrap();
    let url = format!("{}{}", api.server.web, rest.split('"').next().unwrap());
    let answers = [
        ("appru", APPRU),
        ("proof", &proof),
        ("asked", "1"),
        ("field.room", "12"),
    ];
    let page = person.visitor.post(&url, &answers).await;
    person.way.assert_in(&page);
}
