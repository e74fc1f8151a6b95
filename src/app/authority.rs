//! The certificate authority as a configuration names it.

use jiff::Timestamp;

use crate::ca::{Authority, AuthoritySettings, MasterKey, Pointers, TokenSettings, issuing_end};
use crate::config::{Config, Warning};
use crate::secret::Secret;

use super::Error;

/// Opens the certificate authority that a configuration names, making it on first use.
///
/// # Errors
/// What is wrong with it.
pub fn authority(config: &Config, keys: &MasterKey, now: Timestamp) -> Result<Authority, Error> {
    Ok(Authority::open(&authority_settings(config)?, keys, now)?)
}

/// Where a configuration says that the authority lies, and what it is made of.
///
/// # Errors
/// A kind of key that is none.
pub fn authority_settings(config: &Config) -> Result<AuthoritySettings, Error> {
    let key = |key, value: &String| {
        value.parse().map_err(|_| Error::Value {
            key,
            value: value.clone(),
        })
    };
    Ok(AuthoritySettings {
        directory: config.ca_directory(),
        root_key: key("ca.root_key", &config.ca.root_key)?,
        issuing_key: key("ca.issuing_key", &config.ca.issuing_key)?,
        name: config.ca.name.clone(),
        pointers: Pointers {
            crl_url: config.ca.crl_url.clone(),
            ocsp_url: config.ca.ocsp_url.clone(),
            issuer_url: config.ca.issuer_url.clone(),
        },
        token: token(config),
    })
}

/// The token that a configuration names for the keys of issuing CAs.
fn token(config: &Config) -> Option<TokenSettings> {
    let it = &config.ca;
    (!it.pkcs11_module.as_os_str().is_empty()).then(|| TokenSettings {
        module: it.pkcs11_module.clone(),
        token: it.pkcs11_token.clone(),
        pin: Secret::new(it.pkcs11_pin.as_str()),
    })
}

/// The doubt about a configuration whose device certificates would outlive the issuing CA that is there.
pub fn outlives_issuing_ca(config: &Config, now: Timestamp) -> Option<Warning> {
    let left = issuing_end(&config.ca_directory())?.as_second() - now.as_second();
    let lifetime = i64::from(config.certificate.lifetime_days) * 24 * 60 * 60;
    (lifetime > left).then_some(Warning {
        key: "certificate.lifetime_days",
        text: "is longer than the issuing CA still lives; certificates of devices end with it, sooner than configured",
    })
}
