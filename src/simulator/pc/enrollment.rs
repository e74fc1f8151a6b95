//! `RequestSecurityToken`: the request of a real device, and its reply judged.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Pc;
use super::discovery::Services;
use crate::protocol::discovery::{DiscoverResponse, Version};
use crate::protocol::enrollment::{
    ContextItem, PKCS10, RequestSecurityToken, RequestSecurityTokenResponseCollection, RequestType,
    TOKEN_TYPE,
};
use crate::protocol::provisioning::{Enrollment, ProvisioningDocument};
use crate::secret::Secret;
use crate::simulator::verdict::Expected;
use crate::simulator::{CertificateFlaw, Credential, Error, Step};
use crate::soap::{BASE64_BINARY, BinarySecurityToken, Security};

impl Pc {
    /// The request that this PC sends after `reply`; the same every time.
    pub fn request(&self, reply: &DiscoverResponse) -> RequestSecurityToken {
        RequestSecurityToken {
            token_type: TOKEN_TYPE.to_owned(),
            request_type: RequestType::Issue,
            binary_security_token: Some(BinarySecurityToken {
                id: None,
                value_type: PKCS10.to_owned(),
                encoding_type: Some(BASE64_BINARY.to_owned()),
                text: Secret::new(wrapped(&self.csr)),
            }),
            additional_context: self.context(reply),
            request_id: None,
        }
    }

    /// Asks for the certificate, and judges the provisioning document.
    ///
    /// # Errors
    /// [`Error::Document`] or [`Error::Certificate`], or as [`Pc::exchange`].
    pub async fn request_security_token(
        &self,
        reply: &DiscoverResponse,
        security: &Security,
        request: &RequestSecurityToken,
    ) -> Result<Enrollment, Error> {
        let url = Services::of(reply)?.enrollment;
        let collection = self
            .exchange(Step::RequestSecurityToken, &url, request, Some(security))
            .await?;
        let enrollment = self.install(&collection)?;
        self.enter(&enrollment);
        Ok(enrollment)
    }

    /// Judges a provisioning document as the device that is to install it.
    ///
    /// # Errors
    /// [`Error::Document`] or [`Error::Certificate`].
    pub fn install(
        &self,
        collection: &RequestSecurityTokenResponseCollection,
    ) -> Result<Enrollment, Error> {
        if collection.token_type != TOKEN_TYPE {
            return Err(CertificateFlaw::TokenType.into());
        }
        let document = ProvisioningDocument::parse(&collection.provisioning_document)
            .map_err(Error::Document)?;
        let enrollment = Enrollment::from_document(&document).map_err(Error::Document)?;
        let expected = Expected {
            spki: &self.key.spki(),
            enrollment_type: &self.settings.enrollment_type,
            now: self.settings.now,
        };
        expected.judge(&enrollment)?;
        Ok(enrollment)
    }

    /// What Windows says of itself, in its order.
    fn context(&self, reply: &DiscoverResponse) -> Vec<ContextItem> {
        let pc = &self.identity;
        let by_hand = matches!(self.settings.credential, Credential::User { .. });
        let edition = pc.os_edition.to_string();
        let version = self.settings.request_version.to_string();
        let mut items = vec![
            ("UXInitiated", truth(by_hand)),
            ("HWDevID", pc.hw_dev_id.as_str()),
            ("Locale", &pc.locale),
            ("TargetedUserLoggedIn", "true"),
            ("OSEdition", &edition),
            ("DeviceName", &pc.device_name),
        ];
        items.extend(pc.macs.iter().map(|mac| ("MAC", mac.as_str())));
        items.extend([
            ("DeviceID", pc.device_id.as_str()),
            ("EnrollmentType", self.settings.enrollment_type.name()),
            ("DeviceType", "CIMClient_Windows"),
            ("OSVersion", &pc.os_version),
            ("ApplicationVersion", &pc.os_version),
            ("NotInOobe", "false"),
        ]);
        if reply.enrollment_version >= Some(Version::new(5, 0)) {
            items.push(("RequestVersion", &version));
        }
        let more = self.settings.context.iter();
        items.extend(more.map(|(name, value)| (name.as_str(), value.as_str())));
        items
            .into_iter()
            .map(|(name, value)| ContextItem {
                name: name.to_owned(),
                value: value.to_owned(),
            })
            .collect()
    }
}

const fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Base64 in lines of 64 characters, each ended: as Windows 11 sends it.
fn wrapped(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = String::with_capacity(text.len() + text.len() / 64 + 1);
    for (index, c) in text.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push('\n');
    out
}
