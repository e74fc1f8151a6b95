//! What OpenSSL and pkilint say.

use std::process::Command;

use super::{issued, kinds, p256, p384, rsa};
use crate::openssl::{Openssl, linter};
use crate::pc::{Pc, pem};
use crate::server::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn openssl_accepts_the_chain_for_clients_and_for_nothing_else() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    for (authority, _) in kinds() {
        let server = TestServer::with(authority).await;
        let authority = server.server.app.authority.current();
        openssl.write("root.pem", authority.root_pem());
        openssl.write("issuing.pem", pem("CERTIFICATE", authority.issuing_der()));
        for key in [rsa(), p256(), p384()] {
            let der = issued(&server, &Pc::with_key(key)).await;
            openssl.write("leaf.pem", pem("CERTIFICATE", &der));
            let verify = |purpose: &str, more: &str| {
                let judged = openssl.run(&format!(
                    "verify -x509_strict -purpose {purpose} {more} -CAfile root.pem -untrusted issuing.pem leaf.pem"
                ));
                judged.status.success()
            };
            assert!(verify("sslclient", "-check_ss_sig"));
            assert!(!verify("sslserver", ""));
            assert!(!verify("smimesign", ""));
            assert!(
                !verify("sslclient", "-attime 1000000000"),
                "before it began"
            );
            let alone = openssl.run("verify -x509_strict -CAfile root.pem leaf.pem");
            assert!(!alone.status.success(), "the root signs no device");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_cannot_issue_certificates() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let server = TestServer::start().await;
    let pc = Pc::new();
    let der = issued(&server, &pc).await;
    let authority = server.server.app.authority.current();
    openssl.write("root.pem", authority.root_pem());
    let chain = pem("CERTIFICATE", authority.issuing_der()) + &pem("CERTIFICATE", &der);
    openssl.write("chain.pem", chain);
    openssl.write("device.pem", pem("CERTIFICATE", &der));
    openssl.write("device.key", pc.key.serialize_pem());
    openssl.request("EC -pkeyopt ec_paramgen_curve:P-256", "-sha256");
    let sign = "x509 -req -inform DER -in csr.der -CA device.pem -CAkey device.key -days 1 -out forged.pem";
    assert!(openssl.run(sign).status.success());
    let judged = openssl.run("verify -CAfile root.pem -untrusted chain.pem forged.pem");
    assert!(!judged.status.success(), "{judged:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pkilint_finds_nothing_wrong() {
    let (Some(linter), Some(files)) = (linter("lint_pkix_cert"), Openssl::new()) else {
        return;
    };
    for (authority, _) in kinds() {
        let server = TestServer::with(authority).await;
        let authority = server.server.app.authority.current();
        let mut certificates = vec![
            ("root", authority.root_der().to_vec()),
            ("issuing", authority.issuing_der().to_vec()),
        ];
        for (name, key) in [("rsa", rsa()), ("p256", p256()), ("p384", p384())] {
            certificates.push((name, issued(&server, &Pc::with_key(key)).await));
        }
        for (name, der) in certificates {
            let path = files.write(&format!("{name}.pem"), pem("CERTIFICATE", &der));
            let judged = Command::new(&linter)
                .args(["lint", "--severity", "NOTICE"])
                .arg(path)
                .output()
                .unwrap();
            assert!(
                judged.status.success(),
                "{name}: {}",
                String::from_utf8_lossy(&judged.stdout)
            );
        }
    }
}
