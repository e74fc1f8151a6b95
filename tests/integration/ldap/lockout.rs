//! Guessing ends early, however a name is written (SECURITY T80).

use portcullis::config::Config;

use super::slapd::PASSWORD;
use super::{World, provider, refusal, settings, typed, user, ways, without_ids, wresult};
use crate::pc::{password, policies};

fn three(config: &mut Config) {
    config.limits.password_failures_per_account = 3;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_counts_once_on_either_way_and_a_right_one_does_not_count() {
    for by_page in [false, true] {
        let Some(world) = World::with(three, |_, _| {}).await else {
            return;
        };
        let ask = async |word: &str| match by_page {
            true => {
                let page = world.page("ana", word).await;
                match wresult(&page) {
                    Some(_) => None,
                    None => Some(refusal(world.server(), &page).await),
                }
            }
            false => match policies(world.server(), &password("ana", word)).await {
                Ok(_) => None,
                Err(fault) => Some(world.server().refusal(&fault).await),
            },
        };
        for word in ["wrong", "wrong", PASSWORD, PASSWORD, "wrong"] {
            let expected = (word == "wrong").then_some("sign-in");
            assert_eq!(ask(word).await.as_deref(), expected, "by page: {by_page}");
        }
        assert_eq!(ask(PASSWORD).await.as_deref(), Some("too-many-failures"));
        world.server().clock.advance(15 * 60);
        assert_eq!(ask(PASSWORD).await, None, "the window is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_as_many_tries_as_one_however_the_name_is_written_and_wherever() {
    let Some(world) = World::with(three, |_, _| {}).await else {
        return;
    };
    world.page("ana", "wrong").await;
    let fault = policies(world.server(), &password("ANA@contoso.example ", "wrong")).await;
    assert!(fault.is_err());
    world.page("ａｎａ", "wrong").await;
    // No name was written three times; whoever knows the password is not heard, nor told that there is such a person.
    let told = without_ids(&world.page("ana@contoso.example", PASSWORD).await);
    let nobody = without_ids(&world.page("nobody@contoso.example", PASSWORD).await);
    assert_eq!(told, nobody);
    for login in ["ana", "ana@contoso.example", " Ana"] {
        let asked = policies(world.server(), &password(login, PASSWORD)).await;
        assert!(asked.is_err(), "{login}");
    }
    world.who("ben", PASSWORD).await.unwrap();
    world.server().clock.advance(15 * 60);
    world.who("ana", PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_has_is_locked_out_like_one_that_somebody_has() {
    let Some(world) = World::with(three, |_, _| {}).await else {
        return;
    };
    for turn in 0..6 {
        let mut told = Vec::new();
        for login in ["nobody", "ana", "carla"] {
            let fault = policies(world.server(), &password(login, "wrong")).await;
            told.push(world.server().refusal(&fault.unwrap_err()).await);
        }
        let expected = if turn < 3 {
            "sign-in"
        } else {
            "too-many-failures"
        };
        assert_eq!(told, [expected; 3], "{turn}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_is_asked_once_by_a_device_though_several_templates_offer_it() {
    let Some(world) = World::with(three, |_, _| {}).await else {
        return;
    };
    ways(&world.api, &["ldap", "token"]).await;
    ways(&world.api, &["ldap", "local"]).await;
    for _ in 0..2 {
        let fault = policies(world.server(), &password("ana", "wrong")).await;
        let fault = fault.unwrap_err();
        assert_eq!(world.server().refusal(&fault).await, "sign-in");
    }
    world.who("ana", PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_one_directory_is_away_tries_at_the_others_count_and_who_knows_the_password_comes_in()
{
    let Some(mut world) = World::with(three, |_, _| {}).await else {
        return;
    };
    let mut away = settings(&world.directory);
    away["url"] = "ldaps://localhost:9".into();
    provider(&world.api, "Branch office", away, "a bind password").await;
    let template = ways(&world.api, &["ldap", "local"]).await;
    user(&world.api, "gil@contoso.example", "canary-gil-88bb", true).await;
    world.who("ana", PASSWORD).await.unwrap();
    world
        .who("gil@contoso.example", "canary-gil-88bb")
        .await
        .unwrap();
    for _ in 0..3 {
        let fault = policies(world.server(), &password("ana", "wrong")).await;
        let fault = fault.unwrap_err();
        let attempt = world.server().attempt_of(&fault).await;
        assert_eq!(attempt.refusal.as_deref(), Some("identity-provider"));
        let explanation = attempt.explanation.unwrap();
        assert!(explanation.contains("Branch office"), "{explanation}");
    }
    let refusal = world.who("ana", PASSWORD).await.unwrap_err();
    assert_eq!(refusal, "too-many-failures");
    // On the page one way is chosen, and the others do not matter.
    world.directory.kill();
    let page = typed(
        &world.api,
        &template,
        None,
        "gil@contoso.example",
        "canary-gil-88bb",
    )
    .await;
    assert!(wresult(&page).is_some());
}
