//! The façades, proven with the clients that their contracts were written for: Google's and Microsoft's own, in Python.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::openssl::skip;
use crate::pc::{Pc, bearer};
use crate::server::{Data, ProcessServer};

/// The Python that has the clients; none, said aloud, where it is not installed.
pub(crate) fn python() -> Option<PathBuf> {
    let named = std::env::var_os("PORTCULLIS_CLIENTS_PYTHON").map(PathBuf::from);
    let usual = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/.venv-clients/bin/python"
    );
    let path = named.unwrap_or_else(|| PathBuf::from(usual));
    let found = Command::new(&path)
        .args([
            "-c",
            "import aiosmtpd, googleapiclient, msgraph_core, schemathesis, signxml, tree_sitter_powershell",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if found.is_ok_and(|status| status.success()) {
        return Some(path);
    }
    skip("the clients of the contracts are not installed: tests/run --install");
    None
}

/// A client with the key of an owner, at a server of its own.
struct Client {
    server: ProcessServer,
    python: PathBuf,
    script: &'static str,
    key: String,
    folder: TempDir,
}

impl Client {
    fn new(script: &'static str) -> Option<Self> {
        let python = python()?;
        let data = Data::new();
        let key = data.json(&["admin", "create-key", "--role", "owner"]);
        let key = key["key"].as_str().unwrap().to_owned();
        let server = data.serve(&[]);
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("root.pem"), server.root()).unwrap();
        Some(Self {
            server,
            python,
            script,
            key,
            folder,
        })
    }

    /// What the client prints; a promise that it found broken fails the test.
    async fn run(&self, arguments: &[&str]) -> Json {
        let script = Path::new("tests/clients").join(self.script);
        let mut command = Command::new(&self.python);
        command
            .arg(script)
            .args(arguments)
            .env("PORTCULLIS_SERVER", &self.server.web)
            .env("PORTCULLIS_ROOT", self.folder.path().join("root.pem"))
            .env("PORTCULLIS_KEY", &self.key)
            .env("PORTCULLIS_ORGANIZATION", "default")
            .stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        assert!(
            output.status.success(),
            "{} {arguments:?}: {}\n{}",
            self.script,
            String::from_utf8_lossy(&output.stderr),
            self.server.log()
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn text<'a>(told: &'a Json, key: &str) -> &'a str {
    told[key].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_enrolls_with_the_token_that_googles_client_received() {
    let Some(client) = Client::new("google.py") else {
        return;
    };
    let made = client.run(&["create"]).await;
    let pc = Pc::new();
    let site = &client.server;
    let shows = bearer(text(&made, "value"));
    pc.enroll(site, &shows).await;

    let device = client.run(&["devices", text(&made, "name")]).await;
    assert_eq!(device["state"], "PROVISIONING");
    assert!(
        text(&device, "name").starts_with("enterprises/default/devices/"),
        "{device}"
    );
    // It was good for one device alone.
    client.run(&["gone", text(&made, "name")]).await;
    assert!(Pc::new().try_enroll(site, &shows).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_enrolls_with_a_token_that_googles_client_deleted() {
    let Some(client) = Client::new("google.py") else {
        return;
    };
    let made = client.run(&["create"]).await;
    client.run(&["check", text(&made, "name")]).await;
    client.run(&["delete", text(&made, "name")]).await;
    let shows = bearer(text(&made, "value"));
    let answer = Pc::new().try_enroll(&client.server, &shows).await;
    assert!(answer.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn pcs_enroll_with_the_token_of_a_profile_that_microsofts_client_made() {
    let Some(client) = Client::new("graph.py") else {
        return;
    };
    let made = client.run(&["create"]).await;
    let (profile, shows) = (text(&made, "name"), bearer(text(&made, "value")));
    for enrolled in 1..=2 {
        Pc::new().enroll(&client.server, &shows).await;
        let profile = client.run(&["check", profile]).await;
        assert_eq!(profile["devices"], enrolled);
    }
    client.run(&["revoke", profile]).await;
    assert!(Pc::new().try_enroll(&client.server, &shows).await.is_err());
    client.run(&["delete", profile]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn microsofts_client_takes_device_identities_over_and_finds_them_again() {
    let Some(client) = Client::new("graph.py") else {
        return;
    };
    client.run(&["identities"]).await;
}
