//! The same questions put to OpenSSL: it makes the requests, and it judges the certificates.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::super::{Authority, Csr, CsrError, CsrNote, CsrPolicy, KeyKind, Profile, Weakness};
use super::{authority, bare_request, now, openssl, rsa_key, verified};

/// Makes a key and a request with `openssl`; `None` where it is not installed.
fn made(directory: &Path, key: &str, request: &str) -> Option<Vec<u8>> {
    openssl(directory, &format!("genpkey -out key.pem {key}"))?.unwrap();
    let request = format!("req -new -key key.pem -outform DER -out csr.der -subj /CN=x {request}");
    openssl(directory, &request)?.unwrap();
    Some(fs::read(directory.join("csr.der")).unwrap())
}

const RSA: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";

#[test]
fn requests_that_openssl_makes_are_accepted() {
    let directory = TempDir::new().unwrap();
    let pss = |hash: &str, salt: u8| {
        format!("-{hash} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt}")
    };
    for (key, request) in [
        (RSA, "-sha256"),
        (RSA, "-sha384"),
        (RSA, "-sha512"),
        (RSA, &pss("sha256", 32)),
        (RSA, &pss("sha384", 48)),
        (RSA, &pss("sha512", 64)),
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:3072", "-sha256"),
        (P256, "-sha256"),
        (P256, "-sha384"),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "-sha256"),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "-sha384"),
    ] {
        let Some(der) = made(directory.path(), key, request) else {
            return;
        };
        let csr = Csr::verify(&der, CsrPolicy { allow_sha1: false });
        assert!(csr.is_ok(), "{key} {request}: {csr:?}");
    }
}

#[test]
fn requests_with_other_keys_and_hashes_are_refused_by_name() {
    let directory = TempDir::new().unwrap();
    let explicit = format!("{P256} -pkeyopt ec_param_enc:explicit");
    let pss = "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20";
    for (key, request, expected) in [
        (RSA, "-md5", "1.2.840.113549.1.1.4"),
        (RSA, "-sha224", "1.2.840.113549.1.1.14"),
        (RSA, pss, "1.2.840.113549.1.1.10"),
        (P256, "-sha512", "1.2.840.10045.4.3.4"),
        (P256, "-sha1", "1.2.840.10045.4.1"),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
            "",
            "1.3.132.0.35",
        ),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
            "",
            "1.3.132.0.10",
        ),
        (&explicit, "", "1.2.840.10045.2.1"),
        ("-algorithm ED25519", "", "1.3.101.112"),
        (
            "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
            "",
            "1.2.840.113549.1.1.10",
        ),
    ] {
        let Some(der) = made(directory.path(), key, request) else {
            return;
        };
        let refusal = Csr::verify(&der, CsrPolicy::default()).unwrap_err();
        let text = refusal.to_string();
        assert!(text.contains(expected), "{key} {request}: {text}");
    }
}

#[test]
fn weak_keys_that_openssl_makes_are_refused() {
    let directory = TempDir::new().unwrap();
    for (key, expected) in [
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
            Weakness::Size { bits: 1024 },
        ),
        (
            &format!("{RSA} -pkeyopt rsa_keygen_pubexp:3"),
            Weakness::Exponent,
        ),
    ] {
        let Some(der) = made(directory.path(), key, "-sha256") else {
            return;
        };
        let refusal = Csr::verify(&der, CsrPolicy::default()).unwrap_err();
        assert_eq!(refusal, CsrError::WeakKey(expected));
    }
}

#[test]
fn sha1_is_noted_when_allowed_under_either_of_its_names() {
    const STANDARD: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00";
    const OIW: &[u8] = b"\x30\x09\x06\x05\x2b\x0e\x03\x02\x1d\x05\x00";
    let directory = TempDir::new().unwrap();
    let Some(der) = made(directory.path(), RSA, "-sha1") else {
        return;
    };
    let mut parts = super::der::Reader::new(&der);
    let mut parts = parts.take(super::SEQUENCE).unwrap().reader();
    let info = parts.any().unwrap().raw;
    assert_eq!(parts.any().unwrap().raw, STANDARD);
    let signature = parts.any().unwrap().bits().unwrap();
    for algorithm in [STANDARD, OIW] {
        let der = super::request(info, algorithm, signature);
        assert_eq!(verified(&der).notes, [CsrNote::Sha1Signature]);
        let refusal = Csr::verify(&der, CsrPolicy { allow_sha1: false }).unwrap_err();
        assert_eq!(refusal, CsrError::Sha1Refused);
    }
}

#[test]
fn openssl_accepts_the_chain_of_a_device_and_refuses_it_as_a_server() {
    let p256 = KeyKind::P256.generate().unwrap();
    for kind in [KeyKind::Rsa2048, KeyKind::P256, KeyKind::P384] {
        let (directory, authority) = authority(kind);
        for key in [rsa_key(), &p256] {
            let csr = verified(&bare_request(key));
            let plan = authority
                .plan(&csr, "device", &Profile::default(), now())
                .unwrap();
            let certificate = authority.sign(&plan.tbs).unwrap();
            let pem = super::super::armor::encode("CERTIFICATE", &certificate.der);
            fs::write(directory.path().join("device.pem"), pem).unwrap();
            let verify = |purpose: &str| {
                let at = now().as_second();
                let arguments = format!(
                    "verify -x509_strict -purpose {purpose} -attime {at} -CAfile certs/root.pem \
                     -untrusted certs/issuing.pem device.pem"
                );
                openssl(directory.path(), &arguments)
            };
            let Some(client) = verify("sslclient") else {
                return;
            };
            assert_eq!(client.as_deref(), Ok("device.pem: OK\n"));
            assert!(verify("sslserver").unwrap().is_err());
            let shown = openssl(
                directory.path(),
                "x509 -in device.pem -noout -fingerprint -sha1",
            );
            let thumbprint = super::super::hex(&certificate.thumbprint).to_uppercase();
            assert!(
                shown
                    .unwrap()
                    .unwrap()
                    .replace(':', "")
                    .contains(&thumbprint)
            );
        }
    }
}

#[test]
fn openssl_accepts_a_chain_of_rsa_alone() {
    let directory = TempDir::new().unwrap();
    let mut settings = super::settings(directory.path(), KeyKind::Rsa2048);
    settings.root_key = KeyKind::Rsa3072;
    let authority = Authority::open(&settings, &super::master(), now()).unwrap();
    let csr = verified(&bare_request(rsa_key()));
    let plan = authority
        .plan(&csr, "device", &Profile::default(), now())
        .unwrap();
    let certificate = authority.sign(&plan.tbs).unwrap();
    let pem = super::super::armor::encode("CERTIFICATE", &certificate.der);
    fs::write(directory.path().join("device.pem"), pem).unwrap();
    let at = now().as_second();
    let arguments = format!(
        "verify -x509_strict -purpose sslclient -attime {at} -CAfile certs/root.pem \
         -untrusted certs/issuing.pem device.pem"
    );
    if let Some(verdict) = openssl(directory.path(), &arguments) {
        assert_eq!(verdict.as_deref(), Ok("device.pem: OK\n"));
    }
}

#[test]
fn openssl_accepts_the_tls_certificate_for_its_names() {
    let (directory, authority) = authority(KeyKind::P256);
    let names = ["mdm.example".to_owned(), "127.0.0.1".to_owned()];
    let identity = authority.issue_tls(&names, now()).unwrap();
    fs::write(directory.path().join("tls.pem"), &identity.chain_pem).unwrap();
    fs::write(directory.path().join("tls.key"), &*identity.key_pem).unwrap();
    let verify = |name: &str| {
        let at = now().as_second();
        let arguments = format!(
            "verify -x509_strict -purpose sslserver -attime {at} {name} -CAfile certs/root.pem tls.pem"
        );
        openssl(directory.path(), &arguments)
    };
    let Some(host) = verify("-verify_hostname mdm.example") else {
        return;
    };
    assert_eq!(host.as_deref(), Ok("tls.pem: OK\n"));
    assert!(verify("-verify_ip 127.0.0.1").unwrap().is_ok());
    assert!(verify("-verify_hostname other.example").unwrap().is_err());
    let from_key = openssl(directory.path(), "pkey -in tls.key -pubout")
        .unwrap()
        .unwrap();
    let from_certificate = openssl(directory.path(), "x509 -in tls.pem -noout -pubkey");
    assert_eq!(from_certificate.unwrap(), Ok(from_key));
}
