//! docs/DEPENDENCIES.md against Cargo.toml: every direct dependency has its row, and no row outlives its dependency.

use std::collections::BTreeSet;
use std::error::Error;

/// The manifest's tables and the headings of the page that explain them.
const TABLES: &[(&str, &str)] = &[
    ("dependencies", "## In the product"),
    ("dev-dependencies", "## In the tests"),
];

/// What the page and the manifest do not agree on, in sentences.
pub(super) fn differences(manifest: &str, page: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let manifest: toml::Table = manifest.parse()?;
    let mut findings = Vec::new();
    for (table, heading) in TABLES {
        let used: BTreeSet<&str> = manifest
            .get(*table)
            .and_then(toml::Value::as_table)
            .map(|table| table.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let rows = rows(page, heading);
        let explained: BTreeSet<&str> = rows.iter().map(|(name, _)| *name).collect();
        for name in used.difference(&explained) {
            findings.push(format!(
                "docs/DEPENDENCIES.md: `{name}` of [{table}] has no row under \"{heading}\""
            ));
        }
        for name in explained.difference(&used) {
            findings.push(format!(
                "docs/DEPENDENCIES.md: `{name}` has a row, but [{table}] does not name it"
            ));
        }
        for (name, cells) in rows {
            if cells.len() != 2 || cells.iter().any(|cell| cell.is_empty()) {
                findings.push(format!(
                    "docs/DEPENDENCIES.md: the row of `{name}` must say what for and why this one"
                ));
            }
        }
    }
    Ok(findings)
}

/// The rows of the table under `heading`: the crate between its backticks, and the cells after it.
fn rows<'a>(page: &'a str, heading: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    page.lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| {
            let (name, rest) = line.strip_prefix("| `")?.split_once("` |")?;
            let cells = rest
                .trim()
                .trim_end_matches('|')
                .split(" | ")
                .map(str::trim);
            Some((name, cells.collect()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[dependencies]\nserde = \"1\"\n[dev-dependencies]\ninsta = \"1\"\n";
    const PAGE: &str = "## In the product\n| crate | what for | why |\n|---|---|---|\n| `serde` | a | b |\n\
                        ## In the tests\n| `insta` | a | b |\n";

    #[test]
    fn a_page_that_names_the_same_crates_agrees() -> Result<(), Box<dyn Error>> {
        assert_eq!(differences(MANIFEST, PAGE)?, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn a_missing_row_a_stale_row_and_an_empty_cell_are_found() -> Result<(), Box<dyn Error>> {
        let missing = differences(&MANIFEST.replace("serde", "serde_json"), PAGE)?;
        assert_eq!(missing.len(), 2, "{missing:?}");
        let moved = differences(MANIFEST, &PAGE.replace("`insta`", "`serde`"))?;
        assert_eq!(moved.len(), 2, "{moved:?}");
        let empty = differences(
            MANIFEST,
            &PAGE.replace("| `serde` | a | b |", "| `serde` | a | |"),
        )?;
        assert_eq!(empty.len(), 1, "{empty:?}");
        Ok(())
    }
}
