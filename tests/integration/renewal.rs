//! A device renews its certificate: what is accepted, what is forged, and what becomes of the old certificate.

mod accepted;
#[cfg(feature = "failpoints")]
mod crash;
mod document;
mod draining;
mod forge;
mod forged;
mod life;
mod race;
mod rotated;
mod table;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use portcullis::id::ObjectId;
use portcullis::protocol::enrollment::{PKCS7, RequestSecurityToken, RequestType};
use portcullis::protocol::provisioning::{ProvisioningDocument, Renewal};
use portcullis::secret::Secret;
use portcullis::soap::{Fault, Security};
use portcullis::store::{IssuanceState, Transaction};
use rcgen::KeyPair;

use crate::client::Site;
use crate::pc::{Enrolled, Pc, password, pem, typed};
use crate::server::TestServer;
use crate::talk;

use forge::Forge;

/// A certificate and its key, and the server as it is met with them.
pub(crate) struct Own {
    pub(crate) key: Arc<KeyPair>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) site: Site,
}

/// A server and a PC that enrolled at it.
struct Scene {
    server: TestServer,
    pc: Pc,
    own: Own,
}

impl Own {
    pub(crate) fn new(server: &Site, key: &Arc<KeyPair>, certificate: &[u8]) -> Self {
        let identity = format!("{}{}", key.serialize_pem(), pem("CERTIFICATE", certificate));
        Self {
            key: Arc::clone(key),
            certificate: certificate.to_vec(),
            site: server.with_identity(&identity),
        }
    }

    pub(crate) fn enrolled(server: &Site, pc: &Pc, enrolled: &Enrolled) -> Self {
        Self::new(server, &pc.key, enrolled.certificate())
    }

    /// The good message by which this certificate is renewed for the key of `pc`.
    pub(crate) fn message(&self, pc: &Pc) -> Vec<u8> {
        Forge::new(self, &pc.csr()).build()
    }

    /// Renews for the key of `pc`, whatever comes of it.
    pub(crate) async fn renew(&self, pc: &Pc) -> Result<Self, Fault> {
        let text = ask(&self.site, pc, &self.message(pc), Some(nobody())).await?;
        Ok(Self::new(&self.site, &pc.key, &renewal(&text).leaf.der))
    }
}

impl Scene {
    async fn new() -> Self {
        Self::of(Pc::new()).await
    }

    async fn of(pc: Pc) -> Self {
        let server = TestServer::start().await;
        let own = enroll(&server, &pc).await;
        // So that what comes next is later.
        server.clock.advance(1);
        Self { server, pc, own }
    }

    async fn renew(&self, own: &Own, pc: &Pc) -> Result<Own, Fault> {
        own.renew(pc).await
    }

    /// The only device, or the one that was there first.
    async fn device(&self) -> ObjectId {
        self.server.devices().await.last().unwrap().id
    }

    /// The states of its certificates, the newest first.
    async fn states(&self) -> Vec<IssuanceState> {
        let issuances = self.server.issuances(self.device().await).await;
        issuances.iter().map(|issuance| issuance.state).collect()
    }

    /// Fails unless the message is refused for this reason, and nothing was issued.
    async fn refused(&self, site: &Site, message: &[u8], reason: &str) {
        let before = self.states().await;
        let fault = ask(site, &self.pc.with_new_key(), message, Some(nobody())).await;
        let fault = fault.err().unwrap_or_else(|| panic!("accepted: {reason}"));
        assert_eq!(fault.hresult(), 0x8018_0016, "{reason}");
        assert_eq!(self.explanation(&fault).await, told(reason));
        assert_eq!(self.states().await, before, "{reason}");
    }

    async fn explanation(&self, fault: &Fault) -> String {
        self.server.attempt_of(fault).await.explanation.unwrap()
    }

    async fn write(
        &self,
        work: impl FnOnce(&mut Transaction<'_>, ObjectId, Timestamp) + Send + 'static,
    ) {
        let (device, now) = (self.device().await, self.server.clock.now());
        let store = &self.server.server.app.store;
        let work = move |tx: &mut Transaction<'_>| -> Result<(), portcullis::store::Error> {
            work(tx, device, now);
            Ok(())
        };
        store.write(work).await.unwrap();
    }
}

/// What the administrator reads.
fn told(reason: &str) -> String {
    format!("The renewal was refused: {reason}")
}

async fn enroll(server: &TestServer, pc: &Pc) -> Own {
    let token = server.token().await;
    Own::enrolled(server, pc, &pc.enroll(server, &typed(&token)).await)
}

/// The header of Windows when it renews: a name and an empty password.
pub(crate) fn nobody() -> Security {
    password("ana@contoso.example", "")
}

/// The request to renew around a message.
fn request(pc: &Pc, message: &[u8]) -> RequestSecurityToken {
    let mut request = pc.request();
    request.request_type = RequestType::Renew;
    let token = request.binary_security_token.as_mut().unwrap();
    PKCS7.clone_into(&mut token.value_type);
    token.text = Secret::new(STANDARD.encode(message));
    request
}

/// Asks to renew; the document, or the fault.
pub(crate) async fn ask(
    site: &Site,
    pc: &Pc,
    message: &[u8],
    security: Option<Security>,
) -> Result<String, Fault> {
    send(site, &request(pc, message), security).await
}

async fn send(
    site: &Site,
    request: &RequestSecurityToken,
    security: Option<Security>,
) -> Result<String, Fault> {
    let answer = site.exchange(&site.enrollment(), request, security).await;
    answer.assert_valid::<RequestSecurityToken>();
    let reply = answer.outcome::<RequestSecurityToken>().1?;
    Ok(reply.provisioning_document)
}

fn renewal(text: &str) -> Renewal {
    Renewal::from_document(&ProvisioningDocument::parse(text).unwrap()).unwrap()
}

/// The status of a management session with this certificate.
pub(crate) async fn session(own: &Own, pc: &Pc) -> String {
    talk::session(&own.site, pc.device_id()).await
}
