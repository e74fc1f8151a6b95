//! People of a directory (SECURITY T78-T82), against `OpenLDAP`'s slapd: by their password alone, and by nothing else.

mod hostile;
mod lockout;
mod outage;
mod proxy;
mod slapd;

use std::sync::LazyLock;

use portcullis::config::Config;
use portcullis::device::Device;
use portcullis::identity::Identity;
use portcullis::protocol::discovery::AuthPolicy;
use portcullis::protocol::policy::GetPolicies;
use portcullis::soap::Security;
use portcullis::token::EnrollCode;
use regex::Regex;
use serde_json::{Value as Json, json};

use self::slapd::{BASE, PASSWORD, READER, READS, Slapd};
use crate::api::{Api, template};
use crate::client::{Answer, discover};
use crate::log::lines_with;
use crate::pc::{Pc, bearer, password, policies};
use crate::server::TestServer;

const TEMPLATES: &str = "/v1/organizations/default/mdm/windows/enterprise/enrollment-templates";
const PROVIDERS: &str = "/v1/organizations/default/mdm/windows/enterprise/identity-providers";
const APPRU: &str = "ms-app://windows.immersivecontrolpanel";

/// A server that believes a directory.
struct World {
    api: Api,
    directory: Slapd,
    /// The template whose ways are tried.
    template: String,
    /// Its provider.
    provider: String,
}

impl World {
    async fn start() -> Option<Self> {
        Self::with(|_| {}, |_, _| {}).await
    }

    /// A server, and a provider, that are set up otherwise.
    async fn with(
        config: impl FnOnce(&mut Config),
        change: impl FnOnce(&Slapd, &mut Json),
    ) -> Option<Self> {
        Self::over(Slapd::start()?, config, change).await
    }

    async fn over(
        directory: Slapd,
        config: impl FnOnce(&mut Config),
        change: impl FnOnce(&Slapd, &mut Json),
    ) -> Option<Self> {
        let api = Api::over(TestServer::with(config).await).await;
        let mut settings = settings(&directory);
        change(&directory, &mut settings);
        let provider = provider(&api, "Directory", settings, READS).await;
        let template = ways(&api, &["ldap"]).await;
        Some(Self {
            api,
            directory,
            template,
            provider,
        })
    }

    fn server(&self) -> &TestServer {
        &self.api.server
    }

    /// Who enrolls by this name and password; the name of the refusal, if nobody does.
    async fn who(&self, login: &str, word: &str) -> Result<Identity, String> {
        let device = self.device(login, word).await?;
        Ok(person(&device))
    }

    /// The PC that somebody enrolls by this name and password.
    async fn device(&self, login: &str, word: &str) -> Result<Device, String> {
        enrolled(&self.api, &password(login, word)).await
    }

    /// What the page answers.
    async fn page(&self, login: &str, word: &str) -> Answer {
        typed(&self.api, &self.template, Some(&self.provider), login, word).await
    }

    /// What the device is answered.
    async fn asked(&self, login: &str, word: &str) -> Answer {
        let (server, shows) = (self.server(), password(login, word));
        let request = GetPolicies::default();
        server
            .exchange(&server.policy(), &request, Some(shows))
            .await
    }
}

/// Settings that find the people of a directory, over `ldaps`.
fn settings(directory: &Slapd) -> Json {
    json!({ "type": "ldap", "url": directory.ldaps(), "bindDn": READER,
        "baseDn": format!("ou=people,{BASE}"), "caCertificates": directory.certificate })
}

/// An identity provider of the organization that exists from the first start; its identifier.
async fn provider(api: &Api, name: &str, settings: Json, secret: &str) -> String {
    let body = json!({ "name": name, "settings": settings, "secret": secret });
    let made = api.post(PROVIDERS, body).await.expect(200);
    made["data"]["id"].as_str().unwrap().to_owned()
}

/// A template that lets people in by these ways, and asks who they are.
async fn ways(api: &Api, ways: &[&str]) -> String {
    let policy = template::policy(api, &format!("of {ways:?}")).await;
    let rule = |name: &str, condition: Json| json!({ "name": name, "tags": [name], "winPolicyId": policy, "conditions": [condition] });
    let rules = json!([
        rule("kiosk", json!({ "tags": [["ldap:IT, Kiosks"]], "facts": [["user.firstname:Ana Maria"]] })),
        rule("sales", json!({ "tags": [["ldap:Sales"]], "facts": [["user.lastname:García"]] })),
        { "name": "Everyone else", "winPolicyId": policy },
    ]);
    let body =
        json!({ "name": format!("Of {ways:?}"), "loginProviderTypes": ways, "rules": rules });
    let made = api.post(TEMPLATES, body).await.expect(200);
    made["data"]["id"].as_str().unwrap().to_owned()
}

/// The PC that somebody enrolls by this credential; the name of the refusal, if nobody does.
async fn enrolled(api: &Api, shows: &Security) -> Result<Device, String> {
    let server = &api.server;
    let asked = policies(server, shows).await;
    let enrolled = Pc::new().try_enroll(server, shows).await;
    match (asked, enrolled) {
        (Ok(_), Ok(enrolled)) => {
            let devices = server.devices().await.into_iter();
            let device = devices.rev().find(|it| it.guid == enrolled.guid());
            let device = device.unwrap();
            assert_eq!(device.owner, person(&device).email);
            Ok(device)
        }
        (Err(first), Err(second)) => {
            let refusal = server.refusal(&first).await;
            assert_eq!(refusal, server.refusal(&second).await);
            Err(refusal)
        }
        (asked, _) => panic!("the exchanges disagree: {asked:?}"),
    }
}

/// Who enrolled a device.
fn person(device: &Device) -> Identity {
    let decision = device.decision.clone().unwrap();
    decision.identity.unwrap()
}

/// The refusal behind a page.
async fn refusal(server: &TestServer, page: &Answer) -> String {
    server.server.app.recorder.flush().await;
    let text = page.text();
    let (_, rest) = text
        .split_once("<code>")
        .unwrap_or_else(|| panic!("{text}"));
    let id = rest.split_once('<').unwrap().0.to_owned();
    let found = server.read(move |tx| tx.attempt(&id)).await;
    found.unwrap().refusal.unwrap()
}

/// The page of the enrollment window after a name and a password were typed into the form of a way.
async fn typed(
    api: &Api,
    template: &str,
    provider: Option<&str>,
    login: &str,
    word: &str,
) -> Answer {
    let request = discover("x@contoso.example", &[AuthPolicy::Federated]);
    let found = api.server.discover(&request).await;
    let page = found.authentication_service_url.unwrap();
    let form = api.server.get(&format!("{page}?appru={APPRU}")).await;
    assert!(
        form.text().contains(&format!("value=\"{template}\"")),
        "{form:?}"
    );
    let mut fields = vec![
        ("flow", ""),
        ("appru", APPRU),
        ("template", template),
        ("login", login),
        ("password", word),
    ];
    fields.extend(provider.map(|provider| ("provider", provider)));
    api.server.post_form(&page, &fields).await
}

/// What Windows takes along from a page.
fn wresult(page: &Answer) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once("name=\"wresult\"")?;
    let (_, rest) = rest.split_once("value=\"")?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

/// An answer but for what names it.
fn without_ids(answer: &Answer) -> String {
    static IDS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|nonce-[^']*|nonce=\"[^\"]*\"|Auth/[0-9a-f]{24}|value=\"[0-9a-f]{24}\"").unwrap()
    });
    IDS.replace_all(&answer.text(), "ID").into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_the_directory_enrolls_by_password_and_the_groups_decide() {
    let Some(world) = World::start().await else {
        return;
    };
    for login in ["ana", "ana@contoso.example", " ANA "] {
        let device = world.device(login, PASSWORD).await.unwrap();
        assert_eq!(device.tags, ["sales"]);
        let ana = person(&device);
        assert_eq!(ana.email.as_deref(), Some("ana@contoso.example"));
        assert_eq!(ana.first_name.as_deref(), Some("Ana"));
        assert_eq!(ana.last_name.as_deref(), Some("García"));
        let mut groups = ana.groups;
        groups.sort();
        let named = ["ldap:IT, Kiosks", "ldap:Sales"].map(str::to_owned);
        let whole = [r"cn=IT\2C Kiosks", "cn=Sales"];
        let whole = whole.map(|group| format!("ldap:{group},ou=groups,{BASE}"));
        assert_eq!(groups, [named, whole].concat());
        let dn = format!("uid=ana,ou=people,{BASE}");
        assert_eq!(ana.facts, [("ldap.dn".to_owned(), dn)]);
    }
    let device = world.device("ben", PASSWORD).await.unwrap();
    assert!(device.tags.is_empty());
    for secret in [PASSWORD, READS] {
        assert!(lines_with(secret).is_empty(), "the log holds {secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_has_the_form_of_a_code_is_a_password_all_the_same() {
    let Some(world) = World::start().await else {
        return;
    };
    let word = "Sommer2026xy";
    assert!(EnrollCode::parse(word).is_some());
    let device = world.device("hana", word).await.unwrap();
    assert_eq!(device.owner.as_deref(), Some("hana@contoso.example"));
    // A code that is known stays one, and one that nobody has is refused like a wrong password.
    let token = world.api.server.token().await;
    policies(world.server(), &crate::pc::typed(&token))
        .await
        .unwrap();
    let unknown = world.who("ana", "0000-0000-0000").await.unwrap_err();
    assert_eq!(unknown, "sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_tells_whether_the_directory_can_be_searched() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let path = format!("{PROVIDERS}/{}/test", world.provider);
    let told = async |world: &World| {
        let told = world.api.post(&path, json!({})).await.expect(200);
        told["data"].clone()
    };
    let works = told(&world).await;
    assert_eq!(works["works"], true, "{works}");
    assert!(works["message"].as_str().unwrap().contains(BASE), "{works}");
    world.directory.kill();
    let gone = told(&world).await;
    assert_eq!(gone["works"], false, "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_on_the_page_by_the_directory_and_windows_enrolls_with_the_result() {
    let Some(world) = World::start().await else {
        return;
    };
    let done = world.page("ana", PASSWORD).await;
    assert!(!done.text().contains(PASSWORD));
    let shows = bearer(&wresult(&done).unwrap_or_else(|| panic!("{done:?}")));
    let device = enrolled(&world.api, &shows).await.unwrap();
    assert_eq!(device.owner.as_deref(), Some("ana@contoso.example"));
    assert_eq!(device.tags, ["sales"]);
    let refused = world.page("ana", "another").await;
    assert_eq!(wresult(&refused), None);
    assert!(refused.text().contains("role=\"alert\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_name_their_members_are_found_and_a_name_with_special_characters_has_its_own() {
    let change = |_: &Slapd, settings: &mut Json| {
        settings["groupBaseDn"] = json!(format!("ou=groups,{BASE}"));
    };
    let Some(world) = World::with(|_| {}, change).await else {
        return;
    };
    let ana = world.who("ana", PASSWORD).await.unwrap();
    assert_eq!(
        ana.groups.len(),
        82,
        "Sales and the forty others, by both names"
    );
    for login in ["ana.maria", r"maria (it)*\", "ana.maria@contoso.example"] {
        let device = world.device(login, PASSWORD).await.unwrap();
        assert_eq!(device.owner.as_deref(), Some("ana.maria@contoso.example"));
        assert_eq!(device.tags, ["kiosk"]);
        assert_eq!(person(&device).groups[0], "ldap:IT, Kiosks");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guid_of_active_directory_names_a_person_in_its_usual_form_whatever_its_bytes() {
    let change = |_: &Slapd, settings: &mut Json| settings["idAttribute"] = json!("objectGUID");
    let Some(world) = World::with(|_| {}, change).await else {
        return;
    };
    for (login, guid) in [
        ("ana", "fcfdfeff-11fb-2312-3344-5566778899aa"),
        // Its bytes happen to be letters.
        ("ben", "33323130-3534-3736-3839-616263646566"),
    ] {
        assert_eq!(world.who(login, PASSWORD).await.unwrap().subject, guid);
    }
    // An entry without the attribute is nobody.
    assert_eq!(
        world.who("ana.maria", PASSWORD).await.unwrap_err(),
        "sign-in"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_directories_and_our_own_users_stand_on_one_page_and_each_lets_its_people_in() {
    let Some(world) = World::start().await else {
        return;
    };
    let Some(other) = Slapd::start() else {
        return;
    };
    let mut settings = settings(&other);
    settings["baseDn"] = json!(format!("ou=alone,{BASE}"));
    let alone = provider(&world.api, "Another directory", settings, READS).await;
    let template = ways(&world.api, &["ldap", "local"]).await;
    user(&world.api, "gil@contoso.example", "canary-gil-77aa", true).await;
    user(
        &world.api,
        "hugo@contoso.example",
        "canary-hugo-77aa",
        false,
    )
    .await;
    let api = &world.api;
    for (provider, login, word, email) in [
        (
            Some(world.provider.as_str()),
            "ana",
            PASSWORD,
            Some("ana@contoso.example"),
        ),
        (
            Some(alone.as_str()),
            "eva",
            PASSWORD,
            Some("eva@contoso.example"),
        ),
        (
            None,
            "GIL@contoso.example ",
            "canary-gil-77aa",
            Some("gil@contoso.example"),
        ),
        (Some(world.provider.as_str()), "eva", PASSWORD, None),
        (Some(alone.as_str()), "ana", PASSWORD, None),
        (None, "ana", PASSWORD, None),
        (None, "gil@contoso.example", PASSWORD, None),
        (None, "gil@contoso.example", "", None),
        (None, "hugo@contoso.example", "canary-hugo-77aa", None),
        (None, "hugo@contoso.example", "", None),
    ] {
        let page = typed(api, &template, provider, login, word).await;
        let who = match wresult(&page) {
            Some(value) => enrolled(api, &bearer(&value))
                .await
                .ok()
                .and_then(|it| it.owner),
            None => None,
        };
        assert_eq!(who.as_deref(), email, "{login}");
    }
    // The header says no provider: each is asked.
    for (login, word, expected) in [
        ("ana", PASSWORD, Ok("ana@contoso.example")),
        ("eva", PASSWORD, Ok("eva@contoso.example")),
        (
            "gil@contoso.example",
            "canary-gil-77aa",
            Ok("gil@contoso.example"),
        ),
        ("gil@contoso.example", PASSWORD, Err("sign-in")),
        (
            "hugo@contoso.example",
            "canary-hugo-77aa",
            Err("not-allowed"),
        ),
        ("hugo@contoso.example", "wrong", Err("sign-in")),
    ] {
        let found = world.who(login, word).await.map(|who| who.email.unwrap());
        let found = found.as_deref().map_err(String::as_str);
        assert_eq!(found, expected, "{login}");
    }
    assert!(lines_with("canary-gil").is_empty() && lines_with("canary-hugo").is_empty());
}

/// A user of our own.
async fn user(api: &Api, email: &str, word: &str, enabled: bool) {
    let wish = json!({ "email": email, "enabled": enabled, "password": word });
    let made = api.post("/v1/organizations/default/mdm-users", wish).await;
    made.expect(200);
}
