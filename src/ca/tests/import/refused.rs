//! Issuing CAs that are not taken in, each with its sentence.

use super::super::super::{Authority, Error, ImportError, KeyKind};
use super::super::{master, settings};
use super::{ISSUING, Maker, P256, ROOT, fresh, import};

/// A CA that is wrong in one way.
fn wrong(maker: &Maker, name: &str, key: &str, extensions: &str, how: &str) -> (String, String) {
    maker.made(name, key, extensions, "root", how);
    let chain = maker.chain(&[name, "root"]);
    (chain, maker.read(&format!("{name}.key")))
}

#[test]
fn a_ca_that_does_not_fit_is_refused_with_what_is_wrong() {
    let Some(maker) = Maker::new() else { return };
    let (chain, key) = wrong(&maker, "good", P256, ISSUING, "-days 1000");
    maker.made("other", P256, ROOT, "", "-days 1000");
    let made = |name: &str, key: &str, from: &str, to: &str| {
        let extensions = ISSUING.replace(from, to);
        assert_ne!(extensions, ISSUING);
        wrong(&maker, name, key, &extensions, "-days 1000")
    };
    let with = |how: &str| wrong(&maker, "odd", P256, ISSUING, how);
    let mut table: Vec<((String, String), ImportError)> = vec![
        ((String::new(), key.clone()), ImportError::NoCertificate),
        ((chain.repeat(4), key.clone()), ImportError::TooMany),
        (
            (chain.replacen("MII", "AAA", 1), key.clone()),
            ImportError::Unreadable(1),
        ),
        (
            made("leaf", P256, "CA:TRUE,pathlen:0", "CA:FALSE"),
            ImportError::NotCa(1),
        ),
        (
            made("a", P256, "keyCertSign,", "digitalSignature,"),
            ImportError::NoCertSign(1),
        ),
        (made("b", P256, ",cRLSign", ""), ImportError::NoCrlSign),
        (
            made("c", P256, "clientAuth", "serverAuth"),
            ImportError::NoClientAuth(1),
        ),
        (
            made(
                "d",
                P256,
                "subjectKeyIdentifier=hash",
                "subjectKeyIdentifier=none",
            ),
            ImportError::NoKeyIdentifier(1),
        ),
        (
            made(
                "e",
                "RSA -pkeyopt rsa_keygen_bits:1024",
                "clientAuth",
                "clientAuth,emailProtection",
            ),
            ImportError::WeakKey(1),
        ),
        (
            made("f", "ED25519", "clientAuth", "clientAuth,emailProtection"),
            ImportError::WeakKey(1),
        ),
        (
            made(
                "g",
                "EC -pkeyopt ec_paramgen_curve:P-521",
                "clientAuth",
                "clientAuth,emailProtection",
            ),
            ImportError::WeakKey(1),
        ),
        (with("-days 1000 -sha1"), ImportError::WeakSignature(1)),
        ((maker.read("good.pem"), key.clone()), ImportError::NoRoot),
        (
            (maker.read("root.pem"), maker.read("root.key")),
            ImportError::IsRoot,
        ),
        (
            (maker.chain(&["good", "other"]), key),
            ImportError::NotSignedByNext(1),
        ),
        (
            (chain.clone(), maker.read("root.key")),
            ImportError::KeyMismatch,
        ),
        (
            (chain.clone(), "nonsense".to_owned()),
            ImportError::KeyUnreadable,
        ),
    ];
    let limits = made(
        "h",
        P256,
        "extendedKeyUsage=clientAuth",
        "nameConstraints=critical,permitted;DNS:example.com",
    );
    table.push((limits, ImportError::Critical(1, "2.5.29.30".to_owned())));
    maker.made("tight", P256, ISSUING, "root", "-days 1000");
    maker.made("below", P256, ISSUING, "tight", "-days 1000");
    let below = (
        maker.chain(&["below", "tight", "root"]),
        maker.read("below.key"),
    );
    table.push((below, ImportError::PathLength(2)));
    for ((chain, key), expected) in table {
        let (directory, before, now) = fresh();
        let refused = import(&directory, &chain, &key, None, now).err();
        let Some(Error::Import(refused)) = refused else {
            panic!("{expected:?}: {refused:?}")
        };
        assert_eq!(refused, expected);
        let sentence = refused.to_string();
        assert!(
            sentence.split(' ').count() > 4 && !sentence.ends_with('.'),
            "{sentence}"
        );
        let settings = settings(directory.path(), KeyKind::P256);
        let after = Authority::open(&settings, &master(), now).unwrap();
        assert_eq!(
            after.issuing_id(),
            before.issuing_id(),
            "nothing was changed"
        );
    }
}

#[test]
fn time_and_passphrase_are_checked_as_well() {
    let Some(maker) = Maker::new() else { return };
    let (chain, key) = wrong(&maker, "good", P256, ISSUING, "-days 1000");
    let (directory, _, now) = fresh();
    let refused = |chain: &str, key: &str, passphrase: Option<&[u8]>, days: i64| {
        let at = now + jiff::SignedDuration::from_hours(24 * days);
        match import(&directory, chain, key, passphrase, at) {
            Err(Error::Import(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let late = refused(&chain, &key, None, 1001);
    assert!(matches!(late, ImportError::Expired(1, _)), "{late}");
    let early = refused(&chain, &key, None, -2);
    assert!(matches!(early, ImportError::NotYetValid(1, _)), "{early}");
    maker.run("pkcs8 -topk8 -in good.key -passout pass:word -out sealed");
    let sealed = maker.read("sealed");
    assert_eq!(
        refused(&chain, &sealed, None, 0),
        ImportError::PassphraseMissing
    );
    let wrong = refused(&chain, &sealed, Some(b"sword"), 0);
    assert_eq!(wrong, ImportError::PassphraseWrong);
    maker.run("pkcs8 -topk8 -in good.key -scrypt -passout pass:word -out scrypt");
    let scrypt = refused(&chain, &maker.read("scrypt"), Some(b"word"), 0);
    assert_eq!(scrypt, ImportError::KeyEncryption);
    maker.run("ec -in good.key -aes128 -passout pass:word -out old");
    let old = refused(&chain, &maker.read("old"), Some(b"word"), 0);
    assert_eq!(old, ImportError::KeyEncryption);
}
