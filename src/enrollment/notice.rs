//! What people are written of their own devices. Only whoever a token was made for is written to, and of one thing once:
//! nobody can make the server write often.

use jiff::Timestamp;

use crate::approval::Approval;
use crate::attempt::{Outcome, Record};
use crate::device::Device;
use crate::id::ObjectId;
use crate::letter::{About, Kind, Letter};
use crate::store::{Error, Transaction};

/// Refusals of which nothing is written: the person can do nothing about them, or is written to otherwise.
const UNSAID: [&str; 9] = [
    "credential-unknown",
    "credential-of-another",
    "too-many-failures",
    "waiting-for-approval",
    "authority",
    "maintenance",
    "draining",
    "storage",
    "internal",
];

/// A device has its certificate.
pub(super) fn enrolled(
    tx: &mut Transaction<'_>,
    device: &Device,
    now: Timestamp,
) -> Result<(), Error> {
    let about = About {
        device: device.display_name.clone(),
        ..About::default()
    };
    let time = device.enrolled_at.as_millisecond();
    let once = format!("enrolled:{}:{time}", device.id);
    write(tx, Kind::Enrolled, device.token_id, about, once, now)
}

/// Devices were turned away.
pub(super) fn refused(tx: &mut Transaction<'_>, records: &[Record]) -> Result<(), Error> {
    let refused = records.iter().filter(|it| it.outcome == Outcome::Refused);
    for record in refused {
        let Some(told) = record
            .told
            .as_ref()
            .filter(|it| !UNSAID.contains(&it.refusal))
        else {
            continue;
        };
        let Some(token) = record.learned.token else {
            continue;
        };
        let items = record.learned.items.iter().flatten();
        let device = items
            .into_iter()
            .find(|(name, _)| name == "DeviceName")
            .map(|(_, value)| value.clone());
        let about = About {
            device,
            reason: Some(told.sentence.clone()),
            reason_in_spanish: Some(told.sentence_in_spanish.clone()),
            support_id: Some(record.exchange.trace_id.to_string()),
        };
        let once = format!("refused:{token}:{}", told.refusal);
        let (kind, at) = (Kind::Refused, record.exchange.at);
        write(tx, kind, Some(token), about, once, at)?;
    }
    Ok(())
}

/// A device waits for an administrator.
pub(super) fn waiting(tx: &mut Transaction<'_>, approval: &Approval) -> Result<(), Error> {
    let about = About {
        device: approval.device_name.clone(),
        ..About::default()
    };
    let once = format!("waiting:{}", approval.id);
    let (token, now) = (Some(approval.token_id), approval.created_at);
    write(tx, Kind::Waiting, token, about, once, now)
}

fn write(
    tx: &mut Transaction<'_>,
    kind: Kind,
    token: Option<ObjectId>,
    about: About,
    once: String,
    now: Timestamp,
) -> Result<(), Error> {
    let token = match token {
        Some(id) => tx.token(id)?,
        None => None,
    };
    let letter = token.and_then(|token| Letter::of(kind, &token, now));
    match letter {
        Some(letter) => tx.queue_letter(&letter.telling(about).once(once)),
        None => Ok(()),
    }
}
