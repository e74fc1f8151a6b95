//! What the specifications print and what devices sent: each file against its values, spelled out.
//!
//! The files are not part of the project. Where they are not at hand these tests say so and do nothing.

mod discovery;
mod enrollment;
mod fault;
mod header;
mod policy;
mod provisioning;
mod syncml;

use std::collections::BTreeSet;

use super::*;
use crate::protocol::discovery::Discover;
use crate::protocol::enrollment::{BodyToken, RequestSecurityToken};
use crate::protocol::policy::GetPolicies;
use crate::soap::BASE64_BINARY;
use crate::xml::{FromXml, namespace};

/// The folders of published messages.
struct Published {
    samples: PathBuf,
    captures: PathBuf,
}

impl Published {
    fn find() -> Option<Self> {
        Some(Self {
            samples: shared("samples")?,
            captures: shared("captures")?,
        })
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.samples.join(name))
            .or_else(|_| std::fs::read(self.captures.join(name)))
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The XML files of both folders.
    fn names(&self) -> BTreeSet<String> {
        let files =
            [&self.samples, &self.captures].map(|folder| std::fs::read_dir(folder).unwrap());
        let names = files
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| Path::new(name).extension().is_some_and(|end| end == "xml"))
            .collect()
    }
}

#[test]
fn no_published_message_is_left_out() {
    let Some(published) = Published::find() else {
        return;
    };
    let bodies = [
        discovery::requests()
            .iter()
            .map(|row| row.0)
            .collect::<Vec<_>>(),
        policy::requests().iter().map(|row| row.0).collect(),
        enrollment::REQUESTS.iter().map(|row| row.0).collect(),
    ]
    .concat();
    let requests: BTreeSet<_> = bodies.into_iter().collect();
    assert_eq!(
        requests,
        header::HEADERS.iter().map(|row| row.0).collect(),
        "a header for each body"
    );
    let others = [
        discovery::replies()
            .iter()
            .map(|row| row.0)
            .collect::<Vec<_>>(),
        policy::replies().iter().map(|row| row.0).collect(),
        enrollment::REPLIES.iter().map(|row| row.0).collect(),
        fault::NAMES.to_vec(),
        provisioning::NAMES.to_vec(),
        syncml::NAMES.to_vec(),
    ]
    .concat();
    let listed = requests.into_iter().chain(others).map(str::to_owned);
    assert_eq!(listed.collect::<BTreeSet<_>>(), published.names());
}
