//! What fails with a token: at the start with a sentence, while running for as long as it lasts.

use std::fs;
use std::path::PathBuf;

use futures_util::future::join_all;
use portcullis::soap::Subcode;

use super::super::refused;
use super::softhsm::{MODULE, PIN, PIN_FILE, TOKEN};
use super::{Site, run};
use crate::openssl::Openssl;
use crate::pc::{Pc, bearer};

#[test]
fn each_thing_that_is_missing_has_its_sentence_at_the_start() {
    let Some(site) = Site::new() else { return };
    site.json(&["ca", "show"]);
    let with = |name: &str, value: &str| {
        let mut environment = site.environment();
        for it in &mut environment {
            if it.0 == name {
                value.clone_into(&mut it.1);
            }
        }
        run(&site.data, &["serve"], &environment)
    };
    refused(
        &with(MODULE, "/nowhere/module.so"),
        "/nowhere/module.so cannot be used",
    );
    refused(
        &with(MODULE, "/etc/hostname"),
        "/etc/hostname cannot be used",
    );
    refused(
        &with(TOKEN, "elsewhere"),
        "the key is in the token portcullis ca",
    );
    site.hsm.tell_pin("cedar-4712");
    let wrong = site.run(&["serve"]);
    refused(&wrong, "the token portcullis ca refuses the PIN");
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!told.contains("cedar"), "{told}");
    site.hsm.tell_pin(PIN);
    for object in site.hsm.objects() {
        fs::rename(&object, site.data.path().join("kept")).unwrap();
        refused(&site.run(&["serve"]), "restore it from the token's backup");
        fs::rename(site.data.path().join("kept"), &object).unwrap();
    }
    let tokens = site.hsm.tokens();
    let away = tokens.with_extension("away");
    fs::rename(&tokens, &away).unwrap();
    fs::create_dir(&tokens).unwrap();
    refused(
        &site.run(&["serve"]),
        "no token with the label portcullis ca",
    );
    let doctor = site.run(&["doctor"]);
    let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(told.contains("no token with the label"), "{told}");
    fs::remove_dir(&tokens).unwrap();
    fs::rename(&away, &tokens).unwrap();
    site.hsm.initialize("portcullis ca");
    refused(&site.run(&["serve"]), "several tokens have the label");
}

#[test]
fn settings_that_are_not_whole_are_refused() {
    let Some(site) = Site::new() else { return };
    for left_out in [MODULE, TOKEN, PIN_FILE] {
        let mut environment = site.environment();
        environment.retain(|(name, _)| *name != left_out);
        let told = run(&site.data, &["config", "check"], &environment);
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(
            told.contains("must be set together with ca.pkcs11_"),
            "{told}"
        );
    }
    let printed = site.run(&["config", "print"]);
    let text = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(
        text.contains("pkcs11_token") && !text.contains(PIN),
        "{text}"
    );
}

#[cfg(not(feature = "pkcs11"))]
#[test]
fn a_program_without_the_feature_says_so() {
    let data = crate::server::Data::new();
    let environment = [MODULE, TOKEN, "PORTCULLIS_CA__PKCS11_PIN"].map(|it| (it, "x".to_owned()));
    let told = run(&data, &["serve"], &environment);
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("--features pkcs11"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_fails_refuses_for_as_long_as_it_is_away_and_loses_nothing() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let Some(site) = Site::new() else { return };
    let (served, token) = site.serve();
    served.enroll(&openssl, &token).await;
    let one = served.json(&["token", "create", "--uses", "1"]);
    let shows = bearer(one["token"].as_str().unwrap());
    let pc = Pc::new();

    let away = Away::take(served.hsm.tokens());
    let fault = pc.try_enroll(&served.server, &shows).await.err().unwrap();
    assert_eq!(fault.subcode, Subcode::EnrollmentServer, "{fault:?}");
    let trace = fault.detail.as_ref().unwrap().trace_id.clone();
    let shown = served
        .server
        .data()
        .run(&["attempt", "show", &trace, "--output", "json"]);
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        text.contains("could not sign: no token with the label portcullis ca"),
        "{text}"
    );
    assert!(!text.contains(PIN) && !served.server.log().contains(PIN));

    let (pcs, many): (Vec<Pc>, _) = ((0..8).map(|_| Pc::new()).collect(), bearer(&token));
    let tries = pcs.iter().map(|pc| pc.try_enroll(&served.server, &many));
    for tried in join_all(tries).await {
        assert_eq!(tried.err().unwrap().subcode, Subcode::EnrollmentServer);
    }

    away.bring_back();
    // All at once: one brings the module up again, the others wait for it.
    join_all(pcs.iter().map(|pc| pc.enroll(&served.server, &many))).await;
    pc.enroll(&served.server, &shows).await;
    served.enroll(&openssl, &token).await;
}

/// The tokens, out of the module's reach.
struct Away {
    place: PathBuf,
    kept: PathBuf,
}

impl Away {
    fn take(place: PathBuf) -> Self {
        let kept = place.with_extension("away");
        fs::rename(&place, &kept).unwrap();
        Self { place, kept }
    }

    fn bring_back(self) {
        fs::rename(&self.kept, &self.place).unwrap();
    }
}
