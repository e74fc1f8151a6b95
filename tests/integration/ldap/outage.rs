//! A directory that hangs or is away holds up those who sign in by it, and nobody else (SECURITY T82).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use portcullis::soap::Subcode;
use tokio::task::JoinSet;

use super::World;
use super::slapd::PASSWORD;
use crate::log::lines_with;
use crate::pc::{Pc, bearer, password, policies};

#[tokio::test(flavor = "multi_thread")]
async fn while_a_directory_hangs_tokens_enroll_and_people_are_told_to_try_again() {
    let Some(world) = World::start().await else {
        return;
    };
    let server = world.server();
    world.who("ana", PASSWORD).await.unwrap();
    let token = server.token_with(|wish| wish.uses = None).await;
    world.directory.freeze();
    let began = Instant::now();
    let mut people = JoinSet::new();
    for _ in 0..20 {
        let site = server.separate();
        people.spawn(async move {
            let asked = policies(&site, &password("ana", PASSWORD)).await;
            (asked.unwrap_err(), Instant::now())
        });
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let shows = bearer(&token.token);
    let devices = (0..50).map(|_| {
        let shows = shows.clone();
        async move { drop(Pc::new().enroll(server, &shows).await) }
    });
    join_all(devices).await;
    let devices = began.elapsed();
    while let Some(ended) = people.join_next().await {
        let (fault, at) = ended.unwrap();
        assert_eq!(fault.subcode, Subcode::EnrollmentServer);
        assert!(
            fault.reason.contains("Try again in a few minutes"),
            "{}",
            fault.reason
        );
        assert_eq!(server.refusal(&fault).await, "identity-provider");
        let took = at.duration_since(began);
        assert!(took < Duration::from_secs(7), "{took:?}");
    }
    assert!(
        devices < Duration::from_secs(5),
        "the devices waited along: {devices:?}"
    );

    // Nobody waits for what did not answer three times in a row, until half a minute is over.
    let again = Instant::now();
    let fault = policies(server, &password("ana", PASSWORD))
        .await
        .unwrap_err();
    assert!(
        again.elapsed() < Duration::from_secs(1),
        "{:?}",
        again.elapsed()
    );
    let attempt = server.attempt_of(&fault).await;
    let explanation = attempt.explanation.unwrap();
    for part in ["Directory", "5 seconds", "three times"] {
        assert!(explanation.contains(part), "{explanation}");
    }
    world.directory.thaw();
    assert_eq!(
        world.who("ana", PASSWORD).await.unwrap_err(),
        "identity-provider"
    );
    server.clock.advance(31);
    world.who("ana", PASSWORD).await.unwrap();
    assert!(lines_with(PASSWORD).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_away_is_named_to_the_administrator_and_not_to_the_person() {
    let Some(mut world) = World::start().await else {
        return;
    };
    world.directory.kill();
    let server = world.server();
    for _ in 0..5 {
        let fault = policies(server, &password("ana", PASSWORD))
            .await
            .unwrap_err();
        assert_eq!(
            fault.reason,
            "Signing in does not work at the moment. Try again in a few minutes."
        );
        let attempt = server.attempt_of(&fault).await;
        let explanation = attempt.explanation.unwrap();
        assert!(explanation.contains("Directory: "), "{explanation}");
        assert!(explanation.contains("refused"), "{explanation}");
    }
    let page = world.page("ana", PASSWORD).await;
    assert!(page.text().contains("Try again in a few minutes"));
    assert!(!page.text().contains("refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_types_does_not_make_a_directory_count_as_away() {
    let Some(world) = World::start().await else {
        return;
    };
    for login in [
        "nobody", "twin", "nomail", "dora", "ana", "*", "\\00", "a)(b",
    ] {
        world.who(login, "wrong").await.unwrap_err();
    }
    world.who("ana", PASSWORD).await.unwrap();
}
