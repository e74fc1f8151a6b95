//! Issuing CAs that were made with OpenSSL: those that are taken in, and why the others are not.

mod refused;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use tempfile::TempDir;

use super::super::{Authority, Error, ImportError, KeyKind, Profile};
use super::{bare_request, master, openssl, rsa_key, settings, verified};

const ROOT: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n";
const ISSUING: &str = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nextendedKeyUsage=clientAuth\n";
const RSA: &str = "RSA -pkeyopt rsa_keygen_bits:2048";
const P256: &str = "EC -pkeyopt ec_paramgen_curve:P-256";
const P384: &str = "EC -pkeyopt ec_paramgen_curve:P-384";

/// A folder in which OpenSSL makes CAs.
struct Maker(TempDir);

impl Maker {
    /// None where OpenSSL is not installed.
    fn new() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        openssl(folder.path(), "version")?.ok()?;
        let maker = Self(folder);
        maker.made("root", P256, ROOT, "", "-days 3650");
        Some(maker)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, command: &str) {
        let outcome = openssl(self.path(), command).unwrap();
        assert!(outcome.is_ok(), "{command}: {outcome:?}");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// A key and a certificate of it by `signer`, or by itself.
    fn made(&self, name: &str, key: &str, extensions: &str, signer: &str, how: &str) {
        self.run(&format!("genpkey -out {name}.key -algorithm {key}"));
        self.certified(name, extensions, signer, how);
    }

    fn certified(&self, name: &str, extensions: &str, signer: &str, how: &str) {
        fs::write(self.path().join("ext"), extensions).unwrap();
        self.run(&format!(
            "req -new -key {name}.key -out {name}.csr -subj /CN={name}"
        ));
        let signer = match signer {
            "" => format!("-signkey {name}.key"),
            signer => format!("-CA {signer}.pem -CAkey {signer}.key -CAcreateserial"),
        };
        self.run(&format!(
            "x509 -req -in {name}.csr -out {name}.pem -extfile ext {signer} {how}"
        ));
    }

    fn chain(&self, names: &[&str]) -> String {
        names
            .iter()
            .map(|name| self.read(&format!("{name}.pem")))
            .collect()
    }
}

fn fresh() -> (TempDir, Authority, Timestamp) {
    let directory = TempDir::new().unwrap();
    let now = Timestamp::now();
    let settings = settings(directory.path(), KeyKind::P256);
    let authority = Authority::open(&settings, &master(), now).unwrap();
    (directory, authority, now)
}

fn import(
    directory: &TempDir,
    chain: &str,
    key: &str,
    passphrase: Option<&[u8]>,
    now: Timestamp,
) -> Result<Authority, Error> {
    let settings = settings(directory.path(), KeyKind::P256);
    Authority::import(&settings, &master(), chain, key, passphrase, now)
}

/// Takes it in, and lets OpenSSL judge what it issues.
fn works(maker: &Maker, chain: &str, key: &str, passphrase: Option<&[u8]>) {
    let (directory, before, now) = fresh();
    let after = import(&directory, chain, key, passphrase, now).unwrap();
    assert_ne!(after.issuing_id(), before.issuing_id());
    assert_eq!(
        after.retiring_ids().collect::<Vec<_>>(),
        [before.issuing_id()]
    );
    let csr = verified(&bare_request(rsa_key()));
    let plan = after
        .plan(&csr, "device", &Profile::default(), now)
        .unwrap();
    let certificate = after.sign(&plan.tbs).unwrap().der;
    let pem = super::super::armor::encode("CERTIFICATE", &certificate);
    fs::write(maker.path().join("leaf"), pem).unwrap();
    fs::write(maker.path().join("between"), chain).unwrap();
    let chain = after.chain_of(&certificate).unwrap();
    let root = super::super::armor::encode("CERTIFICATE", &chain.root);
    fs::write(maker.path().join("top"), root).unwrap();
    maker.run("verify -x509_strict -purpose sslclient -CAfile top -untrusted between leaf");
    let settings = settings(directory.path(), KeyKind::P256);
    let again = Authority::open(&settings, &master(), now).unwrap();
    assert_eq!(again.issuing_id(), after.issuing_id());
    assert_eq!(again.root_der(), chain.root, "its root is the newest");
    assert_eq!(again.roots_der().count(), 2);
    let tls = again.issue_tls(&["localhost".to_owned()], now).unwrap();
    assert_eq!(
        tls.chain_pem.matches("BEGIN").count(),
        1,
        "by our own root, whose key is here"
    );
    Authority::rotate(&settings, &master(), super::super::Rotation::default(), now).unwrap();
}

#[test]
fn keys_of_every_kind_in_every_form_are_taken_in() {
    let Some(maker) = Maker::new() else { return };
    for (name, key) in [("rsa", RSA), ("p256", P256), ("p384", P384)] {
        maker.made(name, key, ISSUING, "root", "-days 1000");
        let chain = maker.chain(&[name, "root"]);
        works(&maker, &chain, &maker.read(&format!("{name}.key")), None);
        let traditional = match name {
            "rsa" => format!("rsa -in {name}.key -traditional -out old"),
            _ => format!("ec -in {name}.key -out old"),
        };
        maker.run(&traditional);
        let old = maker.read("old");
        assert!(old.contains("BEGIN RSA PRIVATE KEY") || old.contains("BEGIN EC PRIVATE KEY"));
        works(&maker, &chain, &old, None);
        for cipher in ["aes-256-cbc", "aes-128-cbc"] {
            maker.run(&format!(
                "pkcs8 -topk8 -in {name}.key -v2 {cipher} -passout pass:word -out sealed"
            ));
            works(&maker, &chain, &maker.read("sealed"), Some(b"word"));
        }
    }
}

#[test]
fn a_ca_below_another_is_taken_in_with_it() {
    let Some(maker) = Maker::new() else { return };
    let policy = ISSUING.replace("pathlen:0", "pathlen:1");
    maker.made("policy", RSA, &policy, "root", "-days 2000 -sha384");
    maker.made("low", P256, ISSUING, "policy", "-days 1000");
    let chain = maker.chain(&["low", "policy", "root"]);
    works(&maker, &chain, &maker.read("low.key"), None);
    let (directory, _, now) = fresh();
    let key = maker.read("low.key");
    let after = import(&directory, &chain, &key, None, now).unwrap();
    assert_eq!(after.export_certificates().matches("BEGIN").count(), 2 + 3);
    let again = import(&directory, &chain, &key, None, now).unwrap_err();
    assert!(
        matches!(again, Error::Import(ImportError::Known)),
        "{again}"
    );
}

#[test]
fn another_certificate_of_the_name_and_key_of_a_ca_in_force_is_refused() {
    let Some(maker) = Maker::new() else { return };
    maker.made("low", P256, ISSUING, "root", "-days 1000");
    let (directory, _, now) = fresh();
    let key = maker.read("low.key");
    let chain = maker.chain(&["low", "root"]);
    let first = import(&directory, &chain, &key, None, now).unwrap();
    maker.certified("low", ISSUING, "root", "-days 2000");
    let renewed = maker.chain(&["low", "root"]);
    for rotated in [false, true] {
        let refused = import(&directory, &renewed, &key, None, now).unwrap_err();
        let told = "an issuing CA in force has the same subject and the same key";
        assert!(refused.to_string().contains(told), "{rotated}: {refused}");
        let settings = settings(directory.path(), KeyKind::P256);
        let there = Authority::open(&settings, &master(), now).unwrap();
        assert!(there.issuing_ids().any(|it| it == first.issuing_id()));
        Authority::rotate(&settings, &master(), super::super::Rotation::default(), now).unwrap();
    }
}
