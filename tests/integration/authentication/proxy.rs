//! `nginx` and `HAProxy` as processes of their own, with the very configurations that docs/PROXY.md prints.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::*;
use crate::openssl::{Openssl, skip};

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    Nginx,
    Haproxy,
}

/// One that runs in front of a server.
pub(crate) struct Proxy {
    running: Child,
    pub(crate) openssl: Openssl,
    /// The server as it is met through the proxy.
    pub(crate) site: Site,
}

impl Make {
    /// The header in which the page has it pass the certificate on.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Nginx => "X-SSL-Client-Cert",
            Self::Haproxy => "Client-Cert",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
        }
    }

    /// What docs/PROXY.md prints for it.
    fn printed(self) -> String {
        let page = crate::architecture::read("docs/PROXY.md").unwrap();
        let (_, rest) = page.split_once(&format!("```{}\n", self.name())).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    }
}

impl Proxy {
    /// Starts it in front of `server`; none, said aloud, where it is not installed.
    pub(crate) fn start(make: Make, server: &TestServer) -> Option<Self> {
        // Debian keeps it where only root's PATH looks.
        let program = Path::new("/usr/sbin").join(make.name());
        if !program.exists() {
            skip(&format!("{} is not installed", make.name()));
            return None;
        }
        let openssl = Openssl::new()?;
        let made = openssl.run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.pem \
             -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE",
        );
        assert!(made.status.success(), "{made:?}");
        let certificate = fs::read_to_string(openssl.path("server.pem")).unwrap();
        if make == Make::Haproxy {
            let key = fs::read_to_string(openssl.path("server.key")).unwrap();
            openssl.write("server.pem", format!("{certificate}{key}"));
        }
        openssl.write("devices.pem", server.root());
        openssl.write("portcullis.pem", server.root());
        for _ in 0..10 {
            let (web, device) = (free(), free());
            let running = run(make, &program, &openssl, server, (web, device));
            if let Some(running) = running {
                let url = |port| format!("https://localhost:{port}");
                let site = Site::new(&url(web), &url(device), &certificate);
                return Some(Self {
                    running,
                    openssl,
                    site,
                });
            }
        }
        let log = fs::read_to_string(openssl.path("log"));
        panic!("{make:?} does not start: {log:?}");
    }
}

/// Runs it at two ports; none where it ended, as it does when somebody else took one.
fn run(
    make: Make,
    program: &Path,
    openssl: &Openssl,
    server: &TestServer,
    (web, device): (u16, u16),
) -> Option<Child> {
    let address = |url: &str| url.replace("https://localhost", "127.0.0.1");
    let folder = openssl.path("").display().to_string();
    let printed = make
        .printed()
        .replace("listen 443 ", &format!("listen 127.0.0.1:{web} "))
        .replace("listen 8444 ", &format!("listen 127.0.0.1:{device} "))
        .replace("bind :443 ", &format!("bind 127.0.0.1:{web} "))
        .replace("bind :8444 ", &format!("bind 127.0.0.1:{device} "))
        .replace("10.0.0.5:8443", &address(&server.web))
        .replace("10.0.0.5:8444", &address(&server.device))
        .replace(&format!("/etc/{}/mdm/", make.name()), &folder)
        .replace("mdm.example.com", "localhost")
        .replace("SECRET-OF-32-CHARACTERS-OR-MORE", SECRET);
    let log = fs::File::create(openssl.path("log")).unwrap();
    let mut command = Command::new(program);
    match make {
        Make::Nginx => {
            let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
            let temporary = temporary.map(|name| format!("{name}_temp_path {folder}{name};"));
            let whole = format!(
                "daemon off; master_process off; pid {folder}pid; error_log stderr;\n\
                 events {{ worker_connections 128; }}\n\
                 http {{ access_log off; {}\n{printed} }}\n",
                temporary.concat()
            );
            let file = openssl.write("nginx.conf", whole);
            command
                .args(["-e", "stderr", "-p", &folder, "-c"])
                .arg(file);
        }
        Make::Haproxy => {
            // -db keeps it in the foreground.
            let file = openssl.write("haproxy.cfg", printed);
            command.args(["-db", "-f"]).arg(file);
        }
    }
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    let mut running = command.stderr(log).spawn().unwrap();
    for _ in 0..200 {
        let answers = |port: &u16| TcpStream::connect(("127.0.0.1", *port)).is_ok();
        if [web, device].iter().all(answers) {
            return Some(running);
        }
        if running.try_wait().unwrap().is_some() {
            return None;
        }
        sleep(Duration::from_millis(50));
    }
    end(&mut running);
    None
}

fn end(running: &mut Child) {
    drop(running.kill());
    running.wait().unwrap();
}

fn free() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Drop for Proxy {
    fn drop(&mut self) {
        end(&mut self.running);
    }
}
