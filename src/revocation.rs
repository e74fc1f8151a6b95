//! Revocation (RFC 5280, 5.3.1): why a certificate ended before its time, and when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::token::stored_as;

/// Why a certificate is revoked: the reasons of RFC 5280 that fit a device. A hold is not offered, since a certificate
/// never comes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// None is given.
    #[default]
    Unspecified,
    /// Its key is, or may be, in other hands: the key is blocked as well.
    KeyCompromise,
    /// The device or its owner belongs elsewhere now.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// The device is not managed any more.
    CessationOfOperation,
    /// The device may not do any more what the certificate is for.
    PrivilegeWithdrawn,
}

stored_as!(
    Reason, Unspecified "unspecified", KeyCompromise "keyCompromise", AffiliationChanged "affiliationChanged",
    Superseded "superseded", CessationOfOperation "cessationOfOperation", PrivilegeWithdrawn "privilegeWithdrawn"
);

impl Reason {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::PrivilegeWithdrawn,
    ];

    /// Its number as a `CRLReason`.
    pub const fn code(self) -> u32 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::PrivilegeWithdrawn => 9,
        }
    }
}

/// A serial number that counts as revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// The serial number, big-endian.
    pub serial: Vec<u8>,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: Reason,
}

/// What is said of a certificate to whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was issued here and is not revoked.
    Good,
    /// It is revoked, or was promised and never given out.
    Revoked {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// It was not issued here.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_called_as_in_rfc_5280_everywhere_and_a_hold_is_none() {
        for reason in Reason::ALL {
            let json = serde_json::to_string(&reason).unwrap();
            assert_eq!(json, format!("\"{}\"", reason.word()));
            assert_eq!(Reason::from_word(reason.word()), Some(reason));
        }
        for word in ["certificateHold", "removeFromCRL", "cACompromise", ""] {
            assert_eq!(Reason::from_word(word), None);
            assert!(serde_json::from_str::<Reason>(&format!("\"{word}\"")).is_err());
        }
    }
}
