//! Certificates that replace each other: until when an earlier one is accepted beside the one that replaced it.

use jiff::Timestamp;

use crate::id::ObjectId;

use super::{Issuance, IssuanceState, from_row};
use crate::store::{Error, IssuedTo, Transaction};

/// What becomes of a device's earlier certificates when another one is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// There are none.
    None,
    /// They are revoked, those that are only planned too: the device enrolled again.
    Revoked,
    /// They are accepted until then, or until the new one is used first.
    AcceptedUntil(Timestamp),
}

impl IssuanceState {
    /// Whether a certificate in this state, which ends or ended at `ended_at`, still stands for its device.
    pub fn is_accepted(self, ended_at: Option<Timestamp>, now: Timestamp) -> bool {
        match self {
            Self::Issued => true,
            Self::Superseded => ended_at.is_some_and(|end| now < end),
            Self::Planned | Self::Abandoned | Self::Revoked => false,
        }
    }
}

impl IssuedTo {
    /// Whether the certificate still stands for its device, its own time aside.
    pub fn is_accepted(&self, now: Timestamp) -> bool {
        self.state.is_accepted(self.ended_at, now)
    }

    /// Whether this is the newest certificate of its device, and an earlier one is still accepted.
    pub fn ends_an_overlap(&self, now: Timestamp) -> bool {
        self.state == IssuanceState::Issued && self.overlap_until.is_some_and(|end| now < end)
    }
}

impl Transaction<'_> {
    /// The record of the certificate with this SHA-256.
    ///
    /// # Errors
    /// What the engine says.
    pub fn issuance_of_certificate(&mut self, sha256: &[u8]) -> Result<Option<Issuance>, Error> {
        let rows = self.query(
            concat!(
                "SELECT ",
                issuance_columns!(),
                " FROM issuance WHERE certificate_sha256 = $1"
            ),
            &[sha256.into()],
        )?;
        rows.first().map(from_row).transpose()
    }

    /// What `earlier` says becomes of the certificates of a device beside the one of this serial number.
    pub(super) fn end_earlier(
        &mut self,
        device: &str,
        serial: &[u8],
        earlier: Earlier,
        now: Timestamp,
    ) -> Result<(), Error> {
        match earlier {
            Earlier::None => {}
            Earlier::Revoked => {
                self.execute(
                    "UPDATE issuance SET state = 'revoked', ended_at = $3, reason = 'superseded'
                     WHERE device_id = $1 AND serial <> $2 AND state IN ('planned', 'issued', 'superseded')",
                    &[device.into(), serial.into(), now.into()],
                )?;
            }
            Earlier::AcceptedUntil(end) => {
                self.execute(
                    "UPDATE issuance SET state = 'superseded', ended_at = $3
                     WHERE device_id = $1 AND serial <> $2 AND state = 'issued'",
                    &[device.into(), serial.into(), end.into()],
                )?;
            }
        }
        Ok(())
    }

    /// Accepts an earlier certificate until `end`, where it is accepted still: its device uses it.
    ///
    /// # Errors
    /// What the engine says.
    pub fn extend_overlap(
        &mut self,
        serial: &[u8],
        end: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "UPDATE issuance SET ended_at = MAX(ended_at, $2)
             WHERE serial = $1 AND state = 'superseded' AND ended_at > $3",
            &[serial.into(), end.into(), now.into()],
        )?;
        Ok(())
    }

    /// Ends the time in which a device's earlier certificates are accepted beside its newest: from now on they count as
    /// revoked, by whoever asks. The number of them.
    ///
    /// # Errors
    /// What the engine says.
    pub fn end_overlap(&mut self, device: ObjectId, now: Timestamp) -> Result<u64, Error> {
        self.execute(
            "UPDATE issuance SET state = 'revoked', reason = 'superseded', ended_at = MIN(ended_at, $2)
             WHERE device_id = $1 AND state = 'superseded'",
            &[(&device.to_string()).into(), now.into()],
        )
    }

    /// Revokes the earlier certificates whose time beside the newest is over; the number of them.
    ///
    /// # Errors
    /// What the engine says.
    pub fn end_overlaps(&mut self, now: Timestamp) -> Result<u64, Error> {
        self.execute(
            "UPDATE issuance SET state = 'revoked', reason = 'superseded' WHERE state = 'superseded' AND ended_at <= $1",
            &[now.into()],
        )
    }
}
