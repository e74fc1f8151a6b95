//! How results are written: a table for people, JSON for programs.

use std::borrow::Cow;
use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Output {
    /// Aligned columns, for people.
    #[default]
    Table,
    /// JSON alone on the standard output.
    Json,
}

/// A table of `N` columns.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    header: [&'static str; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table without rows yet.
    pub(crate) fn new(header: [&'static str; N]) -> Self {
        Self {
            header,
            rows: Vec::new(),
        }
    }

    /// Adds a row; control characters in it are made visible.
    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows
            .push(cells.map(|cell| printable(&cell).into_owned()));
    }

    /// Writes header and rows in columns two spaces apart.
    ///
    /// # Errors
    ///
    /// `out` cannot be written to.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let header = self.header.map(str::to_uppercase);
        let mut widths = [0; N];
        for row in self.rows.iter().chain([&header]) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        for row in [&header].into_iter().chain(&self.rows) {
            let cells = row.iter().zip(widths);
            let line: String = cells
                .map(|(cell, width)| format!("{cell:<width$}  "))
                .collect();
            writeln!(out, "{}", line.trim_end())?;
        }
        out.flush()
    }
}

/// Writes `value` as indented JSON and a line's end.
///
/// # Errors
///
/// `out` cannot be written to.
pub(crate) fn write_json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    out.flush()
}

/// `text` with its control characters written out: what a device says of itself
/// must not move the cursor of whoever reads it.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for one in text.chars() {
        if is_unprintable(one) {
            shown.extend(one.escape_unicode());
        } else {
            shown.push(one);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and those that turn the direction of writing around.
fn is_unprintable(one: char) -> bool {
    one.is_control() || matches!(one, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_characters() {
        let mut table = Table::new(["id", "name"]);
        table.row(["1".to_owned(), "Zoë".to_owned()]);
        table.row(["änger".to_owned(), String::new()]);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let expected = "ID     NAME\n1      Zoë\nänger\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_cell_cannot_steer_the_terminal() {
        let mut table = Table::new(["name"]);
        table.row(["PC\u{1b}[2J\n\u{202e}1".to_owned()]);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let expected = "NAME\nPC\\u{1b}[2J\\u{a}\\u{202e}1\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
