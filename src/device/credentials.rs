//! The credentials of a device's management sessions (`APPAUTH` of MS-MDE2 2.2.9.2): random, its own, stored sealed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ca::MasterKey;
use crate::id::fill_random;
use crate::secret::Secret;

use super::Device;

/// The names, secrets and nonces of a device's management sessions.
#[derive(Serialize, Deserialize)]
pub struct SessionCredentials {
    name: String,
    device_secret: String,
    device_nonce: [u8; 16],
    server_secret: String,
    server_nonce: [u8; 16],
}

impl SessionCredentials {
    /// New credentials for `device`.
    pub fn generate(device: &Device) -> Self {
        Self::named(device.guid)
    }

    /// New credentials with this name.
    pub(crate) fn named(name: Uuid) -> Self {
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
            name: name.to_string(),
            device_secret: secret(),
            device_nonce: nonce(),
            server_secret: secret(),
            server_nonce: nonce(),
        }
    }

    /// The credentials as they are stored.
    pub fn seal(&self, keys: &MasterKey, device: Uuid) -> Vec<u8> {
        let json = serde_json::to_vec(self).unwrap_or_default();
        keys.seal(&purpose(device), &json)
    }

    /// The credentials that were stored; none when they cannot be opened.
    pub fn open(keys: &MasterKey, device: Uuid, sealed: &[u8]) -> Option<Self> {
        let json = keys.open(&purpose(device), sealed).ok()?;
        serde_json::from_slice(&json).ok()
    }

    /// The name by which the device makes itself known.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the device proves itself with.
    pub fn device_secret(&self) -> Secret {
        Secret::new(self.device_secret.as_str())
    }

    /// The nonce that the device is given at enrollment.
    pub fn device_nonce(&self) -> &[u8] {
        &self.device_nonce
    }

    /// What the server proves itself with to the device.
    pub fn server_secret(&self) -> Secret {
        Secret::new(self.server_secret.as_str())
    }

    /// The nonce for the server's own proof.
    pub fn server_nonce(&self) -> &[u8] {
        &self.server_nonce
    }
}

fn purpose(device: Uuid) -> String {
    format!("session-credentials:{device}")
}
