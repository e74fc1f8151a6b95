//! The life of the authority beside a running server: rotation, another CA, another master key, and the years.

mod command;
mod resident;
mod rollover;
mod time;
mod token;

use std::process::Output;

use serde_json::Value as Json;

/// The states of what `ca show` lists of a kind.
fn states(shown: &Json, kind: &str) -> Vec<String> {
    let all = shown["authorities"].as_array().unwrap().iter();
    let of_kind = all.filter(|it| it["kind"] == kind);
    of_kind
        .map(|it| it["state"].as_str().unwrap().to_owned())
        .collect()
}

/// Requires that a command failed with these words on the standard error.
fn refused(output: &Output, words: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(words), "{told}");
    assert!(output.stdout.is_empty());
}
