//! The signature of a package in a header (`RequireMessageSigning`): `MS-Signature` of MS-MDM 2.1, `MDM-Signature` of
//! MS-MDE2 2.2.9.3.
//!
//! A detached CMS over the body as it was transmitted. It is good once, and for a quarter of an hour around the time that it
//! names. What was signed before this process began is refused, since nobody remembers whether it was used.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};

use super::Shown;
use crate::ca::{CmsError, DetachedSignature};

/// The signatures that were used.
pub(super) struct Signatures {
    began: Timestamp,
    used: Mutex<HashMap<[u8; 32], Timestamp>>,
}

/// Why a signature is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("the headers hold different signatures")]
    Differ,
    #[error("the header is not base64")]
    NotBase64,
    #[error(transparent)]
    Cms(#[from] CmsError),
    #[error("it was signed at {0}, too far from now")]
    Time(Timestamp),
    #[error("it was signed before the server was started, at {0}")]
    Before(Timestamp),
    #[error("it was used before")]
    Used,
    #[error("too many signatures are remembered")]
    Full,
}

/// The signature that came with a package, verified; none came: none.
pub(super) fn read(shown: &Shown<'_>) -> Result<Option<DetachedSignature>, Fault> {
    let mut headers = shown.signatures.iter();
    let Some(header) = headers.next() else {
        return Ok(None);
    };
    if headers.any(|other| other != header) {
        return Err(Fault::Differ);
    }
    let der = STANDARD.decode(header.trim_ascii());
    let der = der.map_err(|_| Fault::NotBase64)?;
    Ok(Some(DetachedSignature::verify(&der, shown.body)?))
}

impl Signatures {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            began: now,
            used: Mutex::default(),
        }
    }

    /// Takes a signature as used, if it is of this time and was not before.
    pub(super) fn take(&self, signed: &DetachedSignature, now: Timestamp) -> Result<(), Fault> {
        let at = signed.signed_at;
        if now.duration_since(at).abs() > LEEWAY {
            return Err(Fault::Time(at));
        }
        // The time that it names has no fractions.
        if at.as_second() < self.began.as_second() {
            return Err(Fault::Before(at));
        }
        let is_current = |at: &Timestamp| now.duration_since(*at) <= LEEWAY;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.contains_key(&signed.signed) {
            return Err(Fault::Used);
        }
        if used.len() >= REMEMBERED {
            used.retain(|_, at| is_current(at));
            if used.len() >= REMEMBERED {
                return Err(Fault::Full);
            }
        }
        used.insert(signed.signed, at);
        Ok(())
    }
}

/// How far the clock of a device may be from the server's.
const LEEWAY: SignedDuration = SignedDuration::from_mins(15);
/// Signatures that are remembered; each of them is of a device that is known.
const REMEMBERED: usize = 500_000;
