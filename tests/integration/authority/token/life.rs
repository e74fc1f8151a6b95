//! A life with a token: the first start, devices, a restart, a rotation, and what is told of the key.

use std::fs;
use std::time::{Duration, Instant};

use super::super::{refused, states};
use super::softhsm::LABEL;
use super::{Site, key_file};
use crate::openssl::Openssl;

#[tokio::test(flavor = "multi_thread")]
async fn devices_enroll_under_a_key_that_never_leaves_the_token() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let Some(site) = Site::new() else { return };
    let (mut served, token) = site.serve();
    served.enroll(&openssl, &token).await;
    let uri = key_file(served.server.data());
    let name = "pkcs11:token=portcullis%20ca;object=Portcullis%20Issuing%20CA;id=%";
    assert!(uri.starts_with(name), "{uri}");
    let dumped = served.hsm.dumped();
    assert_eq!(dumped.len(), 2, "a public key and its private key");
    let private = dumped.iter().find(|it| it.contains("CKO_PRIVATE_KEY"));
    let private = private.unwrap();
    for (attribute, value) in [
        ("CKA_SENSITIVE", "true"),
        ("CKA_EXTRACTABLE", "false"),
        ("CKA_NEVER_EXTRACTABLE", "true"),
        ("CKA_ALWAYS_SENSITIVE", "true"),
        ("CKA_DERIVE", "false"),
        ("CKA_DECRYPT", "false"),
    ] {
        assert_eq!(boolean(private, attribute), value, "{attribute}: {private}");
    }
    for entry in fs::read_dir(served.server.data().path().join("certs")).unwrap() {
        let path = entry.unwrap().path();
        let is_issuing = path.to_string_lossy().contains("issuing");
        let text = fs::read_to_string(&path).unwrap();
        assert!(!(is_issuing && text.contains("SEALED KEY")), "{path:?}");
    }
    served = served.restart();
    served.enroll(&openssl, &token).await;
    assert_eq!(key_file(served.server.data()), uri, "it is the same key");

    let rotated = served.json(&["ca", "rotate"]);
    assert_eq!(states(&rotated, "issuing"), ["active", "retiring"]);
    let uris: Vec<_> = rotated["authorities"].as_array().unwrap()[1..]
        .iter()
        .map(|it| it["keyUri"].as_str().unwrap().to_owned())
        .collect();
    assert_ne!(uris[0], uris[1]);
    assert_eq!(uris[1], uri.trim());
    assert_eq!(served.hsm.objects().len(), 4);
    served.server.hang_up();
    let issuer = rotated["issuingSha256"].as_str().unwrap();
    let began = Instant::now();
    while !served.server.log().contains(issuer) {
        let log = served.server.log();
        assert!(began.elapsed() < Duration::from_secs(30), "{log}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    served.enroll(&openssl, &token).await;
    let before = rotated["authorities"][2]["id"].as_str().unwrap();
    let url = format!("{}/crl/{before}.crl", served.server.web);
    assert_eq!(served.server.get(&url).await.status, 200);
    assert!(served.run(&["ca", "change-master-key"]).status.success());
    served = served.restart();
    served.enroll(&openssl, &token).await;
    assert_eq!(key_file(served.server.data()).trim(), uris[0]);
}

#[test]
fn every_kind_of_key_signs_and_what_is_told_names_it() {
    for kind in ["rsa-2048", "rsa-3072", "p256", "p384"] {
        let Some(mut site) = Site::new() else { return };
        site.more = vec![("PORTCULLIS_CA__ISSUING_KEY", kind.to_owned())];
        let shown = site.json(&["ca", "show"]);
        let uri = shown["authorities"][1]["keyUri"].as_str().unwrap();
        assert_eq!(uri, site.key_file().trim());
        assert!(shown["authorities"][0].get("keyUri").is_none());
        // It signs the list, and reads it back.
        let list = site.run(&["ca", "crl"]);
        assert!(list.status.success(), "{kind}: {list:?}");
        let doctor = site.run(&["doctor"]);
        let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert!(told.contains("the token answers"), "{told}");
    }
}

#[test]
fn an_export_says_that_the_key_stays_and_holds_the_rest() {
    let Some(site) = Site::new() else { return };
    site.json(&["ca", "show"]);
    let word = site.data.path().join("word");
    fs::write(&word, "word\n").unwrap();
    let word = word.display().to_string();
    let bundle = site.data.path().join("bundle");
    let to = bundle.display().to_string();
    let export = ["ca", "export", "--keys", "--to", &to];
    let exported = site.run(&[&export[..], &["--passphrase-file", &word]].concat());
    assert!(exported.status.success(), "{exported:?}");
    let text = fs::read_to_string(&bundle).unwrap();
    assert_eq!(text.matches("BEGIN ENCRYPTED PRIVATE KEY").count(), 1);
    assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2);
    assert!(text.contains(&format!("stays in its token: {}", site.key_file().trim())));
    let told = String::from_utf8_lossy(&exported.stderr).into_owned();
    assert!(told.contains("stays in its token"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_with_its_key_in_a_file_moves_to_a_token_and_needs_it_from_then_on() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let Some(site) = Site::new() else { return };
    site.data.json(&["ca", "show"]);
    assert!(site.key_file().contains("SEALED KEY"));
    let rotated = site.json(&["ca", "rotate"]);
    assert_eq!(states(&rotated, "issuing"), ["active", "retiring"]);
    assert!(rotated["authorities"][1]["keyUri"].is_string());
    assert!(rotated["authorities"][2].get("keyUri").is_none());
    let without = site.data.run(&["ca", "show"]);
    refused(&without, "set ca.pkcs11_module");
    let (served, token) = site.serve();
    served.enroll(&openssl, &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_is_taken_in_whose_key_is_in_the_token_already() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let Some(site) = Site::new() else { return };
    let chain = openssl.issuing_ca(None);
    let key = openssl.path("ca.key").display().to_string();
    let put = ["--import", &key, "--token", LABEL, "--label", "devices"];
    let put = site.hsm.util(&[&put[..], &["--id", "a1b2"]].concat());
    assert!(put.status.success(), "{put:?}");
    site.json(&["ca", "show"]);
    let import = |key: &str| {
        site.run(&[
            "ca",
            "import",
            "--certificate",
            &chain,
            "--key",
            key,
            "--output",
            "json",
        ])
    };
    refused(&import("pkcs11:object=elsewhere"), "has no private key");
    refused(&import("pkcs11:token=x;id=%A1%B2"), "ca.pkcs11_token");
    refused(&import("pkcs11:id=%A1%B2?pin-value=1"), "not the URI");
    let own = site.key_file();
    refused(&import(own.trim()), "not the private key of the first");
    let imported = import("pkcs11:object=devices");
    assert!(imported.status.success(), "{imported:?}");
    assert_eq!(
        site.key_file().trim(),
        "pkcs11:token=portcullis%20ca;object=devices;id=%A1%B2;type=private"
    );
    let (served, token) = site.serve();
    let enrolled = crate::pc::Pc::new()
        .enroll(&served.server, &crate::pc::bearer(&token))
        .await;
    let leaf = crate::pc::pem("CERTIFICATE", enrolled.certificate());
    openssl.write("leaf.pem", leaf);
    openssl.succeed("verify -x509_strict -CAfile root.pem -untrusted ca.pem leaf.pem");
}

/// The value of an attribute as SoftHSM's own tool shows it, a few lines below its name.
fn boolean<'d>(dumped: &'d str, attribute: &str) -> &'d str {
    let at = dumped
        .find(&format!("{attribute}\n"))
        .unwrap_or_else(|| panic!("{attribute} is not in {dumped}"));
    let after = &dumped[at..];
    let (yes, no) = (after.find("TRUE"), after.find("FALSE"));
    match yes.unwrap_or(usize::MAX) < no.unwrap_or(usize::MAX) {
        true => "true",
        false => "false",
    }
}
