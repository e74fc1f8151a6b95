//! The kinds of key an authority may have, and how one is made.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature as aws;
use rcgen::{KeyPair, PublicKeyData, RsaKeySize, SignatureAlgorithm};
use serde::{Deserialize, Serialize};

use super::signature::{ECDSA_WITH_SHA256, ECDSA_WITH_SHA384, SHA256_WITH_RSA};

/// The key of a certification authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyKind {
    /// RSA, 2048 bits.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// RSA, 3072 bits.
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    /// RSA, 4096 bits.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
    /// The curve P-256.
    #[serde(rename = "p256")]
    P256,
    /// The curve P-384.
    #[serde(rename = "p384")]
    P384,
}

impl KeyKind {
    /// Every kind, in the order of their names in the settings.
    pub const ALL: [Self; 5] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::P256,
        Self::P384,
    ];

    /// The name in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::P256 => "p256",
            Self::P384 => "p384",
        }
    }

    /// Makes a new key.
    pub(super) fn generate(self) -> Result<KeyPair, rcgen::Error> {
        let rsa = |size| KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size);
        match self {
            Self::Rsa2048 => rsa(RsaKeySize::_2048),
            Self::Rsa3072 => rsa(RsaKeySize::_3072),
            Self::Rsa4096 => rsa(RsaKeySize::_4096),
            Self::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            Self::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no [`KeyKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key kinds are rsa-2048, rsa-3072, rsa-4096, p256 and p384")]
pub struct UnknownKeyKind;

impl FromStr for KeyKind {
    type Err = UnknownKeyKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or(UnknownKeyKind)
    }
}

/// How an authority's key signs: the `AlgorithmIdentifier` it writes and the check of what it signed.
pub(super) struct SigningScheme {
    pub(super) identifier: &'static [u8],
    pub(super) verification: &'static dyn aws::VerificationAlgorithm,
}

impl SigningScheme {
    /// The scheme of a key, when it is of an accepted kind.
    pub(super) fn of(key: &impl PublicKeyData) -> Option<Self> {
        let is = |algorithm: &SignatureAlgorithm| key.algorithm() == algorithm;
        if is(&rcgen::PKCS_RSA_SHA256) {
            Some(Self {
                identifier: SHA256_WITH_RSA,
                verification: &aws::RSA_PKCS1_2048_8192_SHA256,
            })
        } else if is(&rcgen::PKCS_ECDSA_P256_SHA256) {
            Some(Self {
                identifier: ECDSA_WITH_SHA256,
                verification: &aws::ECDSA_P256_SHA256_ASN1,
            })
        } else if is(&rcgen::PKCS_ECDSA_P384_SHA384) {
            Some(Self {
                identifier: ECDSA_WITH_SHA384,
                verification: &aws::ECDSA_P384_SHA384_ASN1,
            })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_reads_back_from_its_name_everywhere() {
        for kind in KeyKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<KeyKind>(&json).unwrap(), kind);
        }
        assert_eq!("rsa-1024".parse::<KeyKind>(), Err(UnknownKeyKind));
    }
}
