//! What becomes of a certificate request: the same answer again, an old record, or a new device.
//!
//! Decided twice, before the plan is made and again inside the transaction that stores it: whatever changed in between
//! shows as a different decision.

use jiff::Timestamp;

use crate::device::{Facts, State, same_identifier};
use crate::refusal::Refusal;
use crate::store::{HardwareMatch, Issuance, IssuanceState, Transaction};

use super::Stopped;
use super::credential::{Identified, usable};
use super::settings::Settings;

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// The device repeats itself: it receives the certificate that it has.
    Replay(Issuance),
    /// Its certificate was promised and not recorded as signed: the promise is kept.
    Resume(Issuance),
    /// The promise was given up, and nothing came after it: a new one, without spending the token again.
    Again(Issuance),
    /// A use of the token is spent.
    Enroll(Placement),
}

/// Where an enrollment is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Placement {
    /// A new device; perhaps a clone of another, which stays untouched.
    New {
        /// The device that claims the same hardware.
        clone_of: Option<HardwareMatch>,
    },
    /// A device that enrolls again and keeps its record.
    Known(HardwareMatch),
}

/// A request that is to be decided.
pub(super) struct Question<'a> {
    pub(super) identified: &'a Identified,
    pub(super) facts: &'a Facts,
    pub(super) spki_sha256: &'a [u8],
    pub(super) now: Timestamp,
    pub(super) settings: &'a Settings,
}

impl Question<'_> {
    /// Decides from what the store says now.
    pub(super) fn decide(&self, tx: &mut Transaction<'_>) -> Result<Decision, Stopped> {
        let organization = self.identified.token.organization_id;
        if tx.is_key_blocked(organization, self.spki_sha256)? {
            return Err(Refusal::KeyBlocked.into());
        }
        let same_key = tx.issuances_of_key(self.spki_sha256)?;
        for issuance in &same_key {
            if let Some(decision) = self.repetition(tx, issuance)? {
                return Ok(decision);
            }
        }
        usable(&self.identified.token, self.now)?;
        if !self.identified.sign_in_is_free_for(None) {
            return Err(Refusal::SignInEnded.into());
        }
        let placement = self.place(tx)?;
        let known = match &placement {
            Placement::Known(device) => Some(device.id),
            Placement::New { .. } => None,
        };
        if same_key
            .iter()
            .any(|issuance| Some(issuance.device_id) != known)
        {
            return Err(Refusal::KeyOfAnother.into());
        }
        if let Some(cap) = self.identified.token.device_cap
            && tx.devices_of_token(self.identified.token.id, known, cap)? >= cap
        {
            return Err(Refusal::DeviceCap(cap).into());
        }
        Ok(Decision::Enroll(placement))
    }

    /// The same token, the same key and the same device as before (SECURITY T29).
    fn repetition(
        &self,
        tx: &mut Transaction<'_>,
        issuance: &Issuance,
    ) -> Result<Option<Decision>, Stopped> {
        if issuance.token_id != Some(self.identified.token.id) {
            return Ok(None);
        }
        let Some(device) = tx.device(issuance.device_id)? else {
            return Ok(None);
        };
        let same_device = same_identifier(
            device.facts.device_id.as_deref(),
            self.facts.device_id.as_deref(),
        );
        if !same_device
            || device.state == State::Deleted
            || !self.identified.sign_in_is_free_for(Some(device.id))
        {
            return Ok(None);
        }
        let in_time = |since: Timestamp| self.now.duration_since(since) <= self.settings.retry;
        Ok(match issuance.state {
            IssuanceState::Issued if issuance.issued_at.is_some_and(in_time) => {
                Some(Decision::Replay(issuance.clone()))
            }
            IssuanceState::Planned => Some(Decision::Resume(issuance.clone())),
            IssuanceState::Abandoned if is_latest(tx, issuance)? => {
                Some(Decision::Again(issuance.clone()))
            }
            IssuanceState::Issued
            | IssuanceState::Abandoned
            | IssuanceState::Superseded
            | IssuanceState::Revoked => None,
        })
    }

    /// The hardware id is a hint: it links a device to its own earlier record only for the same owner, and only when
    /// that record is the same installation or has gone quiet.
    fn place(&self, tx: &mut Transaction<'_>) -> Result<Placement, Stopped> {
        let Some(hardware) = &self.facts.hardware_id else {
            return Ok(Placement::New { clone_of: None });
        };
        let matches = tx.devices_of_hardware(self.identified.token.organization_id, hardware)?;
        match matches.iter().find(|device| self.is_same(device)) {
            Some(device) => Ok(Placement::Known(device.clone())),
            None => Ok(Placement::New {
                clone_of: matches.into_iter().next(),
            }),
        }
    }

    fn is_same(&self, device: &HardwareMatch) -> bool {
        let same_owner = match (&self.identified.owner, &device.owner) {
            (Some(owner), Some(other)) => owner.eq_ignore_ascii_case(other),
            (None, None) => self.settings.link_unowned_hardware,
            _ => false,
        };
        let quiet = device.state == State::Deleted
            || self.now.duration_since(device.heard_at) > self.settings.clone_window;
        same_owner
            && (quiet
                || same_identifier(device.device_id.as_deref(), self.facts.device_id.as_deref()))
    }
}

/// Whether nothing was planned for the device after this certificate: what came later, by an enrollment or a renewal, kept
/// the promise, and however it ended, it is not made again.
fn is_latest(tx: &mut Transaction<'_>, issuance: &Issuance) -> Result<bool, Stopped> {
    let all = tx.issuances_of_device(issuance.device_id)?;
    let mut others = all.iter().filter(|it| it.serial != issuance.serial);
    Ok(others.all(|other| other.planned_at < issuance.planned_at))
}
