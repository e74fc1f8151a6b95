//! A key in a token: found, and signing.

use std::sync::Arc;

use aws_lc_rs::digest;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PublicKeyData, SignatureAlgorithm};

use super::super::der::{self, SEQUENCE};
use super::public::{Public, unsigned};
use super::token::Token;
use super::{KeyUri, TokenError, TokenSettings};

/// An issuing CA's key in a token.
#[derive(Clone)]
pub(in super::super) struct TokenKey {
    pub(super) token: Arc<Token>,
    pub(super) uri: KeyUri,
    pub(super) public: Public,
}

impl TokenKey {
    /// Finds the key of this name.
    pub(in super::super) fn open(
        settings: Option<&TokenSettings>,
        uri: &KeyUri,
    ) -> Result<Self, TokenError> {
        let settings = settings.ok_or(TokenError::NotConfigured)?;
        if let Some(named) = uri.token.as_ref().filter(|it| **it != settings.token) {
            return Err(TokenError::OtherToken {
                named: named.clone(),
                configured: settings.token.clone(),
            });
        }
        let token = Token::of(settings)?;
        let (uri, public) = token.with(|open| {
            let handle = open.private(&token, uri)?;
            let wanted = [AttributeType::Id];
            let id = open.session.get_attributes(handle, &wanted);
            let id = match id.map_err(|error| token.failed(&error))?.pop() {
                Some(Attribute::Id(id)) => id,
                _ => Vec::new(),
            };
            // The public key of a pair has the same id; its label may be another.
            let by_id = KeyUri {
                token: Some(settings.token.clone()),
                object: None,
                id: Some(id),
            };
            let public = open.find(&token, ObjectClass::PUBLIC_KEY, &by_id);
            let handle = public.map_err(|error| match error {
                TokenError::NoKey { token, key } => TokenError::NoPublicKey { token, key },
                other => other,
            })?;
            let public = Public::read(&token, open, handle, uri)?;
            let object = uri.object.clone();
            Ok((KeyUri { object, ..by_id }, public))
        })?;
        Ok(Self { token, uri, public })
    }

    /// The name of the key.
    pub(in super::super) fn uri(&self) -> &KeyUri {
        &self.uri
    }

    /// Lets the token sign a message: its digest is made here, which all modules allow.
    pub(in super::super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let algorithm = self.public.algorithm();
        let (hash, curve) = if algorithm == &PKCS_ECDSA_P384_SHA384 {
            (&digest::SHA384, Some(48))
        } else if algorithm == &PKCS_ECDSA_P256_SHA256 {
            (&digest::SHA256, Some(32))
        } else {
            (&digest::SHA256, None)
        };
        let digest = digest::digest(hash, message);
        let (mechanism, data) = match curve {
            Some(_) => (Mechanism::Ecdsa, digest.as_ref().to_vec()),
            None => {
                let info = [SHA256_DIGEST_INFO, digest.as_ref()].concat();
                (Mechanism::RsaPkcs, info)
            }
        };
        let signature = self.token.with(|open| {
            let key = open.private(&self.token, &self.uri)?;
            let signature = open.session.sign(&mechanism, key, &data);
            signature.map_err(|error| self.token.failed(&error))
        })?;
        let Some(length) = curve else {
            return Ok(signature);
        };
        ecdsa(&signature, length).ok_or_else(|| TokenError::Signature {
            token: self.token.label().to_owned(),
        })
    }
}

impl PublicKeyData for TokenKey {
    fn der_bytes(&self) -> &[u8] {
        self.public.der_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.public.algorithm()
    }
}

/// `Ecdsa-Sig-Value` (RFC 3279, 2.2.3) of the r and s that a token writes one after the other, each of `length` bytes.
fn ecdsa(signature: &[u8], length: usize) -> Option<Vec<u8>> {
    let (r, s) = signature.split_at_checked(length)?;
    (s.len() == length).then(|| der::write(SEQUENCE, &[&unsigned(r), &unsigned(s)]))
}

/// `DigestInfo` (RFC 8017, 9.2) of SHA-256, without the digest itself.
const SHA256_DIGEST_INFO: &[u8] =
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_and_s_become_der_and_other_lengths_nothing() {
        assert_eq!(
            ecdsa(&[0, 1, 0x80, 2], 2).unwrap(),
            [0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 2]
        );
        for wrong in [&[][..], &[1, 2, 3], &[1, 2, 3, 4, 5]] {
            assert_eq!(ecdsa(wrong, 2), None);
        }
    }
}
