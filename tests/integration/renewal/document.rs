//! The document of a renewal, compared with the one that was written for this project from the published samples.

use std::path::Path;

use super::{Scene, ask, nobody, renewal};
use crate::schema::{self, Kind};

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_that_of_the_fixture_with_the_certificate_alone() {
    let scene = Scene::new().await;
    let fresh = scene.pc.with_new_key();
    let message = scene.own.message(&fresh);
    let text = ask(&scene.own.site, &fresh, &message, Some(nobody())).await;
    let text = text.unwrap();
    schema::assert_valid(Kind::Provisioning, text.as_bytes());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wap/renewal.xml");
    let fixture = std::fs::read_to_string(path).unwrap();
    // Root and issuing CA stand before the device's own certificates; neither changed here.
    let (head, rest) = fixture
        .split_once(r#"<characteristic type="Root">"#)
        .unwrap();
    let (_, mine) = rest.split_once(r#"<characteristic type="My">"#).unwrap();
    let expected = format!(r#"{head}<characteristic type="My">{mine}"#);
    let theirs = portcullis::protocol::provisioning::Renewal::from_document(
        &portcullis::protocol::provisioning::ProvisioningDocument::parse(&fixture).unwrap(),
    );
    let (theirs, ours) = (theirs.unwrap(), renewal(&text));
    let expected = expected
        .replace(&theirs.leaf.thumbprint_hex, &ours.leaf.thumbprint_hex)
        .replace(&theirs.provider_id, &ours.provider_id)
        .replace(&base64(&theirs.leaf.der), &base64(&ours.leaf.der));
    assert_eq!(bare(&text), bare(&expected));
}

fn base64(der: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(der)
}

/// Without the white space between elements, and with every empty element written the short way.
fn bare(document: &str) -> String {
    let lines: String = document.lines().map(str::trim).collect();
    lines
        .replace("></parm>", "/>")
        .replace("></characteristic>", "/>")
        .replace(" />", "/>")
}
