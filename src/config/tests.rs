use std::collections::BTreeSet;
use std::fs;

use tempfile::TempDir;
use toml::Value;

use super::*;

#[expect(unreachable_pub, reason = "the macro declares public sections")]
mod layers;
mod refused;

/// Loads `file`, the environment and the flags; every list of pairs is name and value.
fn load(
    file: &str,
    environment: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> Result<(Config, Sources), Error> {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("portcullis.toml");
    fs::write(&path, file).unwrap();
    let owned = |pairs: &[(&str, &str)]| -> Vec<_> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let arguments = LoadArguments {
        file: Some(path),
        overrides: owned(flags),
    };
    Config::load(arguments, owned(environment).into_iter())
}

/// The lines in which a configuration is refused, without the test's directory.
fn refusal(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let lines = load(file, environment, &[]).unwrap_err().lines();
    let name = |line: String| match line.find("portcullis.toml") {
        Some(at) => line[at..].to_owned(),
        None => line,
    };
    lines.into_iter().map(name).collect()
}

fn value(config: &Config, wanted: &str) -> Value {
    let mut rows = Config::keys().into_iter().zip(config.values());
    rows.find(|(key, _)| key.name == wanted).unwrap().1
}

#[test]
fn without_any_setting_the_defaults_hold_and_are_valid() {
    let (config, sources) = load("", &[], &[]).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(*sources.of("web.listen"), Source::Default);
    assert_eq!(config.warnings(&sources), []);
}

#[test]
fn the_key_table_and_the_structs_hold_the_same_keys() {
    let keys = Config::keys();
    let names: BTreeSet<_> = keys.iter().map(|key| key.name).collect();
    assert_eq!(names.len(), keys.len(), "a key stands twice");
    assert_eq!(keys.len(), Config::default().values().len());
    // Every key of the table exists in the structs, and holds what they hold.
    let file: String = keys
        .iter()
        .zip(Config::default().values())
        .map(|(key, value)| format!("{} = {value}\n", key.name))
        .collect();
    let config: Config = toml::from_str(&file).unwrap();
    assert_eq!(config, Config::default());
    for key in keys {
        let help = key.help();
        assert!(
            help.ends_with('.') && help.len() > 10,
            "{}: {help}",
            key.name
        );
    }
}

#[test]
fn paths_follow_the_data_directory() {
    let mut config = Config::default();
    assert_eq!(config.ca_directory(), Path::new("certs"));
    let sqlite = |path: &str| Ok(DatabaseUrl::Sqlite(PathBuf::from(path)));
    assert_eq!(config.database_url(), sqlite("data/portcullis.db"));

    config.data = PathBuf::from("/srv/mdm");
    assert_eq!(config.ca_directory(), Path::new("/srv/mdm/certs"));
    assert_eq!(config.database_url(), sqlite("/srv/mdm/portcullis.db"));

    config.ca.directory = PathBuf::from("/etc/ca");
    "sqlite:/x.db".clone_into(&mut config.database.url);
    assert_eq!(config.ca_directory(), Path::new("/etc/ca"));
    assert_eq!(config.database_url(), sqlite("/x.db"));
}

#[test]
fn urls_are_the_configured_ones_or_localhost_with_the_bound_port() {
    let mut config = Config::default();
    let bound = |port| SocketAddr::from(([0, 0, 0, 0], port));
    assert_eq!(config.web_url(bound(50_123)), "https://localhost:50123");
    assert_eq!(config.device_url(bound(443)), "https://localhost");
    "https://mdm.example.com:8443/".clone_into(&mut config.web.public_url);
    assert_eq!(config.web_url(bound(1)), "https://mdm.example.com:8443");
}

#[test]
fn the_template_changes_nothing_and_names_every_key() {
    let template = template();
    let (config, _) = load(&template, &[], &[]).unwrap();
    assert_eq!(config, Config::default());

    let awake: String = template
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let (config, sources) = load(&awake, &[], &[]).unwrap();
    assert_eq!(config, Config::default());
    for key in Config::keys() {
        assert_eq!(sources.of(key.name).kind(), "file", "{}", key.name);
    }
}

/// With `UPDATE_DOCS` set, writes the tables into the page instead of comparing them.
#[test]
fn the_documentation_has_the_key_table_as_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/CONFIGURATION.md");
    let page = fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once("<!-- keys -->\n").unwrap();
    let (written, after) = rest.split_once("\n<!-- end of keys -->").unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let reference = reference();
        let page = format!("{before}<!-- keys -->\n{reference}\n<!-- end of keys -->{after}");
        fs::write(path, page).unwrap();
    } else {
        assert_eq!(written, reference(), "run this test with UPDATE_DOCS=1");
    }
}

#[test]
fn doubtful_settings_are_warned_of() {
    let file = "
        web.listen = '0.0.0.0:443'
        web.public_url = 'https://mdm.example.com'
        ca.issuing_key = 'p256'
        ca.crl_url = 'http://pki.example.com/issuing.crl'
        ca.ocsp_url = 'http://pki.example.com/ocsp'
        ca.issuer_url = 'http://pki.example.com/{issuer}.crt'
        limits.body_bytes = 0
        limits.connections_per_loopback_ip = 0
        provisioning.poll.first_retries = 0
        provisioning.poll.remaining_retries = 3
    ";
    let (config, sources) = load(file, &[], &[]).unwrap();
    let keys: Vec<_> = config
        .warnings(&sources)
        .iter()
        .map(|one| one.key)
        .collect();
    let expected = [
        "device.public_url",
        "web.tls_certificate",
        "ca.issuing_key",
        "ca.crl_url",
        "provisioning.poll.first_retries",
        "limits.body_bytes",
    ];
    assert_eq!(keys, expected);
}
