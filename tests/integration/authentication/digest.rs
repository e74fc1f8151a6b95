//! The digest of OMA DM, for sessions without a certificate.

use serde_json::json;

use super::*;
use crate::log;
use crate::pc::leaves;

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_answers_its_challenge_is_served_and_challenged_anew_with_every_message() {
    let api = with_digests().await;
    let one = enroll(&api).await;
    let first = api.server.manage(one.package(None)).await;
    let (status, nonce) = outcome(&first);
    assert_eq!(status, "407");
    let mut nonce = nonce.unwrap();
    for _ in 0..3 {
        let package = one.package(Some(&one.digest(&nonce)));
        let reply = api.server.manage(package).await;
        let (status, next) = outcome(&reply);
        assert_eq!(status, "200");
        assert!(
            reply.body.commands.len() > 1,
            "commands are answered: {reply:?}"
        );
        assert_ne!(next.as_ref(), Some(&nonce));
        nonce = next.unwrap();
    }
    let bare = outcome(&api.server.manage(one.package(None)).await);
    assert_eq!(
        bare,
        ("407".to_owned(), Some(nonce)),
        "no message goes without"
    );
    assert!(api.server.devices().await[0].last_seen_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_again_is_refused_with_another_challenge_and_nothing_of_it_is_done() {
    let api = with_digests().await;
    let one = enroll(&api).await;
    let nonce = challenge(&api.server, one.package(None)).await;
    let package = one.package(Some(&one.digest(&nonce)));
    assert_eq!(status(&api.server, package.clone()).await, "200");
    let (status, next) = outcome(&api.server.manage(package).await);
    assert_eq!(status, "401");
    assert_ne!(next.unwrap(), nonce);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_copies_that_arrive_at_once_one_is_served() {
    let api = with_digests().await;
    let one = enroll(&api).await;
    let nonce = challenge(&api.server, one.package(None)).await;
    let package = one.package(Some(&one.digest(&nonce)));
    let sites: Vec<Site> = (0..8).map(|_| api.server.separate()).collect();
    let sent = sites.iter().map(|site| status(site, package.clone()));
    let mut all = futures_util::future::join_all(sent).await;
    all.sort();
    let refused = std::iter::repeat_n("401", 7);
    assert_eq!(all, ["200"].into_iter().chain(refused).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_digest_is_refused_whatever_is_wrong_with_it() {
    let api = with_digests().await;
    let (one, other) = (enroll(&api).await, enroll(&api).await);
    let nonce = challenge(&api.server, one.package(None)).await;
    let foreign = challenge(&api.server, other.package(None)).await;
    let own = &one.enrolled.document.application.server;
    let secret = own.secret.reveal();
    let others = &other.enrolled.document.application.server;
    let server = &one.enrolled.document.application.client;
    let right = one.digest(&nonce);
    for (why, cred) in [
        ("the digest of another device", other.digest(&nonce)),
        ("for the challenge of another device", one.digest(&foreign)),
        (
            "another name",
            digest("ana@contoso.example", secret, &nonce),
        ),
        (
            "the name of another device",
            digest(&others.name, secret, &nonce),
        ),
        (
            "the secret of another device",
            digest(&own.name, others.secret.reveal(), &nonce),
        ),
        (
            "the secret of the server",
            digest(&own.name, server.secret.reveal(), &nonce),
        ),
        (
            "the nonce of the provisioning document",
            one.digest(&own.nonce),
        ),
        ("no nonce", one.digest(b"")),
        (
            "the nonce in base64",
            one.digest(STANDARD.encode(&nonce).as_bytes()),
        ),
        (
            "the scheme basic",
            cred(
                "syncml:auth-basic",
                &STANDARD.encode(format!("{}:{secret}", own.name)),
            ),
        ),
        (
            "a scheme that is none",
            right.replace("auth-md5", "auth-mac"),
        ),
        (
            "no scheme",
            "<Cred><Data>A/8wiLTB4Rx2xbcy8uFfAw==</Data></Cred>".to_owned(),
        ),
        ("no data", cred("syncml:auth-md5", "")),
        (
            "too little data",
            cred("syncml:auth-md5", "A/8wiLTB4Rx2xbcy8uFf"),
        ),
    ] {
        let reply = api.server.manage(one.package(Some(&cred))).await;
        let (status, next) = outcome(&reply);
        assert_eq!((status.as_str(), next.is_some()), ("401", true), "{why}");
    }
    let leaving = with_cred(&leaves(&one.pc), Some(&other.digest(&nonce)));
    assert_eq!(status(&api.server, leaving).await, "401");
    let devices = api.server.devices().await;
    let unmoved = portcullis::device::State::Provisioning;
    assert!(devices.iter().all(|device| device.state == unmoved));
    assert_eq!(
        status(&api.server, one.package(Some(&right))).await,
        "200",
        "it was good all along"
    );
    for secret in [secret, others.secret.reveal(), &STANDARD.encode(&nonce)] {
        assert_eq!(log::lines_with(secret), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_device_that_is_named_in_source_is_not_the_one_whose_digest_it_is() {
    let api = with_digests().await;
    let (one, other) = (enroll(&api).await, enroll(&api).await);
    let nonce = challenge(&api.server, one.package(None)).await;
    let spoofed = other.package(Some(&one.digest(&nonce)));
    assert_eq!(status(&api.server, spoofed).await, "401");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_may_not_use_its_certificate_may_not_use_its_digest() {
    let api = with_digests().await;
    let devices = "/v1/organizations/default/mdm/windows/enterprise/devices";
    let (revoked, deleted) = (enroll(&api).await, enroll(&api).await);
    let (left, expired) = (enroll(&api).await, enroll(&api).await);
    let path = format!("{devices}/{}/revoke-certificate", revoked.id);
    api.post(&path, json!({})).await.expect(200);
    let path = format!("{devices}/{}", deleted.id);
    api.call(reqwest::Method::DELETE, &path, None)
        .await
        .expect(200);
    let site = api.server.with_identity(&left.enrolled.identity());
    site.manage(leaves(&left.pc)).await;
    for one in [&revoked, &deleted, &left] {
        let nonce = challenge(&api.server, one.package(None)).await;
        let right = one.package(Some(&one.digest(&nonce)));
        assert_eq!(status(&api.server, right).await, "401");
    }
    for (days, expected) in [(0, "200"), (366, "401")] {
        api.server.clock.advance(days * 86_400);
        let nonce = challenge(&api.server, expired.package(None)).await;
        let right = expired.package(Some(&expired.digest(&nonce)));
        assert_eq!(status(&api.server, right).await, expected, "{days}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_from_a_challenge_which_devices_exist() {
    let api = with_digests().await;
    let one = enroll(&api).await;
    let stranger = Pc::new();
    let known = api.server.manage(one.package(None)).await;
    let unknown = api.server.manage(hello(&stranger)).await;
    let text = |reply: &SyncMl, id: &str| {
        let next = header(reply).chal.clone().unwrap().next_nonce.unwrap();
        reply.write().replace(&next, "NONCE").replace(id, "ID")
    };
    assert_eq!(
        text(&known, one.pc.device_id()),
        text(&unknown, stranger.device_id())
    );
    let lengths = [&known, &unknown].map(|reply| outcome(reply).1.unwrap().len());
    assert_eq!(lengths[0], lengths[1]);
    let guess = cred("syncml:auth-md5", "A/8wiLTB4Rx2xbcy8uFfAw==");
    let known = api.server.manage(one.package(Some(&guess))).await;
    let unknown = api
        .server
        .manage(with_cred(&hello(&stranger), Some(&guess)))
        .await;
    assert_eq!(
        text(&known, one.pc.device_id()),
        text(&unknown, stranger.device_id())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_is_good_for_minutes_and_strangers_do_not_spoil_it() {
    let api = with_digests().await;
    let one = enroll(&api).await;
    let nonce = challenge(&api.server, one.package(None)).await;
    for _ in 0..20 {
        let guess = cred("syncml:auth-md5", "A/8wiLTB4Rx2xbcy8uFfAw==");
        assert_eq!(status(&api.server, one.package(Some(&guess))).await, "401");
    }
    api.server.clock.advance(170);
    let right = one.package(Some(&one.digest(&nonce)));
    assert_eq!(status(&api.server, right).await, "200");
    let nonce = challenge(&api.server, one.package(None)).await;
    api.server.clock.advance(361);
    let late = one.package(Some(&one.digest(&nonce)));
    assert_eq!(status(&api.server, late).await, "401");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_so_many_wrong_digests_of_a_device_none_is_looked_at() {
    let api = with(|config| {
        config.device.digest_authentication = true;
        config.limits.digest_failures_per_device = 3;
    })
    .await;
    let (one, other) = (enroll(&api).await, enroll(&api).await);
    for (wrong, expected) in [(2, "200"), (1, "401")] {
        for _ in 0..wrong {
            let guess = cred("syncml:auth-md5", "A/8wiLTB4Rx2xbcy8uFfAw==");
            assert_eq!(status(&api.server, one.package(Some(&guess))).await, "401");
        }
        let nonce = challenge(&api.server, one.package(None)).await;
        let right = one.package(Some(&one.digest(&nonce)));
        assert_eq!(status(&api.server, right).await, expected);
    }
    let nonce = challenge(&api.server, other.package(None)).await;
    let right = other.package(Some(&other.digest(&nonce)));
    assert_eq!(status(&api.server, right).await, "200");
    api.server.clock.advance(15 * 60);
    let nonce = challenge(&api.server, one.package(None)).await;
    let right = one.package(Some(&one.digest(&nonce)));
    assert_eq!(status(&api.server, right).await, "200");
}
