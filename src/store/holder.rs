//! Whom a certificate stands for, and whether it may be used.

use jiff::Timestamp;
use uuid::Uuid;

use crate::device::{State, identifier, same_identifier};
use crate::id::ObjectId;

use super::issuance::state;
use super::{Error, IssuanceState, Transaction};

/// Whom a certificate stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedTo {
    /// Its device.
    pub device_id: ObjectId,
    /// The `DeviceID` that the device calls itself by.
    pub client_id: Option<String>,
    /// Where the device stands.
    pub device_state: State,
    /// Whether the certificate is still good.
    pub state: IssuanceState,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// The device's latest management session.
    pub last_seen_at: Option<Timestamp>,
    /// When the certificate ended, or will.
    pub ended_at: Option<Timestamp>,
    /// Until when an earlier certificate of the device is accepted, or was.
    pub overlap_until: Option<Timestamp>,
    /// The issuing CA, by the SHA-256 of its certificate.
    pub issuer: String,
    /// Whether there may be something to tell the device.
    pub has_work: bool,
}

/// A device that may open a session, and the credentials by which it may prove itself.
#[derive(Clone)]
pub struct Claimant {
    /// The device, by the newest of its certificates that may be used.
    pub device: IssuedTo,
    /// Its identifier on the wire.
    pub guid: Uuid,
    /// Its session credentials, sealed.
    pub credentials: Vec<u8>,
}

impl IssuedTo {
    fn may_be_used(&self, now: Timestamp) -> bool {
        self.is_accepted(now) && self.device_state != State::Deleted && now <= self.not_after
    }
}

fn guid(text: &str) -> Result<Uuid, Error> {
    text.parse()
        .map_err(|_| Error::Row("the identifier of a device is no GUID"))
}

impl Transaction<'_> {
    /// Whom the certificate with this SHA-256 stands for.
    ///
    /// # Errors
    /// What the engine says.
    pub fn issued_to(&mut self, sha256: &[u8]) -> Result<Option<IssuedTo>, Error> {
        self.first(
            "SELECT device.id, device.device_id, device.state, issuance.state, issuance.not_after, device.last_seen_at,
                issuance.ended_at, (SELECT MAX(earlier.ended_at) FROM issuance AS earlier
                    WHERE earlier.device_id = device.id AND earlier.state = 'superseded'), issuance.issuer,
                CASE WHEN device.work = 0 AND device.settled = organization.policy_changes THEN 0 ELSE 1 END
             FROM issuance JOIN device ON device.id = issuance.device_id
             JOIN organization ON organization.id = device.organization_id WHERE issuance.certificate_sha256 = $1",
            &[sha256.into()],
        )?
        .map(|row| {
            Ok(IssuedTo {
                device_id: row.id(0)?,
                client_id: row.optional_text(1)?,
                device_state: State::from_word(&row.text(2)?).ok_or(Error::Row("an unknown state of a device"))?,
                state: state(&row.text(3)?)?,
                not_after: row.time(4)?,
                last_seen_at: row.optional_time(5)?,
                ended_at: row.optional_time(6)?,
                overlap_until: row.optional_time(7)?,
                issuer: row.text(8)?,
                has_work: row.integer(9)? == 1,
            })
        })
        .transpose()
    }

    /// Whom the certificate with this SHA-256 stands for, if it may be used now: for whatever a device proves with it.
    ///
    /// It was issued here, is within its time and not revoked, and its device has not left.
    ///
    /// # Errors
    /// What the engine says.
    pub fn usable_certificate(
        &mut self,
        sha256: &[u8],
        now: Timestamp,
    ) -> Result<Option<IssuedTo>, Error> {
        let found = self.issued_to(sha256)?;
        Ok(found.filter(|found| found.may_be_used(now)))
    }

    /// The devices that call themselves by this `DeviceID`, if one of their certificates may be used now. A `DeviceID` is
    /// said and not proved, so that there may be several.
    ///
    /// # Errors
    /// What the engine says.
    pub fn claimants(&mut self, client_id: &str, now: Timestamp) -> Result<Vec<Claimant>, Error> {
        let rows = self.query(
            "SELECT issuance.certificate_sha256, device.guid, device.credentials
             FROM device JOIN issuance ON issuance.device_id = device.id
             WHERE LOWER(REPLACE(REPLACE(REPLACE(device.device_id, '-', ''), '{', ''), '}', '')) = $1
                AND device.device_id IS NOT NULL AND issuance.state IN ('issued', 'superseded')
                AND issuance.certificate_sha256 IS NOT NULL
             ORDER BY device.id DESC, issuance.planned_at DESC LIMIT 64",
            &[identifier(client_id).as_str().into()],
        )?;
        let mut found: Vec<Claimant> = Vec::new();
        for row in &rows {
            let Some(device) = self.usable_certificate(&row.blob(0)?, now)? else {
                continue;
            };
            let named = same_identifier(device.client_id.as_deref(), Some(client_id));
            if !named
                || found
                    .iter()
                    .any(|it| it.device.device_id == device.device_id)
            {
                continue;
            }
            found.push(Claimant {
                device,
                guid: guid(&row.text(1)?)?,
                credentials: row.blob(2)?,
            });
        }
        Ok(found)
    }
}
