//! OpenSSL and pkilint over a fleet whose certificates were revoked for every reason.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{CODES, One, REASONS, crl, enroll, read, revoke, start, with, write_authorities};
use crate::api::Api;
use crate::openssl::{Openssl, assert_lint, linter};
use crate::pc::{Pc, pem};

const DEVICES: usize = 60;

/// Sixty devices: every fourth is good, the others are revoked, each reason in turn. The place of the reason in
/// [`REASONS`], if there is one.
async fn fleet(api: &Api) -> Vec<(One, Option<usize>)> {
    let mut fleet = Vec::new();
    for number in 0..DEVICES {
        let one = enroll(api, Pc::new()).await;
        let reason = (number % 4 != 0).then_some(number % REASONS.len());
        if let Some(reason) = reason {
            let wish = json!({ "serial": one.serial, "reason": REASONS[reason] });
            revoke(api, &one.id, wish).await;
        }
        fleet.push((one, reason));
    }
    for reason in 0..REASONS.len() {
        assert!(
            fleet.iter().any(|(_, given)| *given == Some(reason)),
            "{reason}"
        );
    }
    fleet
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_agrees_on_each_of_sixty_devices_by_list_and_by_ocsp() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let api = start().await;
    let fleet = fleet(&api).await;
    write_authorities(&openssl, &api.server);
    api.server.clock.advance(60);
    let list = crl(&api.server).await;
    openssl.write("crl.pem", pem("X509 CRL", &list.body));
    let verified = openssl.run("crl -in crl.pem -noout -CAfile issuing.pem -verify");
    assert!(verified.status.success(), "{verified:?}");
    let mut expected: Vec<(String, u8)> = fleet
        .iter()
        .filter_map(|(one, reason)| Some((one.serial.clone(), CODES[(*reason)?])))
        .collect();
    expected.sort();
    assert_eq!(read(&list.body).1, expected);
    // The clock of the server is a minute ahead of OpenSSL's.
    let at = api.server.clock.now().as_second() + 1;
    for (one, reason) in &fleet {
        openssl.write("leaf.pem", pem("CERTIFICATE", one.enrolled.certificate()));
        let judged = openssl.run(&format!(
            "verify -x509_strict -crl_check -attime {at} -CAfile root.pem -untrusted issuing.pem -CRLfile crl.pem leaf.pem"
        ));
        let text = String::from_utf8_lossy(&judged.stderr).into_owned();
        assert_eq!(judged.status.success(), reason.is_none(), "{text}");
        assert_eq!(text.contains("certificate revoked"), reason.is_some());
        for (hash, by_get) in [("-sha1", false), ("-sha256", true)] {
            let told = ocsp(&api, &openssl, hash, by_get, at).await;
            match reason {
                None => assert!(told.contains("leaf.pem: good"), "{told}"),
                Some(reason) => {
                    assert!(told.contains("leaf.pem: revoked"), "{told}");
                    // Not every OpenSSL has a name for the last one; its number stands in the answer.
                    let code = [0xa0, 3, 0x0a, 1, CODES[*reason]];
                    let answer = std::fs::read(openssl.path("resp.der")).unwrap();
                    let coded = answer.windows(code.len()).any(|bytes| bytes == code);
                    let named = told.to_lowercase();
                    let name = format!("reason: {}", REASONS[*reason].to_lowercase());
                    let named = named.contains(&name) || named.contains("reason: (unknown)");
                    assert_eq!((coded, named), (*reason != 0, *reason != 0), "{told}");
                }
            }
        }
    }
}

/// What OpenSSL reads out of the answer on `leaf.pem`, which it verifies.
async fn ocsp(api: &Api, openssl: &Openssl, hash: &str, by_get: bool, at: i64) -> String {
    let nonce = if by_get { "-no_nonce" } else { "-nonce" };
    let made = openssl.run(&format!(
        "ocsp {hash} -issuer issuing.pem -cert leaf.pem {nonce} -reqout req.der"
    ));
    assert!(made.status.success(), "{made:?}");
    let request = std::fs::read(openssl.path("req.der")).unwrap();
    let url = format!("{}/ocsp", api.server.web);
    let answer = match by_get {
        true => {
            let text = STANDARD.encode(&request);
            let text = text
                .replace('+', "%2B")
                .replace('/', "%2F")
                .replace('=', "%3D");
            api.server.get(&format!("{url}/{text}")).await
        }
        false => {
            let sent = api.server.post(&url, "application/ocsp-request", request);
            sent.await
        }
    };
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/ocsp-response")
    );
    openssl.write("resp.der", &answer.body);
    let read = "-respin resp.der -CAfile both.pem -validity_period 3600";
    if !by_get {
        // OpenSSL compares the nonces only of a request that it reads, and tells the status only of one that it makes.
        let judged = openssl.run(&format!("ocsp -reqin req.der {read} -attime {at}"));
        assert!(judged.status.success(), "{judged:?}");
    }
    let judged = openssl.run(&format!(
        "ocsp {hash} -issuer issuing.pem -cert leaf.pem -no_nonce {read} -attime {at}"
    ));
    let text = String::from_utf8_lossy(&judged.stdout).into_owned()
        + &String::from_utf8_lossy(&judged.stderr);
    assert!(
        judged.status.success() && text.contains("Response verify OK"),
        "{text}"
    );
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn pkilint_finds_nothing_wrong_with_lists_and_answers() {
    let (Some(list), Some(response)) = (linter("lint_crl"), linter("lint_ocsp_response")) else {
        return;
    };
    let (Some(chain), Some(openssl)) =
        (linter("lint_pkix_signer_signee_cert_chain"), Openssl::new())
    else {
        return;
    };
    for (key, url) in [
        ("p256", ""),
        ("rsa-2048", "http://pki.example.com/crl/{issuer}.crl"),
    ] {
        let api = with(|config| {
            config.ca.root_key = key.to_owned();
            config.ca.issuing_key = key.to_owned();
            config.ca.crl_url = url.to_owned();
        })
        .await;
        write_authorities(&openssl, &api.server);
        let empty = crl(&api.server).await;
        let path = openssl.write("crl.der", &empty.body);
        assert_lint(&list, &["-t", "CRL", "-p", "PKIX"], &[&path]);
        for reason in REASONS {
            let one = enroll(&api, Pc::new()).await;
            let good = enroll(&api, Pc::new()).await;
            revoke(&api, &one.id, json!({ "reason": reason })).await;
            for (one, hash) in [(one, "-sha1"), (good, "-sha256")] {
                openssl.write("leaf.pem", pem("CERTIFICATE", one.enrolled.certificate()));
                let at = api.server.clock.now().as_second() + 1;
                ocsp(&api, &openssl, hash, false, at).await;
                assert_lint(&response, &[], &[&openssl.path("resp.der")]);
            }
        }
        api.server.clock.advance(60);
        let full = crl(&api.server).await;
        assert_eq!(read(&full.body).1.len(), REASONS.len());
        let path = openssl.write("crl.der", &full.body);
        assert_lint(&list, &["-t", "CRL", "-p", "PKIX"], &[&path]);
        let authority = api.server.server.app.authority.current();
        let signer = authority.ocsp_signer(authority.issuing_id(), api.server.clock.now());
        let signer = pem("CERTIFICATE", signer.unwrap().certificate());
        let signer = openssl.write("signer.pem", signer);
        let (root, issuing) = (openssl.path("root.pem"), openssl.path("issuing.pem"));
        let leaf = openssl.path("leaf.pem");
        for (issuer, subject) in [(&root, &issuing), (&issuing, &leaf), (&issuing, &signer)] {
            assert_lint(&chain, &[], &[issuer, subject]);
        }
        if let Some(certificate) = linter("lint_pkix_cert") {
            assert_lint(&certificate, &[], &[&signer]);
            assert_lint(&certificate, &[], &[&leaf]);
        }
    }
}
