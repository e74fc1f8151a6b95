//! Corporate identifiers in files: our own columns, or the bare manufacturer, model and serial number of Intune.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::identifier::{Kind, names_a_list};
use crate::identity::{Actor, Permission};
use crate::store::{self, IdentifierRow, Transaction};

use super::super::segment::whole;
use super::super::table::{self, Columns, Line};
use super::super::{Admin, Error, Import, ImportLine};
use super::CreateIdentifier;

/// How a file is read.
#[derive(Debug, Clone, Default)]
pub struct ReadIdentifiers {
    /// Whether identifiers that are there receive the file's descriptions.
    pub overwrite: bool,
    /// Whether it is only told what would become of the file.
    pub dry_run: bool,
    /// The list of rows that name none; none: `corporate`.
    pub list: Option<String>,
}

const COLUMNS: Columns = Columns {
    read: &["type", "value", "description", "list"],
    passed: &["id", "platform", "created_at"],
    most: 5_000,
};

impl Admin {
    /// Makes the identifiers of a file; with `overwrite` those that are there receive its descriptions. A row that is
    /// not acceptable is counted, and hinders no other.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a file that is none.
    pub async fn import_identifiers(
        &self,
        actor: &Actor,
        file: &str,
        how: ReadIdentifiers,
    ) -> Result<Import, Error> {
        whole(actor)?;
        if how.overwrite && !actor.may(Permission::IdentifierUpdate) {
            return Err(Error::Forbidden(format!(
                "Unauthorized: missing permission {}",
                Permission::IdentifierUpdate.name()
            )));
        }
        if !how.list.as_deref().is_none_or(names_a_list) {
            return Err(Error::invalid("list", "is no name of a list"));
        }
        let (organization, now) = (actor.organization, self.clock.now());
        let rows = rows(file, how.list.as_deref(), organization, now)?;
        self.store
            .write::<_, store::Error, _>(move |tx| {
                let rows = rows.into_iter().map(|row| match row {
                    Ok((line, row)) => take(tx, line, &row, &how),
                    Err(failed) => Ok(failed),
                });
                rows.collect::<Result<_, _>>().map(Import::of)
            })
            .await
            .map_err(Error::from)
    }
}

/// The rows of a file with their lines, or why they are not acceptable.
#[expect(clippy::type_complexity, reason = "it is read in one place")]
fn rows(
    file: &str,
    list: Option<&str>,
    organization: ObjectId,
    now: Timestamp,
) -> Result<Vec<Result<(u64, IdentifierRow), ImportLine>>, Error> {
    let lines = table::read(file, COLUMNS)?;
    let first = lines.first().and_then(|line| line.cell("type"));
    // A file without a header that begins with no type is one of Intune's.
    let bare = !has_header(file) && first.is_none_or(|cell| kind(cell).is_none());
    let mut seen = HashSet::new();
    let row = |line: &Line| {
        let refused = |message: String| ImportLine::failed(line.number, 5209, message);
        line.fits().map_err(|error| refused(error.to_string()))?;
        let cell = |column| line.cell(column).unwrap_or_default();
        let wish = if bare {
            CreateIdentifier {
                kind: Some(Kind::Mms),
                list: list.map(str::to_owned),
                value: [cell("type"), cell("value"), cell("description")].join(","),
                description: None,
                platform: None,
            }
        } else {
            let named = line.cell("list").filter(|cell| !cell.is_empty()).or(list);
            let of = match cell("type") {
                "" => None,
                word => Some(kind(word).ok_or_else(|| refused(format!("{word:?} is no type")))?),
            };
            CreateIdentifier {
                kind: of,
                list: named.map(str::to_owned),
                value: cell("value").to_owned(),
                description: line.cell("description").map(str::to_owned),
                platform: None,
            }
        };
        let row = wish.ready(organization, now);
        let row = row.map_err(|error| refused(error.to_string()))?;
        if seen.insert((row.list.clone(), row.identifier.clone())) {
            return Ok((line.number, row));
        }
        let message = "this identifier stands twice";
        Err(ImportLine::failed(line.number, 9409, message))
    };
    Ok(lines.iter().map(row).collect())
}

fn kind(word: &str) -> Option<Kind> {
    let mut kinds = Kind::ALL.iter().copied();
    kinds.find(|kind| kind.word().eq_ignore_ascii_case(word))
}

fn has_header(file: &str) -> bool {
    let first = file.lines().next().unwrap_or_default();
    let mut cells = first.trim_start_matches('\u{feff}').split([',', ';']);
    cells.any(|cell| {
        let cell = cell.trim().trim_matches('"').to_ascii_lowercase();
        matches!(cell.as_str(), "type" | "value")
    })
}

/// Writes a row.
fn take(
    tx: &mut Transaction<'_>,
    line: u64,
    row: &IdentifierRow,
    how: &ReadIdentifiers,
) -> Result<ImportLine, store::Error> {
    let organization = row.organization_id;
    match tx.find_identifier(organization, &row.list, &row.identifier)? {
        None if how.dry_run => Ok(ImportLine::fit(line)),
        Some(_) if how.dry_run && how.overwrite => Ok(ImportLine::fit(line)),
        None => {
            tx.insert_identifier(row)?;
            Ok(ImportLine::done(line, row.id))
        }
        Some(known) if how.overwrite => {
            let description = row.description.as_deref();
            tx.update_identifier_description(organization, known.id, description, row.updated_at)?;
            Ok(ImportLine::done(line, known.id))
        }
        _ => Ok(ImportLine::failed(line, 9409, "this identifier exists")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(file: &str) -> Vec<Result<String, u16>> {
        let id = ObjectId::generate(Timestamp::UNIX_EPOCH);
        let rows = rows(file, None, id, Timestamp::UNIX_EPOCH).unwrap();
        let rows = rows.into_iter().map(|row| match row {
            Ok((_, row)) => Ok(format!(
                "{}:{}",
                row.identifier.kind.word(),
                row.identifier.value
            )),
            Err(failed) => Err(failed.error.unwrap().code),
        });
        rows.collect()
    }

    #[test]
    fn a_file_of_intune_has_three_bare_columns() {
        let found = values("Contoso,Book 9,sn1\nContoso,Book 9,SN 1\nContoso,Book\n");
        let first = Ok("mms:contoso,book 9,SN1".to_owned());
        assert_eq!(found, [first, Err(9409), Err(5209)]);
    }

    #[test]
    fn a_file_with_types_takes_no_unknown_type_for_a_manufacturer() {
        for file in [
            "serial,pf3,mine\nserail,pf4,mine\n",
            "Type,Value,Description\nserial,pf3,mine\nserail,pf4,mine\n",
        ] {
            assert_eq!(
                values(file),
                [Ok("serial:PF3".to_owned()), Err(5209)],
                "{file}"
            );
        }
        let quoted = "description;type;value\n;mms;Contoso,Book,SN1\n";
        assert_eq!(values(quoted), [Ok("mms:contoso,book,SN1".to_owned())]);
    }
}
