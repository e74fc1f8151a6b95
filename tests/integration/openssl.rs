//! OpenSSL as an independent maker of requests and judge of certificates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The `openssl` command with a folder for its files.
pub(crate) struct Openssl {
    folder: TempDir,
}

impl Openssl {
    /// None, said aloud, where it is not installed; there it must be in continuous integration.
    pub(crate) fn new() -> Option<Self> {
        let found = Command::new("openssl").arg("version").output().is_ok();
        if !found {
            skip("openssl is not installed");
            return None;
        }
        Some(Self {
            folder: TempDir::new().unwrap(),
        })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs `openssl` in the folder with arguments that hold no spaces.
    pub(crate) fn run(&self, arguments: &str) -> Output {
        let mut command = Command::new("openssl");
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path());
        command.output().unwrap()
    }

    /// Runs a command that must succeed.
    pub(crate) fn succeed(&self, arguments: &str) {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments}: {output:?}");
    }

    /// Makes a root and an issuing CA below it (`root.pem`, `ca.key`, `ca.pem`), and the path of their chain. `password` is
    /// what the issuing CA's key is encrypted with; none: it is not.
    pub(crate) fn issuing_ca(&self, password: Option<&str>) -> String {
        let run = |arguments: &str| self.succeed(arguments);
        let (encrypted, opened) = match password {
            Some(word) => (
                format!(" -des3 -pass pass:{word}"),
                format!(" -passin pass:{word}"),
            ),
            None => (String::new(), String::new()),
        };
        self.write("ext", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n");
        run(
            "req -x509 -newkey rsa:2048 -noenc -keyout root.key -out root.pem -days 30 -subj /CN=Contoso -addext keyUsage=critical,keyCertSign,cRLSign",
        );
        run(&format!(
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048{encrypted} -out ca.key"
        ));
        run(&format!(
            "req -new -key ca.key{opened} -out ca.csr -subj /CN=Devices"
        ));
        run(
            "x509 -req -in ca.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile ext -days 29 -out ca.pem",
        );
        let chain = ["ca.pem", "root.pem"].map(|it| fs::read_to_string(self.path(it)).unwrap());
        self.write("chain.pem", chain.concat())
            .display()
            .to_string()
    }

    /// A certificate request in DER with a new key, such as `RSA -pkeyopt rsa_keygen_bits:1024`, signed with `hash`.
    pub(crate) fn request(&self, key: &str, hash: &str) -> Vec<u8> {
        for arguments in [
            &format!("genpkey -out key.pem -algorithm {key}"),
            &format!("req -new -key key.pem -outform DER -out csr.der -subj /CN=x {hash}"),
        ] {
            let output = self.run(arguments);
            assert!(output.status.success(), "{arguments}: {output:?}");
        }
        fs::read(self.path("csr.der")).unwrap()
    }
}

/// A linter of pkilint; none, said aloud, where it is not installed. All of them lie beside `lint_pkix_cert`.
pub(crate) fn linter(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("PORTCULLIS_LINT_PKIX_CERT").map(PathBuf::from);
    let path = named.unwrap_or_else(|| PathBuf::from("tests/.venv/bin/lint_pkix_cert"));
    let path = path.with_file_name(name);
    let found = Command::new(&path)
        .arg("--help")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if found.is_ok_and(|status| status.success()) {
        return Some(path);
    }
    skip("pkilint is not installed: tests/run --install");
    None
}

/// Fails unless a linter finds nothing wrong, not even a notice.
#[track_caller]
pub(crate) fn assert_lint(linter: &Path, arguments: &[&str], files: &[&Path]) {
    let mut command = Command::new(linter);
    command.args(["lint", "--severity", "NOTICE"]);
    let judged = command.args(arguments).args(files).output().unwrap();
    assert!(
        judged.status.success(),
        "{files:?}: {}{}",
        String::from_utf8_lossy(&judged.stdout),
        String::from_utf8_lossy(&judged.stderr)
    );
}

/// Says that a test is left out for want of a tool; in continuous integration nothing is left out.
pub(crate) fn skip(reason: &str) {
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!ci, "{reason}");
    eprintln!("skipped: {reason}");
}
