//! SoftHSM, a PKCS#11 token in software: a token of its own for each test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::openssl::skip;

pub(super) const LABEL: &str = "portcullis ca";
pub(super) const PIN: &str = "cedar-4711";

/// A folder with one initialized token.
pub(super) struct SoftHsm {
    folder: TempDir,
    module: PathBuf,
}

impl SoftHsm {
    /// None, said aloud, where it is not installed or the program has no PKCS#11.
    pub(super) fn new() -> Option<Self> {
        if !cfg!(feature = "pkcs11") {
            skip("built without the feature pkcs11");
            return None;
        }
        let module = MODULES.iter().map(PathBuf::from).find(|it| it.exists());
        let Some(module) = module else {
            skip("softhsm2 is not installed: tests/run --install");
            return None;
        };
        let folder = TempDir::new().unwrap();
        let hsm = Self { folder, module };
        fs::create_dir(hsm.tokens()).unwrap();
        let settings = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            hsm.tokens().display()
        );
        fs::write(hsm.configuration(), settings).unwrap();
        hsm.initialize(LABEL);
        hsm.tell_pin(PIN);
        Some(hsm)
    }

    /// Makes another token.
    pub(super) fn initialize(&self, label: &str) {
        let made = self.util(&[
            "--init-token",
            "--free",
            "--label",
            label,
            "--so-pin",
            "0815",
        ]);
        assert!(made.status.success(), "{made:?}");
    }

    /// Runs `softhsm2-util`.
    pub(super) fn util(&self, arguments: &[&str]) -> Output {
        Command::new("softhsm2-util")
            .args(arguments)
            .args(["--pin", PIN])
            .env("SOFTHSM2_CONF", self.configuration())
            .output()
            .unwrap()
    }

    /// What a server is told of it.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("SOFTHSM2_CONF", self.configuration().display().to_string()),
            (MODULE, self.module.display().to_string()),
            (TOKEN, LABEL.to_owned()),
            (PIN_FILE, self.pin_file().display().to_string()),
        ]
    }

    /// What the server takes for the PIN.
    pub(super) fn tell_pin(&self, pin: &str) {
        fs::write(self.pin_file(), format!("{pin}\n")).unwrap();
    }

    fn pin_file(&self) -> PathBuf {
        self.folder.path().join("pin")
    }

    /// Where the tokens lie.
    pub(super) fn tokens(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("softhsm2.conf")
    }

    /// The files of the objects in all tokens.
    pub(super) fn objects(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.tokens()).unwrap();
        let files = folders.flat_map(|it| fs::read_dir(it.unwrap().path()).unwrap());
        let objects = files.map(|it| it.unwrap().path()).filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.ends_with(".object") && name != "token.object"
        });
        objects.collect()
    }

    /// What SoftHSM's own tool reads of each object.
    pub(super) fn dumped(&self) -> Vec<String> {
        let objects = self.objects();
        objects.iter().map(|it| dump(it)).collect()
    }
}

fn dump(object: &Path) -> String {
    let read = Command::new("softhsm2-dump-file").arg(object).output();
    String::from_utf8_lossy(&read.unwrap().stdout).into_owned()
}

pub(super) const MODULE: &str = "PORTCULLIS_CA__PKCS11_MODULE";
pub(super) const TOKEN: &str = "PORTCULLIS_CA__PKCS11_TOKEN";
pub(super) const PIN_FILE: &str = "PORTCULLIS_CA__PKCS11_PIN_FILE";

/// Where distributions put it.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
