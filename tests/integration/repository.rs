//! The repository's own promises: the commands of the README, the licence, and scripts that can be started.

use std::error::Error;
use std::path::Path;

use crate::architecture::{read, top};

type Outcome = Result<(), Box<dyn Error>>;

/// The pages whose links must lead somewhere.
const PAGES: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "certs/README.md",
    "docs/ARCHITECTURE.md",
    "docs/DEPENDENCIES.md",
];

#[test]
fn the_readme_names_the_two_commands() -> Outcome {
    let readme = read("README.md")?;
    for command in ["cargo run --release -- demo", "tests/run"] {
        assert!(
            readme.lines().any(|line| line.trim() == command),
            "README.md has no line `{command}`"
        );
    }
    Ok(())
}

#[test]
fn ci_runs_the_commands_of_the_readme() -> Outcome {
    let ci = read(".ci/run")?;
    for command in ["cargo run --release --locked -- demo --once", "tests/run"] {
        assert!(
            ci.lines()
                .any(|line| line.starts_with("run ") && line.ends_with(command)),
            ".ci/run has no stage `{command}`"
        );
    }
    Ok(())
}

#[test]
fn the_licence_is_apache_2_0_in_full() -> Outcome {
    let licence = read("LICENSE")?;
    assert!(
        licence.contains("Apache License\n                           Version 2.0, January 2004")
    );
    assert!(licence.contains("9. Accepting Warranty or Additional Liability."));
    let manifest: toml::Table = read("Cargo.toml")?.parse()?;
    let stated = manifest
        .get("package")
        .and_then(|package| package.get("license"));
    assert_eq!(stated.and_then(toml::Value::as_str), Some("Apache-2.0"));
    Ok(())
}

#[cfg(unix)]
#[test]
fn the_scripts_can_be_started() -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    for script in [".ci/run", "tests/run"] {
        let mode = std::fs::metadata(top().join(script))?.permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script} has mode {mode:o}");
        assert!(
            read(script)?.starts_with("#!/usr/bin/env bash\n"),
            "{script} does not start with bash"
        );
    }
    Ok(())
}

#[test]
fn keys_and_data_cannot_be_committed_by_accident() -> Outcome {
    let ignored = read(".gitignore")?;
    for line in ["/target", "/data", "/certs/*", "!/certs/README.md"] {
        assert!(
            ignored.lines().any(|own| own == line),
            ".gitignore lacks {line}"
        );
    }
    Ok(())
}

#[test]
fn every_link_of_the_pages_leads_to_a_file() -> Outcome {
    for page in PAGES {
        let text = read(page)?;
        let folder = Path::new(page).parent().unwrap_or_else(|| Path::new(""));
        for link in links(&text) {
            let target = top().join(folder).join(link);
            assert!(
                target.exists(),
                "{page} links to {link}, which is not there"
            );
        }
    }
    Ok(())
}

#[test]
fn links_are_told_from_other_text() {
    let text = "[a](docs/A.md#part) and [b](https://example.com), (c), [d](#here), ![e](e.png)";
    assert_eq!(links(text), ["docs/A.md", "e.png"]);
}

/// The relative links of a page, fragments cut.
fn links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link.split_once('#').map_or(link, |(file, _)| file))
        .filter(|link| !link.is_empty() && !link.contains("://"))
        .collect()
}
