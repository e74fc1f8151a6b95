//! Real pages in a real browser: headless Chromium, driven with the keyboard.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::beside::limited;
use crate::openssl::skip;
use crate::pc::{Pc, bearer};

use super::{BASE, asking, publish_terms};

/// Where Chromium is; none, said aloud, where it or what drives it is not installed.
pub(crate) fn chromium() -> Option<PathBuf> {
    let driver = Path::new("tests/browser/node_modules/playwright-core");
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
    let found = usual.iter().map(PathBuf::from).find(|path| path.exists());
    if found.is_none() || !driver.exists() {
        skip("Chromium and what drives it are not installed: tests/run --install");
        return None;
    }
    found
}

/// Runs `tests/browser/{script}` over what it is told; what it found.
pub(crate) async fn drive(script: &str, told: &Json) -> Json {
    let mut command = limited("node");
    command
        .arg(Path::new("tests/browser").join(script))
        .env("PORTCULLIS_BROWSER", told.to_string());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{script}: {} {error}",
        output.status
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[actix_web::test]
async fn the_pages_work_by_keyboard_keep_nobody_out_and_run_no_foreign_script() {
    let Some(chromium) = chromium() else {
        return;
    };
    let api = Api::start().await;
    let template = asking(&api, true).await;
    publish_terms(&api).await;
    let email = "ana@contoso.example";
    let body = json!({ "email": email, "sendEmail": false });
    let token = api.post(&format!("{BASE}/enrollment-tokens"), body).await;
    let token = token.expect(200)["data"].clone();
    let screenshots = concat!(env!("CARGO_MANIFEST_DIR"), "/target/screenshots");
    let told = json!({
        "server": api.server.web, "key": api.key, "email": email, "invitation": token["enrollmentLink"],
        "code": token["enrollCode"], "templateCode": template["winEnrollmentToken"]["enrollCode"],
        "token": token["token"], "screenshots": screenshots, "chromiumPath": chromium,
    });
    let found = drive("pages.mjs", &told).await;
    assert_eq!(found["tried"], 60);
    assert_eq!(found["problems"], 0);

    // What the browser was given enrolls a PC, and the rules hear what was typed.
    let wresult = found["wresult"].as_str().unwrap();
    Pc::new().enroll(&api.server, &bearer(wresult)).await;
    let devices = api.get(&format!("{BASE}/devices")).await.expect(200);
    let device = &devices["data"]["items"][0];
    assert_eq!(device["tags"], json!(["seller"]));
    let answers = json!([["department", "Sales"], ["room", "12 <b>"]]);
    assert_eq!(device["decision"]["answers"], answers);
}
