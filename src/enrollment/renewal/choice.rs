//! What becomes of a renewal: the same answer again, a promise kept, or a new certificate.
//!
//! Chosen twice, before the plan is made and again inside the transaction that stores it.

use jiff::{SignedDuration, Timestamp};

use crate::refusal::Refusal;
use crate::store::{Issuance, IssuanceState, Transaction};

use super::super::{Enrollment, Stopped};
use super::Request;

/// How long a device waits between renewals outside its time of renewal.
const BETWEEN_EARLY_RENEWALS: SignedDuration = SignedDuration::from_hours(24);
/// Seconds.
const DAY: i64 = 24 * 60 * 60;

/// What becomes of a renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// The device repeats itself: it receives the certificate that it has.
    Replay(Vec<u8>),
    /// Its certificate was promised and not recorded as signed: the promise is kept.
    Resume { serial: Vec<u8>, tbs: Vec<u8> },
    /// A new certificate.
    Plan,
}

impl Enrollment {
    /// Chooses from what the store says now.
    pub(super) fn choose_renewal(
        &self,
        request: &Request,
        tx: &mut Transaction<'_>,
    ) -> Result<Choice, Stopped> {
        let now = self.clock.now();
        let refused = |why: String| Err(Refusal::NotEligibleToRenew(why).into());
        let holder = &request.holder;
        holder.check(now, tx)?;
        let same_key = tx.issuances_of_key(&request.csr.spki_sha256)?;
        if let Some(other) = same_key.iter().find(|it| it.device_id != holder.device.id) {
            return refused(format!("its key belongs to device {}", other.device_id));
        }
        let organization = holder.device.organization_id;
        if tx.is_key_blocked(organization, &request.csr.spki_sha256)? {
            return refused("its key is blocked".to_owned());
        }
        let is_renewal =
            |it: &&Issuance| it.token_id.is_none() && it.serial != holder.issuance.serial;
        let fresh = |it: &Issuance| {
            let since = it.issued_at.unwrap_or(it.planned_at);
            now.duration_since(since) <= self.settings.retry
        };
        for earlier in same_key.iter().filter(is_renewal) {
            match (earlier.state, &earlier.certificate) {
                (IssuanceState::Issued, Some(certificate)) if fresh(earlier) => {
                    return Ok(Choice::Replay(certificate.clone()));
                }
                (IssuanceState::Planned, _) => {
                    return Ok(Choice::Resume {
                        serial: earlier.serial.clone(),
                        tbs: earlier.tbs.clone(),
                    });
                }
                _ => {}
            }
        }
        let all = tx.issuances_of_device(holder.device.id)?;
        // Of two renewals at once one is answered, so that both ends agree on the newest certificate.
        let other_key = |it: &Issuance| match it.state {
            IssuanceState::Planned => true,
            IssuanceState::Issued => fresh(it),
            IssuanceState::Superseded | IssuanceState::Abandoned | IssuanceState::Revoked => false,
        };
        if all.iter().filter(is_renewal).any(other_key) {
            return refused("a moment ago the device renewed with another key".to_owned());
        }
        match self.early(holder.issuance.not_after, &all, now) {
            Some(why) => refused(why),
            None => Ok(Choice::Plan),
        }
    }

    /// Why a renewal that comes before its time comes too often (SECURITY T59); the certificate ends at `not_after`.
    fn early(&self, not_after: Timestamp, all: &[Issuance], now: Timestamp) -> Option<String> {
        let period = i64::from(self.settings.provisioning.renew_period) * DAY;
        let begins = not_after - SignedDuration::from_secs(period);
        let renewed = all
            .iter()
            .filter(|it| it.token_id.is_none() && it.state != IssuanceState::Abandoned)
            .map(|it| it.planned_at)
            .max()?;
        let again = now < begins && now.duration_since(renewed) < BETWEEN_EARLY_RENEWALS;
        again.then(|| {
            format!(
                "the device renewed at {renewed}, its certificate is to be renewed from {begins} on, \
                 and before that it is once in 24 hours"
            )
        })
    }
}
