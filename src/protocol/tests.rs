//! The wire, as sentences.
//!
//! `golden` reads the messages in `fixtures/`, `hostile` refuses those in `fixtures/hostile/`, `samples` reads what the
//! specifications print and what devices sent, `properties` holds for every message, and `validation` judges by schema.

mod golden;
mod hostile;
mod properties;
mod provisioning;
mod samples;
mod schema;
mod syncml;
mod validation;

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use crate::soap::{Envelope, Exchange, Fault, Header, Reply, ReplyHeader, read_reply};
use crate::soap::{write_reply, write_request};
use crate::xml::{self, Limits};

/// Reads a file of `fixtures/`.
fn fixture(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A folder of the published material that is not part of the project; says so and gives none when it is not there.
fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PORTCULLIS_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let path = root.join("protocol").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!(
        "skipped: no folder {} (set PORTCULLIS_SHARED)",
        path.display()
    );
    None
}

/// Reads a request, writes it, reads it again, and gives what it said both times.
fn request<E: Exchange + PartialEq + Debug>(bytes: &[u8]) -> (Header, E) {
    let envelope = Envelope::read(bytes, &Limits::SOAP).expect("the request is one");
    let message = E::take(&envelope).expect("the message is one");
    let written = write_request(&message, &envelope.header);
    let again = Envelope::read(written.as_bytes(), &Limits::SOAP).expect("what is written reads");
    assert_eq!(again.header, envelope.header);
    assert_eq!(E::take(&again).expect("what is written decodes"), message);
    (envelope.header, message)
}

/// Reads a reply, writes it, reads it again, and gives what it said both times.
fn reply<R: Reply + PartialEq + Debug>(bytes: &[u8]) -> (ReplyHeader, Result<R, Fault>) {
    let (header, content) = read_reply::<R>(bytes).expect("the reply is one");
    let written = match &content {
        Ok(message) => write_reply(message, &header),
        Err(fault) => fault.write(R::ACTION, &header),
    };
    let again = read_reply::<R>(written.as_bytes()).expect("what is written reads");
    assert_eq!(again, (header, content));
    again
}

/// Checks that two documents are the same but for prefixes and indentation.
fn assert_same_tree(written: &str, expected: &[u8]) {
    let read = |bytes| xml::read(bytes, &Limits::SYNCML).expect("both documents read");
    let same = read(written.as_bytes()) == read(expected);
    assert!(same, "{written}\n{}", String::from_utf8_lossy(expected));
}
