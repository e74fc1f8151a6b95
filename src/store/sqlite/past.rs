//! Every past schema migrates: a database as each version left it is opened by this one, and nothing of it is lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use refinery::Target;
use rusqlite::Connection;

use super::migrations::migrations::runner;
use crate::id::ObjectId;
use crate::store::{Error, Store};

const ORGANIZATION: &str = "65f1a2b3c4d5e6f708192a01";
const DEVICE: &str = "65f1a2b3c4d5e6f708192a04";

fn fixture(version: i32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/schema/v{version}.sql"))
}

fn versions() -> Vec<i32> {
    let runner = runner();
    let mut all: Vec<i32> = runner
        .get_migrations()
        .iter()
        .map(|it| it.version())
        .collect();
    all.sort_unstable();
    all
}

/// A database as `version` left it: each version's rows were written under its own schema.
fn written_by(version: i32, path: &Path) {
    let mut connection = Connection::open(path).unwrap();
    for step in versions().into_iter().filter(|step| *step <= version) {
        let upto = runner().set_target(Target::Version(step));
        upto.run(&mut connection).unwrap();
        let rows = fs::read_to_string(fixture(step)).unwrap_or_else(|_| {
            panic!(
                "version {step} has no rows of its own: {}",
                fixture(step).display()
            )
        });
        connection.execute_batch(&rows).unwrap();
    }
}

/// The rows of each table.
fn rows(connection: &Connection) -> BTreeMap<String, i64> {
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'refinery_schema_history'")
        .unwrap();
    let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    names
        .map(|name| {
            let name = name.unwrap();
            let count = connection.query_row(&format!("SELECT COUNT(*) FROM {name}"), [], |row| {
                row.get(0)
            });
            (name, count.unwrap())
        })
        .collect()
}

fn schema(connection: &Connection) -> Vec<(String, Option<String>)> {
    let mut all = connection
        .prepare("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
        .unwrap();
    let found = all
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    found.map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_database_of_every_past_version_is_taken_over_whole() {
    let directory = tempfile::tempdir().unwrap();
    let fresh = directory.path().join("fresh.db");
    drop(Store::sqlite(&fresh).unwrap());
    let fresh = schema(&Connection::open(fresh).unwrap());
    for version in versions() {
        let path = directory.path().join(format!("v{version}.db"));
        written_by(version, &path);
        let before = rows(&Connection::open(&path).unwrap());
        let store = Store::sqlite(&path).unwrap();
        let (organization, device): (ObjectId, ObjectId) =
            (ORGANIZATION.parse().unwrap(), DEVICE.parse().unwrap());
        store
            .write::<_, Error, _>(move |tx| {
                assert_eq!(
                    tx.organization("default")?.map(|it| it.id),
                    Some(organization)
                );
                let found = tx.device(device)?.unwrap();
                assert_eq!(found.owner.as_deref(), Some("ana@contoso.example"));
                let usable =
                    tx.usable_certificate(&[9], Timestamp::from_second(1_800_000_000).unwrap())?;
                assert_eq!(usable.map(|it| it.device_id), Some(device));
                tx.note_session(device, true, Timestamp::from_second(1_800_000_000).unwrap())
            })
            .await
            .unwrap();
        drop(store);
        let connection = Connection::open(&path).unwrap();
        let after = rows(&connection);
        for (table, count) in &before {
            assert_eq!(
                after.get(table),
                Some(count),
                "{table} of version {version}"
            );
        }
        assert_eq!(schema(&connection), fresh, "version {version}");
        for check in [
            "PRAGMA integrity_check",
            "SELECT COALESCE(MAX('broken'), 'ok') FROM pragma_foreign_key_check",
        ] {
            let said: String = connection.query_row(check, [], |row| row.get(0)).unwrap();
            assert_eq!(said, "ok", "version {version}");
        }
        let one = |sql: &str| {
            connection
                .query_row::<String, _, _>(sql, [], |row| row.get(0))
                .unwrap()
        };
        assert_eq!(
            one(&format!(
                "SELECT device_name FROM device WHERE id = '{DEVICE}'"
            )),
            "PC-ANA"
        );
        assert_eq!(one("SELECT devices || '' FROM organization"), "1");
        if version >= 2 {
            assert_eq!(
                one("SELECT GROUP_CONCAT(list) FROM (SELECT list FROM identifier ORDER BY list)")
                    .split(',')
                    .next(),
                Some("corporate")
            );
        }
    }
}
