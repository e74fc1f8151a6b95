//! What can go wrong with a token, for its administrator.

use std::error;
use std::path::PathBuf;

/// Why a token does not make, find or use a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The feature is missing.
    #[error(
        "the key is in a PKCS#11 token, and this program was built without PKCS#11: build it with --features pkcs11"
    )]
    NotBuilt,
    /// No token is configured.
    #[error(
        "the key is in a PKCS#11 token: set ca.pkcs11_module, ca.pkcs11_token and ca.pkcs11_pin"
    )]
    NotConfigured,
    /// The key is in another token than the configured one.
    #[error("the key is in the token {named}, and ca.pkcs11_token names {configured}")]
    OtherToken {
        /// What the key's URI says.
        named: String,
        /// What is configured.
        configured: String,
    },
    /// A URI that names no key.
    #[error(
        "{uri} is not the URI of a key: give pkcs11: with id or object, with token and type=private if you like, and nothing else; module and PIN are configured"
    )]
    Uri {
        /// The text.
        uri: String,
    },
    /// The module cannot be loaded.
    #[error("the PKCS#11 module {module} cannot be used")]
    Module {
        /// The library.
        module: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn error::Error + Send + Sync>,
    },
    /// There is no such token.
    #[error(
        "no token with the label {token} is there: see ca.pkcs11_token, and whether the token is plugged in and initialized"
    )]
    NoToken {
        /// The label.
        token: String,
    },
    /// Several tokens have the label.
    #[error("several tokens have the label {token}: give the one that is meant another label")]
    SeveralTokens {
        /// The label.
        token: String,
    },
    /// The PIN is wrong.
    #[error(
        "the token {token} refuses the PIN: correct ca.pkcs11_pin and start again; it is not tried again before, since a token locks after a few wrong ones"
    )]
    Pin {
        /// The token's label.
        token: String,
    },
    /// The PIN is locked.
    #[error(
        "the PIN of the token {token} is locked: unlock it as its security officer and start again"
    )]
    PinLocked {
        /// The token's label.
        token: String,
    },
    /// There is no such key.
    #[error("the token {token} has no private key {key}: restore it from the token's backup")]
    NoKey {
        /// The token's label.
        token: String,
        /// The URI of the key.
        key: String,
    },
    /// The public half is missing.
    #[error(
        "the token {token} has the private key {key} and no public key of its id: restore it from the token's backup"
    )]
    NoPublicKey {
        /// The token's label.
        token: String,
        /// The URI of the key.
        key: String,
    },
    /// Several keys are named alike.
    #[error("the token {token} has several keys {key}")]
    SeveralKeys {
        /// The token's label.
        token: String,
        /// The URI of the key.
        key: String,
    },
    /// A key of a kind that is not accepted.
    #[error("the key {key} is not an RSA, P-256 or P-384 key")]
    Kind {
        /// The URI of the key.
        key: String,
    },
    /// The token gave something that is no signature.
    #[error("the token {token} gave something else than a signature")]
    Signature {
        /// The token's label.
        token: String,
    },
    /// A call failed.
    #[error("the token {token} failed: {call} answered {answer}")]
    Failed {
        /// The token's label.
        token: String,
        /// The function of PKCS#11.
        call: String,
        /// What it answered.
        answer: String,
    },
    /// All sessions are in use.
    #[error(
        "the token {token} is busy: {sessions} signatures are under way, and none ended in time"
    )]
    Busy {
        /// The token's label.
        token: String,
        /// How many sessions there are.
        sessions: usize,
    },
}
