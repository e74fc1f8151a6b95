//! The rings: imports point inwards only, and each foreign crate stays where it belongs.
//!
//! Reads the product code of `src/` as text (comments, test modules and files named `tests.rs` do not count).
//! docs/ARCHITECTURE.md explains the rings; [`MAY_USE`] is the authority.

mod dependencies;
mod rules;
mod source;

use std::error::Error;
use std::path::{Path, PathBuf};

use source::Source;

/// Used by every ring, using none.
const FOUNDATION: &[&str] = &[
    "clock",
    "id",
    "lenient",
    "secret",
    "secrets",
    "tally",
    "violation",
];
/// The messages as Windows sends them: no I/O, no store.
const WIRE: &[&str] = &["xml", "soap", "protocol"];
/// The nouns and their lifecycles.
const DOMAIN: &[&str] = &[
    "approval",
    "attempt",
    "branding",
    "ca",
    "device",
    "identifier",
    "identity",
    "language",
    "letter",
    "organization",
    "policy",
    "refusal",
    "restriction",
    "revocation",
    "rule",
    "segment",
    "template",
    "terms",
    "token",
];
/// One verb per exchange with a device or an administrator.
const SERVICES: &[&str] = &["admin", "enrollment", "management", "recorder", "status"];
/// What stands beside the rings: settings, and lines of log.
const SETTINGS: &[&str] = &["config", "logging"];
/// All that `http` needs of the store: to hand it on when it is wired.
const STORE_HANDLE: &[&str] = &["store::Store", "store::Error"];

/// Each module of `src/` and what it may use. A path such as `store::Store` permits only what begins with it.
const MAY_USE: &[(&str, &[&[&str]])] = &[
    ("clock", &[]),
    ("id", &[]),
    ("lenient", &[&["id"]]),
    ("secret", &[]),
    ("secrets", &[]),
    ("tally", &[]),
    ("violation", &[]),
    ("xml", &[]),
    ("soap", &[&["xml", "secret", "secrets"]]),
    ("protocol", &[&["xml", "soap", "secret", "secrets"]]),
    ("approval", &[FOUNDATION, DOMAIN]),
    ("attempt", &[FOUNDATION, DOMAIN]),
    ("branding", &[FOUNDATION, DOMAIN]),
    ("ca", &[FOUNDATION, DOMAIN]),
    ("device", &[FOUNDATION, DOMAIN]),
    ("identifier", &[FOUNDATION, DOMAIN]),
    ("identity", &[FOUNDATION, DOMAIN]),
    ("language", &[]),
    ("letter", &[FOUNDATION, DOMAIN]),
    ("organization", &[FOUNDATION, DOMAIN]),
    ("policy", &[FOUNDATION, DOMAIN]),
    ("refusal", &[FOUNDATION, DOMAIN]),
    ("restriction", &[FOUNDATION, DOMAIN]),
    ("revocation", &[FOUNDATION, DOMAIN]),
    ("rule", &[FOUNDATION, DOMAIN]),
    ("segment", &[FOUNDATION, DOMAIN]),
    ("template", &[FOUNDATION, DOMAIN]),
    ("terms", &[FOUNDATION, DOMAIN]),
    ("token", &[FOUNDATION, DOMAIN]),
    ("store", &[FOUNDATION, DOMAIN]),
    (
        "mail",
        &[
            FOUNDATION,
            DOMAIN,
            &["admin", "config", "store::LetterLimits"],
        ],
    ),
    ("recorder", &[FOUNDATION, WIRE, DOMAIN, &["store"]]),
    ("jwks", &[FOUNDATION]),
    ("entra", &[FOUNDATION, DOMAIN, &["jwks"]]),
    ("provider", &[FOUNDATION, DOMAIN, &["jwks", "xml"]]),
    ("webhook", &[FOUNDATION]),
    (
        "enrollment",
        &[
            FOUNDATION,
            WIRE,
            DOMAIN,
            &["store", "recorder", "entra", "provider", "webhook"],
        ],
    ),
    (
        "management",
        &[FOUNDATION, WIRE, DOMAIN, &["store", "recorder"]],
    ),
    (
        "admin",
        &[FOUNDATION, WIRE, DOMAIN, &["store", "recorder", "provider"]],
    ),
    ("status", &[FOUNDATION, DOMAIN, &["store"]]),
    ("config", &[FOUNDATION, DOMAIN, &["entra::REDIRECTS"]]),
    ("logging", &[FOUNDATION, DOMAIN, &["config"]]),
    (
        "app",
        &[
            FOUNDATION,
            WIRE,
            DOMAIN,
            SERVICES,
            SETTINGS,
            &["store", "mail", "entra", "webhook"],
        ],
    ),
    (
        "http",
        &[
            FOUNDATION,
            WIRE,
            DOMAIN,
            SERVICES,
            SETTINGS,
            STORE_HANDLE,
            &["app", "entra::Redirect", "provider"],
        ],
    ),
    ("simulator", &[WIRE, &["secret", "secrets"]]),
    (
        "cli",
        &[
            FOUNDATION,
            WIRE,
            DOMAIN,
            SERVICES,
            SETTINGS,
            &["store", "mail", "entra", "app", "http", "simulator"],
        ],
    ),
    ("main", &[FOUNDATION, SETTINGS, &["app", "cli"]]),
];

/// Foreign crates that stay in one place: how their names begin, and the modules that may name them.
const CRATES_AT_HOME: &[(&str, &[&str])] = &[
    ("actix", &["http", "cli", "main"]),
    ("quick_xml", &["xml"]),
    ("md5", &["management"]),
    ("x509_ocsp", &["ca"]),
    ("cryptoki", &["ca"]),
    ("rusqlite", &["store"]),
    ("tokio_postgres", &["store"]),
    ("postgres", &["store"]),
    ("ldap3", &["provider"]),
    ("bergshamra", &["provider"]),
    ("uppsala", &["provider"]),
    ("argon2", &["provider"]),
    ("jsonwebtoken", &["jwks", "entra", "provider"]),
];

/// The modules that may hold SQL.
const SQL_AT_HOME: &[&str] = &["store"];

/// How long a file may be, and the files that may be longer: none.
const LINES: usize = 300;
const LONGER: &[&str] = &[];

type Outcome = Result<(), Box<dyn Error>>;

#[test]
fn every_module_is_placed_in_a_ring() -> Outcome {
    none(read_src()?.iter().flat_map(rules::placed))
}

#[test]
fn imports_point_inwards_only() -> Outcome {
    none(read_src()?.iter().flat_map(rules::imports))
}

#[test]
fn foreign_crates_stay_in_the_module_that_owns_them() -> Outcome {
    none(read_src()?.iter().flat_map(rules::foreign_crates))
}

#[test]
fn only_the_store_holds_sql() -> Outcome {
    none(read_src()?.iter().flat_map(rules::sql))
}

#[test]
fn no_file_is_longer_than_300_lines() -> Outcome {
    none(read_src()?.iter().flat_map(rules::length))
}

#[test]
fn tests_inside_src_are_compiled_for_tests_alone() -> Outcome {
    none(read_src()?.iter().flat_map(rules::tests_behind_cfg))
}

#[test]
fn unsafe_code_is_forbidden_for_the_whole_crate() -> Outcome {
    none(rules::unsafe_forbidden(&read("Cargo.toml")?)?)
}

#[test]
fn every_direct_dependency_is_explained() -> Outcome {
    none(dependencies::differences(
        &read("Cargo.toml")?,
        &read("docs/DEPENDENCIES.md")?,
    )?)
}

/// Fails with every finding, one a line.
fn none(findings: impl IntoIterator<Item = String>) -> Outcome {
    let findings: Vec<String> = findings.into_iter().collect();
    assert!(
        findings.is_empty(),
        "{} found:\n{}",
        findings.len(),
        findings.join("\n")
    );
    Ok(())
}

/// A file of the repository, by its path from the top.
pub(crate) fn read(path: &str) -> Result<String, Box<dyn Error>> {
    std::fs::read_to_string(top().join(path)).map_err(|error| format!("{path}: {error}").into())
}

/// The top folder of the repository.
pub(crate) fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file of `src/`, read.
fn read_src() -> Result<Vec<Source>, Box<dyn Error>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(top().join(&folder))? {
            let path = folder.join(entry?.file_name());
            if top().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let path = path.to_string_lossy().replace('\\', "/");
                files.push(Source::new(&path, &read(&path)?));
            }
        }
    }
    if files.len() < 3 {
        return Err("src/ was not found whole".into());
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
