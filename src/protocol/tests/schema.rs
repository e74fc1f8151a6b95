//! Judging what is written by the XML schemas of the specifications, with `xmllint`.
//!
//! The schemas are not part of the project. Where they or `xmllint` are not at hand, the tests that need them say so and
//! do nothing.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The folder of schemas, with a program that reads them.
pub(super) struct Schemas(PathBuf);

impl Schemas {
    /// The schemas, when both they and `xmllint` are there.
    pub(super) fn find() -> Option<Self> {
        let folder = super::shared("schemas")?;
        let version = Command::new("xmllint")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if version.is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        eprintln!("skipped: no xmllint (install libxml2-utils)");
        None
    }

    /// Validates `document` by the schema `name`.
    ///
    /// # Errors
    /// What `xmllint` says.
    pub(super) fn validate(&self, name: &str, document: &str) -> Result<(), String> {
        let mut child = Command::new("xmllint")
            .args(["--noout", "--nonet", "--schema"])
            .arg(self.0.join(name))
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("xmllint starts");
        let mut input = child.stdin.take().expect("its input is a pipe");
        input
            .write_all(document.as_bytes())
            .expect("xmllint reads its input");
        drop(input);
        let output = child.wait_with_output().expect("xmllint ends");
        if output.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Checks that `document` is valid by the schema `name`.
    pub(super) fn assert_valid(&self, name: &str, document: &str) {
        if let Err(errors) = self.validate(name, document) {
            panic!("{name}: {errors}\n{document}");
        }
    }
}
