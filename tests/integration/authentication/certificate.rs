//! The certificate, as it is shown in TLS.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_known_by_its_certificate_and_by_nothing_that_it_says() {
    let api = with(|_| {}).await;
    let (one, other) = (enroll(&api).await, enroll(&api).await);
    let own = api.server.with_identity(&one.enrolled.identity());
    assert_eq!(
        outcome(&own.manage(hello(&one.pc)).await),
        ("200".to_owned(), None)
    );
    // Another device's certificate, none, and a device that nobody knows: one and the same refusal.
    for (site, package) in [
        (&own, hello(&other.pc)),
        (&*api.server, hello(&one.pc)),
        (&*api.server, hello(&Pc::new())),
        (&own, hello(&Pc::new())),
    ] {
        assert_eq!(
            outcome(&site.manage(package).await),
            ("401".to_owned(), None)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn digests_are_not_asked_for_unless_they_are_configured() {
    let api = with(|_| {}).await;
    let one = enroll(&api).await;
    let given = &one.enrolled.document.application.server.nonce;
    for package in [one.package(None), one.package(Some(&one.digest(given)))] {
        let refused = outcome(&api.server.manage(package).await);
        assert_eq!(refused, ("401".to_owned(), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_beside_a_good_certificate_is_not_needed_and_one_beside_a_bad_one_is_no_help()
{
    let api = with_digests().await;
    let (one, other) = (enroll(&api).await, enroll(&api).await);
    let own = api.server.with_identity(&one.enrolled.identity());
    // Windows may answer the nonce of its provisioning document unasked.
    let given = &one.enrolled.document.application.server.nonce;
    let unasked = one.package(Some(&one.digest(given)));
    assert_eq!(
        outcome(&own.manage(unasked).await),
        ("200".to_owned(), None)
    );
    let nonce = challenge(&api.server, one.package(None)).await;
    let stranger = api.server.with_identity(&other.enrolled.identity());
    let right = one.package(Some(&one.digest(&nonce)));
    assert_eq!(status(&stranger, right.clone()).await, "401");
    assert_eq!(status(&api.server, right).await, "200", "it was not spent");
}
