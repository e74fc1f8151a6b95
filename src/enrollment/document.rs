//! The provisioning document around a certificate (MS-MDE2 2.2.9), and the session credentials that it carries.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::attempt::Learned;
use crate::ca::MasterKey;
use crate::device::{Device, EnrollmentType};
use crate::id::fill_random;
use crate::protocol::enrollment::RequestSecurityTokenResponseCollection;
use crate::protocol::provisioning::{
    self, Application, Certificate, CertificateStore, DeviceCredential, DmClient, Renew,
    ServerCredential,
};
use crate::refusal::Refusal;
use crate::secret::Secret;

use super::jitter::spread;
use super::{Enrollment, from_store};

/// The names, secrets and nonces of a device's management sessions: random, its own, stored sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct SessionCredentials {
    name: String,
    device_secret: String,
    device_nonce: [u8; 16],
    server_secret: String,
    server_nonce: [u8; 16],
}

/// One side's credentials, for whoever serves the sessions.
pub(super) struct Shared<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) secret: &'a str,
    pub(super) nonce: &'a [u8],
}

impl SessionCredentials {
    /// New credentials for `device`.
    pub(super) fn generate(device: &Device) -> Self {
        let secret = || {
            let mut bytes = [0; 32];
            fill_random(&mut bytes);
            URL_SAFE_NO_PAD.encode(bytes)
        };
        let nonce = || {
            let mut bytes = [0; 16];
            fill_random(&mut bytes);
            bytes
        };
        Self {
            name: device.guid.to_string(),
            device_secret: secret(),
            device_nonce: nonce(),
            server_secret: secret(),
            server_nonce: nonce(),
        }
    }

    /// What the device proves itself with.
    pub(super) fn of_device(&self) -> Shared<'_> {
        Shared {
            name: Some(&self.name),
            secret: &self.device_secret,
            nonce: &self.device_nonce,
        }
    }

    /// What the server proves itself with.
    pub(super) fn of_server(&self) -> Shared<'_> {
        Shared {
            name: None,
            secret: &self.server_secret,
            nonce: &self.server_nonce,
        }
    }

    /// The credentials as they are stored.
    pub(super) fn seal(&self, keys: &MasterKey, device: Uuid) -> Vec<u8> {
        let json = serde_json::to_vec(self).unwrap_or_default();
        keys.seal(&purpose(device), &json)
    }
}

/// Where the certificate of a device goes.
pub(super) fn store_of(device: &Device) -> CertificateStore {
    match device.facts.enrollment_type {
        Some(EnrollmentType::Device) => CertificateStore::System,
        Some(EnrollmentType::Full) | None => CertificateStore::User,
    }
}

fn purpose(device: Uuid) -> String {
    format!("session-credentials:{device}")
}

impl Enrollment {
    /// The stored session credentials of a device.
    pub(super) fn session_credentials(
        &self,
        device: &Device,
    ) -> Result<SessionCredentials, Refusal> {
        let (id, guid) = (device.id, device.guid);
        let sealed = self
            .store
            .look(|tx| tx.device_credentials(id))
            .map_err(|error| from_store(&error))?;
        let opened = sealed.and_then(|sealed| self.keys.open(&purpose(guid), &sealed).ok());
        opened
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| {
                tracing::error!(device = %id, "the session credentials cannot be opened: was the master key changed?");
                Refusal::Internal
            })
    }

    /// The reply with the provisioning document in it.
    pub(super) fn answer(
        &self,
        device: &Device,
        credentials: &SessionCredentials,
        certificate: &[u8],
        learned: &mut Learned,
    ) -> Result<RequestSecurityTokenResponseCollection, Refusal> {
        let hash = digest::digest(&digest::SHA256, certificate);
        learned.notes.push(format!(
            "certificate issued, SHA-256 {}",
            crate::id::hex(hash.as_ref())
        ));
        let document = self
            .document(device, credentials, certificate)?
            .to_document()
            .to_text();
        Ok(RequestSecurityTokenResponseCollection::new(document))
    }

    /// MS-MDE2 2.2.9: certificates, account, `DMClient`.
    fn document(
        &self,
        device: &Device,
        credentials: &SessionCredentials,
        certificate: &[u8],
    ) -> Result<provisioning::Enrollment, Refusal> {
        let authority = self.authority.current();
        let chain = authority.chain_of(certificate).ok_or_else(|| {
            Refusal::Authority(
                "the certificate is of an issuing CA that is not in force".to_owned(),
            )
        })?;
        let other_roots = authority.roots_der().filter(|root| *root != chain.root);
        let mut intermediates = chain.intermediates.into_iter().map(Certificate::new);
        let settings = &self.settings.provisioning;
        let store = store_of(device);
        let guid = device.guid.to_string();
        let upn = device.owner.clone();
        Ok(provisioning::Enrollment {
            other_roots: other_roots
                .map(|root| Certificate::new(root.to_vec()))
                .collect(),
            root: Certificate::new(chain.root),
            intermediate: intermediates.next(),
            other_intermediates: intermediates.collect(),
            leaf: Certificate::new(certificate.to_vec()),
            store,
            renew: Renew {
                robo_support: true,
                renew_period: settings.renew_period,
                retry_interval: settings.retry_interval,
            },
            application: Application {
                provider_id: settings.provider_id.clone(),
                name: settings.name.clone(),
                address: self.settings.addresses.management.clone(),
                connection_retry_frequency: settings.connection_retry_frequency,
                initial_backoff_ms: settings.initial_backoff_ms,
                max_backoff_ms: settings.max_backoff_ms,
                ssl_client_cert_search_criteria: settings
                    .client_certificate_criteria
                    .then(|| provisioning::client_certificate_criteria(&guid, store)),
                client: ServerCredential {
                    secret: Secret::new(credentials.server_secret.as_str()),
                    nonce: credentials.server_nonce.to_vec(),
                },
                server: DeviceCredential {
                    name: credentials.name.clone(),
                    secret: Secret::new(credentials.device_secret.as_str()),
                    nonce: credentials.device_nonce.to_vec(),
                },
            },
            dm_client: DmClient {
                upn,
                ent_dm_id: guid,
                ent_device_name: device.display_name.clone().unwrap_or_default(),
                poll: spread(settings.poll, settings.poll_jitter_percent, device.guid),
                help_phone: settings.help_phone.clone(),
                help_website: settings.help_website.clone(),
                help_email: settings.help_email.clone(),
            },
        })
    }
}
