//! The real binary: started, killed and started again over the same data.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use portcullis::config::Config;
use portcullis::store::Store;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::client::Site;

/// A `portcullis serve`; dropping it kills it.
pub(crate) struct ProcessServer {
    child: Child,
    site: Site,
    data: Data,
}

/// The data of an installation, which outlives its processes.
pub(crate) struct Data {
    folder: TempDir,
}

impl Data {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration of a server over the data: ports of the kernel's choice, authorities of P-256.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config {
            data: self.path().to_owned(),
            ..Config::default()
        };
        config.web.listen = "127.0.0.1:0".parse().unwrap();
        config.device.listen = "127.0.0.1:0".parse().unwrap();
        config.ca.root_key = "p256".to_owned();
        config.ca.issuing_key = "p256".to_owned();
        config
    }

    /// The database, while no server is needed.
    pub(crate) fn store(&self) -> Store {
        Store::sqlite(&self.path().join("portcullis.db")).unwrap()
    }

    fn log(&self) -> PathBuf {
        self.path().join("test.log")
    }

    /// A command on the data, without anything of this process's own environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = portcullis(arguments);
        command.arg("--data").arg(self.path());
        for (name, value) in [
            ("PORTCULLIS_WEB__LISTEN", "127.0.0.1:0"),
            ("PORTCULLIS_DEVICE__LISTEN", "127.0.0.1:0"),
            ("PORTCULLIS_CA__ROOT_KEY", "p256"),
            ("PORTCULLIS_CA__ISSUING_KEY", "p256"),
            ("PORTCULLIS_LIMITS__DRAIN_DELAY_SECONDS", "0"),
        ] {
            command.env(name, value);
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The JSON that a command writes, alone on the standard output.
    pub(crate) fn json(&self, arguments: &[&str]) -> Json {
        let output = self.run(&[arguments, &["--output", "json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Starts the server over the data.
    pub(crate) fn serve(self, environment: &[(&str, &str)]) -> ProcessServer {
        let ready = self.path().join("ready.json");
        let _ = fs::remove_file(&ready);
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let mut command = self.command(&["serve"]);
        command.arg("--ready-file").arg(&ready);
        command.stdout(Stdio::null()).stderr(log);
        command.envs(environment.iter().copied());
        let mut child = command.spawn().unwrap();
        let began = Instant::now();
        while !ready.exists() {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("{status}: {}", fs::read_to_string(self.log()).unwrap());
            }
            assert!(began.elapsed() < Duration::from_secs(60), "not ready");
            std::thread::sleep(Duration::from_millis(10));
        }
        let told: Json = serde_json::from_slice(&fs::read(&ready).unwrap()).unwrap();
        let text = |key: &str| told[key].as_str().unwrap().to_owned();
        assert_eq!(told["pid"], child.id());
        let root = fs::read_to_string(text("caFile")).unwrap();
        portcullis::http::tls::install_default_provider();
        ProcessServer {
            site: Site::new(&text("web"), &text("device"), &root),
            child,
            data: self,
        }
    }
}

/// The binary with these arguments and an environment of its own.
pub(crate) fn portcullis(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("PORTCULLIS_") || matches!(&*name, "RUST_LOG" | "FAILPOINTS") {
            command.env_remove(&*name);
        }
    }
    command
}

impl Deref for ProcessServer {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl ProcessServer {
    pub(crate) fn start(environment: &[(&str, &str)]) -> Self {
        Data::new().serve(environment)
    }

    /// Its data, for commands beside the server.
    pub(crate) fn data(&self) -> &Data {
        &self.data
    }

    /// What it wrote to the standard error so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.data.log()).unwrap()
    }

    /// SIGKILL: nothing is finished, nothing is written.
    pub(crate) fn kill(mut self) -> Data {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.data, Data::new())
    }

    /// SIGHUP.
    pub(crate) fn hang_up(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "still there");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for ProcessServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
