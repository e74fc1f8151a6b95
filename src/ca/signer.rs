//! What an issuing CA signs with: a key from its sealed file, or one in a token, which that file names.

use std::path::Path;

use rcgen::{KeyPair, PublicKeyData, SignatureAlgorithm, SigningKey};

use super::error::Error;
use super::files::Paths;
use super::key::KeyKind;
use super::master::MasterKey;
use super::pkcs11::{TokenKey, TokenSettings};
use super::sealed::{Kept, load_key, load_uri};

/// The private key of an issuing CA.
pub(super) enum Signer {
    /// In this process.
    File(KeyPair),
    /// In a token.
    Token(TokenKey),
}

impl Signer {
    /// The key that a file holds or names; `None` when there is no file.
    pub(super) fn load(
        path: &Path,
        paths: &Paths,
        master: &MasterKey,
    ) -> Result<Option<Self>, Error> {
        match load_uri(path)? {
            Some(uri) => Ok(Some(Self::Token(TokenKey::open(
                paths.token.as_ref(),
                &uri,
            )?))),
            None => Ok(load_key(path, master)?.map(Self::File)),
        }
    }

    /// Makes a new key, in the token if there is one; `label` is its name there.
    pub(super) fn generate(
        kind: KeyKind,
        token: Option<&TokenSettings>,
        label: &str,
    ) -> Result<Self, Error> {
        Ok(match token {
            Some(token) => Self::Token(TokenKey::generate(token, kind, label)?),
            None => Self::File(kind.generate()?),
        })
    }

    /// What the file of a key that was just made holds; a key that was read back does not tell itself any more.
    pub(super) fn kept(&self) -> Kept<'_> {
        match self {
            Self::File(key) => Kept::Pkcs8(key.serialized_der()),
            Self::Token(key) => Kept::Token(key.uri()),
        }
    }

    /// Signs a message by the scheme of the key.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(match self {
            Self::File(key) => key.sign(message)?,
            Self::Token(key) => key.sign(message)?,
        })
    }

    /// The URI of a key in a token.
    pub(super) fn uri(&self) -> Option<String> {
        match self {
            Self::File(_) => None,
            Self::Token(key) => Some(key.uri().to_string()),
        }
    }
}

impl PublicKeyData for Signer {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::File(key) => key.der_bytes(),
            Self::Token(key) => key.der_bytes(),
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::File(key) => PublicKeyData::algorithm(key),
            Self::Token(key) => key.algorithm(),
        }
    }
}
