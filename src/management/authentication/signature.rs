//! The signature of a package in a header (`RequireMessageSigning`): `MS-Signature` of MS-MDM 2.1, `MDM-Signature` of
//! MS-MDE2 2.2.9.3.
//!
//! A detached CMS over the body as it was transmitted. Where nothing else proves the device, it is good once, and for a
//! quarter of an hour around the time that it names; what was signed before this process began is refused, since nobody
//! remembers whether it was used. The latest message of a device may come again, as it does when its reply was lost: it
//! receives the same reply, and nothing is done twice.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};

use super::Shown;
use crate::ca::{CmsError, DetachedSignature};
use crate::id::ObjectId;

/// The signatures that were used.
pub(super) struct Signatures {
    began: Timestamp,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    /// When each was made.
    made: HashMap<[u8; 32], Timestamp>,
    /// The one of the latest message of each device, where that had no other proof.
    latest: HashMap<ObjectId, [u8; 32]>,
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

    /// Takes a signature of a device as used, if it is of this time, and was not before or is the latest.
    pub(super) fn take(
        &self,
        device: ObjectId,
        signed: &DetachedSignature,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (at, signed) = (signed.signed_at, signed.signed);
        if now.duration_since(at).abs() > LEEWAY {
            return Err(Fault::Time(at));
        }
        // The time that it names has no fractions.
        if at.as_second() < self.began.as_second() {
            return Err(Fault::Before(at));
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.made.contains_key(&signed) {
            let is_latest = used.latest.get(&device) == Some(&signed);
            return is_latest.then_some(()).ok_or(Fault::Used);
        }
        used.make_room(now)?;
        used.made.insert(signed, at);
        used.latest.insert(device, signed);
        Ok(())
    }

    /// Notes that a device sent a message with another proof: none that it signed before is the latest any more.
    pub(super) fn go_on(&self, device: ObjectId) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.latest.remove(&device);
    }
}

impl Used {
    /// Forgets what is refused for its time, where too much is remembered.
    fn make_room(&mut self, now: Timestamp) -> Result<(), Fault> {
        let Self { made, latest } = self;
        if made.len() < REMEMBERED {
            return Ok(());
        }
        made.retain(|_, at| now.duration_since(*at) <= LEEWAY);
        latest.retain(|_, signed| made.contains_key(signed));
        (made.len() < REMEMBERED).then_some(()).ok_or(Fault::Full)
    }
}

/// How far the clock of a device may be from the server's.
const LEEWAY: SignedDuration = SignedDuration::from_mins(15);
/// Signatures that are remembered; each of them is of a device that is known.
const REMEMBERED: usize = 500_000;
