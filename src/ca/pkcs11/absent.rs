//! What stands for a token's key where the program was built without the feature `pkcs11`: there is none.

use std::convert::Infallible;

use rcgen::{PublicKeyData, SignatureAlgorithm};

use super::super::key::KeyKind;
use super::{KeyUri, TokenError, TokenSettings};

/// No key.
#[derive(Clone)]
pub(in super::super) struct TokenKey(Infallible);

impl TokenKey {
    pub(in super::super) fn generate(
        _: &TokenSettings,
        _: KeyKind,
        _: &str,
    ) -> Result<Self, TokenError> {
        Err(TokenError::NotBuilt)
    }

    pub(in super::super) fn open(
        _: Option<&TokenSettings>,
        _: &KeyUri,
    ) -> Result<Self, TokenError> {
        Err(TokenError::NotBuilt)
    }

    pub(in super::super) fn uri(&self) -> &KeyUri {
        match self.0 {}
    }

    pub(in super::super) fn sign(&self, _: &[u8]) -> Result<Vec<u8>, TokenError> {
        match self.0 {}
    }
}

impl PublicKeyData for TokenKey {
    fn der_bytes(&self) -> &[u8] {
        match self.0 {}
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.0 {}
    }
}
