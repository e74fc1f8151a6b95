//! Renewal after a rotation: the next certificate comes from the new issuing CA, with what the device lacks of it.

use super::{Scene, ask, nobody, renewal, session};
use crate::schema::{self, Kind};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_a_renewal_brings_the_new_authorities_once() {
    let scene = Scene::new().await;
    let app = &scene.server.server.app;
    let before = app.authority.current();
    scene.server.rotate(&["--root"]).await;
    let after = app.authority.current();
    assert_ne!(before.issuing_id(), after.issuing_id());
    assert_eq!(session(&scene.own, &scene.pc).await, "200");

    let fresh = scene.pc.with_new_key();
    let message = scene.own.message(&fresh);
    let text = ask(&scene.own.site, &fresh, &message, Some(nobody())).await;
    let text = text.unwrap();
    schema::assert_valid(Kind::Provisioning, text.as_bytes());
    let document = renewal(&text);
    assert_eq!(document.root.unwrap().der, after.root_der());
    assert_eq!(document.intermediate.unwrap().der, after.issuing_der());
    assert!(document.other_roots.is_empty() && document.other_intermediates.is_empty());
    let issuances = scene.server.issuances(scene.device().await).await;
    let issuers: Vec<_> = issuances.iter().map(|it| it.issuer.as_str()).collect();
    assert_eq!(issuers, [after.issuing_id(), before.issuing_id()]);

    let renewed = super::Own::new(&scene.server, &fresh.key, &document.leaf.der);
    assert_eq!(session(&renewed, &scene.pc).await, "200");
    scene.server.clock.advance(2 * 24 * 60 * 60);
    let next = scene.pc.with_new_key();
    let text = ask(
        &renewed.site,
        &next,
        &renewed.message(&next),
        Some(nobody()),
    )
    .await;
    let document = renewal(&text.unwrap());
    assert_eq!((document.root, document.intermediate), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_new_roots_are_both_in_the_document_of_a_renewal() {
    let scene = Scene::new().await;
    for _ in 0..2 {
        scene.server.clock.advance(1);
        scene.server.rotate(&["--root"]).await;
    }
    let fresh = scene.pc.with_new_key();
    let message = scene.own.message(&fresh);
    let text = ask(&scene.own.site, &fresh, &message, Some(nobody())).await;
    let document = renewal(&text.unwrap());
    let authority = scene.server.server.app.authority.current();
    assert_eq!(document.root.unwrap().der, authority.root_der());
    assert_eq!(document.other_roots.len(), 1);
}
