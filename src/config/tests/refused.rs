//! What is refused, and in which words.

use super::*;

/// A line each: a configuration, the key that the refusal must name, a part of its sentence.
const BAD: &str = r#"
data = '' => data => must not be empty
data = 3 => data => takes path, not a whole number
data = "a\u0000b" => data => no control character
web = 'x' => web => this is a section
web.listen = 'localhost' => web.listen => an IP address and a port
web.listen = '127.0.0.1' => web.listen => an IP address and a port
web.listen = '[::1]:99999' => web.listen => an IP address and a port
web.public_url = 'http://a' => web.public_url => must be an https URL
web.public_url = 'a.example' => web.public_url => must be an https URL
web.public_url = 'https:a' => web.public_url => must be an https URL
web.public_url = 'https://a/b' => web.public_url => but no path
web.public_url = 'https://a?b' => web.public_url => but no path
device.public_url = 'https://u:p@a' => device.public_url => but no path
web.tls_certificate = 'c' => web.tls_certificate => together with web.tls_key
web.tls_key = 'k' => web.tls_key => together with web.tls_certificate
device.listen = '127.0.0.1:8443' => device.listen => must differ from web.listen
proxy.trusted = ['proxy.example'] => proxy.trusted => IP addresses or networks
proxy.trusted = ['0.0.0.0/0'] => proxy.trusted => not all there are
proxy.trusted = ['::1', '::1'] => proxy.trusted => anything twice
proxy.secret = '0123456789abcdef0123456789abcdef' => proxy.secret => together with proxy.trusted
proxy = { trusted = ['::1'], secret = 'short' } => proxy.secret => at least 32
proxy = { trusted = ['::1'], certificate_header = 'Client-Cert' } => proxy.certificate_header => together with proxy.secret
proxy = { trusted = ['::1'], secret = '0123456789abcdef0123456789abcdef', certificate_header = 'client_cert' } => proxy.certificate_header => letters, digits and hyphens
proxy = { trusted = ['::1'], secret = '0123456789abcdef0123456789abcdef', certificate_header = 'Host' } => proxy.certificate_header => means nothing else
database.url = 'x.db' => database.url => must begin with sqlite:
database.url = 'postgres://db/x' => database.url => stores in SQLite only
ca.name = ' ' => ca.name => must not be empty
ca.root_key = 'rsa-1024' => ca.root_key => rsa-2048, rsa-3072
ca.issuing_key = 'p265' => ca.issuing_key => did you mean p256?
ca.crl_url = 'ldap://pki.example.com/' => ca.crl_url => http
ca.ocsp_url = 'pki.example.com/ocsp' => ca.ocsp_url => http
ca.issuer_url = 'http://pki.example.com/{id}.crt' => ca.issuer_url => http
certificate.lifetime_days = 60 => certificate.lifetime_days => must be greater than certificate.renew_period_days, which is 60
certificate.lifetime_days = 9000 => certificate.lifetime_days => from 1 to 1825
certificate.lifetime_days = '365' => certificate.lifetime_days => takes whole number, not text
certificate.lifetime_days = 1.5 => certificate.lifetime_days => not a fraction
certificate.renew_period_days = -1 => certificate.renew_period_days => from 0 to 4294967295
certificate.renew_period_days = 0 => certificate.renew_period_days => from 1 to 1000
certificate.retry_interval_days = 61 => certificate.retry_interval_days => must not be greater than certificate.renew_period_days
certificate.overlap_days = 4 => certificate.overlap_days => must be greater than certificate.retry_interval_days, which is 4: a device whose renewal was not answered tries again with the old certificate
certificate.backdate_minutes = 99999999999999999999 => certificate.backdate_minutes => from 0 to
csr.allow_sha1 = 1 => csr.allow_sha1 => takes true or false
enrollment.auth_policy = 'Federated' => enrollment.auth_policy => did you mean federated?
enrollment.version = '6.0' => enrollment.version => one of 3.0, 4.0, 5.0
enrollment = { version = '3.0', minimum_version = '4.0' } => enrollment.minimum_version => must not be greater than enrollment.version
enrollment.fault_status = 404 => enrollment.fault_status => 500 or 200
enrollment.sign_in_minutes = 0 => enrollment.sign_in_minutes => from 1 to 1440
enrollment.app_schemes = ['https'] => enrollment.app_schemes => must not name http
enrollment.app_schemes = ['ms-app:'] => enrollment.app_schemes => URL schemes in lower case
enrollment.app_schemes = 'ms-app' => enrollment.app_schemes => takes list of texts, not text
enrollment.app_schemes = ['a', 1] => enrollment.app_schemes => not a whole number
management.mode = 'external' => management.url => must be set while management.mode is external
management.url = 'http://mdm.example.com/' => management.url => https URL without user or fragment
management.url = 'https://u@mdm.example.com/' => management.url => https URL without user or fragment
management.url = 'https:///x#y' => management.url => https URL without user or fragment
management.webhook_url = 'https://mdm.example.com/' => management.webhook_url => together with management.webhook_secret
management.webhook_secret = 'sixteen characters' => management.webhook_secret => together with management.webhook_url
management = { webhook_url = 'https://a/', webhook_secret = 'too short' } => management.webhook_secret => at least 16 characters
provisioning.poll.jitter_percent = 51 => provisioning.poll.jitter_percent => from 0 to 50
provisioning.provider_id = 'MS DM' => provisioning.provider_id => ASCII letters
provisioning.provider_id = '' => provisioning.provider_id => ASCII letters
provisioning.initial_backoff_ms = 120001 => provisioning.initial_backoff_ms => greater than provisioning.max_backoff_ms
provisioning.help_website = 'javascript:1' => provisioning.help_website => http or https
provisioning.help_email = 'me' => provisioning.help_email => a mail address
provisioning.crypto_providers = [] => provisioning.crypto_providers => must not be empty
provisioning.crypto_providers = ['a', 'a'] => provisioning.crypto_providers => anything twice
provisioning.minimal_key_length = 1024 => provisioning.minimal_key_length => from 2048 to 4096
provisioning.attestation_failure_behavior = 'Fail' => provisioning.attestation_failure_behavior => FailOnError, IgnoreOnError
provisioning.poll = { first_retries = 0, second_retries = 0 } => provisioning.poll.first_retries => at least one phase
provisioning.poll.second_retries = 0 => provisioning.poll.remaining_retries => polls for ever
provisioning.poll.first_interval_minutes = 0 => provisioning.poll.first_interval_minutes => at least 1 while provisioning.poll.first_retries
limits.body_bytes = 100 => limits.body_bytes => must be 0, which turns the limit off, or from 16384
limits.management_body_bytes = 100 => limits.management_body_bytes => must be 0, which turns the limit off, or from 16384
limits.shutdown_seconds = 100000 => limits.shutdown_seconds => or from 1 to 86400
log.level = 'inof' => log.level => did you mean info?
log.format = '' => log.format => one of text, json
log = [1] => log => this is a section
log.level = { a = 1 } => log.level => not a section
web.tls_certificates = '' => web.tls_certificates => did you mean web.tls_certificate?
public_url = 'https://a' => public_url => did you mean web.public_url?
certificates.lifetime_days = 1 => certificates => did you mean certificate?
[provisioning.pol] => provisioning.pol => did you mean provisioning.poll?
'' = { data = 'x' } =>  => no such section
"#;

#[test]
fn each_bad_configuration_is_refused_in_a_sentence_that_names_the_key() {
    let bad: Vec<_> = BAD.trim().lines().collect();
    assert!(bad.len() > 50);
    for line in bad {
        let [file, key, sentence] = line.split(" => ").collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let lines = refusal(file, &[]);
        let named = lines
            .iter()
            .any(|line| line.contains(&format!("{key}: ")) && line.contains(sentence));
        assert!(named, "{file}\n{lines:?}");
    }
}

#[test]
fn a_refusal_gives_file_and_line() {
    let lines = refusal(
        "\n# first\n[web]\nlisten = '127.0.0.1:1'\npublic_ur = ''\n",
        &[],
    );
    let expected =
        "portcullis.toml, line 5: web.public_ur: no such key; did you mean web.public_url?";
    assert_eq!(lines, [expected]);
    // What is judged only after all layers are known has its place too.
    let lines = refusal("\n[certificate]\nretry_interval_days = 1001", &[]);
    let place = "portcullis.toml, line 3: certificate.retry_interval_days: ";
    let there = lines.iter().filter(|line| line.starts_with(place));
    assert_eq!(there.count(), 2, "{lines:?}");
}

#[test]
fn bad_variables_are_refused_by_name_with_what_may_have_been_meant() {
    for (variable, given, expected) in [
        (
            "PORTCULLIS_WEB_PUBLIC_URL",
            "https://a",
            "PORTCULLIS_WEB_PUBLIC_URL: no such key; did you mean PORTCULLIS_WEB__PUBLIC_URL?",
        ),
        (
            "PORTCULLIS_MASTER_KEYS",
            "x",
            "PORTCULLIS_MASTER_KEYS: no such key; did you mean PORTCULLIS_MASTER_KEY?",
        ),
        (
            "PORTCULLIS_KITCHEN__SINK",
            "x",
            "PORTCULLIS_KITCHEN__SINK: no such key",
        ),
        (
            "PORTCULLIS_CSR__ALLOW_SHA1",
            "yes",
            "PORTCULLIS_CSR__ALLOW_SHA1: csr.allow_sha1: takes true or false, not other text",
        ),
        (
            "PORTCULLIS_LIMITS__BODY_BYTES",
            "",
            "PORTCULLIS_LIMITS__BODY_BYTES: limits.body_bytes: takes whole number, not nothing",
        ),
        (
            "PORTCULLIS_ENROLLMENT__FAULT_STATUS",
            "65536",
            "PORTCULLIS_ENROLLMENT__FAULT_STATUS: enrollment.fault_status: must be from 0 to 65535",
        ),
        (
            "PORTCULLIS_ENROLLMENT__APP_SCHEMES",
            "[a",
            "PORTCULLIS_ENROLLMENT__APP_SCHEMES: enrollment.app_schemes: must be a TOML list of texts, or texts with commas between",
        ),
    ] {
        assert_eq!(refusal("", &[(variable, given)]), [expected]);
    }
}

#[test]
fn a_flag_is_judged_like_the_rest() {
    let error = load("", &[], &[("database.url", "mysql://x")]).unwrap_err();
    let expected = "command line: database.url: must begin with sqlite:, as in sqlite:/var/lib/portcullis/portcullis.db";
    assert_eq!(error.lines(), [expected]);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let file = "nonsense = 1\nlog.level = 3\nweb.public_url = 'ftp://a'";
    let lines = refusal(file, &[("PORTCULLIS_NONSENSE", "1")]);
    assert_eq!(lines.len(), 4, "{lines:?}");
}

#[test]
fn a_list_or_a_text_that_is_too_long_is_refused() {
    let variable = "PORTCULLIS_ENROLLMENT__APP_SCHEMES";
    let many = "a,".repeat(65);
    assert!(refusal("", &[(variable, &many)])[0].contains("at most 64 items"));
    let long = format!("ca.name = '{}'", "x".repeat(5000));
    assert!(refusal(&long, &[])[0].contains("at most 4096 bytes"));
}

#[test]
fn a_file_that_is_no_toml_is_refused_by_line_without_quoting_it() {
    let lines = refusal("data = 'x'\npassword = hunter2\n", &[]);
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].starts_with("portcullis.toml, line 2: not TOML: "),
        "{lines:?}"
    );
    assert!(!lines[0].contains("hunter2"), "{lines:?}");
    assert!(refusal("data = 'x'\ndata = 'y'\n", &[])[0].contains("line 2"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("large.toml");
    fs::write(&path, vec![b'#'; FILE_LIMIT as usize + 1]).unwrap();
    for file in [path, directory.path().join("missing.toml")] {
        let name = file.display().to_string();
        let arguments = LoadArguments {
            file: Some(file),
            overrides: Vec::new(),
        };
        let error = Config::load(arguments, std::iter::empty()).unwrap_err();
        let lines = error.lines();
        assert!(
            lines[0].contains(&name) && lines[0].contains("cannot be read: "),
            "{lines:?}"
        );
    }
}
