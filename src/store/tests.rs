//! The store as sentences, on a real SQLite file.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::token::{Kind, Stored, Token};

use super::*;

struct Fixture {
    store: Store,
    directory: tempfile::TempDir,
    organization: ObjectId,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

async fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::sqlite(&directory.path().join("portcullis.db")).unwrap();
    let organization = store
        .write::<_, Error, _>(|tx| tx.ensure_default_organization(at(0)))
        .await
        .unwrap()
        .id;
    Fixture {
        store,
        directory,
        organization,
    }
}

impl Fixture {
    async fn token(&self, max_uses: Option<u32>, expires_at: Option<i64>) -> ObjectId {
        let id = ObjectId::generate(at(1));
        let mut lookup = [0; 32];
        crate::id::fill_random(&mut lookup);
        let token = Token {
            id,
            organization_id: self.organization,
            kind: Kind::AdHoc,
            email: None,
            display_name: None,
            tags: vec!["a".to_owned()],
            max_uses,
            uses: 0,
            device_cap: None,
            stored: Stored::Pending,
            created_at: at(1),
            expires_at: expires_at.map(at),
            used_at: None,
            template_id: None,
            mdm_user_id: None,
            segment_id: 0,
            policies: Vec::new(),
            send_email: false,
            email_status: crate::token::EmailStatus::Skipped,
            email_text: None,
            language: None,
            additional_data: None,
            allow_personal_usage: None,
            updated_at: None,
            revision: 1,
            blocked: false,
        };
        let new = NewToken {
            token,
            value_lookup: lookup,
            code_lookup: lookup,
            sealed: vec![1],
        };
        self.store
            .write::<_, Error, _>(move |tx| tx.insert_token(&new))
            .await
            .unwrap();
        id
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_spend_a_token_exactly_as_many_win_as_it_has_uses() {
    let fixture = fixture().await;
    for uses in [1_u32, 3] {
        let token = fixture.token(Some(uses), None).await;
        let racers: Vec<_> = (0..32)
            .map(|_| {
                let store = fixture.store.clone();
                tokio::spawn(async move {
                    store
                        .write::<_, Error, _>(move |tx| tx.spend_token(token, at(5)))
                        .await
                })
            })
            .collect();
        let mut wins = 0;
        for racer in racers {
            wins += u32::from(racer.await.unwrap().unwrap());
        }
        assert_eq!(wins, uses);
        let token = fixture
            .store
            .read::<_, Error, _>(move |tx| tx.token(token))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((token.uses, token.stored), (uses, Stored::Done));
    }
}

#[tokio::test]
async fn a_token_is_not_spent_from_its_expiry_on() {
    let fixture = fixture().await;
    let token = fixture.token(None, Some(100)).await;
    let spend = |second| {
        fixture
            .store
            .write::<_, Error, _>(move |tx| tx.spend_token(token, at(second)))
    };
    assert!(spend(99).await.unwrap());
    assert!(!spend(100).await.unwrap());
}

#[tokio::test]
async fn a_failing_closure_leaves_nothing_and_its_neighbours_stay() {
    let fixture = fixture().await;
    let token = fixture.token(Some(5), None).await;
    let failing = fixture.store.write::<(), Error, _>(move |tx| {
        tx.spend_token(token, at(5))?;
        Err(Error::Row("on purpose"))
    });
    let passing = fixture
        .store
        .write::<_, Error, _>(move |tx| tx.spend_token(token, at(5)));
    let (failing, passing) = tokio::join!(failing, passing);
    assert!(matches!(failing, Err(Error::Row("on purpose"))));
    assert!(passing.unwrap());
    let token = fixture
        .store
        .read::<_, Error, _>(move |tx| tx.token(token))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(token.uses, 1);
}

#[tokio::test]
async fn a_panicking_closure_takes_neither_the_writer_nor_its_neighbours_with_it() {
    let fixture = fixture().await;
    let token = fixture.token(Some(5), None).await;
    let panicked = fixture
        .store
        .write::<(), Error, _>(move |tx| {
            tx.spend_token(token, at(5))?;
            panic!("on purpose");
        })
        .await;
    assert!(matches!(panicked, Err(Error::Closed)));
    assert!(
        fixture
            .store
            .write::<_, Error, _>(move |tx| tx.spend_token(token, at(5)))
            .await
            .unwrap()
    );
    let token = fixture
        .store
        .read::<_, Error, _>(move |tx| tx.token(token))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(token.uses, 1);
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let fixture = fixture().await;
    let written = fixture
        .store
        .read::<_, Error, _>(|tx| tx.ensure_default_organization(at(0)))
        .await;
    assert!(written.is_ok(), "it only looks");
    let organization = fixture.organization;
    let refused = fixture
        .store
        .read::<_, Error, _>(move |tx| {
            tx.revoke_token(organization, ObjectId::generate(at(0)), at(0))
        })
        .await;
    assert!(matches!(refused, Err(Error::Engine(_))));
}

#[tokio::test]
async fn what_is_written_is_there_when_the_file_is_opened_again() {
    let fixture = fixture().await;
    let token = fixture.token(Some(1), None).await;
    let path = fixture.directory.path().join("portcullis.db");
    drop(fixture.store);
    let store = Store::sqlite(&path).unwrap();
    assert!(
        store
            .read::<_, Error, _>(move |tx| tx.token(token))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_schema_from_the_future_is_refused() {
    let fixture = fixture().await;
    let path = fixture.directory.path().join("portcullis.db");
    drop(fixture.store);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (9999, 'future', '2030-01-01T00:00:00Z', '1')",
            [],
        )
        .unwrap();
    drop(connection);
    assert!(matches!(Store::sqlite(&path), Err(Error::Schema(_))));
}

#[tokio::test]
async fn while_another_process_holds_the_database_a_write_says_busy_and_later_works() {
    let fixture = fixture().await;
    let path = fixture.directory.path().join("portcullis.db");
    let token = fixture.token(Some(5), None).await;
    let holder = rusqlite::Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let spend = || {
        fixture
            .store
            .write::<_, Error, _>(move |tx| tx.spend_token(token, at(5)))
    };
    assert!(matches!(spend().await, Err(Error::Busy)));
    holder.execute_batch("ROLLBACK").unwrap();
    assert!(spend().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_wait_together_share_a_commit() {
    let fixture = fixture().await;
    let (started, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let token = fixture.token(None, None).await;
    let writes = (0..200).map(|_| async {
        started.fetch_add(1, Ordering::Relaxed);
        fixture
            .store
            .write::<_, Error, _>(move |tx| tx.spend_token(token, at(5)))
            .await
            .unwrap();
        finished.fetch_add(1, Ordering::Relaxed);
    });
    futures_util::future::join_all(writes).await;
    let token = fixture
        .store
        .read::<_, Error, _>(move |tx| tx.token(token))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((token.uses, finished.load(Ordering::Relaxed)), (200, 200));
}

#[tokio::test]
async fn a_directory_that_is_made_for_the_database_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("data");
    Store::sqlite(&directory.join("portcullis.db")).unwrap();
    let mode = directory.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
