//! A private key in a PKCS#11 token (OASIS PKCS #11 2.40 and 3): what is configured, how a key is named, what can go wrong.
//!
//! The token signs, and the key never leaves it. Speaking with a token takes the feature `pkcs11`; without it everything
//! here says so.

#[cfg(not(feature = "pkcs11"))]
mod absent;
mod error;
#[cfg(feature = "pkcs11")]
mod generate;
#[cfg(feature = "pkcs11")]
mod key;
#[cfg(feature = "pkcs11")]
mod public;
#[cfg(feature = "pkcs11")]
mod session;
#[cfg(feature = "pkcs11")]
mod token;
mod uri;

use std::path::PathBuf;

use crate::secret::Secret;

#[cfg(not(feature = "pkcs11"))]
pub(super) use absent::TokenKey;
pub use error::TokenError;
#[cfg(feature = "pkcs11")]
pub(super) use key::TokenKey;
pub(super) use uri::KeyUri;

/// The token that keys of issuing CAs are made in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// The library of the token's maker.
    pub module: PathBuf,
    /// The label of the token.
    pub token: String,
    /// The PIN of its user.
    pub pin: Secret,
}
