//! A signed package that comes again, since its reply was lost.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_package_beside_a_good_certificate_may_come_again() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let api = with(|_| {}).await;
    let one = enroll(&api).await;
    let signer = Signer::of(&openssl, &one);
    let own = api.server.with_identity(&one.enrolled.identity());
    let (first, second) = (numbered(&one, 1), numbered(&one, 2));
    let (of_first, of_second) = (signer.sign(&first), signer.sign(&second));
    for (body, signature) in [
        (&first, &of_first),
        (&first, &of_first),
        (&second, &of_second),
        (&first, &of_first),
    ] {
        let header = [("MS-Signature", signature.as_str())];
        assert_eq!(send(&own, body, &header).await, "200");
    }
    // Without the certificate none of them counts again.
    let header = [("MS-Signature", of_second.as_str())];
    assert_eq!(send(&api.server, &second, &header).await, "401");
    // The certificate does not make up for a wrong one.
    let header = [("MS-Signature", of_second.as_str())];
    assert_eq!(send(&own, &first, &header).await, "401");
    api.server.clock.advance(16 * 60);
    assert_eq!(send(&own, &second, &header).await, "200", "certificates do");
    assert_eq!(send(&api.server, &second, &header).await, "401");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_but_a_signature_the_latest_package_may_come_again_and_none_before_it() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let api = with(|_| {}).await;
    let (one, other) = (enroll(&api).await, enroll(&api).await);
    let signed = |one: &One, number| {
        let body = numbered(one, number);
        let signature = Signer::of(&openssl, one).sign(&body);
        (body, signature)
    };
    let (first, second) = (signed(&one, 1), signed(&one, 2));
    let others = signed(&other, 1);
    let site = &*api.server;
    let status = async |(body, signature): &(String, String)| {
        send(site, body, &[("MS-Signature", signature)]).await
    };
    for (package, expected) in [
        (&first, "200"),
        (&first, "200"),
        (&others, "200"),
        (&first, "200"),
        (&second, "200"),
        (&first, "401"),
        (&second, "200"),
        (&first, "401"),
        (&others, "200"),
    ] {
        assert_eq!(status(package).await, expected);
    }
    // A device that showed its certificate meanwhile has gone on.
    let own = api.server.with_identity(&one.enrolled.identity());
    assert_eq!(send(&own, &numbered(&one, 3), &[]).await, "200");
    assert_eq!(status(&second).await, "401");
}
