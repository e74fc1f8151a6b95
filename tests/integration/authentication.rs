//! How a device proves itself in a management session: by its certificate, shown in TLS or by a trusted proxy, by a
//! signature over its package, or by a digest. Whoever proves nothing gets nothing.

mod certificate;
mod digest;
mod forged;
mod opening;
pub(crate) mod proxied;
pub(crate) mod proxy;
mod signature;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use portcullis::config::Config;
use portcullis::protocol::syncml::{Command, Meta, Status, SyncMl};

use crate::api::Api;
use crate::client::Site;
use crate::pc::{Enrolled, Pc, bearer, hello};
use crate::server::TestServer;

const SECRET: &str = "canary-proxy-5f0c9b7e2d4a4c1e8b3a";

/// An enrolled device.
struct One {
    pc: Pc,
    id: String,
    enrolled: Enrolled,
}

impl One {
    /// The package of an ordinary session, with a digest or another credential in it.
    fn package(&self, cred: Option<&str>) -> String {
        with_cred(&hello(&self.pc), cred)
    }

    /// Its digest over a nonce.
    fn digest(&self, nonce: &[u8]) -> String {
        let own = &self.enrolled.document.application.server;
        digest(&own.name, own.secret.reveal(), nonce)
    }
}

async fn with(change: impl FnOnce(&mut Config)) -> Api {
    Api::over(TestServer::with(change).await).await
}

/// A server that accepts digests.
async fn with_digests() -> Api {
    with(|config| config.device.digest_authentication = true).await
}

async fn enroll(api: &Api) -> One {
    enroll_as(api, Pc::new()).await
}

async fn enroll_as(api: &Api, pc: Pc) -> One {
    let token = api.server.token().await;
    let enrolled = pc.enroll(&api.server, &bearer(&token.token)).await;
    let devices = api.server.devices().await;
    let device = devices.iter().find(|it| it.guid == enrolled.guid());
    One {
        id: device.unwrap().id.to_string(),
        enrolled,
        pc,
    }
}

/// A package with a `Cred` in its header.
fn with_cred(package: &str, cred: Option<&str>) -> String {
    let cred = cred.unwrap_or_default();
    package.replacen("</SyncHdr>", &format!("{cred}</SyncHdr>"), 1)
}

/// `Cred` of a scheme.
fn cred(kind: &str, data: &str) -> String {
    format!(
        r#"<Cred><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">{kind}</Type></Meta><Data>{data}</Data></Cred>"#
    )
}

/// The digest of OMA DM, written down once more.
fn digest(name: &str, secret: &str, nonce: &[u8]) -> String {
    let inner = STANDARD.encode(Md5::digest(format!("{name}:{secret}")));
    let outer = Md5::digest([inner.as_bytes(), b":", nonce].concat());
    cred("syncml:auth-md5", &STANDARD.encode(outer))
}

fn header(reply: &SyncMl) -> &Status {
    let Some(Command::Status(status)) = reply.body.commands.first() else {
        panic!("{reply:?}");
    };
    assert_eq!(
        (status.cmd.as_str(), status.cmd_ref.as_str()),
        ("SyncHdr", "0")
    );
    status
}

/// The status of the header, and the nonce of its challenge.
fn outcome(reply: &SyncMl) -> (String, Option<Vec<u8>>) {
    let status = header(reply);
    // Who is refused receives that for each command, and nothing else.
    let mut all = reply.body.commands.iter();
    let refused = all
        .all(|it| matches!(it, Command::Status(it) if ["401", "407"].contains(&it.data.as_str())));
    assert_eq!(refused, status.data != "200", "{reply:?}");
    (status.data.clone(), status.chal.as_ref().map(nonce))
}

fn nonce(challenge: &Meta) -> Vec<u8> {
    assert_eq!(challenge.format.as_deref(), Some("b64"));
    assert_eq!(challenge.kind.as_deref(), Some("syncml:auth-md5"));
    STANDARD
        .decode(challenge.next_nonce.as_deref().unwrap())
        .unwrap()
}

/// The status of the header of what is answered to a package.
async fn status(site: &Site, package: impl Into<Vec<u8>>) -> String {
    outcome(&site.manage(package).await).0
}

/// The nonce that is given to whoever sends a package without a credential.
async fn challenge(site: &Site, package: impl Into<Vec<u8>>) -> Vec<u8> {
    let (status, nonce) = outcome(&site.manage(package).await);
    assert_eq!(status, "407");
    nonce.unwrap()
}
