//! Somebody between the server and its directory: hears all, and may take `StartTLS` away.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What becomes of `StartTLS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It passes.
    Pass,
    /// It is answered with `protocolError`, as by a directory that does not know it.
    Refuse,
    /// It is answered with success, and everything passes in clear.
    Pretend,
    /// It is answered with success, and behind that stands the success of a bind.
    Inject,
}

/// A proxy at a port of its own.
pub(super) struct Proxy {
    pub(super) port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Proxy {
    /// Listens for as long as the process lives.
    pub(super) fn start(mode: Mode, directory: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let heard = Arc::clone(&kept);
                thread::spawn(move || between(mode, client, directory, &heard));
            }
        });
        Self { port, heard }
    }

    /// Whatever the client sent.
    pub(super) fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap().clone()
    }

    /// Whether these letters went by in clear.
    pub(super) fn heard_in_clear(&self, text: &str) -> bool {
        let heard = self.heard();
        heard.windows(text.len()).any(|it| it == text.as_bytes())
    }
}

fn between(mode: Mode, mut client: TcpStream, directory: u16, heard: &Mutex<Vec<u8>>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", directory)) else {
        return;
    };
    if mode != Mode::Pass {
        let mut asked = [0; 256];
        let Ok(length) = client.read(&mut asked) else {
            return;
        };
        heard.lock().unwrap().extend(&asked[..length]);
        // ExtendedResponse (RFC 4511, section 4.12) to the message 1.
        let code = u8::from(mode == Mode::Refuse) * 2;
        let mut answer = vec![48, 12, 2, 1, 1, 120, 7, 10, 1, code, 4, 0, 4, 0];
        if mode == Mode::Inject {
            answer.extend([48, 12, 2, 1, 2, 97, 7, 10, 1, 0, 4, 0, 4, 0]);
        }
        let _ = client.write_all(&answer);
    }
    let (mut back, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut back, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let mut bytes = [0; 4096];
    while let Ok(length @ 1..) = client.read(&mut bytes) {
        heard.lock().unwrap().extend(&bytes[..length]);
        if server.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}
