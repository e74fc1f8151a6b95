//! What devices were told in management sessions, and where those sessions stand.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::device::{Inventory, serial_key};
use crate::id::ObjectId;
use crate::policy::{Delivery, Sent, Verb};

use super::{Error, Row, Transaction};

/// Where a device stands between its sessions.
#[derive(Debug)]
pub struct Standing<S> {
    /// The session under way, as the management service wrote it.
    pub session: Option<S>,
    /// How often policies of its organization changed so far.
    pub policy_changes: i64,
}

impl Transaction<'_> {
    /// Where a device stands between its sessions.
    ///
    /// # Errors
    /// What the engine says.
    pub fn management_standing<S: DeserializeOwned>(
        &mut self,
        device: ObjectId,
    ) -> Result<Option<Standing<S>>, Error> {
        self.first(
            "SELECT device.session, organization.policy_changes FROM device
             JOIN organization ON organization.id = device.organization_id WHERE device.id = $1",
            &[(&device.to_string()).into()],
        )?
        .map(|row| {
            let session = row.optional_text(0)?.map(|_| row.json(0)).transpose()?;
            let policy_changes = row.integer(1)?;
            Ok(Standing {
                session,
                policy_changes,
            })
        })
        .transpose()
    }

    /// Writes the session under way.
    ///
    /// # Errors
    /// What the engine says.
    pub fn write_session<S: Serialize>(
        &mut self,
        device: ObjectId,
        session: &S,
    ) -> Result<(), Error> {
        let session = super::row::json(session)?;
        self.execute(
            "UPDATE device SET session = $2 WHERE id = $1",
            &[(&device.to_string()).into(), (&session).into()],
        )?;
        Ok(())
    }

    /// Notes that a device has all that there was for it after so many changes of policies.
    ///
    /// # Errors
    /// What the engine says.
    pub fn settle(&mut self, device: ObjectId, policy_changes: i64) -> Result<(), Error> {
        self.execute(
            "UPDATE device SET work = 0, settled = $2, session = NULL
             WHERE id = $1 AND (work <> 0 OR settled <> $2 OR session IS NOT NULL)",
            &[(&device.to_string()).into(), policy_changes.into()],
        )?;
        Ok(())
    }

    /// Has all policies of a device looked through in its next session, those that failed too.
    ///
    /// # Errors
    /// What the engine says.
    pub fn give_work(&mut self, device: ObjectId) -> Result<(), Error> {
        let id = device.to_string();
        self.execute(
            "UPDATE delivery SET tries = 0, switched = 0 WHERE device_id = $1 AND (verb <> 'exec' OR status = 215)
             AND (status IS NULL OR (status >= 300 AND status <> 304) OR status BETWEEN 213 AND 216)",
            &[(&id).into()],
        )?;
        self.execute("UPDATE device SET work = 1 WHERE id = $1", &[(&id).into()])?;
        Ok(())
    }

    /// Writes what a device told of itself; its serial number where it enrolled without one.
    ///
    /// # Errors
    /// What the engine says.
    pub fn write_inventory(
        &mut self,
        device: ObjectId,
        inventory: &Inventory,
    ) -> Result<(), Error> {
        let json = super::row::json(inventory)?;
        let serial = inventory.serial_number.as_deref().map(serial_key);
        self.execute(
            "UPDATE device SET inventory = $2, serial_key = COALESCE(serial_key, NULLIF($3, '')) WHERE id = $1",
            &[
                (&device.to_string()).into(),
                (&json).into(),
                serial.as_deref().into(),
            ],
        )?;
        Ok(())
    }

    /// What a device was told, by node.
    ///
    /// # Errors
    /// What the engine says.
    pub fn deliveries(&mut self, device: ObjectId) -> Result<Vec<Delivery>, Error> {
        self.query(
            "SELECT node, step, loc_uri, policy_id, told, verb, switched, added, tries, sent_in, sent_at, sent_bytes, status,
                original_error, value, answered_at
             FROM delivery WHERE device_id = $1 ORDER BY node, step",
            &[(&device.to_string()).into()],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// Writes what a device was told of a node.
    ///
    /// # Errors
    /// What the engine says.
    pub fn write_delivery(&mut self, device: ObjectId, it: &Delivery) -> Result<(), Error> {
        let sent_in = it.sent.as_ref().map(sent_in);
        self.execute(
            "INSERT INTO delivery (device_id, node, step, loc_uri, policy_id, told, verb, switched, added, tries, sent_in,
                sent_at, sent_bytes, status, original_error, value, answered_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
             ON CONFLICT (device_id, node, step) DO UPDATE SET loc_uri = $4, policy_id = $5, told = $6, verb = $7, switched = $8,
                added = $9, tries = $10, sent_in = $11, sent_at = $12, sent_bytes = $13, status = $14, original_error = $15,
                value = $16, answered_at = $17",
            &[
                (&device.to_string()).into(),
                (&it.node).into(),
                it.step.into(),
                (&it.loc_uri).into(),
                it.policy_id.map(|id| id.to_string()).as_deref().into(),
                it.told.as_slice().into(),
                it.verb.word().into(),
                u32::from(it.switched).into(),
                u32::from(it.added).into(),
                it.tries.into(),
                sent_in.as_deref().into(),
                it.sent.as_ref().map(|sent| sent.at).into(),
                it.sent_bytes.into(),
                it.status.map(u32::from).into(),
                it.original_error.as_deref().into(),
                it.value.as_deref().into(),
                it.answered_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Forgets what a device was told of a node.
    ///
    /// # Errors
    /// What the engine says.
    pub fn forget_delivery(
        &mut self,
        device: ObjectId,
        node: &str,
        step: u32,
    ) -> Result<(), Error> {
        self.execute(
            "DELETE FROM delivery WHERE device_id = $1 AND node = $2 AND step = $3",
            &[(&device.to_string()).into(), node.into(), step.into()],
        )?;
        Ok(())
    }

    /// Forgets all that a device was told: it enrolled anew.
    ///
    /// # Errors
    /// What the engine says.
    pub(super) fn forget_deliveries(&mut self, device: ObjectId) -> Result<(), Error> {
        self.execute(
            "DELETE FROM delivery WHERE device_id = $1",
            &[(&device.to_string()).into()],
        )?;
        Ok(())
    }
}

/// The message, the one that answered it and the session in one text; a message's number has neither space nor stroke.
fn sent_in(sent: &Sent) -> String {
    let Sent {
        message, session, ..
    } = sent;
    match &sent.answered_by {
        Some(answer) => format!("{message}/{answer} {session}"),
        None => format!("{message} {session}"),
    }
}

fn from_sent_in(text: &str, at: Timestamp) -> Option<Sent> {
    let (messages, session) = text.split_once(' ')?;
    let (message, answered_by) = match messages.split_once('/') {
        Some((message, answer)) => (message, Some(answer.to_owned())),
        None => (messages, None),
    };
    Some(Sent {
        session: session.to_owned(),
        message: message.to_owned(),
        at,
        answered_by,
    })
}

fn from_row(row: &Row) -> Result<Delivery, Error> {
    let sent = match (row.optional_text(9)?, row.optional_time(10)?) {
        (Some(text), Some(at)) => from_sent_in(&text, at),
        _ => None,
    };
    let status: Option<u32> = row.optional_count(12)?;
    let number = |at| Ok::<u32, Error>(row.optional_count(at)?.unwrap_or_default());
    Ok(Delivery {
        node: row.text(0)?,
        step: number(1)?,
        loc_uri: row.text(2)?,
        policy_id: row.optional_id(3)?,
        told: row.blob(4)?,
        verb: Verb::from_word(&row.text(5)?).ok_or(Error::Row("an unknown command"))?,
        switched: number(6)? == 1,
        added: number(7)? == 1,
        tries: number(8)?,
        sent,
        sent_bytes: number(11)?,
        status: status.and_then(|status| u16::try_from(status).ok()),
        original_error: row.optional_text(13)?,
        value: row.optional_text(14)?,
        answered_at: row.optional_time(15)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_their_session_are_told_apart_again() {
        for answered_by in [None, Some("13".to_owned())] {
            let sent = Sent {
                session: "a/b c".to_owned(),
                message: "12".to_owned(),
                at: Timestamp::UNIX_EPOCH,
                answered_by,
            };
            let read = from_sent_in(&sent_in(&sent), Timestamp::UNIX_EPOCH);
            assert_eq!(read, Some(sent));
        }
    }
}
