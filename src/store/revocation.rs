//! Revocation in the store: certificates that end, and what is said of them.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::revocation::{Reason, Revoked, Standing};

use super::issuance::state;
use super::{Error, IssuanceState, Row, Transaction};

impl Transaction<'_> {
    /// Ends all certificates of a device, superseded ones too: none of them may come back with the device. The number
    /// of certificates.
    ///
    /// A compromised key is blocked, and the reason goes to its certificates that had ended before as well.
    ///
    /// # Errors
    /// What the engine says.
    pub fn revoke_issuances(
        &mut self,
        device: ObjectId,
        reason: Reason,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let id = device.to_string();
        if reason == Reason::KeyCompromise {
            let keys = self.query(
                "SELECT DISTINCT spki_sha256 FROM issuance WHERE device_id = $1",
                &[(&id).into()],
            )?;
            return keys.iter().try_fold(0, |revoked, key| {
                Ok(revoked + self.revoke_key(device, &key.blob(0)?, now)?)
            });
        }
        self.execute(
            "UPDATE issuance SET state = 'revoked', ended_at = $2, reason = $3
             WHERE device_id = $1 AND state IN ('planned', 'issued', 'superseded')",
            &[(&id).into(), now.into(), reason.word().into()],
        )
    }

    /// Ends one certificate of a device. None: the device has no such certificate. False: it had ended already.
    ///
    /// # Errors
    /// What the engine says.
    pub fn revoke_issuance(
        &mut self,
        device: ObjectId,
        serial: &[u8],
        reason: Reason,
        now: Timestamp,
    ) -> Result<Option<bool>, Error> {
        let found = self.first(
            "SELECT spki_sha256 FROM issuance WHERE serial = $1 AND device_id = $2",
            &[serial.into(), (&device.to_string()).into()],
        )?;
        let Some(key) = found else {
            return Ok(None);
        };
        if reason == Reason::KeyCompromise {
            return Ok(Some(self.revoke_key(device, &key.blob(0)?, now)? > 0));
        }
        let revoked = self.execute(
            "UPDATE issuance SET state = 'revoked', ended_at = $2, reason = $3
             WHERE serial = $1 AND state IN ('planned', 'issued', 'superseded')",
            &[serial.into(), now.into(), reason.word().into()],
        )?;
        Ok(Some(revoked > 0))
    }

    /// Ends the certificates of a key that is in other hands, and blocks it.
    fn revoke_key(
        &mut self,
        device: ObjectId,
        spki_sha256: &[u8],
        now: Timestamp,
    ) -> Result<u64, Error> {
        let id = device.to_string();
        let ended = self.query(
            "UPDATE issuance SET state = 'revoked', reason = 'keyCompromise',
                ended_at = CASE WHEN state IN ('revoked', 'abandoned') THEN ended_at ELSE $3 END
             WHERE device_id = $1 AND spki_sha256 = $2 AND reason IS NOT 'keyCompromise'
             RETURNING organization_id, serial",
            &[(&id).into(), spki_sha256.into(), now.into()],
        )?;
        if let Some(first) = ended.first() {
            let (organization, serial) = (first.id(0)?, first.blob(1)?);
            self.block_revoked_key(organization, spki_sha256, &serial, now)?;
        }
        Ok(u64::try_from(ended.len()).unwrap_or(u64::MAX))
    }

    /// Ends the certificates of a key that an organization blocks; the number of certificates.
    ///
    /// # Errors
    /// What the engine says.
    pub fn revoke_blocked_key(
        &mut self,
        organization: ObjectId,
        spki_sha256: &[u8],
        now: Timestamp,
    ) -> Result<u64, Error> {
        self.execute(
            "UPDATE issuance SET state = 'revoked', reason = 'keyCompromise', ended_at = $3
             WHERE organization_id = $1 AND spki_sha256 = $2 AND state IN ('planned', 'issued', 'superseded')",
            &[
                (&organization.to_string()).into(),
                spki_sha256.into(),
                now.into(),
            ],
        )
    }

    /// What is said of the certificate of this issuing CA with this serial number.
    ///
    /// # Errors
    /// What the engine says.
    pub fn standing(&mut self, issuer: &str, serial: &[u8]) -> Result<Standing, Error> {
        let found = self.first(
            "SELECT state, COALESCE(ended_at, planned_at), reason FROM issuance WHERE serial = $1 AND issuer = $2",
            &[serial.into(), issuer.into()],
        )?;
        let Some(row) = found else {
            return Ok(Standing::Unknown);
        };
        Ok(match state(&row.text(0)?)? {
            // Nobody has it: it is not good before it is.
            IssuanceState::Planned => Standing::Unknown,
            IssuanceState::Issued | IssuanceState::Superseded => Standing::Good,
            IssuanceState::Abandoned | IssuanceState::Revoked => Standing::Revoked {
                at: row.time(1)?,
                reason: reason(row.optional_text(2)?)?,
            },
        })
    }

    /// The serial numbers of an issuing CA that count as revoked and whose certificates last until `since` at least.
    ///
    /// # Errors
    /// What the engine says.
    pub fn revoked(&mut self, issuer: &str, since: Timestamp) -> Result<Vec<Revoked>, Error> {
        self.query(
            "SELECT serial, COALESCE(ended_at, planned_at), reason FROM issuance
             WHERE issuer = $1 AND state IN ('revoked', 'abandoned') AND not_after >= $2",
            &[issuer.into(), since.into()],
        )?
        .iter()
        .map(from_row)
        .collect()
    }
}

/// The reason of a row; certificates that ended before reasons were kept have none.
pub(super) fn reason(word: Option<String>) -> Result<Reason, Error> {
    word.map_or(Ok(Reason::Unspecified), |word| {
        Reason::from_word(&word).ok_or(Error::Row("an unknown reason of a revocation"))
    })
}

fn from_row(row: &Row) -> Result<Revoked, Error> {
    Ok(Revoked {
        serial: row.blob(0)?,
        at: row.time(1)?,
        reason: reason(row.optional_text(2)?)?,
    })
}
