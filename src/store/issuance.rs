//! Certificates in the store: planned before the key signs, issued after.

use jiff::Timestamp;

pub use self::renewal::Earlier;
use crate::id::ObjectId;
use crate::revocation::Reason;
use crate::token::stored_as;

use super::revocation::reason;
use super::{Error, Row, Transaction};

/// A certificate that is about to be signed.
#[derive(Debug)]
pub struct NewIssuance<'a> {
    /// Its serial number, big-endian.
    pub serial: &'a [u8],
    /// The organization of its device.
    pub organization_id: ObjectId,
    /// Its device.
    pub device_id: ObjectId,
    /// The token that allowed it.
    pub token_id: Option<ObjectId>,
    /// The issuing CA, by the SHA-256 of its certificate.
    pub issuer: &'a str,
    /// SHA-256 of the key's `SubjectPublicKeyInfo`.
    pub spki_sha256: &'a [u8],
    /// What will be signed.
    pub tbs: &'a [u8],
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// Now.
    pub planned_at: Timestamp,
}

/// A recorded certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuance {
    /// Its serial number, big-endian.
    pub serial: Vec<u8>,
    /// The organization of its device.
    pub organization_id: ObjectId,
    /// Its device.
    pub device_id: ObjectId,
    /// The token that allowed it; none: a renewal.
    pub token_id: Option<ObjectId>,
    /// The issuing CA, by the SHA-256 of its certificate.
    pub issuer: String,
    /// How far it came.
    pub state: IssuanceState,
    /// What was or will be signed.
    pub tbs: Vec<u8>,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// When it was signed and recorded.
    pub issued_at: Option<Timestamp>,
    /// The certificate.
    pub certificate: Option<Vec<u8>>,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// When it was revoked or given up; of one that was replaced, until when it is accepted beside its successor.
    pub ended_at: Option<Timestamp>,
    /// Why it was revoked.
    pub reason: Option<Reason>,
}

/// How far a certificate came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuanceState {
    /// Promised, perhaps signed, not yet recorded as signed.
    Planned,
    /// Signed, recorded, given out.
    Issued,
    /// Never recorded as signed: its serial number counts as revoked.
    Abandoned,
    /// Replaced by a newer certificate of the same device, and accepted beside it for a while.
    Superseded,
    /// Revoked.
    Revoked,
}

stored_as!(
    IssuanceState, Planned "planned", Issued "issued", Abandoned "abandoned", Superseded "superseded",
    Revoked "revoked"
);

/// The columns of a row, in the order in which it is read.
macro_rules! issuance_columns {
    () => {
        "serial, organization_id, device_id, token_id, state, tbs, planned_at, issued_at, certificate, not_after, not_before, issuer, ended_at, reason"
    };
}

mod renewal;

impl Transaction<'_> {
    /// Records what is about to be signed.
    ///
    /// # Errors
    /// What the engine says.
    pub fn plan_issuance(&mut self, new: &NewIssuance<'_>) -> Result<(), Error> {
        self.execute(
            "INSERT INTO issuance (serial, organization_id, device_id, token_id, issuer, spki_sha256, state, tbs,
                not_before, not_after, planned_at)
             VALUES ($1, $2, $3, $4, $5, $6, 'planned', $7, $8, $9, $10)",
            &[
                new.serial.into(),
                (&new.organization_id.to_string()).into(),
                (&new.device_id.to_string()).into(),
                new.token_id.map(|id| id.to_string()).as_deref().into(),
                new.issuer.into(),
                new.spki_sha256.into(),
                new.tbs.into(),
                new.not_before.into(),
                new.not_after.into(),
                new.planned_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Records a signed certificate, and ends the device's earlier ones as `earlier` says.
    /// False: it was recorded or abandoned meanwhile.
    ///
    /// # Errors
    /// What the engine says.
    pub fn record_issued(
        &mut self,
        serial: &[u8],
        certificate: &[u8],
        sha256: &[u8],
        now: Timestamp,
        earlier: Earlier,
    ) -> Result<bool, Error> {
        let recorded = self.query(
            "UPDATE issuance SET state = 'issued', tbs = x'', certificate = $2, certificate_sha256 = $3, issued_at = $4
             WHERE serial = $1 AND state = 'planned' RETURNING device_id",
            &[serial.into(), certificate.into(), sha256.into(), now.into()],
        )?;
        let Some(row) = recorded.first() else {
            return Ok(false);
        };
        self.end_earlier(&row.text(0)?, serial, earlier, now)?;
        Ok(true)
    }

    /// The certificate with this serial number.
    ///
    /// # Errors
    /// What the engine says.
    pub fn issuance(&mut self, serial: &[u8]) -> Result<Option<Issuance>, Error> {
        let rows = self.query(
            concat!(
                "SELECT ",
                issuance_columns!(),
                " FROM issuance WHERE serial = $1"
            ),
            &[serial.into()],
        )?;
        rows.first().map(from_row).transpose()
    }

    /// All certificates of a key, the latest first.
    ///
    /// # Errors
    /// What the engine says.
    pub fn issuances_of_key(&mut self, spki_sha256: &[u8]) -> Result<Vec<Issuance>, Error> {
        self.query(
            concat!(
                "SELECT ",
                issuance_columns!(),
                " FROM issuance WHERE spki_sha256 = $1 ORDER BY planned_at DESC LIMIT 20"
            ),
            &[spki_sha256.into()],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// All certificates of a device, the latest first.
    ///
    /// # Errors
    /// What the engine says.
    pub fn issuances_of_device(&mut self, device: ObjectId) -> Result<Vec<Issuance>, Error> {
        self.query(
            concat!(
                "SELECT ",
                issuance_columns!(),
                " FROM issuance WHERE device_id = $1 ORDER BY planned_at DESC LIMIT 100"
            ),
            &[(&device.to_string()).into()],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// Gives up on what was planned before `before` and never recorded as signed; the number of certificates.
    ///
    /// # Errors
    /// What the engine says.
    pub fn abandon_planned(&mut self, before: Timestamp, now: Timestamp) -> Result<u64, Error> {
        self.execute(
            "UPDATE issuance SET state = 'abandoned', ended_at = $2 WHERE state = 'planned' AND planned_at < $1",
            &[before.into(), now.into()],
        )
    }
}

pub(super) fn state(word: &str) -> Result<IssuanceState, Error> {
    IssuanceState::from_word(word).ok_or(Error::Row("an unknown state of a certificate"))
}

fn from_row(row: &Row) -> Result<Issuance, Error> {
    let state = state(&row.text(4)?)?;
    Ok(Issuance {
        serial: row.blob(0)?,
        organization_id: row.id(1)?,
        device_id: row.id(2)?,
        token_id: row.optional_id(3)?,
        state,
        tbs: row.blob(5)?,
        planned_at: row.time(6)?,
        issued_at: row.optional_time(7)?,
        certificate: row.optional_blob(8)?,
        not_after: row.time(9)?,
        not_before: row.time(10)?,
        issuer: row.text(11)?,
        ended_at: row.optional_time(12)?,
        reason: (state == IssuanceState::Revoked)
            .then(|| reason(row.optional_text(13)?))
            .transpose()?,
    })
}
