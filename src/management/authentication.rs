//! Which device speaks: by the client certificate, bound to its record and to the `Source` of the package.

use aws_lc_rs::digest;

use crate::device::same_identifier;
use crate::protocol::syncml::SyncMl;
use crate::store::{Error, IssuedTo};

use super::{Management, code};

/// What came with a package, to prove which device speaks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'a> {
    /// The certificate whose key the device holds, DER.
    pub certificate: Option<&'a [u8]>,
}

/// Who speaks.
pub(super) enum Speaker {
    /// This device, which may.
    Device(IssuedTo),
    /// Nobody who may: the status of the header.
    Refused(&'static str),
}

impl Management {
    /// The device that is proved: recorded, current, not revoked, and the one that the package names.
    pub(super) fn authenticate(
        &self,
        shown: &Shown<'_>,
        package: &SyncMl,
    ) -> Result<Speaker, Error> {
        let refused = Speaker::Refused(code::INVALID_CREDENTIALS);
        let Some(certificate) = shown.certificate else {
            return Ok(refused);
        };
        let hash = digest::digest(&digest::SHA256, certificate)
            .as_ref()
            .to_vec();
        let now = self.clock.now();
        let look = self
            .store
            .look::<_, Error, _>(|tx| tx.usable_certificate(&hash, now));
        let found = look?;
        let source = package.header.source.loc_uri.as_str();
        let found =
            found.filter(|device| same_identifier(device.client_id.as_deref(), Some(source)));
        Ok(found.map_or(refused, Speaker::Device))
    }
}
