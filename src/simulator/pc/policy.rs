//! The security header and `GetPolicies`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Pc;
use super::discovery::Services;
use crate::protocol::discovery::{AuthPolicy, DiscoverResponse};
use crate::protocol::enrollment::{DEVICE_ENROLLMENT_USER_TOKEN, JWT};
use crate::protocol::policy::{GetPolicies, GetPoliciesResponse};
use crate::secret::Secret;
use crate::simulator::{Auth, Credential, DeviceKey, Error, Step};
use crate::soap::{BASE64_BINARY, BinarySecurityToken, PASSWORD_TEXT, Security, UsernameToken};

/// Why a device's key cannot follow a policy, or would be unsafe if it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyFlaw {
    /// No policy at all.
    None,
    /// A schema whose hash devices do not read.
    Schema(u32),
    /// Another hash than SHA-256, or none: the device would sign with SHA-1.
    Hash,
    /// A longer key than the device's, in bits.
    KeyLength(u32),
}

impl Pc {
    /// The security header of policy and enrollment: what this PC proves itself with, given what discovery said and,
    /// for [`Pc::signs_in`], what the page gave.
    ///
    /// # Errors
    /// [`Error::Credential`] when the server asks for a certificate, or for the page's result and there is none.
    pub fn security(
        &self,
        reply: &DiscoverResponse,
        wresult: Option<&Secret>,
    ) -> Result<Security, Error> {
        if let Some(wresult) = wresult {
            return Ok(token(DEVICE_ENROLLMENT_USER_TOKEN, wresult));
        }
        match (&self.settings.credential, self.settings.auth) {
            (Credential::Jwt(jwt), Auth::Auto | Auth::Token) => Ok(token(JWT, jwt)),
            (Credential::Token(value), Auth::Auto | Auth::Token)
            | (
                Credential::User {
                    password: value, ..
                },
                Auth::Token,
            ) => Ok(token(DEVICE_ENROLLMENT_USER_TOKEN, value)),
            (_, Auth::Federated) => Err(Error::Credential(AuthPolicy::Federated)),
            (Credential::Token(secret) | Credential::Jwt(secret), Auth::OnPremise) => {
                Ok(password(self.settings.email_address(), secret))
            }
            (
                Credential::User {
                    upn,
                    password: secret,
                },
                Auth::Auto | Auth::OnPremise,
            ) => match &reply.auth_policy {
                AuthPolicy::OnPremise => Ok(password(upn, secret)),
                other => Err(Error::Credential(other.clone())),
            },
        }
    }

    /// Asks what key to make, and checks that this PC's key is one.
    ///
    /// # Errors
    /// [`Error::Policy`], or as [`Pc::exchange`].
    pub async fn get_policies(
        &self,
        reply: &DiscoverResponse,
        security: &Security,
    ) -> Result<GetPoliciesResponse, Error> {
        let url = Services::of(reply)?.policy;
        let request = GetPolicies::default();
        let policies = self
            .exchange(Step::GetPolicies, &url, &request, Some(security))
            .await?;
        check(&policies, self.key.kind())?;
        Ok(policies)
    }
}

fn check(reply: &GetPoliciesResponse, key: DeviceKey) -> Result<(), PolicyFlaw> {
    let policies = reply.response.policies.as_deref().unwrap_or_default();
    let attributes = &policies.first().ok_or(PolicyFlaw::None)?.attributes;
    if attributes.policy_schema != SCHEMA {
        return Err(PolicyFlaw::Schema(attributes.policy_schema));
    }
    if reply.hash_algorithm() != Some(SHA256) {
        return Err(PolicyFlaw::Hash);
    }
    // The length is one of an RSA key.
    let length = attributes.private_key_attributes.minimal_key_length;
    if key == DeviceKey::Rsa2048 && length > 2048 {
        return Err(PolicyFlaw::KeyLength(length));
    }
    Ok(())
}

fn token(value_type: &str, secret: &Secret) -> Security {
    Security {
        binary_security_token: Some(BinarySecurityToken {
            id: None,
            value_type: value_type.to_owned(),
            encoding_type: Some(BASE64_BINARY.to_owned()),
            text: Secret::new(STANDARD.encode(secret.reveal())),
        }),
        ..Security::default()
    }
}

pub(super) fn password(username: &str, secret: &Secret) -> Security {
    Security {
        username_token: Some(UsernameToken {
            id: Some(USERNAME_TOKEN.to_owned()),
            username: username.to_owned(),
            password: secret.clone(),
            password_type: Some(PASSWORD_TEXT.to_owned()),
        }),
        ..Security::default()
    }
}

impl fmt::Display for PolicyFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("the reply has none"),
            Self::Schema(schema) => write!(f, "schema {schema} has no hash that devices read"),
            Self::Hash => f.write_str("the hash is not SHA-256"),
            Self::KeyLength(bits) => {
                write!(f, "a key of {bits} bits is asked for, this PC has 2048")
            }
        }
    }
}

impl std::error::Error for PolicyFlaw {}

/// `u:Id` of every UsernameToken that Windows sends.
const USERNAME_TOKEN: &str = "uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4";
const SCHEMA: u32 = 3;
const SHA256: &str = "2.16.840.1.101.3.4.2.1";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::policy::DevicePolicy;

    fn reply(policy: DevicePolicy) -> GetPoliciesResponse {
        GetPoliciesResponse::device_enrollment(policy)
    }

    #[test]
    fn the_policy_for_devices_suits_both_kinds_of_key() {
        let reply = reply(DevicePolicy::default());
        assert_eq!(check(&reply, DeviceKey::Rsa2048), Ok(()));
        assert_eq!(check(&reply, DeviceKey::P256), Ok(()));
    }

    #[test]
    fn a_policy_without_a_readable_hash_or_for_a_longer_key_is_named() {
        let long = DevicePolicy {
            minimal_key_length: 4096,
            ..DevicePolicy::default()
        };
        assert_eq!(
            check(&reply(long), DeviceKey::Rsa2048),
            Err(PolicyFlaw::KeyLength(4096))
        );
        let mut without = reply(DevicePolicy::default());
        without.oids = None;
        assert_eq!(check(&without, DeviceKey::P256), Err(PolicyFlaw::Hash));
        without.response.policies = None;
        assert_eq!(check(&without, DeviceKey::P256), Err(PolicyFlaw::None));
    }
}
