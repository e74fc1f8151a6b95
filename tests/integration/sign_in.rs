//! Signing in by identity providers that are real: oidc-provider and samlp, each a process with TLS of its own
//! (SECURITY T69, T70, T72-T77).

mod browser;
mod oidc;
mod peer;
mod saml;
mod visitor;

use jiff::Timestamp;
use portcullis::id::ObjectId;
use serde_json::{Value as Json, json};

use crate::api::{Api, template};
use crate::log::lines_with;
use crate::server::TestServer;
use visitor::{Page, Visitor};

const BASE: &str = "/v1/organizations/default/mdm/windows/enterprise";
const APPRU: &str = "ms-app://windows.immersivecontrolpanel";

/// A server whose template lets people in by identity providers.
struct World {
    api: Api,
    template: String,
}

/// A way to sign in.
struct Way<'a> {
    world: &'a World,
    provider: String,
    attempt: ObjectId,
}

impl World {
    /// A template that offers these kinds of providers; the group `engineers` decides.
    async fn start(kinds: &[&str], more: &Json) -> Self {
        let api = Api::over(TestServer::start().await).await;
        let mut world = Self {
            api,
            template: String::new(),
        };
        world.template = world.template("Office", kinds, more).await;
        world
    }

    /// Makes such a template; its identifier.
    async fn template(&self, name: &str, kinds: &[&str], more: &Json) -> String {
        let policy = template::policy(&self.api, name).await;
        let rule = |kind: &str| {
            json!({ "name": format!("Engineers by {kind}"), "tags": [format!("engineer-{kind}")], "winPolicyId": policy,
                "conditions": [{ "tags": [[format!("{kind}:engineers")]] }] })
        };
        let mut rules: Vec<Json> = ["oidc", "saml"].map(rule).to_vec();
        rules.push(json!({ "name": "Others", "tags": ["other"], "winPolicyId": policy }));
        let mut body = json!({ "name": name, "rules": rules, "loginProviderTypes": kinds, "allowAutoContinue": true });
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        let path = format!("{BASE}/enrollment-templates");
        let made = self.api.post(&path, body).await.expect(200);
        made["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Makes an identity provider; its identifier.
    async fn provider(&self, name: &str, settings: Json, secret: &str) -> String {
        let mut body = json!({ "name": name, "settings": settings });
        if !secret.is_empty() {
            body["secret"] = json!(secret);
        }
        let path = format!("{BASE}/identity-providers");
        let made = self.api.post(&path, body).await.expect(200);
        made["data"]["id"].as_str().unwrap().to_owned()
    }

    fn way(&self, provider: &str) -> Way<'_> {
        Way {
            world: self,
            provider: provider.to_owned(),
            attempt: ObjectId::generate(self.api.server.clock.now()),
        }
    }

    fn visitor(&self, trusted: &str) -> Visitor {
        Visitor::new(&[self.api.server.root(), trusted])
    }
}

impl Way<'_> {
    /// Where a person begins who takes it.
    fn start(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("template", &self.world.template)
            .append_pair("attempt", &self.attempt.to_string())
            .append_pair("appru", APPRU)
            .finish();
        let web = &self.world.api.server.web;
        format!("{web}/EnrollmentServer/SignIn/{}?{query}", self.provider)
    }

    /// Leaves for the provider. The server's clock, which stands, is brought to the time that the provider goes by.
    async fn leave(&self, visitor: &Visitor) -> Page {
        let clock = &self.world.api.server.clock;
        let behind = Timestamp::now().as_second() - clock.now().as_second();
        clock.advance(behind.max(0));
        visitor.get(&self.start()).await
    }

    /// Fails unless the page lets the person on, and says so.
    #[track_caller]
    fn assert_in(&self, page: &Page) -> String {
        let said = page.field("wresult");
        said.unwrap_or_else(|| panic!("not signed in: {} {}", page.status, page.text))
    }

    /// Why somebody who came back is refused: told on a page that offers another try, and recorded with the walk.
    async fn refused(&self, page: &Page) -> String {
        assert!(page.field("wresult").is_none(), "let in: {}", page.text);
        assert!(page.text.contains("role=\"alert\""), "{}", page.text);
        let again = format!("/EnrollmentServer/SignIn/{}?template=", self.provider);
        assert!(page.text.contains(&again), "no way back: {}", page.text);
        self.world.api.server.server.app.recorder.flush().await;
        let id = self.attempt.to_string();
        let attempt = self.world.api.server.read(move |tx| tx.attempt(&id)).await;
        let attempt = attempt.expect("the walk is recorded");
        assert!(
            page.text.contains(&attempt.trace_id),
            "the support id finds it"
        );
        attempt.explanation.unwrap()
    }

    /// Why somebody is refused who shows no sign of having left here: the log alone knows.
    fn turned_away(&self, page: &Page) -> String {
        assert!(page.field("wresult").is_none(), "let in: {}", page.text);
        let (_, id) = page
            .text
            .split_once("<code>")
            .expect("there is a support id");
        let (id, _) = id.split_once('<').unwrap();
        let lines = lines_with(id);
        assert!(!lines.is_empty(), "nothing in the log: {}", page.text);
        lines.concat()
    }
}
