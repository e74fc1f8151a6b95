//! The terms of use of a device that Entra ID sends (ENTRA 3), from the page to the proof in the certificate request.

use reqwest::Method;
use serde_json::json;

use crate::client::Answer;
use crate::log::lines_with;
use crate::page::{hidden, publish_terms};
use crate::pc::Pc;

use super::peer::{CLIENT, OBJECT, TENANT};
use super::{TEMPLATES, World, shows};

const BACK: &str = "ms-aadj-redir://auth/mdm";

impl World {
    /// Opens the page as Windows does.
    async fn opens(&self, token: Option<&str>, query: &[(&str, &str)]) -> Answer {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        let url = format!(
            "{}/EnrollmentServer/TermsOfUse?{query}",
            self.api.server.web
        );
        let token = token.map(|token| ("authorization", format!("Bearer {token}")));
        let mut headers = vec![("cxh-host", "MOSET".to_owned())];
        headers.extend(token);
        self.api.server.send(Method::GET, &url, &headers, "").await
    }

    async fn answers(&self, page: &str, answer: &str) -> Answer {
        let url = format!("{}/EnrollmentServer/TermsOfUse", self.api.server.web);
        let form = [
            ("state", hidden(page, "state").unwrap()),
            ("answer", answer),
        ];
        self.api.server.post_form(&url, &form).await
    }

    /// What Windows brings back after its user accepted.
    async fn accepted(&self, token: &str) -> String {
        let page = self.opens(Some(token), &asked(BACK)).await.text();
        let answer = self.answers(&page, "accept").await;
        value(&answer, "OpaqueBlob").unwrap()
    }
}

fn asked(redirect: &str) -> [(&str, &str); 3] {
    [
        ("redirect_uri", redirect),
        ("client-request-id", "34be581c-6ebd-49d6-a4e1-150eff4b7213"),
        ("api-version", "1.0"),
    ]
}

fn location(answer: &Answer) -> &str {
    answer.header("location").unwrap()
}

/// A value of the address that an answer sends on to.
fn value(answer: &Answer, name: &str) -> Option<String> {
    assert_eq!(answer.status, 302, "{}", answer.text());
    let url = url::Url::parse(location(answer)).unwrap();
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_accepts_the_terms_on_the_page_and_the_device_brings_the_proof_back() {
    let world = World::start().await;
    publish_terms(&world.api).await;
    let server = &world.api.server;
    let token = world.with(&json!({}));
    let opened = world
        .opens(Some(&token), &asked(&format!("{BACK}?x=1")))
        .await;
    assert_eq!(opened.status, 200);
    // Windows 11 shows the page in a frame, and the form's answer leads out of it.
    assert_eq!(opened.header("x-frame-options"), None);
    let policy = opened.header("content-security-policy").unwrap();
    assert!(!policy.contains("frame-ancestors"), "{policy}");
    assert!(
        policy.contains("form-action 'self' ms-aadj-redir:"),
        "{policy}"
    );
    assert_eq!(opened.header("cache-control"), Some("no-store"));
    assert_eq!(opened.header("set-cookie"), None);
    let page = opened.text();
    assert!(page.contains("The PC belongs to Contoso.") && page.contains("class=\"light\""));
    assert!(page.contains("value=\"decline\""));
    for part in token.split('.') {
        assert!(!page.contains(part) && lines_with(part).is_empty());
    }
    let answer = world.answers(&page, "accept").await;
    assert!(location(&answer).starts_with(&format!("{BACK}?x=1&IsAccepted=true&OpaqueBlob=")));
    let id = value(&answer, "client-request-id");
    assert_eq!(id.as_deref(), Some("34be581c-6ebd-49d6-a4e1-150eff4b7213"));
    let blob = value(&answer, "OpaqueBlob").unwrap();
    assert!(
        blob.chars()
            .all(|it| it.is_ascii_alphanumeric() || "-_".contains(it))
    );

    let pc = Pc::new().saying("EnrollmentType", "Device");
    pc.saying("EnrollmentData", &blob)
        .enroll(server, &shows(&token))
        .await;
    let attempts = server.attempts().await;
    let notes = format!("{:?}", attempts[0].exchanges);
    assert!(
        notes.contains("version 1 of the terms of use was accepted"),
        "{notes}"
    );
    let listed = world
        .api
        .get("/v1/organizations/default/terms/acceptances")
        .await;
    let listed = listed.expect(200);
    let item = &listed["data"]["items"][0];
    assert_eq!(item["version"], 1);
    assert_eq!(item["email"], "ana@contoso.example");
    assert!(item["subject"].as_str().unwrap().starts_with(OBJECT));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_declines_goes_back_and_a_join_offers_no_declining() {
    let world = World::start().await;
    publish_terms(&world.api).await;
    let token = world.with(&json!({}));
    let page = world.opens(Some(&token), &asked(BACK)).await.text();
    let answer = world.answers(&page, "decline").await;
    assert_eq!(value(&answer, "IsAccepted").as_deref(), Some("false"));
    assert_eq!(value(&answer, "OpaqueBlob"), None);
    let mut joins = asked(BACK).to_vec();
    joins.push(("mode", "azureadjoin"));
    let page = world.opens(Some(&token), &joins).await.text();
    assert!(!page.contains("value=\"decline\""));
    let listed = world
        .api
        .get("/v1/organizations/default/terms/acceptances")
        .await;
    assert_eq!(listed.expect(200)["data"]["items"], json!([]));
    // A page that lay open for more than an hour asks to begin again.
    world.api.server.clock.advance(3601);
    let late = world.answers(&page, "accept").await;
    assert_eq!(late.status, 400);
    let attempts = world.api.server.attempts().await;
    let trace = attempts[0].exchanges[0]["traceId"].as_str().unwrap();
    assert!(late.text().contains(trace), "the support id leads to it");
    assert_eq!(late.header("location"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_terms_the_page_sends_on_at_once() {
    let world = World::start().await;
    let token = world.with(&json!({}));
    let answer = world.opens(Some(&token), &asked(BACK)).await;
    assert_eq!(value(&answer, "IsAccepted").as_deref(), Some("true"));
    let blob = value(&answer, "OpaqueBlob").unwrap();
    let pc = Pc::new().saying("EnrollmentData", &blob);
    pc.enroll(&world.api.server, &shows(&token)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_told_to_whoever_sent_the_user_and_nobody_else() {
    let world = World::start().await;
    publish_terms(&world.api).await;
    let token = world.with(&json!({}));
    for strange in [
        "",
        "https://evil.example/",
        "https://login.microsoftonline.com.evil.example/",
        "https://login.microsoftonline.com@evil.example/",
        "javascript:alert(1)",
        "/EnrollmentServer/Auth",
    ] {
        let answer = world.opens(Some(&token), &asked(strange)).await;
        assert_eq!(answer.status, 400, "{strange}");
        assert_eq!(answer.header("location"), None, "{strange}");
        assert!(!answer.text().contains("evil"), "{strange}");
    }
    let error = |answer: &Answer| value(answer, "error").unwrap();
    let answer = world.opens(Some(&token), &[("redirect_uri", BACK)]).await;
    assert_eq!(error(&answer), "invalid_request");
    let newer = [("redirect_uri", BACK), ("api-version", "9.0")];
    let answer = world.opens(Some(&token), &newer).await;
    assert_eq!(error(&answer), "invalid_request");
    let answer = world.opens(None, &asked(BACK)).await;
    assert_eq!(error(&answer), "unauthorized_client");
    for claims in [
        json!({ "aud": "https://graph.microsoft.com" }),
        json!({ "tid": OBJECT }),
        json!({ "exp": 1 }),
        json!({ "scp": null }),
    ] {
        let answer = world.opens(Some(&world.with(&claims)), &asked(BACK)).await;
        assert_eq!(error(&answer), "unauthorized_client", "{claims}");
        let told = value(&answer, "error_description").unwrap();
        assert_eq!(
            told,
            "This work account cannot enroll here. Ask your administrator."
        );
        let id = value(&answer, "client-request-id");
        assert!(id.is_some());
    }
    let refused = world.api.server.attempts().await;
    let reasons: Vec<_> = refused
        .iter()
        .filter_map(|it| it.explanation.as_deref())
        .collect();
    assert!(
        reasons.iter().any(|why| why.contains("expired")),
        "{reasons:?}"
    );
    // Keys that cannot be had are nobody's fault: later it may work.
    let down = World::start().await;
    down.entra
        .up
        .store(false, std::sync::atomic::Ordering::SeqCst);
    let answer = down.opens(Some(&down.with(&json!({}))), &asked(BACK)).await;
    assert_eq!(error(&answer), "server_error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_without_the_proof_of_its_own_user_is_refused() {
    let world = World::start().await;
    publish_terms(&world.api).await;
    let server = &world.api.server;
    let token = world.with(&json!({}));
    let refusal = async |data: Option<&str>, token: &str| {
        let pc = Pc::new();
        let pc = match data {
            Some(data) => pc.saying("EnrollmentData", data),
            None => pc,
        };
        let fault = pc.try_enroll(server, &shows(token)).await.err().unwrap();
        assert_eq!(fault.hresult(), 0x8018_0019);
        server.attempt_of(&fault).await.explanation.unwrap()
    };
    assert!(
        refusal(None, &token)
            .await
            .contains("brings no EnrollmentData")
    );
    let blob = world.accepted(&token).await;
    let mut altered = blob.clone().into_bytes();
    altered[40] = if altered[40] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    for wrong in [altered.as_str(), &blob[..blob.len() - 2], "true", &token] {
        let why = refusal(Some(wrong), &token).await;
        assert!(why.contains("not what the page gave"), "{why}");
    }
    let page = world.opens(Some(&token), &asked(BACK)).await.text();
    let state = hidden(&page, "state").unwrap();
    assert!(
        refusal(Some(state), &token)
            .await
            .contains("not what the page gave")
    );
    let eve = world.with(&json!({ "oid": CLIENT, "preferred_username": "eve@contoso.example" }));
    let theirs = world.accepted(&eve).await;
    assert!(
        refusal(Some(&theirs), &token)
            .await
            .contains("somebody else")
    );
    server.clock.advance(3601);
    let token = world.with(&json!({}));
    assert!(
        refusal(Some(&blob), &token)
            .await
            .contains("older than an hour")
    );
    assert!(server.devices().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_without_the_page_are_let_in_where_the_settings_say_so() {
    let world = World::configured(|config| config.entra.require_terms = false).await;
    publish_terms(&world.api).await;
    let token = shows(&world.with(&json!({})));
    Pc::new().enroll(&world.api.server, &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_and_audiences_of_the_settings_come_in_by_the_default_template() {
    let audience = "https://mdm.contoso.example";
    let world = World::configured(|config| {
        config.entra.tenants = vec![OBJECT.to_owned(), TENANT.to_owned()];
        config.entra.audiences = vec![audience.to_owned()];
    })
    .await;
    let server = &world.api.server;
    let issuer = format!("https://login.microsoftonline.com/{OBJECT}/v2.0");
    let theirs = json!({ "tid": OBJECT, "iss": issuer, "aud": audience });
    Pc::new().enroll(server, &shows(&world.with(&theirs))).await;
    let device = server.devices().await.remove(0);
    let path = format!("{TEMPLATES}/{}", device.template_id.unwrap());
    let template = world.api.get(&path).await.expect(200);
    assert_eq!(template["data"]["name"], "Entra ID");
    // Whoever is on neither list stays out.
    let other = "11111111-2222-4333-8444-555555555555";
    let issuer = format!("https://login.microsoftonline.com/{other}/v2.0");
    for wrong in [
        json!({ "tid": other, "iss": issuer, "aud": audience }),
        json!({ "tid": OBJECT, "aud": "https://other.example" }),
    ] {
        assert_eq!(world.refused(&world.with(&wrong)).await, "entra-token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_names_tenants_and_has_no_template_begins_with_one() {
    let signer = super::Signer::new("key-1");
    let entra = super::Entra::start(&[&signer]).await;
    let server = crate::server::TestServer::with(|config| {
        config.entra.jwks_url.clone_from(&entra.keys_url);
        config.entra.tenants = vec![TENANT.to_owned()];
        config.entra.audiences = vec![CLIENT.to_owned()];
        config.entra.graph_url = "http://127.0.0.1:9".to_owned();
        config.entra.login_url = "http://127.0.0.1:9".to_owned();
    })
    .await;
    let now = server.clock.now().as_second();
    let claims = json!({
        "aud": CLIENT, "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "tid": TENANT,
        "iat": now, "nbf": now, "exp": now + 3600, "ver": "2.0", "scp": "mdm_delegation", "oid": OBJECT,
        "preferred_username": "ana@contoso.example",
    });
    Pc::new()
        .enroll(&server, &shows(&signer.mint(&claims)))
        .await;
    let device = server.devices().await.remove(0);
    assert_eq!(device.owner.as_deref(), Some("ana@contoso.example"));
}
