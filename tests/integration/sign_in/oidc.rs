//! OpenID Connect against oidc-provider: the whole walk, and everything of it dropped, replayed and altered (T69, T70).

use serde_json::{Value as Json, json};
use url::Url;

use super::peer::Peer;
use super::visitor::{Page, Visitor};
use super::{APPRU, BASE, Way, World};
use crate::log::lines_with;
use crate::pc::{Pc, bearer};

/// A server with one OpenID Connect provider.
pub(super) struct Oidc {
    pub(super) world: World,
    peer: Peer,
    provider: String,
}

impl Oidc {
    async fn start() -> Option<Self> {
        Self::with(&json!({}), &json!({})).await
    }

    /// With other settings of the provider, and told to behave otherwise.
    async fn with(settings: &Json, told: &Json) -> Option<Self> {
        Self::named("Contoso", &json!({}), settings, told).await
    }

    /// Under a name, and with another template, too.
    pub(super) async fn named(
        name: &str,
        template: &Json,
        settings: &Json,
        told: &Json,
    ) -> Option<Self> {
        let peer = Peer::start("oidc.mjs", "oidc-provider", &json!({}))?;
        let world = World::start(&["oidc"], template).await;
        let mut own = json!({ "type": "oidc", "issuer": peer.address, "clientId": "porta/1", "scopes": ["email", "profile", "groups"],
            "caCertificates": peer.root });
        change(&mut own, settings);
        let provider = world
            .provider(
                name,
                own,
                settings["secret"].as_str().unwrap_or("s3cret: %&+/~"),
            )
            .await;
        let mut oidc = Self {
            world,
            peer,
            provider,
        };
        oidc.tell(told);
        Some(oidc)
    }

    /// Makes the provider serve our client; `told` changes how.
    fn tell(&mut self, told: &Json) {
        let mut client = json!({ "client_id": "porta/1", "client_secret": "s3cret: %&+/~", "grant_types": ["authorization_code"],
            "redirect_uris": [self.callback()] });
        change(&mut client, &told["client"]);
        let mut all = json!({ "clients": [client] });
        change(&mut all, told);
        self.peer.tell(&all);
    }

    fn callback(&self) -> String {
        let web = &self.world.api.server.web;
        format!("{web}/EnrollmentServer/SignIn/{}/callback", self.provider)
    }

    fn visitor(&self) -> Visitor {
        self.world.visitor(&self.peer.root)
    }

    pub(super) fn way(&self) -> Way<'_> {
        self.world.way(&self.provider)
    }

    /// Signs in, up to the address that leads back.
    async fn away(&self, way: &Way<'_>, visitor: &Visitor, login: &str) -> Url {
        let left = way.leave(visitor).await;
        assert_eq!(left.status, 303, "{}", left.text);
        let home = &self.world.api.server.web;
        visitor.sign_in(&left, login, home).await
    }

    async fn walk(&self, way: &Way<'_>, login: &str) -> Page {
        let visitor = self.visitor();
        let back = self.away(way, &visitor, login).await;
        visitor.get(back.as_str()).await
    }

    /// Ana signs in, and her PC enrolls: what is kept of it.
    async fn enrolls_an_engineer(&self) -> Json {
        let way = self.way();
        let wresult = way.assert_in(&self.walk(&way, "ana").await);
        let api = &self.world.api;
        // The latest device is listed first.
        api.server.clock.advance(1);
        Pc::new().enroll(&api.server, &bearer(&wresult)).await;
        let devices = api.get(&format!("{BASE}/devices")).await.expect(200);
        let device = devices["data"]["items"][0].clone();
        assert_eq!(device["tags"], json!(["engineer-oidc"]));
        device
    }

    /// Why a walk is refused whose way back is altered.
    async fn altered(&self, alter: impl FnOnce(&mut Vec<(String, String)>)) -> String {
        let (way, visitor) = (self.way(), self.visitor());
        let back = self.away(&way, &visitor, "ana").await;
        let page = visitor.get(query(&back, alter).as_str()).await;
        way.refused(&page).await
    }

    /// What comes of a walk whose way there is altered.
    async fn asked_otherwise(&self, name: &str, value: &str) -> String {
        let (way, visitor) = (self.way(), self.visitor());
        let mut left = way.leave(&visitor).await;
        let set = |pairs: &mut Vec<(String, String)>| put(pairs, name, value);
        left.location = left.location.map(|to| query(&to, set));
        let home = &self.world.api.server.web;
        let back = visitor.sign_in(&left, "ana", home).await;
        let page = visitor.get(back.as_str()).await;
        way.refused(&page).await
    }
}

fn change(json: &mut Json, by: &Json) {
    for (name, value) in by.as_object().into_iter().flatten() {
        if !["client", "secret"].contains(&name.as_str()) {
            json[name] = value.clone();
            if value.is_null() {
                json.as_object_mut().unwrap().remove(name);
            }
        }
    }
}

/// The address with its query altered.
fn query(url: &Url, alter: impl FnOnce(&mut Vec<(String, String)>)) -> Url {
    let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
    alter(&mut pairs);
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}

fn put(pairs: &mut [(String, String)], name: &str, value: &str) {
    let found = pairs.iter_mut().find(|(key, _)| key == name);
    value.clone_into(&mut found.unwrap_or_else(|| panic!("{name} is there")).1);
}

fn take(pairs: &mut Vec<(String, String)>, name: &str) {
    let before = pairs.len();
    pairs.retain(|(key, _)| key != name);
    assert!(pairs.len() < before, "{name} was there");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_enrolls_and_their_groups_decide() {
    let Some(oidc) = Oidc::start().await else {
        return;
    };
    let path = format!("{BASE}/identity-providers/{}/test", oidc.way().provider);
    let tested = oidc.world.api.post(&path, json!({})).await.expect(200);
    assert_eq!(tested["data"]["works"], true, "{tested}");
    let device = oidc.enrolls_an_engineer().await;
    assert_eq!(device["decision"]["identity"]["subject"], "ana");
    assert_eq!(
        device["decision"]["identity"]["issuer"],
        json!(oidc.peer.address)
    );
    assert_eq!(
        device["decision"]["identity"]["email"],
        "ana@contoso.example"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_client_that_a_provider_registers_is_understood() {
    let Some(mut oidc) = Oidc::start().await else {
        return;
    };
    for told in [
        json!({ "client": { "token_endpoint_auth_method": "client_secret_basic" } }),
        json!({ "client": { "id_token_signed_response_alg": "PS256" } }),
        json!({ "client": { "id_token_signed_response_alg": "ES256" } }),
        json!({ "everythingInTheIdToken": true }),
        json!({ "everythingInTheIdToken": true, "groupsAtUserinfo": true }),
    ] {
        oidc.tell(&told);
        oidc.enrolls_an_engineer().await;
    }
    // A provider that takes the secret in the form alone, and a client that has none.
    for (secret, method) in [("s3cret", "client_secret_post"), ("", "none")] {
        let client = json!({ "token_endpoint_auth_method": method, "client_secret": Some(secret).filter(|it| !it.is_empty()) });
        let told = json!({ "client": client, "clientAuthMethods": [method] });
        let oidc = Oidc::with(&json!({ "secret": secret }), &told).await;
        oidc.unwrap().enrolls_an_engineer().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_must_be_the_one_that_left_and_counts_once() {
    let Some(oidc) = Oidc::start().await else {
        return;
    };
    let why = oidc.altered(|pairs| take(pairs, "state")).await;
    assert!(why.contains("state is another"), "{why}");
    let why = oidc.altered(|pairs| put(pairs, "state", "AAAA")).await;
    assert!(why.contains("state is another"), "{why}");
    let twice =
        |pairs: &mut Vec<(String, String)>| pairs.push(("state".to_owned(), "x".to_owned()));
    let why = oidc.altered(twice).await;
    assert!(why.contains("state came twice"), "{why}");

    // The whole way back again, by the very browser, its cookie kept.
    let (way, visitor) = (oidc.way(), oidc.visitor());
    let back = oidc.away(&way, &visitor, "ana").await;
    let (place, cookie) = visitor.cookie();
    let wresult = way.assert_in(&visitor.get(back.as_str()).await);
    // Neither what came back nor what was made of it stands in the log.
    for (name, value) in back.query_pairs() {
        let telling = ["code", "state"].contains(&&*name);
        assert!(!telling || lines_with(&value).is_empty(), "{name}");
    }
    for secret in [wresult.as_str(), &cookie, "s3cret"] {
        assert!(lines_with(secret).is_empty(), "the log holds {secret}");
    }
    assert!(
        !visitor.cookies.lock().unwrap().contains_key(&place),
        "the cookie is taken away"
    );
    visitor.cookies.lock().unwrap().insert(place, cookie);
    let why = way.refused(&visitor.get(back.as_str()).await).await;
    assert!(why.contains("was shown before"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_must_be_of_this_browser_this_provider_and_these_ten_minutes() {
    let Some(oidc) = Oidc::start().await else {
        return;
    };
    // A victim who is sent along the way back of somebody else.
    let (way, visitor) = (oidc.way(), oidc.visitor());
    let back = oidc.away(&way, &visitor, "ana").await;
    let page = oidc.visitor().get(back.as_str()).await;
    let why = way.turned_away(&page);
    assert!(why.contains("did not leave here"), "{why}");
    // One who is about to sign in, too.
    let (others, other) = (oidc.way(), oidc.visitor());
    others.leave(&other).await;
    let why = others.refused(&other.get(back.as_str()).await).await;
    assert!(why.contains("state is another"), "{why}");
    // A cookie that was made up, or altered.
    let (place, cookie) = visitor.cookie();
    for forged in [
        "",
        "AAAA",
        &cookie[..cookie.len() - 4],
        &format!("{cookie}AAAA"),
    ] {
        let forger = oidc.visitor();
        forger
            .cookies
            .lock()
            .unwrap()
            .insert(place.clone(), forged.to_owned());
        let why = way.turned_away(&forger.get(back.as_str()).await);
        assert!(why.contains("did not leave here"), "{why}");
    }
    // A cookie of another provider.
    let settings = json!({ "type": "oidc", "issuer": oidc.peer.address, "clientId": "other", "caCertificates": oidc.peer.root });
    let elsewhere = oidc.world.provider("Fabrikam", settings, "").await;
    let to = back.as_str().replace(&oidc.provider, &elsewhere);
    let why = way.refused(&visitor.get(&to).await).await;
    assert!(why.contains("for another provider"), "{why}");
    // Too late.
    let (way, visitor) = (oidc.way(), oidc.visitor());
    let back = oidc.away(&way, &visitor, "ana").await;
    oidc.world.api.server.clock.advance(601);
    let why = way.refused(&visitor.get(back.as_str()).await).await;
    assert!(why.contains("long ago"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_needed_good_once_and_for_the_browser_that_asked() {
    let Some(oidc) = Oidc::start().await else {
        return;
    };
    let why = oidc.altered(|pairs| take(pairs, "code")).await;
    assert!(why.contains("there is no code"), "{why}");
    let why = oidc.altered(|pairs| put(pairs, "code", "AAAA")).await;
    assert!(why.contains("the code is not good"), "{why}");
    // Somebody else's code, injected into a walk of one's own: PKCE binds it (RFC 9700, section 2.1.1).
    let (theirs, victim) = (oidc.way(), oidc.visitor());
    let stolen = oidc.away(&theirs, &victim, "ana").await;
    let code = stolen
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    let why = oidc.altered(|pairs| put(pairs, "code", &code)).await;
    assert!(why.contains("the code is not good"), "{why}");
    // A code that was exchanged already.
    let (way, visitor) = (oidc.way(), oidc.visitor());
    let back = oidc.away(&way, &visitor, "ana").await;
    way.assert_in(&visitor.get(back.as_str()).await);
    let spent = back
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    let why = oidc.altered(|pairs| put(pairs, "code", &spent)).await;
    assert!(why.contains("the code is not good"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_must_hear_our_nonce_and_our_challenge_and_name_itself() {
    let Some(oidc) = Oidc::start().await else {
        return;
    };
    let why = oidc.asked_otherwise("nonce", "another").await;
    assert!(why.contains("nonce is another"), "{why}");
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let why = oidc.asked_otherwise("code_challenge", challenge).await;
    assert!(why.contains("the code is not good"), "{why}");
    let why = oidc.altered(|pairs| take(pairs, "iss")).await;
    assert!(why.contains("iss is missing"), "{why}");
    let why = oidc
        .altered(|pairs| put(pairs, "iss", "https://accounts.google.com"))
        .await;
    assert!(why.contains("iss is another issuer"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cancels_or_is_not_verified_may_try_again() {
    let Some(oidc) = Oidc::start().await else {
        return;
    };
    let (way, visitor) = (oidc.way(), oidc.visitor());
    let left = way.leave(&visitor).await;
    let home = &oidc.world.api.server.web;
    let to = left.location.unwrap();
    let back = visitor.fill_in(to, &[("button", "no")], home).await;
    let page = visitor.get(back.as_str()).await;
    let why = way.refused(&page).await;
    assert!(why.contains("the provider answers access_denied"), "{why}");
    // The link that the page offers asks for the password again, whatever session there is, and leads in.
    let (_, rest) = page
        .text
        .split_once("href=\"/EnrollmentServer/SignIn/")
        .unwrap();
    let link = rest.split('"').next().unwrap().replace("&#38;", "&");
    let again = visitor
        .get(&format!("{home}/EnrollmentServer/SignIn/{link}"))
        .await;
    let to = again.location.clone().unwrap();
    assert!(
        to.query_pairs()
            .any(|pair| pair == ("prompt".into(), "login".into())),
        "{to}"
    );
    let back = visitor.sign_in(&again, "ana", home).await;
    way.assert_in(&visitor.get(back.as_str()).await);

    for (login, expected) in [
        ("eve", "email_verified is not true"),
        ("max", "the provider says no email"),
    ] {
        let way = oidc.way();
        let page = oidc.walk(&way, login).await;
        let why = way.refused(&page).await;
        assert!(why.contains(expected), "{why}");
    }
    let allowed = json!({ "allowUnverifiedEmail": true });
    let oidc = Oidc::with(&allowed, &json!({})).await.unwrap();
    let way = oidc.way();
    way.assert_in(&oidc.walk(&way, "eve").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_another_or_signs_with_a_key_it_does_not_publish_is_not_believed() {
    let told = json!({ "issuer": "https://accounts.contoso.example" });
    let Some(mut oidc) = Oidc::with(&json!({}), &told).await else {
        return;
    };
    let way = oidc.way();
    let page = way.leave(&oidc.visitor()).await;
    let why = way.refused(&page).await;
    assert!(
        why.contains("names the issuer https://accounts.contoso.example"),
        "{why}"
    );
    assert!(
        page.text.contains("Try again in a few minutes."),
        "{}",
        page.text
    );

    oidc.tell(&json!({ "otherKeys": true }));
    oidc.world.api.server.clock.advance(11);
    let way = oidc.way();
    let why = way.refused(&oidc.walk(&way, "ana").await).await;
    assert!(why.contains("the signature or a claim"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_said_to_be_and_nobody_is_let_in() {
    let Some(oidc) = Oidc::start().await else {
        return;
    };
    // Down after somebody left.
    let (way, visitor) = (oidc.way(), oidc.visitor());
    let back = oidc.away(&way, &visitor, "ana").await;
    oidc.peer.end();
    let page = visitor.get(back.as_str()).await;
    let why = way.refused(&page).await;
    assert!(why.contains("the token endpoint does not answer"), "{why}");
    assert!(
        page.text.contains("Try again in a few minutes."),
        "{}",
        page.text
    );
    // Down before.
    let settings = json!({ "type": "oidc", "issuer": oidc.peer.address, "clientId": "x", "caCertificates": oidc.peer.root });
    let provider = oidc.world.provider("Down", settings, "").await;
    let way = oidc.world.way(&provider);
    let page = way.leave(&visitor).await;
    let why = way.refused(&page).await;
    assert!(why.contains("does not answer over HTTPS"), "{why}");
    // One that a certificate of the system vouches for is not this one.
    let settings = json!({ "type": "oidc", "issuer": oidc.peer.address, "clientId": "x" });
    let provider = oidc.world.provider("Unknown", settings, "").await;
    let way = oidc.world.way(&provider);
    let why = way.refused(&way.leave(&visitor).await).await;
    assert!(why.contains("does not answer over HTTPS"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_one_way_and_no_code_the_page_goes_straight_to_the_provider() {
    let Some(oidc) = Oidc::start().await else {
        return;
    };
    let web = &oidc.world.api.server.web;
    let attempt = oidc.way().attempt;
    let template = &oidc.world.template;
    let page = format!("{web}/EnrollmentServer/Auth/{attempt}/{template}?appru={APPRU}");
    let visitor = oidc.visitor();
    let first = visitor.get(&page).await;
    assert_eq!(first.status, 303);
    let leave = visitor.get(first.location.unwrap().as_str()).await;
    let to = leave.location.unwrap();
    assert!(to.as_str().starts_with(&oidc.peer.address), "{to}");
    let asked: Vec<_> = to
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    for name in ["state", "nonce", "code_challenge", "code_challenge_method"] {
        assert_eq!(asked.iter().filter(|it| *it == name).count(), 1, "{to}");
    }
    assert!(!asked.iter().any(|name| name == "prompt"), "{to}");
}
