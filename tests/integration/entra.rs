//! Devices that Entra ID sends: their access tokens (ENTRA 4; SECURITY T61-T71), against a stand-in with keys of its own.

mod browser;
mod consent;
mod directory;
mod peer;

use std::sync::atomic::Ordering;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use portcullis::config::{Config, EntraCloud};
use portcullis::device::Ownership;
use portcullis::protocol::enrollment::JWT;
use portcullis::soap::Security;
use serde_json::{Value as Json, json};

use crate::api::{Api, template};
use crate::log::lines_with;
use crate::pc::{Pc, binary, policies};
use crate::server::TestServer;
use crate::talk::{Talk, willing};
use peer::{CLIENT, Entra, OBJECT, Signer, TENANT, signed_part};

const TEMPLATES: &str = "/v1/organizations/default/mdm/windows/enterprise/enrollment-templates";

struct World {
    api: Api,
    entra: Entra,
    signer: Signer,
}

impl World {
    /// A server whose template names the tenant's application; a group of it decides.
    async fn start() -> Self {
        Self::configured(|_| {}).await
    }

    async fn configured(change: impl FnOnce(&mut Config)) -> Self {
        let signer = Signer::new("key-1");
        let entra = Entra::start(&[&signer]).await;
        let url = entra.keys_url.clone();
        let server = TestServer::with(|config| {
            config.entra.jwks_url = url;
            // Nobody asks Microsoft.
            config.entra.login_url = "http://127.0.0.1:9".to_owned();
            config.entra.graph_url = "http://127.0.0.1:9".to_owned();
            change(config);
        })
        .await;
        let api = Api::over(server).await;
        // The one that the server may have made for tenants is the older one.
        api.server.clock.advance(1);
        let policy = template::policy(&api, "P1").await;
        let app =
            json!({ "tenantId": TENANT, "clientId": CLIENT, "clientSecret": "only for Graph" });
        let rules = json!([
            { "name": "Kiosks", "winPolicyId": policy, "onUnknown": "reevaluate",
              "conditions": [{ "identifiers": ["serial:KSK*"] }] },
            { "name": "Sales", "tags": ["sales"], "winPolicyId": policy,
              "conditions": [{ "tags": [["entra:9d0c3b6f-5c9e-4f10-8a1c-3b1e0a524d7e"]],
                               "facts": [["ownership:corporate"]] }] },
            { "name": "Everyone else", "winPolicyId": policy },
        ]);
        let body = json!({ "name": "Entra", "rules": rules, "entraId": { "mobilityApp": app } });
        api.post(TEMPLATES, body).await.expect(200);
        Self { api, entra, signer }
    }

    fn now(&self) -> i64 {
        self.api.server.clock.now().as_second()
    }

    /// The claims of a joined device's user: version 2.0.
    fn claims(&self) -> Json {
        json!({
            "aud": CLIENT, "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "tid": TENANT,
            "iat": self.now(), "nbf": self.now(), "exp": self.now() + 3600, "ver": "2.0",
            "azp": "29d9ed98-a469-4536-ade2-f981bc1d605e", "scp": "mdm_delegation", "oid": OBJECT,
            "preferred_username": "ana@contoso.example", "uti": "canary-uti",
            "groups": ["9d0c3b6f-5c9e-4f10-8a1c-3b1e0a524d7e"],
        })
    }

    /// The same with some claims changed; null: the claim is not there.
    fn with(&self, changes: &Json) -> String {
        self.signer.mint(&changed(self.claims(), changes))
    }

    async fn refused(&self, token: &str) -> String {
        let fault = policies(&self.api.server, &shows(token)).await.unwrap_err();
        self.api.server.refusal(&fault).await
    }
}

fn changed(mut claims: Json, changes: &Json) -> Json {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Json::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn shows(token: &str) -> Security {
    binary(JWT, &STANDARD.encode(token))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joined_device_enrolls_by_its_access_token_and_its_groups_decide() {
    let world = World::start().await;
    let server = &world.api.server;
    let pc = Pc::new().saying("EnrollmentType", "Device");
    let device = pc.device_id().to_owned();
    let token = shows(&world.with(&json!({ "deviceid": device.to_uppercase() })));
    policies(server, &token).await.unwrap();
    pc.enroll(server, &token).await;
    pc.enroll(server, &token).await;
    let devices = server.devices().await;
    assert_eq!(devices.len(), 1, "a repetition is the same device");
    assert_eq!(devices[0].owner.as_deref(), Some("ana@contoso.example"));
    assert_eq!(devices[0].tags, ["sales"]);
    assert_eq!(world.entra.asked(), 1, "the keys are kept");
    let shown = token.binary_security_token.as_ref().unwrap();
    let bytes = STANDARD.decode(shown.text.reveal()).unwrap();
    let jws = String::from_utf8(bytes).unwrap();
    for part in jws.split('.').chain([shown.text.reveal()]) {
        assert!(lines_with(part).is_empty(), "the log holds the token");
    }
    // T71: the same access token brings in no second device.
    let other = Pc::new().saying("EnrollmentType", "Device");
    let token = world.with(&json!({}));
    pc.with_new_key()
        .saying("HWDevID", "ff00")
        .enroll(server, &shows(&token))
        .await;
    let fault = other
        .try_enroll(server, &shows(&token))
        .await
        .err()
        .unwrap();
    assert_eq!(server.refusal(&fault).await, "sign-in-ended");
    // The device that Entra ID signed for is the one that asks.
    let token = world.with(&json!({ "deviceid": "4b9a8f3d-1e2d-4c4b-9a69-c2b8a7d46e1f" }));
    let fault = Pc::new()
        .try_enroll(server, &shows(&token))
        .await
        .err()
        .unwrap();
    assert_eq!(server.refusal(&fault).await, "entra-token");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_entra_id_vouches_for_is_heard_again_when_the_first_session_asks_the_rules() {
    let world = World::start().await;
    let server = &world.api.server;
    let pc = Pc::new()
        .saying("EnrollmentType", "Device")
        .silent_on("SerialNumber");
    let token = shows(&world.with(&json!({})));
    let enrolled = pc.enroll(server, &token).await;
    let site = server.with_identity(&enrolled.identity());
    for again in [true, false] {
        let device = server.devices().await.remove(0);
        let decision = device.decision.unwrap();
        assert_eq!(decision.matched.as_deref(), Some("Sales"));
        assert_eq!(decision.reevaluate, again);
        assert_eq!(device.tags, ["sales"]);
        assert_eq!(device.ownership, Ownership::Corporate);
        let identity = decision.identity.unwrap();
        assert_eq!(identity.subject, OBJECT);
        assert_eq!(identity.email.as_deref(), Some("ana@contoso.example"));
        if again {
            let mut talk = Talk::new(site.clone(), pc.device_id(), "1");
            talk.run(willing).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_both_versions_are_accepted_for_the_client_id_and_for_an_address_of_this_server()
{
    let world = World::start().await;
    let server = &world.api.server;
    let own = server.discovery();
    let own = own.split("/EnrollmentServer").next().unwrap();
    let first = format!("https://sts.windows.net/{TENANT}/");
    for changes in [
        json!({}),
        json!({ "aud": CLIENT.to_uppercase() }),
        json!({ "aud": own }),
        json!({ "aud": format!("{own}/") }),
        json!({ "iss": first, "ver": "1.0", "aud": own, "upn": "ana@contoso.example" }),
        json!({ "scp": "user.read mdm_delegation" }),
        json!({ "exp": world.now() - 290 }),
        json!({ "nbf": world.now() + 290, "iat": world.now() + 290 }),
        json!({ "idp": first, "acct": 0 }),
    ] {
        let answer = policies(server, &shows(&world.with(&changes))).await;
        assert!(answer.is_ok(), "{changes}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_national_cloud_has_issuers_of_its_own_and_no_other_counts() {
    let public = "login.microsoftonline.com";
    for (cloud, host, first) in [
        (
            EntraCloud::UsGovernment,
            "login.microsoftonline.us",
            "sts.windows.net",
        ),
        (
            EntraCloud::China,
            "login.partner.microsoftonline.cn",
            "sts.chinacloudapi.cn",
        ),
    ] {
        let world = World::configured(|config| config.entra.cloud = cloud).await;
        let key = changed(
            world.signer.published(),
            &json!({ "issuer": format!("https://{host}/{{tenantid}}/v2.0") }),
        );
        world.entra.publish_raw(vec![key]);
        for (issuer, version) in [
            (format!("https://{host}/{TENANT}/v2.0"), "2.0"),
            (format!("https://{first}/{TENANT}/"), "1.0"),
        ] {
            let token = world.with(&json!({ "iss": issuer, "ver": version }));
            let answer = policies(&world.api.server, &shows(&token)).await;
            assert!(answer.is_ok(), "{issuer}: {answer:?}");
        }
        let foreign = json!({ "iss": format!("https://{public}/{TENANT}/v2.0") });
        assert_eq!(world.refused(&world.with(&foreign)).await, "entra-token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_any_claim_amiss_is_refused_and_the_device_is_not_told_which() {
    let world = World::start().await;
    let (now, upper) = (world.now(), TENANT.to_uppercase());
    let v2 = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let other = "11111111-2222-4333-8444-555555555555";
    let cases = [
        json!({ "tid": other }),
        json!({ "tid": other, "iss": v2(other) }),
        json!({ "tid": upper }),
        json!({ "tid": "common", "iss": v2("common") }),
        json!({ "tid": null }),
        json!({ "iss": null }),
        json!({ "iss": v2(other) }),
        json!({ "iss": format!("{}/", v2(TENANT)) }),
        json!({ "iss": v2(TENANT).replace("https", "http") }),
        json!({ "iss": format!("https://sts.windows.net/{TENANT}/") }),
        json!({ "ver": "1.0" }),
        json!({ "ver": "3.0" }),
        json!({ "ver": null }),
        json!({ "aud": null }),
        json!({ "aud": other }),
        json!({ "aud": [CLIENT] }),
        json!({ "aud": [CLIENT, other] }),
        json!({ "aud": "https://graph.microsoft.com" }),
        json!({ "aud": "https://mdm.contoso.example.evil.example" }),
        json!({ "scp": null }),
        json!({ "scp": "User.Read" }),
        json!({ "scp": "xmdm_delegation" }),
        json!({ "idtyp": "app" }),
        json!({ "oid": null }),
        json!({ "oid": "ana" }),
        json!({ "acct": 1 }),
        json!({ "idp": format!("https://sts.windows.net/{other}/") }),
        json!({ "exp": null }),
        json!({ "exp": now - 301 }),
        json!({ "exp": (now + 3600).to_string() }),
        json!({ "exp": 1e300 }),
        json!({ "exp": -1 }),
        json!({ "exp": 4102444800.5 }),
        json!({ "nbf": null }),
        json!({ "nbf": now + 301 }),
        json!({ "nbf": "0" }),
        json!({ "nbf": -1e300 }),
        json!({ "iat": now + 301 }),
        json!({ "iat": { "now": now } }),
        json!({ "exp": [now + 3600] }),
    ];
    assert_eq!(cases.len(), 40);
    let mut sentences = std::collections::BTreeSet::new();
    for changes in cases {
        let token = world.with(&changes);
        let fault = policies(&world.api.server, &shows(&token))
            .await
            .unwrap_err();
        let refusal = world.api.server.refusal(&fault).await;
        assert_eq!(refusal, "entra-token", "{changes}");
        let reason = format!("{:?}", fault.reason);
        sentences.insert(reason);
    }
    assert_eq!(sentences.len(), 1, "{sentences:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_a_published_key_did_not_sign_by_rs256_is_refused() {
    let world = World::start().await;
    let (signer, claims) = (&world.signer, world.claims());
    let head = |changes: Json| changed(signer.header(), &changes);
    let good = signer.mint(&claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let stranger = Signer::new("key-1");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &signer.public_pem());
    let symmetric = signed_part(&head(json!({ "alg": "HS256" })), &claims);
    let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, symmetric.as_bytes()));
    let unsigned = |alg: &str| format!("{}.", signed_part(&head(json!({ "alg": alg })), &claims));
    let swapped = signed_part(
        &signer.header(),
        &changed(claims.clone(), &json!({ "oid": TENANT })),
    );
    let mut cases = vec![
        unsigned("none"),
        unsigned("NONE"),
        unsigned("nOnE"),
        unsigned("RS256"),
        format!("{symmetric}.{tag}"),
        format!("{swapped}.{signature}"),
        stranger.mint(&claims),
        signed.to_owned(),
        format!("{good}.{signature}"),
        format!("{good}=="),
    ];
    for alg in ["ES256", "RS384", "PS256", "HS256", "rs256"] {
        cases.push(signer.sign(&head(json!({ "alg": alg })), &claims));
    }
    for kid in [
        json!(null),
        json!("key-2"),
        json!("../key-1"),
        json!("key-1' OR '1'='1"),
        json!(""),
    ] {
        cases.push(signer.sign(&head(json!({ "kid": kid })), &claims));
    }
    // Keys that the token brings along count for nothing, and nobody asks for them.
    let jwk = stranger.published();
    let trap = Entra::start(&[&stranger]).await;
    cases.push(stranger.sign(
        &head(json!({ "jwk": jwk, "jku": trap.keys_url, "x5u": trap.keys_url })),
        &claims,
    ));
    for place in [10, good.len() / 2, good.len() - 10] {
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        cases.push(String::from_utf8(bytes).unwrap());
    }
    for token in cases {
        assert_eq!(world.refused(&token).await, "entra-token", "{token}");
    }
    assert_eq!(trap.asked(), 0);
    policies(&world.api.server, &shows(&good)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_without_a_failure_and_asked_for_no_more_often_than_every_five_minutes() {
    let world = World::start().await;
    let server = &world.api.server;
    policies(server, &shows(&world.with(&json!({}))))
        .await
        .unwrap();
    // Entra publishes the next key before it signs with it.
    let next = Signer::new("key-2");
    world.entra.publish(&[&world.signer, &next]);
    server.clock.advance(301);
    let claims = world.claims();
    let answers = (0..100).map(|turn| {
        let signer = if turn % 2 == 0 { &world.signer } else { &next };
        let token = shows(&signer.mint(&claims));
        async move { policies(server, &token).await }
    });
    for answer in futures_util::future::join_all(answers).await {
        answer.unwrap();
    }
    assert_eq!(world.entra.asked(), 2, "one fetch, whoever asks");
    for turn in 0..10_000 {
        let head = changed(next.header(), &json!({ "kid": format!("unknown-{turn}") }));
        let token = format!("{}.AAAA", signed_part(&head, &claims));
        if turn % 100 == 0 {
            assert_eq!(world.refused(&token).await, "entra-token");
        } else {
            policies(server, &shows(&token)).await.unwrap_err();
        }
    }
    assert_eq!(world.entra.asked(), 2);
    // A key that stands twice is nobody's.
    world.entra.publish_raw(vec![
        next.published(),
        next.published(),
        world.signer.published(),
    ]);
    server.clock.advance(25 * 3600);
    policies(server, &shows(&world.with(&json!({}))))
        .await
        .unwrap();
    assert_eq!(
        world.refused(&next.mint(&world.claims())).await,
        "entra-token"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn known_keys_outlive_an_outage_by_a_week_and_without_any_the_device_may_try_again() {
    let world = World::start().await;
    let server = &world.api.server;
    world.entra.up.store(false, Ordering::SeqCst);
    assert_eq!(
        world.refused(&world.with(&json!({}))).await,
        "identity-provider"
    );
    world.entra.up.store(true, Ordering::SeqCst);
    server.clock.advance(301);
    policies(server, &shows(&world.with(&json!({}))))
        .await
        .unwrap();
    world.entra.up.store(false, Ordering::SeqCst);
    for _ in 0..6 {
        server.clock.advance(24 * 3600);
        policies(server, &shows(&world.with(&json!({}))))
            .await
            .unwrap();
    }
    server.clock.advance(25 * 3600);
    assert_eq!(
        world.refused(&world.with(&json!({}))).await,
        "identity-provider"
    );
}
