//! The key table as a page of documentation and as a file to begin with.

use std::fmt::Write as _;

use toml::Value;

use super::Config;
use super::key::Key;

/// Every key as Markdown tables, a section each: the reference in `docs/CONFIGURATION.md`.
pub fn reference() -> String {
    let mut page = String::new();
    let mut section = None;
    for (key, value) in defaults() {
        if section != Some(key.section()) {
            section = Some(key.section());
            let _ = write!(page, "{}", heading(key.section()));
        }
        let _ = writeln!(
            page,
            "| `{}` | {} | `{}` | {} | {} |",
            key.field(),
            cell(&key.kind.describe()),
            cell(&value.to_string()),
            variables(key),
            cell(&key.help()),
        );
    }
    page
}

/// A configuration file with every key at its default, commented out and explained.
pub fn template() -> String {
    let mut file = String::from(HEAD);
    let mut section = "";
    for (key, value) in defaults() {
        if section != key.section() {
            section = key.section();
            let _ = write!(file, "\n[{section}]\n");
        }
        file.push('\n');
        for line in key.help_lines() {
            let _ = writeln!(file, "# {}", line.replace('`', ""));
        }
        let _ = writeln!(file, "#{} = {value}", key.field());
    }
    file
}

fn defaults() -> impl Iterator<Item = (&'static Key, Value)> {
    Config::keys().into_iter().zip(Config::default().values())
}

fn heading(section: &str) -> String {
    let title = if section.is_empty() {
        "Above all sections".to_owned()
    } else {
        format!("`[{section}]`")
    };
    format!(
        "\n### {title}\n\n| key | takes | default | environment | meaning |\n|---|---|---|---|---|\n"
    )
}

fn variables(key: &Key) -> String {
    let own = format!("`{}`", key.variable());
    match key.file_variable() {
        Some(file) => format!("{own} `{file}`"),
        None => own,
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

const HEAD: &str = "\
# Portcullis reads this file from the current directory, or from --config.
# Every key stands here at its default; take the # away from those to change.
# The same keys can be set in the environment: PORTCULLIS_WEB__PUBLIC_URL is
# public_url in [web]. A flag goes before the environment, and that before this file.
";
