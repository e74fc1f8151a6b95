//! Which layer wins, and what each of them takes.

use super::*;
use crate::config::key::section;

section! {
    /// A section with secrets, as a mail relay has them.
    pub struct Smtp in "smtp." {
        /// The relay.
        host: String = String::new();
        /// Its password.
        password: String = String::new() => secret;
        /// Where bounces are kept.
        store: String = String::new() => url_password;
    }
}

/// What `Layers` makes of an environment for [`Smtp`]: its values, and the problems.
fn smtp(environment: &[(&str, &str)]) -> (Smtp, Vec<String>) {
    let keys = Smtp::keys();
    let mut layers = Layers::new(&keys);
    let pairs = environment.iter();
    let owned: Vec<_> = pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    layers.environment(&owned);
    let (mut table, _, problems) = layers.into_parts(None);
    let smtp = table.remove("smtp").map(|table| table.try_into().unwrap());
    (
        smtp.unwrap_or_default(),
        problems.iter().map(Problem::to_string).collect(),
    )
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A value for `key` that is not its default, as text and as TOML has it.
fn another(key: &Key, default: &Value) -> (String, Value) {
    let text = match key.name {
        "web.public_url" | "device.public_url" => "https://mdm.example.com",
        "management.url" | "management.webhook_url" => "https://mdm.example.com/a?b",
        "management.webhook_secret" => "sixteen characters",
        "database.url" => "sqlite:x.db",
        "ca.root_key" | "ca.issuing_key" => "p384",
        "ca.crl_url" | "ca.ocsp_url" | "ca.issuer_url" => "http://pki.example.com/{issuer}.x",
        "enrollment.version" | "enrollment.minimum_version" => "4.0",
        "enrollment.fault_status" => return ("200".to_owned(), Value::Integer(200)),
        "provisioning.help_website" => "https://help.example.com/a?b",
        "proxy.secret" => SECRET,
        "proxy.trusted" => {
            let items = ["192.0.2.1", "10.0.0.0/8"].map(|it| Value::String(it.to_owned()));
            return (
                "192.0.2.1, 10.0.0.0/8".to_owned(),
                Value::Array(items.into()),
            );
        }
        "provisioning.help_email" => "help@example.com",
        _ => match key.kind {
            Kind::Text | Kind::Path => "elsewhere",
            Kind::Address => "[::1]:443",
            Kind::Choice(words) => words.last().unwrap(),
            Kind::Boolean => {
                let value = !default.as_bool().unwrap();
                return (value.to_string(), Value::Boolean(value));
            }
            Kind::Number { .. } => {
                let value = default.as_integer().unwrap() + 1;
                return (value.to_string(), Value::Integer(value));
            }
            Kind::List => {
                let items = ["one", "two-2"].map(|item| Value::String(item.to_owned()));
                return ("one, two-2".to_owned(), Value::Array(items.into()));
            }
        },
    };
    (text.to_owned(), Value::String(text.to_owned()))
}

#[test]
fn every_key_has_an_environment_twin_of_its_own_type() {
    for (key, default) in Config::keys().into_iter().zip(Config::default().values()) {
        if key.name.starts_with("ca.pkcs11_") && !cfg!(feature = "pkcs11") {
            continue;
        }
        let (text, expected) = another(key, &default);
        let variable = key.variable();
        let mut environment = vec![(variable.as_str(), text.as_str())];
        match key.name {
            "web.tls_certificate" => environment.push(("PORTCULLIS_WEB__TLS_KEY", "k")),
            "smtp.host" => environment.push(("PORTCULLIS_SMTP__FROM", "mdm@contoso.example")),
            "ca.pkcs11_module" | "ca.pkcs11_token" | "ca.pkcs11_pin" => environment.extend(
                [
                    ("PORTCULLIS_CA__PKCS11_MODULE", "elsewhere"),
                    ("PORTCULLIS_CA__PKCS11_TOKEN", "elsewhere"),
                    ("PORTCULLIS_CA__PKCS11_PIN", "elsewhere"),
                ]
                .into_iter()
                .filter(|(name, _)| *name != key.variable()),
            ),
            "smtp.password" => environment.push(("PORTCULLIS_SMTP__USERNAME", "portcullis")),
            "management.mode" => {
                environment.push(("PORTCULLIS_MANAGEMENT__URL", "https://mdm.example.com/dm"));
            }
            "management.webhook_url" => environment.push((
                "PORTCULLIS_MANAGEMENT__WEBHOOK_SECRET",
                "sixteen characters",
            )),
            "management.webhook_secret" => environment.push((
                "PORTCULLIS_MANAGEMENT__WEBHOOK_URL",
                "https://mdm.example.com/",
            )),
            "proxy.secret" => environment.push(("PORTCULLIS_PROXY__TRUSTED", "::1")),
            "proxy.certificate_header" => {
                environment.push(("PORTCULLIS_PROXY__TRUSTED", "::1"));
                environment.push(("PORTCULLIS_PROXY__SECRET", SECRET));
            }
            "web.tls_key" => environment.push(("PORTCULLIS_WEB__TLS_CERTIFICATE", "c")),
            _ => {}
        }
        let (config, sources) = load("", &environment, &[]).unwrap();
        assert_ne!(expected, default, "{}", key.name);
        assert_eq!(value(&config, key.name), expected, "{}", key.name);
        let source = Source::Environment { variable };
        assert_eq!(*sources.of(key.name), source);
    }
}

#[test]
fn the_twin_is_named_by_section_and_key() {
    let names: Vec<_> = Config::keys().iter().map(|key| key.variable()).collect();
    for name in [
        "PORTCULLIS_DATA",
        "PORTCULLIS_WEB__PUBLIC_URL",
        "PORTCULLIS_PROVISIONING__POLL__FIRST_RETRIES",
    ] {
        assert!(names.iter().any(|one| one == name), "{name}");
    }
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let file = "data = 'file'\n[log]\nlevel = 'debug'\nformat = 'json'\n";
    let environment = [
        ("PORTCULLIS_DATA", "env"),
        ("PORTCULLIS_LOG__LEVEL", "warn"),
    ];
    let (config, sources) = load(file, &environment, &[("data", "flag")]).unwrap();

    assert_eq!(config.data, Path::new("flag"));
    assert_eq!(*sources.of("data"), Source::Flag);
    assert_eq!(config.log.level, LogLevel::Warn);
    assert_eq!(sources.of("log.level").to_string(), "PORTCULLIS_LOG__LEVEL");
    assert_eq!(config.log.format, LogFormat::Json);
    let Source::File { path, line: 4 } = sources.of("log.format") else {
        panic!("{:?}", sources.of("log.format"));
    };
    assert_eq!(Some(path.as_path()), sources.file());
    assert_eq!(*sources.of("web.listen"), Source::Default);
}

#[test]
fn the_environment_can_unset_what_the_file_sets() {
    let file = "web.public_url = 'https://a.example'";
    let (config, _) = load(file, &[("PORTCULLIS_WEB__PUBLIC_URL", "")], &[]).unwrap();
    assert_eq!(config.web.public_url, "");
}

#[test]
fn a_list_in_the_environment_may_be_toml() {
    let variable = "PORTCULLIS_PROVISIONING__CRYPTO_PROVIDERS";
    let (config, _) = load("", &[(variable, "['a, b', \"c\"]")], &[]).unwrap();
    assert_eq!(config.provisioning.crypto_providers, ["a, b", "c"]);
}

#[test]
fn variables_of_others_and_of_the_orchestrator_are_passed_over() {
    for variable in [
        "PATH",
        "PORTCULLISX",
        "PORTCULLIS_MASTER_KEY",
        "PORTCULLIS_MASTER_KEY_FILE",
        "PORTCULLIS_KEY",
        "PORTCULLIS_SERVER",
        "PORTCULLIS_SHARED",
        // Kubernetes sets these beside services named portcullis and portcullis-web.
        "PORTCULLIS_SERVICE_HOST",
        "PORTCULLIS_SERVICE_PORT_HTTPS",
        "PORTCULLIS_PORT",
        "PORTCULLIS_PORT_443_TCP_ADDR",
        "PORTCULLIS_WEB_PORT_443_TCP",
    ] {
        let (config, _) = load("", &[(variable, "whatever")], &[]).unwrap();
        assert_eq!(config, Config::default(), "{variable}");
    }
}

#[test]
fn the_file_may_be_named_by_the_environment() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("other.toml");
    // Notepad's byte order mark goes before everything.
    fs::write(&path, "\u{feff}data = 'there'").unwrap();
    let variable = "PORTCULLIS_CONFIG".to_owned();
    let environment = [(variable, path.display().to_string())];
    let (config, sources) =
        Config::load(LoadArguments::default(), environment.into_iter()).unwrap();
    assert_eq!(config.data, Path::new("there"));
    assert_eq!(sources.file(), Some(path.as_path()));
}

#[test]
fn a_secret_may_come_from_a_file_and_open_keys_may_not() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("password");
    fs::write(&path, "hunter2\r\n").unwrap();
    let path = path.display().to_string();

    let (found, problems) = smtp(&[("PORTCULLIS_SMTP__PASSWORD_FILE", &path)]);
    assert_eq!((found.password.as_str(), problems.len()), ("hunter2", 0));

    let (found, problems) = smtp(&[("PORTCULLIS_SMTP__HOST_FILE", &path)]);
    assert_eq!(found.host, "");
    let expected = "PORTCULLIS_SMTP__HOST_FILE: no such key; did you mean PORTCULLIS_SMTP__HOST?";
    assert_eq!(problems, [expected]);
}

#[test]
fn a_secret_given_twice_or_in_a_missing_file_is_refused_and_not_shown() {
    let both = [
        ("PORTCULLIS_SMTP__PASSWORD", "hunter2"),
        ("PORTCULLIS_SMTP__PASSWORD_FILE", "/nonexistent"),
    ];
    let (_, problems) = smtp(&both);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("set one of them"), "{problems:?}");
    assert!(!problems[0].contains("hunter2"));

    let (_, problems) = smtp(&both[1..]);
    assert!(problems[0].contains("smtp.password"), "{problems:?}");
    assert!(problems[0].contains("cannot be read"), "{problems:?}");
}

#[test]
fn secrets_are_masked_and_unset_ones_show_as_unset() {
    let shown = |password: &str, store: &str| {
        let smtp = Smtp {
            host: "relay".to_owned(),
            password: password.to_owned(),
            store: store.to_owned(),
        };
        let rows = Smtp::keys().into_iter().zip(smtp.values());
        let texts = rows.map(|(key, value)| key.shown(&value).as_str().unwrap().to_owned());
        texts.collect::<Vec<_>>()
    };
    let mask = "********";
    assert_eq!(shown("", ""), ["relay", "", ""]);
    assert_eq!(
        shown("hunter2", "sqlite:x.db"),
        ["relay", mask, "sqlite:x.db"]
    );
    let masked = "postgres://me:********@db/x";
    assert_eq!(
        shown("", "postgres://me:hunter2@db/x"),
        ["relay", "", masked]
    );
    for hidden in ["postgres://db/x?password=hunter2", "hunter2"] {
        assert_eq!(shown("", hidden), ["relay", "", mask]);
    }
}
