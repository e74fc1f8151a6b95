//! What another server is to be told of devices, until it was told.

use jiff::Timestamp;

use crate::device::Event;
use crate::id::ObjectId;

use super::{Error, Row, Transaction};

/// The setting that says whether anybody is told: commands beside the server go by it.
pub const WEBHOOKS: &str = "webhooks";

/// An event that somebody has taken in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueEvent {
    /// Its identifier, the same at each try.
    pub id: ObjectId,
    /// The device.
    pub device_id: ObjectId,
    /// What happened.
    pub event: Event,
    /// The serial number of the certificate that it is about.
    pub serial: Option<Vec<u8>>,
    /// How often it was tried, this time included.
    pub tries: u32,
    /// When it happened.
    pub created_at: Timestamp,
    /// The lease that it was taken with.
    pub leased_until: Timestamp,
}

/// Those that are due and have no earlier one of the same device before them: a device's events go out in their order.
macro_rules! due {
    () => {
        " FROM webhook_event AS it WHERE due_at <= $1 AND NOT EXISTS (SELECT 1 FROM webhook_event AS earlier
            WHERE earlier.device_id = it.device_id AND (earlier.created_at, earlier.id) < (it.created_at, it.id))"
    };
}

impl Transaction<'_> {
    /// Keeps an event of a device until another server was told of it; nothing where nobody is to be told.
    ///
    /// # Errors
    /// What the engine says.
    pub fn queue_event(
        &mut self,
        device: ObjectId,
        event: Event,
        serial: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO webhook_event (id, device_id, event, serial, tries, created_at, due_at)
             SELECT $1, $2, $3, $4, 0, $5, $5 FROM setting WHERE name = $6 AND value = 'on'",
            &[
                (&ObjectId::generate(now).to_string()).into(),
                (&device.to_string()).into(),
                event.word().into(),
                serial.into(),
                now.into(),
                WEBHOOKS.into(),
            ],
        )?;
        Ok(())
    }

    /// Whether an event is due.
    ///
    /// # Errors
    /// What the engine says.
    pub fn events_are_due(&mut self, now: Timestamp) -> Result<bool, Error> {
        let due = self.first(concat!("SELECT 1", due!(), " LIMIT 1"), &[now.into()])?;
        Ok(due.is_some())
    }

    /// Takes due events in hand: nobody else has them before the lease ends.
    ///
    /// # Errors
    /// What the engine says.
    pub fn due_events(
        &mut self,
        now: Timestamp,
        lease: Timestamp,
        most: u32,
    ) -> Result<Vec<DueEvent>, Error> {
        let rows = self.query(
            concat!(
                "UPDATE webhook_event SET due_at = $2, tries = tries + 1 WHERE id IN (SELECT id",
                due!(),
                " ORDER BY due_at, id LIMIT $3) AND due_at <= $1
                 RETURNING id, device_id, event, serial, tries, created_at, due_at"
            ),
            &[now.into(), lease.into(), most.into()],
        )?;
        rows.iter().map(from_row).collect()
    }

    /// Records that an event is tried again.
    ///
    /// # Errors
    /// What the engine says.
    pub fn event_again(&mut self, due: &DueEvent, again: Timestamp) -> Result<(), Error> {
        self.execute(
            "UPDATE webhook_event SET due_at = $2 WHERE id = $1 AND due_at = $3",
            &[
                (&due.id.to_string()).into(),
                again.into(),
                due.leased_until.into(),
            ],
        )?;
        Ok(())
    }

    /// Forgets an event that was told, or is told no more.
    ///
    /// # Errors
    /// What the engine says.
    pub fn event_ended(&mut self, id: ObjectId) -> Result<(), Error> {
        let id = id.to_string();
        self.execute("DELETE FROM webhook_event WHERE id = $1", &[(&id).into()])?;
        Ok(())
    }

    /// How many events wait.
    ///
    /// # Errors
    /// What the engine says.
    pub fn waiting_events(&mut self) -> Result<u64, Error> {
        let row = self.first("SELECT COUNT(*) FROM webhook_event", &[])?;
        let count = row.map(|row| row.optional_integer(0)).transpose()?;
        let count = count.flatten().and_then(|count| count.try_into().ok());
        Ok(count.unwrap_or_default())
    }

    /// Whether a device had a certificate before the one with this serial number.
    ///
    /// # Errors
    /// What the engine says.
    pub fn was_issued_before(&mut self, device: ObjectId, serial: &[u8]) -> Result<bool, Error> {
        let found = self.first(
            "SELECT 1 FROM issuance WHERE device_id = $1 AND serial <> $2 AND issued_at IS NOT NULL LIMIT 1",
            &[(&device.to_string()).into(), serial.into()],
        )?;
        Ok(found.is_some())
    }
}

fn from_row(row: &Row) -> Result<DueEvent, Error> {
    let event = Event::from_word(&row.text(2)?);
    Ok(DueEvent {
        id: row.id(0)?,
        device_id: row.id(1)?,
        event: event.ok_or(Error::Row("an unknown event"))?,
        serial: row.optional_blob(3)?,
        tries: row.optional_count(4)?.unwrap_or_default(),
        created_at: row.time(5)?,
        leased_until: row.time(6)?,
    })
}
