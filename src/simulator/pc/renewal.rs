//! A renewal (MS-MDE2 3.5): discovery, policy and `RequestSecurityToken` again, proved by the certificate that ends.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::policy::password;
use super::{Pc, Services};
use crate::protocol::discovery::DiscoverResponse;
use crate::protocol::enrollment::{PKCS7, RequestSecurityToken, RequestType};
use crate::protocol::provisioning::{Enrollment, ProvisioningDocument, Renewal};
use crate::secret::Secret;
use crate::simulator::verdict::Expected;
use crate::simulator::{CertificateFlaw, Error, Key, Session, Step};
use crate::soap::{BASE64_BINARY, BinarySecurityToken, Security};

/// What a PC has after a renewal.
#[derive(Debug, Clone)]
pub struct Renewed {
    /// The PC with its new key.
    pub pc: Pc,
    /// What is installed now: the enrollment with the new certificate in the place of the old one.
    pub enrollment: Enrollment,
    /// The first management session with the new certificate, unless the settings leave it out.
    pub session: Option<Session>,
}

impl Pc {
    /// Renews the certificate of `enrollment` for a new key.
    ///
    /// # Errors
    /// The first disappointment.
    pub async fn renew(&self, enrollment: &Enrollment) -> Result<Renewed, Error> {
        self.renew_for(enrollment, self.key.kind().generate()?)
            .await
    }

    /// Renews the certificate of `enrollment` for `key`, which may be the one that this PC has.
    ///
    /// # Errors
    /// The first disappointment.
    pub async fn renew_for(&self, enrollment: &Enrollment, key: Key) -> Result<Renewed, Error> {
        let shown = self.showing(enrollment)?;
        let services = shown.discover().await?;
        let nobody = password(self.settings.email_address(), &Secret::default());
        shown.get_policies(&services, &nobody).await?;
        let request = shown.renewal_request(&services, enrollment, &key)?;
        let renewed = Self {
            csr: key.csr(&self.identity, self.settings.csr)?,
            key,
            ..self.clone()
        };
        let enrollment = shown
            .request_renewal(&services, &nobody, &request, enrollment, &renewed.key)
            .await?;
        let session = match self.settings.session {
            true => Some(renewed.manage(&enrollment).await?),
            false => None,
        };
        Ok(Renewed {
            pc: renewed,
            enrollment,
            session,
        })
    }

    /// The PC whose requests of enrollment show the certificate of `enrollment` in TLS.
    ///
    /// # Errors
    /// [`Error::ClientCertificate`] or [`Error::Client`].
    pub fn showing(&self, enrollment: &Enrollment) -> Result<Self, Error> {
        let chain = [Some(&enrollment.leaf), enrollment.intermediate.as_ref()];
        let chain = chain.into_iter().flatten().map(|it| it.der.clone());
        Ok(Self {
            network: self.network.certified(chain.collect(), &self.key)?,
            ..self.clone()
        })
    }

    /// The request to renew the certificate of `enrollment` for `key`.
    ///
    /// # Errors
    /// [`Error::Key`], or [`Error::Certificate`] when there is none to renew.
    pub fn renewal_request(
        &self,
        reply: &DiscoverResponse,
        enrollment: &Enrollment,
        key: &Key,
    ) -> Result<RequestSecurityToken, Error> {
        let old = &enrollment.leaf.der;
        let csr = key.renewal_csr(&self.identity, self.settings.csr, old)?;
        let message = self
            .key
            .signed_message(&csr, old)?
            .ok_or(CertificateFlaw::Key)?;
        let mut request = self.request(reply);
        request.request_type = RequestType::Renew;
        request.binary_security_token = Some(BinarySecurityToken {
            id: None,
            value_type: PKCS7.to_owned(),
            encoding_type: Some(BASE64_BINARY.to_owned()),
            text: Secret::new(STANDARD.encode(message)),
        });
        request
            .additional_context
            .retain(|item| SAID_AGAIN.contains(&item.name.as_str()));
        Ok(request)
    }

    /// Asks for the next certificate, and judges the document; what is installed then.
    async fn request_renewal(
        &self,
        reply: &DiscoverResponse,
        security: &Security,
        request: &RequestSecurityToken,
        enrollment: &Enrollment,
        key: &Key,
    ) -> Result<Enrollment, Error> {
        let (url, step) = (Services::of(reply)?.enrollment, Step::RequestSecurityToken);
        let collection = self.exchange(step, &url, request, Some(security)).await?;
        let document = ProvisioningDocument::parse(&collection.provisioning_document);
        let renewal = document.and_then(|document| Renewal::from_document(&document));
        let renewal = renewal.map_err(Error::Document)?;
        if renewal.provider_id != enrollment.application.provider_id {
            return Err(CertificateFlaw::Provider.into());
        }
        let mut installed = enrollment.clone();
        installed.leaf = renewal.leaf;
        installed.store = renewal.store;
        installed.root = renewal.root.unwrap_or(installed.root);
        installed.intermediate = renewal.intermediate.or(installed.intermediate);
        let expected = Expected {
            spki: &key.spki(),
            enrollment_type: &self.settings.enrollment_type,
            now: self.settings.now,
        };
        expected.judge(&installed)?;
        Ok(installed)
    }
}

/// What a device says of itself when it renews.
const SAID_AGAIN: [&str; 10] = [
    "OSEdition",
    "OSVersion",
    "DeviceName",
    "EnrollmentType",
    "DeviceType",
    "ApplicationVersion",
    "DeviceID",
    "Locale",
    "HWDevID",
    "MAC",
];
