//! The provisioning document around a certificate (MS-MDE2 2.2.9).

use aws_lc_rs::digest;

use crate::attempt::Learned;
use crate::device::{Device, EnrollmentType, SessionCredentials};
use crate::protocol::enrollment::RequestSecurityTokenResponseCollection;
use crate::protocol::provisioning::{
    self, Application, Certificate, CertificateStore, DeviceCredential, DmClient, Renew,
    ServerCredential,
};
use crate::refusal::Refusal;

use super::jitter::spread;
use super::{Enrollment, from_store};

/// Where the certificate of a device goes.
pub(super) fn store_of(device: &Device) -> CertificateStore {
    match device.facts.enrollment_type {
        Some(EnrollmentType::Device) => CertificateStore::System,
        Some(EnrollmentType::Full) | None => CertificateStore::User,
    }
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
        sealed
            .and_then(|sealed| SessionCredentials::open(&self.keys, guid, &sealed))
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
                    secret: credentials.server_secret(),
                    nonce: credentials.server_nonce().to_vec(),
                },
                server: DeviceCredential {
                    name: credentials.name().to_owned(),
                    secret: credentials.device_secret(),
                    nonce: credentials.device_nonce().to_vec(),
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
                require_message_signing: settings.require_message_signing,
            },
        })
    }
}
