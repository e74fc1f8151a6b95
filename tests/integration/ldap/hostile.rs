//! What an attacker would type, and what one would do between the server and its directory.

use ldap3::{LdapConnAsync, LdapConnSettings};
use portcullis::config::Config;
use serde_json::{Value as Json, json};

use super::proxy::{Mode, Proxy};
use super::slapd::{BASE, PASSWORD, READS, Slapd};
use super::{World, without_ids, wresult};
use crate::log::lines_with;

/// A name that each kind of refusal is tried with, and a password.
const REFUSED: [(&str, &str); 14] = [
    // Nobody.
    ("nobody", PASSWORD),
    ("nobody", ""),
    ("nobody", " "),
    ("ana", "canary-wr0ng"),
    ("ana", ""),
    ("ana", " "),
    ("ana", "\t \t"),
    ("ana", "\u{a0}"),
    ("ana", "canary-open-s35ame "),
    // She has no password, and it is locked.
    ("carla", PASSWORD),
    ("carla", ""),
    ("dora", PASSWORD),
    // Two have this name, and one has no address.
    ("twin", PASSWORD),
    ("nomail", PASSWORD),
];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_believed_is_told_the_same_whether_the_directory_knows_the_name_or_not() {
    // More tries of one name than a guesser has.
    let unlimited = |config: &mut Config| config.limits.password_failures_per_account = 0;
    let Some(world) = World::with(unlimited, |_, _| {}).await else {
        return;
    };
    let (mut faults, mut pages) = (Vec::new(), Vec::new());
    for (login, word) in REFUSED {
        assert_eq!(
            world.who(login, word).await.unwrap_err(),
            "sign-in",
            "{login} {word:?}"
        );
        faults.push(without_ids(&world.asked(login, word).await));
        let page = world.page(login, word).await;
        assert_eq!(wresult(&page), None, "{login} {word:?}");
        pages.push(without_ids(&page));
    }
    for told in [faults, pages] {
        for other in &told {
            assert_eq!(*other, told[0]);
        }
    }
    for secret in [PASSWORD, READS, "canary-wr0ng"] {
        assert!(lines_with(secret).is_empty(), "the log holds {secret}");
    }
    let reasons = "the directory knows nobody of this name";
    assert!(!lines_with(reasons).is_empty(), "the log says why");
    assert!(!world.directory.referral_was_followed());
}

#[tokio::test(flavor = "multi_thread")]
async fn this_directory_answers_success_to_an_empty_password() {
    let Some(directory) = Slapd::start() else {
        return;
    };
    let url = format!("ldap://127.0.0.1:{}", directory.plain);
    let (connection, mut ldap) = LdapConnAsync::with_settings(LdapConnSettings::new(), &url)
        .await
        .unwrap();
    tokio::spawn(connection.drive());
    let name = format!("uid=ana,ou=people,{BASE}");
    assert_eq!(ldap.simple_bind(&name, "").await.unwrap().rc, 0);
    assert_eq!(ldap.simple_bind(&name, "wrong").await.unwrap().rc, 49);
}

/// What is typed as the name where Eva alone can be found; true: it is her.
const NAMES: [(&str, bool); 36] = [
    ("eva", true),
    ("EVA", true),
    (" eva ", true),
    ("eva@contoso.example", true),
    ("*", false),
    ("e*", false),
    ("*)(uid=*", false),
    ("*)(uid=*))(|(uid=*", false),
    ("eva)(|(uid=*", false),
    ("eva)(uid=*", false),
    ("eva)(&)", false),
    ("nobody)(|(uid=eva)", false),
    ("x)(uid=eva", false),
    ("eva))", false),
    ("(eva", false),
    ("\\00", false),
    ("\\2a", false),
    ("eva\\2a", false),
    ("\\65va", false),
    ("\\*", false),
    ("eva\\", false),
    ("{login}", false),
    ("{dn}", false),
    ("uid=eva", false),
    ("uid=eva,ou=alone,dc=contoso,dc=example", false),
    ("eva,ou=alone", false),
    ("eva+cn=Eva", false),
    ("#657661", false),
    ("\"eva\"", false),
    ("<eva>;", false),
    ("eva=", false),
    ("!(uid=x)", false),
    ("cn=reader,dc=contoso,dc=example", false),
    // Cyrillic.
    ("еvа", false),
    ("éva", false),
    ("evа@contoso.example", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_typed_as_a_name_means_anything_but_a_name() {
    // With one person below it, any filter that was broken open finds exactly one.
    let change =
        |_: &Slapd, settings: &mut Json| settings["baseDn"] = json!(format!("ou=alone,{BASE}"));
    let Some(world) = World::with(|_| {}, change).await else {
        return;
    };
    for (login, is_eva) in NAMES {
        let found = world.who(login, PASSWORD).await;
        let found = found.map(|who| who.email.unwrap());
        match is_eva {
            true => assert_eq!(found.as_deref(), Ok("eva@contoso.example"), "{login}"),
            false => assert_eq!(found.unwrap_err(), "sign-in", "{login}"),
        }
    }
    // Letters that a directory holds for the same (RFC 4518) name the same person, or nobody.
    for login in ["ｅｖａ", "e\u{200b}va", "ev\u{ad}a", "ⓔva"] {
        if let Ok(who) = world.who(login, PASSWORD).await {
            assert_eq!(who.email.as_deref(), Some("eva@contoso.example"), "{login}");
        }
    }
    // What SOAP cannot carry, and what is too long, comes by the page.
    let long = "e".repeat(10_000);
    for login in ["eva\0", "\0", "eva\0)(uid=*", "ev\na", "", " ", &long] {
        let page = world.page(login, PASSWORD).await;
        assert_eq!(wresult(&page), None, "{login:?}");
        assert!(page.text().contains("role=\"alert\""), "{login:?}");
    }
    for word in ["canary-open-s35ame\0", &long] {
        assert_eq!(wresult(&world.page("eva", word).await), None);
    }
    for (length, refusal) in [(300, "sign-in"), (10_000, "message")] {
        let long = world.who(&"e".repeat(length), PASSWORD).await;
        assert_eq!(long.unwrap_err(), refusal);
    }
    assert!(wresult(&world.page("eva", PASSWORD).await).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_whom_a_directory_answers_in_part_is_not_taken_for_the_only_one() {
    let Some(directory) = Slapd::limited() else {
        return;
    };
    let world = World::over(directory, |_| {}, |_, _| {}).await.unwrap();
    world.who("ana", PASSWORD).await.unwrap();
    assert_eq!(world.who("twin", PASSWORD).await.unwrap_err(), "sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_refers_elsewhere_is_not_followed() {
    let elsewhere = json!(format!("ou=elsewhere,ou=people,{BASE}"));
    for place in ["baseDn", "groupBaseDn"] {
        let change = |_: &Slapd, settings: &mut Json| settings[place] = elsewhere.clone();
        let Some(world) = World::with(|_| {}, change).await else {
            return;
        };
        let refusal = world.who("ana", PASSWORD).await.unwrap_err();
        assert_eq!(refusal, "identity-provider");
        assert!(!world.directory.referral_was_followed());
    }
}

/// A directory behind somebody who does this with `StartTLS`.
async fn between(mode: Mode) -> Option<(World, Proxy)> {
    let mut proxy = None;
    let world = World::with(
        |_| {},
        |directory, settings| {
            let between = Proxy::start(mode, directory.plain);
            settings["url"] = json!(format!("ldap://localhost:{}", between.port));
            proxy = Some(between);
        },
    );
    Some((world.await?, proxy?))
}

#[tokio::test(flavor = "multi_thread")]
async fn over_plain_ldap_nothing_is_said_before_tls_and_where_that_is_taken_away_nothing_at_all() {
    for mode in [Mode::Pass, Mode::Refuse, Mode::Pretend, Mode::Inject] {
        let Some((world, proxy)) = between(mode).await else {
            return;
        };
        let found = world.who("ana", PASSWORD).await.map(|who| who.email);
        match mode {
            Mode::Pass => assert!(found.is_ok(), "{found:?}"),
            _ => assert_eq!(found.unwrap_err(), "identity-provider", "{mode:?}"),
        }
        assert!(!proxy.heard().is_empty());
        for secret in [PASSWORD, READS, "cn=reader", "ana"] {
            assert!(!proxy.heard_in_clear(secret), "{mode:?}: {secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_whose_certificate_is_of_another_name_or_origin_is_told_nothing() {
    let Some(other) = Slapd::start() else {
        return;
    };
    let authority = other.certificate.clone();
    for starttls in [false, true] {
        let url = |directory: &Slapd| match starttls {
            true => format!("ldap://localhost:{}", directory.plain),
            false => directory.ldaps(),
        };
        let another_name = World::over(
            Slapd::named("directory.contoso.example").unwrap(),
            |_| {},
            |directory, settings| settings["url"] = json!(url(directory)),
        );
        let another_origin = World::with(
            |_| {},
            |directory, settings| {
                settings["url"] = json!(url(directory));
                settings["caCertificates"] = json!(authority);
            },
        );
        for world in [another_name.await.unwrap(), another_origin.await.unwrap()] {
            let refusal = world.who("ana", PASSWORD).await.unwrap_err();
            assert_eq!(refusal, "identity-provider");
            let page = world.page("ana", PASSWORD).await;
            assert_eq!(wresult(&page), None);
            assert!(page.text().contains("Try again in a few minutes"));
        }
    }
}
