//! A mail server of another make, as a process of its own that can be killed.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::beside::Voice;
use crate::clients::python;

/// The server and what it took.
pub(super) struct MailServer {
    python: PathBuf,
    folder: TempDir,
    options: Vec<String>,
    running: Option<Child>,
    pub(super) port: u16,
}

/// One letter as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Arrived {
    pub(super) to: Vec<String>,
    pub(super) content: String,
    pub(super) tls: bool,
    pub(super) user: String,
}

impl MailServer {
    /// A server without TLS; none, said aloud, where it is not installed.
    pub(super) fn start() -> Option<Self> {
        Self::with(Vec::new())
    }

    /// A server with STARTTLS alone, with this certificate and key, that lets nobody write without signing in.
    pub(super) fn protected(certificate: &str, key: &str) -> Option<Self> {
        let options = ["--certificate", certificate, "--key", key, "--sign-in"];
        Self::with(options.map(str::to_owned).to_vec())
    }

    fn with(options: Vec<String>) -> Option<Self> {
        let mut server = Self {
            python: python()?,
            folder: TempDir::new().unwrap(),
            options,
            running: None,
            port: 0,
        };
        server.run();
        Some(server)
    }

    /// Starts it, at the port that it had.
    pub(super) fn run(&mut self) {
        let mut process = Command::new(&self.python)
            .arg("tests/clients/smtp.py")
            .arg(self.folder.path())
            .arg(self.port.to_string())
            .args(&self.options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let voice = Voice::of("the mail server", process.stdout.take().unwrap());
        self.port = voice.line().trim().parse().unwrap();
        self.running = Some(process);
    }

    /// Kills it, whatever it is doing.
    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.running.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub(super) fn arrived(&self) -> Vec<Arrived> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|it| it == "json"))
            .map(|path| {
                let json: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
                let to = json["to"].as_array().unwrap();
                Arrived {
                    to: to
                        .iter()
                        .map(|it| it.as_str().unwrap().to_owned())
                        .collect(),
                    content: json["content"].as_str().unwrap().to_owned(),
                    tls: json["tls"].as_bool().unwrap(),
                    user: json["user"].as_str().unwrap().to_owned(),
                }
            })
            .collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Arrived {
    /// A header, its folded lines put together.
    pub(super) fn header(&self, name: &str) -> String {
        let head = self.content.split("\r\n\r\n").next().unwrap();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut lines = unfolded.split("\r\n");
        let line = lines.find(|line| {
            let (is, _) = line.split_once(':').unwrap_or_default();
            is.eq_ignore_ascii_case(name)
        });
        let (_, value) = line
            .and_then(|line| line.split_once(':'))
            .unwrap_or_default();
        value.trim().to_owned()
    }
}
