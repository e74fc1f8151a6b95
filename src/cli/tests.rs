use std::fs;

use clap::CommandFactory as _;
use serde_json::Value;
use tempfile::TempDir;

use super::*;

/// Runs `portcullis` with `arguments`; every run names its configuration file.
fn portcullis(file: &str, arguments: &[&str], environment: &[(&str, &str)]) -> (ExitCode, String) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("portcullis.toml");
    fs::write(&path, file).unwrap();
    run_with(&path.display().to_string(), arguments, environment)
}

fn run_with(path: &str, arguments: &[&str], environment: &[(&str, &str)]) -> (ExitCode, String) {
    let words = [&["portcullis"], arguments, &["--config", path]].concat();
    let pairs = environment.iter();
    let environment = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut out = Vec::new();
    let code = execute(
        words.into_iter().map(OsString::from),
        environment.collect(),
        &mut out,
    );
    (code, String::from_utf8(out).unwrap())
}

#[test]
fn the_grammar_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn config_print_lists_every_key_as_json_with_value_source_and_help() {
    let environment = [("PORTCULLIS_LIMITS__BODY_SECONDS", "7")];
    let arguments = ["config", "print", "--output", "json", "--data", "d"];
    let (code, out) = portcullis("[log]\nlevel = 'warn'\n", &arguments, &environment);
    assert_eq!(code, ExitCode::Done);
    let entries: Vec<Value> = serde_json::from_str(&out).unwrap();
    let names: Vec<_> = entries
        .iter()
        .map(|entry| entry["key"].as_str().unwrap())
        .collect();
    let keys: Vec<_> = Config::keys().iter().map(|key| key.name).collect();
    assert_eq!(names, keys);

    let entry = |key: &str| entries.iter().find(|entry| entry["key"] == key).unwrap();
    assert_eq!(entry("data")["value"], "d");
    assert_eq!(entry("data")["source"], "flag");
    assert_eq!(entry("limits.body_seconds")["value"], 7);
    assert_eq!(entry("limits.body_seconds")["source"], "environment");
    assert_eq!(
        entry("limits.body_seconds")["place"],
        "PORTCULLIS_LIMITS__BODY_SECONDS"
    );
    assert_eq!(entry("log.level")["source"], "file");
    assert_eq!(entry("web.listen")["source"], "default");
    assert_eq!(entry("web.listen")["place"], Value::Null);
    assert!(entries.iter().all(|entry| entry["help"] != ""));
}

#[test]
fn config_print_shows_a_table() {
    let (code, out) = portcullis("", &["config", "print"], &[("PORTCULLIS_DATA", "d")]);
    assert_eq!(code, ExitCode::Done);
    let mut lines = out.lines();
    let columns: Vec<_> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(columns, ["KEY", "VALUE", "SOURCE"]);
    let columns: Vec<_> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(columns, ["data", "\"d\"", "PORTCULLIS_DATA"]);
    assert_eq!(lines.count(), Config::keys().len() - 1);
}

#[test]
fn config_check_says_valid_or_every_fault() {
    let (code, out) = portcullis("", &["config", "check"], &[]);
    assert_eq!(
        (code, out.as_str()),
        (ExitCode::Done, "configuration is valid\n")
    );

    let bad = "web.tls_key = '/nonexistent'\nlog.level = 1";
    let (code, out) = portcullis(bad, &["config", "check"], &[]);
    assert_eq!((code, out.as_str()), (ExitCode::Failed, ""));

    let (code, out) = portcullis(bad, &["--output", "json", "config", "check"], &[]);
    assert_eq!(code, ExitCode::Failed);
    let verdict: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(verdict["valid"], false);
    assert_eq!(verdict["errors"].as_array().unwrap().len(), 2);
}

#[test]
fn config_check_opens_the_files_that_are_named() {
    let file = "web.tls_key = '/nonexistent/key'\nweb.tls_certificate = '/nonexistent/chain'";
    let (code, out) = portcullis(file, &["config", "check", "--output", "json"], &[]);
    assert_eq!(code, ExitCode::Failed);
    assert!(
        out.contains("web.tls_key: /nonexistent/key cannot be read"),
        "{out}"
    );
    assert!(
        out.contains("web.tls_certificate: /nonexistent/chain"),
        "{out}"
    );
}

#[test]
fn config_check_reports_warnings_as_json() {
    let arguments = ["config", "check", "--output", "json"];
    let (code, out) = portcullis("web.listen = '0.0.0.0:443'", &arguments, &[]);
    assert_eq!(code, ExitCode::Done);
    let verdict: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(verdict["valid"], true);
    let warning = verdict["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("web.public_url: "), "{warning}");
}

#[test]
fn config_init_writes_a_good_file_once() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("new.toml");
    let path = path.display().to_string();
    let (code, _) = run_with(&path, &["config", "init"], &[]);
    assert_eq!(code, ExitCode::Done);
    assert_eq!(run_with(&path, &["config", "check"], &[]).0, ExitCode::Done);

    fs::write(&path, "# mine").unwrap();
    assert_eq!(
        run_with(&path, &["config", "init"], &[]).0,
        ExitCode::Failed
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine");
}

#[test]
fn completions_name_the_subcommands_in_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, script) = portcullis("", &["completions", shell], &[]);
        assert_eq!(code, ExitCode::Done, "{shell}");
        assert!(script.contains("simulate"), "{shell}");
    }
}

#[test]
fn misuse_exits_with_2_and_failure_with_1() {
    for misuse in [
        &[][..],
        &["nonsense"],
        &["config"],
        &["config", "print", "--output", "yaml"],
        &["completions", "tcsh"],
        &["simulate", "--url", "https://a"],
        &["simulate", "--url", "https://a", "--upn", "u"],
        &[
            "simulate",
            "--url",
            "https://a",
            "--token",
            "t",
            "--jwt",
            "f",
        ],
        &["simulate", "--url", "https://a", "--token", "t", "-n", "0"],
        &["token", "create", "--uses", "0"],
        &["token", "create", "--duration", "soon"],
        &["token", "show"],
        &["admin", "create-key"],
        &[
            "device",
            "revoke-certificate",
            "1",
            "--reason",
            "certificateHold",
        ],
        &["attempt", "list", "--limit", "1001"],
    ] {
        assert_eq!(portcullis("", misuse, &[]).0, ExitCode::Usage, "{misuse:?}");
    }
    assert_eq!(
        portcullis("", &["token", "show", "nonsense"], &[]).0,
        ExitCode::Failed
    );
    assert_eq!(
        portcullis("x", &["config", "print"], &[]).0,
        ExitCode::Failed
    );
}

#[test]
fn every_form_of_a_command_is_understood() {
    for line in [
        "serve --data d --database sqlite:x --ready-file r",
        "demo --once",
        "simulate --url https://a --token t -n 5 -c 2 --report json",
        "simulate --url https://a --upn u@a --password p --enrollment-type device",
        "simulate --url https://a --jwt f --key p256 --auth on-premise --ca-file f",
        "simulate --url https://a --token t --hostile",
        "token create --email a@b --uses unlimited --duration 4w --tag a --tag b",
        "token create --device-cap 3 --display-name n --output json",
        "token create --policy Kiosk:7 --policy b",
        "token bulk - --email-text t --language es --duration 1d --policy p:1 --tag t --send-email --details",
        "token resend 1 --language en --extend 7d",
        "token list",
        "token revoke 1",
        "device show 1",
        "device retire 1",
        "device revoke-certificate 1 --server https://a --key-file k",
        "attempt list --outcome refused --limit 5",
        "device revoke-certificate 1 --serial 50a1 --reason keyCompromise",
        "ca show --database sqlite:x",
        "ca crl --output json",
        "admin create-key --role owner --organization o --name n --expires 90d",
    ] {
        let words = ["portcullis"].into_iter().chain(line.split(' '));
        let parsed = Arguments::try_parse_from(words);
        assert!(parsed.is_ok(), "{line}: {parsed:?}");
    }
}

#[test]
fn secrets_on_the_command_line_do_not_show_in_debug() {
    let line = "portcullis simulate --url https://a --upn u --password hunter2";
    let parsed = Arguments::try_parse_from(line.split(' ')).unwrap();
    assert!(!format!("{parsed:?}").contains("hunter2"));
}
