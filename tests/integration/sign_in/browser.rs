//! Signing in by identity providers in headless Chromium: what the policies of the pages and of cookies let through.

use std::time::Duration;

use serde_json::json;

use super::oidc::Oidc;
use super::peer::{Peer, Signer};
use super::saml::{ENTITY, settings};
use super::{APPRU, BASE};
use crate::page::browser::{chromium, drive};
use crate::pc::{Pc, bearer};

#[tokio::test(flavor = "multi_thread")]
async fn people_sign_in_with_chromium_whatever_the_provider_and_the_binding() {
    let Some(chromium) = chromium() else {
        return;
    };
    let question = json!([{ "type": "select", "key": "department", "title": "Department", "options": ["Sales", "IT"] }]);
    let more = json!({ "loginProviderTypes": ["token", "local", "oidc", "saml"], "auxiliaryFields": question });
    let signer = Signer::rsa();
    let told = json!({ "signingKey": signer.key, "signingCertificate": signer.certificate, "entityId": ENTITY });
    let Some(saml) = Peer::start("saml.mjs", "samlp", &told) else {
        return;
    };
    let Some(oidc) = Oidc::named("Contoso ID", &more, &json!({}), &json!({})).await else {
        return;
    };
    let (world, server) = (&oidc.world, &oidc.world.api.server);
    // Another site than ours, as far as cookies go; by form it is reached over a host of ours, and sends people on.
    let elsewhere = saml.address.replace("localhost", "127.0.0.1");
    for (name, address, binding) in [
        ("Fabrikam by redirect", &elsewhere, "redirect"),
        ("Fabrikam by form", &saml.address, "post"),
    ] {
        let sso = format!("{address}/sso?idpid=C0");
        world
            .provider(name, settings(&sso, binding, &signer.pem), "")
            .await;
    }
    let alone = world.template("Alone", &["oidc"], &json!({})).await;
    let page = |template: &str| {
        let attempt = oidc.way().attempt;
        format!(
            "{}/EnrollmentServer/Auth/{attempt}/{template}?appru={APPRU}",
            server.web
        )
    };
    let told = json!({
        "page": page(&world.template), "alone": page(&alone), "server": server.web,
        "screenshots": concat!(env!("CARGO_MANIFEST_DIR"), "/target/screenshots"), "chromiumPath": chromium,
    });
    // The providers go by the real time.
    let clock = server.clock.clone();
    let ticking = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            clock.advance(1);
        }
    });
    let found = drive("sign-in.mjs", &told).await;
    ticking.abort();

    for (name, tag) in [
        ("Contoso ID", "engineer-oidc"),
        ("Fabrikam by redirect", "engineer-saml"),
        ("Fabrikam by form", "engineer-saml"),
        ("again", "engineer-oidc"),
        ("alone", "engineer-oidc"),
    ] {
        let wresult = found[name].as_str().unwrap();
        // The latest device is listed first.
        server.clock.advance(1);
        Pc::new().enroll(server, &bearer(wresult)).await;
        let devices = world.api.get(&format!("{BASE}/devices")).await.expect(200);
        let device = &devices["data"]["items"][0];
        assert_eq!(device["tags"], json!([tag]), "{name}");
        let answers = match name {
            "alone" => json!([]),
            _ => json!([["department", "Sales"]]),
        };
        let answered = &device["decision"]["answers"];
        assert!(
            *answered == answers || answered.is_null(),
            "{name}: {answered}"
        );
    }
}
