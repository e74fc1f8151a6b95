//! Identity providers: made, changed, tested and deleted; their secrets go in and never come out.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::Api;

const PROVIDERS: &str = "/v1/organizations/default/mdm/windows/enterprise/identity-providers";
const SECRET: &str = "Tr0ub4dor.and-3";

fn directory(url: &str) -> Json {
    json!({ "type": "ldap", "url": url, "baseDn": "dc=contoso,dc=example" })
}

fn bound(url: &str) -> Json {
    let mut settings = directory(url);
    settings["bindDn"] = json!("cn=reader,dc=contoso,dc=example");
    settings
}

async fn made(api: &Api, body: Json) -> (String, Json) {
    let made = api.post(PROVIDERS, body).await.expect(200);
    let id = made["data"]["id"].as_str().unwrap();
    (format!("{PROVIDERS}/{id}"), made["data"].clone())
}

async fn change(api: &Api, one: &str, body: Json) -> super::Told {
    api.call(Method::PUT, one, Some(body)).await
}

fn path_of(told: &Json) -> &str {
    told["error"]["details"][0]["path"].as_str().unwrap()
}

#[actix_web::test]
async fn a_provider_is_made_shown_changed_and_deleted_and_its_secret_is_never_shown() {
    let api = Api::start().await;
    let wish = json!({ "name": "Directory", "settings": bound("ldaps://dc.contoso.example"), "secret": SECRET });
    let (one, made) = made(&api, wish.clone()).await;
    assert_eq!(
        (&made["enabled"], &made["hasSecret"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        made["settings"]["idAttribute"], "entryUUID",
        "what is usual is told"
    );
    let mut twin = wish;
    twin["name"] = json!("DIRECTORY");
    api.post(PROVIDERS, twin).await.expect(409);

    let shown = api.get(&one).await;
    let tag = shown.answer.header("etag").unwrap().to_owned();
    assert!(!shown.answer.text().contains(SECRET));
    let renamed = json!({ "name": "Contoso", "enabled": false });
    let changed = change(&api, &one, renamed.clone()).await.expect(200);
    assert_eq!(
        changed["data"]["settings"], made["settings"],
        "what is not named stays"
    );
    assert_eq!(changed["data"]["hasSecret"], true);
    let headers = [("if-match", tag.as_str())];
    for (method, body) in [(Method::PUT, Some(renamed)), (Method::DELETE, None)] {
        let told = api.call_with(method, &one, body, &api.key, &headers);
        told.await.expect(412);
    }

    let listed = api.get(&format!("{PROVIDERS}?name=TOSO")).await.expect(200);
    assert_eq!(listed["data"]["totalDocs"], 1);
    let listed = api
        .get(&format!("{PROVIDERS}?name=nobody"))
        .await
        .expect(200);
    assert_eq!(listed["data"]["totalDocs"], 0);
    api.call(Method::DELETE, &one, None).await.expect(200);
    api.get(&one).await.expect(404);
}

#[actix_web::test]
async fn a_secret_stays_is_replaced_and_is_taken_away_and_never_follows_settings_elsewhere() {
    let api = Api::start().await;
    let issuer =
        |issuer: &str| json!({ "type": "oidc", "issuer": issuer, "clientId": "portcullis" });
    let wish =
        json!({ "name": "Id", "settings": issuer("https://id.contoso.example"), "secret": SECRET });
    let (one, _) = made(&api, wish).await;
    let has = async |body: Json| {
        let changed = change(&api, &one, body).await.expect(200);
        changed["data"]["hasSecret"].clone()
    };
    let mut same = issuer("https://id.contoso.example");
    same["scopes"] = json!(["email"]);
    assert_eq!(has(json!({ "settings": same })).await, true);
    let elsewhere = json!({ "settings": issuer("https://evil.example") });
    let refused = change(&api, &one, elsewhere.clone()).await.expect(400);
    assert_eq!(path_of(&refused), "secret");
    let mut again = elsewhere;
    again["secret"] = json!("another");
    assert_eq!(has(again).await, true);
    assert_eq!(has(json!({ "secret": "" })).await, false);
}

#[actix_web::test]
async fn settings_that_are_not_acceptable_are_told_with_the_path_of_each_fault() {
    let api = Api::start().await;
    let ldap = |field: &str, value: Json| {
        let mut settings = directory("ldaps://dc.contoso.example");
        settings[field] = value;
        settings
    };
    let google =
        |domains: Json| json!({ "type": "google", "clientId": "x", "hostedDomains": domains });
    let saml = |certificates: &str| {
        json!({ "type": "saml", "entityId": "x", "ssoUrl": "https://id.contoso.example/sso?a=b",
            "certificates": certificates })
    };
    for (path, settings) in [
        ("settings.type", json!({ "type": "kerberos" })),
        ("settings", json!({ "type": "ldap" })),
        ("settings.port", ldap("port", json!(636))),
        (
            "settings.url",
            ldap("url", json!("http://dc.contoso.example")),
        ),
        ("settings.baseDn", ldap("baseDn", json!(" "))),
        ("settings.bindDn", ldap("bindDn", json!("x".repeat(513)))),
        (
            "settings.userFilter",
            ldap("userFilter", json!("(mail=ana)")),
        ),
        (
            "settings.userFilter",
            ldap("userFilter", json!("(|(mail={login})")),
        ),
        ("settings.idAttribute", ldap("idAttribute", json!("a b"))),
        (
            "settings.caCertificates",
            ldap("caCertificates", json!("no PEM")),
        ),
        ("secret", bound("ldaps://dc.contoso.example")),
        ("settings.hostedDomains", google(json!([]))),
        (
            "settings.hostedDomains[1]",
            google(json!(["contoso.example", "@"])),
        ),
        ("settings.certificates", saml("no PEM")),
        (
            "settings.issuer",
            json!({ "type": "oidc", "clientId": "x", "issuer": "https://id.example/?a" }),
        ),
        (
            "settings.scopes[0]",
            json!({ "type": "oidc", "clientId": "x", "issuer": "https://id.example", "scopes": ["a b"] }),
        ),
    ] {
        let body = json!({ "name": "x", "settings": settings });
        let told = api.post(PROVIDERS, body).await.expect(400);
        assert_eq!(path_of(&told), path, "{settings}: {told}");
    }
    let (_, made) = made(
        &api,
        json!({ "name": "g", "settings": google(json!(["contoso.example"])) }),
    )
    .await;
    assert_eq!(made["hasSecret"], false, "a public client needs none");
}

#[actix_web::test]
async fn a_provider_that_cannot_be_asked_is_told_and_saml_takes_no_secret() {
    let api = Api::start().await;
    let (one, _) = made(
        &api,
        json!({ "name": "D", "settings": directory("ldaps://localhost:1") }),
    )
    .await;
    let tested = api
        .call(Method::POST, &format!("{one}/test"), None)
        .await
        .expect(200);
    assert_eq!(tested["data"]["works"], false);
    assert!(
        tested["data"]["message"]
            .as_str()
            .unwrap()
            .contains("directory"),
        "{tested}"
    );

    let saml = json!({ "type": "saml", "entityId": "https://id.contoso.example/",
        "ssoUrl": "https://id.contoso.example/sso?idpid=C03", "certificates": api.server.root() });
    let mut wish = json!({ "name": "S", "settings": saml, "secret": SECRET });
    let refused = api.post(PROVIDERS, wish.clone()).await.expect(400);
    assert_eq!(path_of(&refused), "secret");
    wish["secret"] = json!("");
    let (one, _) = made(&api, wish).await;
    let tested = api
        .call(Method::POST, &format!("{one}/test"), None)
        .await
        .expect(200);
    assert_eq!(tested["data"]["works"], true, "{tested}");
}

#[actix_web::test]
async fn an_organization_has_fifty_providers_at_most() {
    let api = Api::start().await;
    for number in 0..50 {
        let settings = directory("ldaps://dc.contoso.example");
        made(
            &api,
            json!({ "name": format!("D{number}"), "settings": settings }),
        )
        .await;
    }
    let more = json!({ "name": "more", "settings": directory("ldaps://dc.contoso.example") });
    api.post(PROVIDERS, more).await.expect(409);
    let second = api
        .get(&format!("{PROVIDERS}?page=2&limit=30"))
        .await
        .expect(200);
    assert_eq!(second["data"]["items"].as_array().unwrap().len(), 20);
}
