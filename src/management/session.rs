//! Where a session stands.

use serde::{Deserialize, Serialize};

use crate::policy::size::MESSAGE_BYTES;
use crate::protocol::syncml::{Alert, Command, SyncMl};

use super::opening;

/// What a session is about, one after the other. It goes on when the device has answered, never when it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum State {
    /// The device says what it is.
    Identity,
    /// The Enrollment Status Page learns what to wait for.
    PageOpens,
    /// The policies are delivered, in the order of their priorities.
    Policies,
    /// The account learns its names.
    Account,
    /// The Enrollment Status Page learns that the server has finished.
    PageCloses,
    /// There is nothing more to say: the reply without commands ends the session.
    Done,
}

/// What has to be known of a session beyond its messages, until all is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    /// `SessionID`.
    pub(super) id: String,
    /// Whether the user of the enrollment is signed in (`com.microsoft/MDM/LoginStatus`).
    pub(super) user_signed_in: bool,
    /// Bytes that the device takes in a message (`MaxMsgSize`).
    pub(super) message_bytes: usize,
    /// The message with which its first package was whole; none: it is not yet.
    #[serde(default)]
    pub(super) opened_by: Option<String>,
}

/// Messages of a session after which it ends, whatever there is to say; the rest waits for the next one.
const MESSAGES: u32 = 100;
const LEAST_BYTES: usize = 4 * 1024;
/// The alerts about a client's session (MS-MDM 2.2.7.2).
const CLIENT_EVENT: u16 = 1224;
const LOGIN_STATUS: &str = "com.microsoft/MDM/LoginStatus";

impl Session {
    /// The session that a package belongs to: the one that is known, or the one that begins.
    pub(super) fn of(package: &SyncMl, known: Option<Self>) -> Self {
        let header = &package.header;
        let whole = (!opening::goes_on(package)).then(|| header.msg_id.clone());
        match known.filter(|known| known.id == header.session_id && !known.is_another(package)) {
            Some(known) if known.opened_by.is_some() => known,
            // The rest of the first package.
            Some(known) => Self {
                user_signed_in: known.user_signed_in || user_signed_in(package),
                opened_by: whole,
                ..known
            },
            None => Self {
                id: header.session_id.clone(),
                user_signed_in: user_signed_in(package),
                message_bytes: message_bytes(package),
                opened_by: match opening::begins(package) {
                    true => whole,
                    // Of a session that had nothing to do until now, nothing was kept.
                    false => Some(opening::FIRST.to_owned()),
                },
            },
        }
    }

    /// Whether `package` begins another session of the same identifier.
    fn is_another(&self, package: &SyncMl) -> bool {
        let message = &package.header.msg_id;
        let of_first_package = self.opened_by.as_ref().is_none_or(|it| it == message);
        opening::starts(package) || (opening::begins(package) && !of_first_package)
    }

    /// Whether `package` makes the first package whole: what is told at the beginning of a session is told now.
    pub(super) fn opens_with(&self, package: &SyncMl) -> bool {
        self.opened_by.as_ref() == Some(&package.header.msg_id)
    }

    /// Whether there may be another message after `package`.
    pub(super) fn goes_on(package: &SyncMl) -> bool {
        let number: Option<u32> = package.header.msg_id.parse().ok();
        number.is_some_and(|number| number < MESSAGES)
    }
}

fn message_bytes(package: &SyncMl) -> usize {
    let meta = package.header.meta.as_ref();
    let said = meta.and_then(|meta| meta.max_msg_size.as_ref()?.parse().ok());
    said.map_or(MESSAGE_BYTES, |bytes: usize| {
        bytes.clamp(LEAST_BYTES, MESSAGE_BYTES)
    })
}

fn user_signed_in(package: &SyncMl) -> bool {
    let mut commands = package.body.commands.iter();
    commands.any(|command| match command {
        Command::Alert(alert) => is_login(alert),
        _ => false,
    })
}

fn is_login(alert: &Alert) -> bool {
    alert.code() == Some(CLIENT_EVENT)
        && alert.items.iter().any(|item| {
            let kind = item.meta.as_ref().and_then(|meta| meta.kind.as_deref());
            kind == Some(LOGIN_STATUS) && item.data.as_deref().map(str::trim) == Some("user")
        })
}
