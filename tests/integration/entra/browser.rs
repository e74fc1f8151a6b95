//! The page of the terms of use in a real browser, framed as Windows 11 frames it.

use serde_json::json;

use crate::page::browser::{chromium, drive};
use crate::page::publish_terms;
use crate::pc::Pc;

use super::{World, shows};

#[tokio::test(flavor = "multi_thread")]
async fn chromium_shows_the_terms_in_a_frame_and_follows_where_the_answer_sends_it() {
    let Some(chromium) = chromium() else {
        return;
    };
    let world = World::start().await;
    publish_terms(&world.api).await;
    let server = &world.api.server;
    let token = world.with(&json!({}));
    let query = "redirect_uri=ms-aadj-redir%3A%2F%2Fauth%2Fmdm&api-version=1.0";
    let told = json!({
        "terms": format!("{}/EnrollmentServer/TermsOfUse?{query}", server.web), "token": token,
        "screenshots": concat!(env!("CARGO_MANIFEST_DIR"), "/target/screenshots"), "chromiumPath": chromium,
    });
    let found = drive("terms.mjs", &told).await;
    let followed = |answer: &str| {
        let text = found[answer]["navigations"][0].as_str();
        let text = text.unwrap_or_else(|| panic!("the browser went nowhere: {found}"));
        assert!(text.starts_with("ms-aadj-redir://auth/mdm?"), "{text}");
        url::Url::parse(text).unwrap()
    };
    let value = |url: &url::Url, name: &str| {
        let mut pairs = url.query_pairs();
        let found = pairs.find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    let declined = followed("declined");
    assert_eq!(value(&declined, "IsAccepted").as_deref(), Some("false"));
    let accepted = followed("accepted");
    assert_eq!(value(&accepted, "IsAccepted").as_deref(), Some("true"));
    let blob = value(&accepted, "OpaqueBlob").unwrap();
    let pc = Pc::new().saying("EnrollmentData", &blob);
    pc.enroll(server, &shows(&token)).await;
}
