//! Comma-separated values: read in with or without a header, written out so that no spreadsheet takes a cell for a formula.

use std::collections::BTreeMap;

use csv::{QuoteStyle, ReaderBuilder, StringRecord, Trim, WriterBuilder};

use super::Error;

/// What begins a formula in a spreadsheet.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The columns of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    /// Those that are read, in this order when no header says otherwise. A header is known by one of the first two.
    pub(super) read: &'static [&'static str],
    /// Those that stand beside them in a file that we wrote; they are passed over.
    pub(super) passed: &'static [&'static str],
    /// Rows that a file has at most.
    pub(super) most: usize,
}

/// A row: its line in the file, and what stands in it by column; an empty cell is none.
#[derive(Debug)]
pub(super) struct Line {
    /// The number of the line, from 1.
    pub(super) number: u64,
    cells: BTreeMap<&'static str, String>,
    /// It has more cells than there are columns.
    surplus: bool,
}

impl Line {
    /// Fails unless each of its cells stands in a column.
    pub(super) fn fits(&self) -> Result<(), Error> {
        if self.surplus {
            return Err(Error::invalid(
                "row",
                "has more cells than there are columns",
            ));
        }
        Ok(())
    }

    /// What stands in a column.
    pub(super) fn cell(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(String::as_str)
    }

    /// The tags in a column, which are set apart by `|`, `;` or `,`.
    pub(super) fn list(&self, column: &str) -> Vec<String> {
        let text = self.cell(column).unwrap_or_default();
        text.split(['|', ';', ',']).map(str::to_owned).collect()
    }
}

/// Reads a file: UTF-8 with or without a byte order mark, set apart by `,` or `;`.
///
/// # Errors
/// [`Error::Invalid`] for what is no CSV at all, a header with an unknown column, or too many rows.
pub(super) fn read(text: &str, known: Columns) -> Result<Vec<Line>, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let count = |sign: char| first.matches(sign).count();
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(if count(';') > count(',') { b';' } else { b',' })
        .from_reader(text.as_bytes());
    let (mut columns, mut lines) = (known.read.to_vec(), Vec::new());
    for (index, record) in reader.records().enumerate() {
        let record =
            record.map_err(|error| Error::invalid("body", format!("is no CSV: {error}")))?;
        if index == 0 && is_header(&record, known) {
            columns = header(&record, known)?;
            continue;
        }
        let number = record.position().map_or(0, csv::Position::line);
        let surplus = record.len() > columns.len();
        let cells = columns.iter().zip(&record);
        let cells: BTreeMap<_, _> = cells
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(column, cell)| (*column, plain(cell).to_owned()))
            .collect();
        if !cells.is_empty() || surplus {
            lines.push(Line {
                number,
                cells,
                surplus,
            });
        }
    }
    if lines.len() > known.most {
        let reason = format!("has more than {} rows", known.most);
        return Err(Error::invalid("body", reason));
    }
    Ok(lines)
}

/// Writes a file: a header, then the rows.
pub(super) fn write<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Vec<u8> {
    let mut file = WriterBuilder::new()
        .quote_style(QuoteStyle::Necessary)
        .from_writer(Vec::new());
    // Nothing that is written to memory fails.
    let _ = file.write_record(header);
    for row in rows {
        let _ = file.write_record(row.map(neutral));
    }
    file.into_inner().unwrap_or_default()
}

fn is_header(record: &StringRecord, known: Columns) -> bool {
    known
        .read
        .iter()
        .take(2)
        .any(|known| record.iter().any(|cell| cell.eq_ignore_ascii_case(known)))
}

/// The columns that a header names.
fn header(record: &StringRecord, known: Columns) -> Result<Vec<&'static str>, Error> {
    let mut columns: Vec<&'static str> = Vec::new();
    for cell in record {
        let column = known
            .read
            .iter()
            .chain(known.passed)
            .find(|column| column.eq_ignore_ascii_case(cell))
            .filter(|column| !columns.contains(column));
        let column = column.ok_or_else(|| {
            let reason = format!(
                "has the column {cell:?}, unknown or named twice; the columns are {}",
                known.read.join(",")
            );
            Error::invalid("body", reason)
        })?;
        columns.push(column);
    }
    Ok(columns)
}

/// A cell that no spreadsheet takes for a formula.
fn neutral(cell: String) -> String {
    if cell.starts_with(FORMULA) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// A cell as it was before [`neutral`].
fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Columns = Columns {
        read: &["email", "tags"],
        passed: &["id"],
        most: 3,
    };

    fn refused(text: &str) -> String {
        read(text, KNOWN).unwrap_err().to_string()
    }

    #[test]
    fn a_header_gives_the_order_and_without_one_the_usual_order_counts() {
        for text in [
            "a@b.example,x|y\n",
            "\u{feff}email,tags\na@b.example,x|y\n",
            "Tags;ID;Email\r\nx|y;7;a@b.example\r\n",
        ] {
            let lines = read(text, KNOWN).unwrap();
            assert_eq!(lines[0].cell("email"), Some("a@b.example"), "{text:?}");
            assert_eq!(lines[0].list("tags"), ["x", "y"], "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_the_known_columns() {
        assert!(refused("email,colour\na@b.example,red\n").contains("email,tags"));
        assert!(refused("email,email\n").contains("named twice"));
        assert!(refused("a\nb\nc\nd\n").contains("more than 3 rows"));
    }

    #[test]
    fn a_row_with_too_many_cells_spoils_itself_alone() {
        let lines = read("a@b.example,x\nb@b.example,x,y\n", KNOWN).unwrap();
        assert!(lines[0].fits().is_ok() && lines[1].fits().is_err());
        assert_eq!(lines[1].number, 2);
        assert!(read("", KNOWN).unwrap().is_empty());
    }

    #[test]
    fn a_cell_that_looks_like_a_formula_is_neutralised_and_reads_back() {
        let file = write(["email", "tags"], [["=1+1".to_owned(), "@x".to_owned()]]);
        let text = String::from_utf8(file).unwrap();
        assert_eq!(text, "email,tags\n'=1+1,'@x\n");
        assert_eq!(read(&text, KNOWN).unwrap()[0].cell("email"), Some("=1+1"));
    }
}
