//! The server as a process of its own, so that its CPU time is its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use portcullis::app::Installation;
use portcullis::clock::Clock;
use portcullis::config::{Config, LoadArguments};

use super::Error;

/// A running `portcullis serve` on a data directory of its own.
pub(crate) struct ServerProcess {
    child: Child,
    directory: tempfile::TempDir,
    /// The web listener's URL.
    pub(crate) web: String,
    /// The device listener's URL.
    pub(crate) device: String,
    /// The root that signed the TLS certificate.
    pub(crate) root: Vec<u8>,
}

impl ServerProcess {
    /// Starts the server with an issuing key of this kind.
    pub(crate) fn start(issuing_key: &str) -> Result<Self, Error> {
        let directory = tempfile::tempdir()?;
        let config = directory.path().join("portcullis.toml");
        fs::write(
            &config,
            format!(
                "data = {:?}\n[web]\nlisten = \"127.0.0.1:0\"\n[device]\nlisten = \"127.0.0.1:0\"\n\
                 [ca]\nroot_key = \"p256\"\nissuing_key = \"{issuing_key}\"\n[log]\nlevel = \"warn\"\n\
                 [limits]\ndrain_delay_seconds = 0\n",
                directory.path().join("data")
            ),
        )?;
        let ready = directory.path().join("ready.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command
            .args(["serve", "--config"])
            .arg(&config)
            .arg("--ready-file")
            .arg(&ready);
        // The tests' own variables are no configuration, and the server refuses what it does not know.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PORTCULLIS_")) {
            command.env_remove(name);
        }
        let child = command.spawn()?;
        let json = wait_for(&ready)?;
        let text = |key: &str| {
            json.get(key)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
                .ok_or("not ready")
        };
        let (web, device) = (text("web")?, text("device")?);
        let root = fs::read(text("caFile")?)?;
        Ok(Self {
            child,
            directory,
            web,
            device,
            root,
        })
    }

    /// The installation behind the server, to make tokens in.
    pub(crate) fn installation(&self) -> Result<Installation, Error> {
        let file = Some(self.directory.path().join("portcullis.toml"));
        let (config, _) = Config::load(
            LoadArguments {
                file,
                overrides: Vec::new(),
            },
            std::iter::empty(),
        )?;
        Ok(Installation::open(config, Clock::system())?)
    }

    /// Bytes that the server had written to disk.
    pub(crate) fn written(&self) -> Result<u64, Error> {
        let io = fs::read_to_string(format!("/proc/{}/io", self.child.id()))?;
        let line = io
            .lines()
            .find_map(|line| line.strip_prefix("write_bytes: "));
        Ok(line.ok_or("no write_bytes")?.trim().parse()?)
    }

    /// CPU time that the server's threads have used.
    pub(crate) fn cpu(&self) -> Result<Duration, Error> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id()))?;
        let mut total = Duration::ZERO;
        for task in tasks {
            total += schedstat(&task?.path().join("schedstat"))?;
        }
        Ok(total)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time that the calling thread has used.
pub(crate) fn cpu_of_this_thread() -> Result<Duration, Error> {
    schedstat(&PathBuf::from("/proc/thread-self/schedstat"))
}

/// The first number of `schedstat`: nanoseconds on a processor.
fn schedstat(path: &std::path::Path) -> Result<Duration, Error> {
    let text = fs::read_to_string(path)?;
    let nanoseconds = text
        .split_whitespace()
        .next()
        .ok_or("schedstat is empty")?
        .parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

fn wait_for(path: &std::path::Path) -> Result<serde_json::Value, Error> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(60) {
        if let Ok(text) = fs::read_to_string(path) {
            return Ok(serde_json::from_str(&text)?);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err("the server did not become ready".into())
}
