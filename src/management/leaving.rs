//! Leaving: a user disconnects (MS-MDM 3.2.5.1), or the server says so (`DMClient/Provider/{id}/Unenroll`).

use crate::id::ObjectId;
use crate::protocol::syncml::{Alert, Command, Item, Meta, Operation, SyncMl};
use crate::revocation::Reason;
use crate::store::Error;

use super::Management;
use super::heard::Heard;

/// The alert by which a device leaves, whether its user or the server wanted it.
const UNENROLLS: &str = "com.microsoft:mdm.unenrollment.userrequest";
const GENERIC_ALERT: u16 = 1226;
/// `CmdID`s of their own, by which the answers are known.
const LEAVE: &str = "9003";
const LEAVE_OLD: &str = "9004";

/// Whether the device says that it leaves.
pub(super) fn leaves(package: &SyncMl) -> bool {
    package.body.commands.iter().any(|command| match command {
        Command::Alert(alert) => {
            alert.code() == Some(GENERIC_ALERT) && kinds(alert).any(|kind| kind.trim() == UNENROLLS)
        }
        _ => false,
    })
}

fn kinds(alert: &Alert) -> impl Iterator<Item = &str> {
    let items = alert.items.iter();
    items.filter_map(|item| item.meta.as_ref()?.kind.as_deref())
}

/// What a device that is to leave is told next, once in a session, where that `opens`; and whether it answered that it did.
///
/// Windows ends the session over it, and says so by the alert in another one, or not at all.
pub(super) fn dismiss(opens: bool, heard: &Heard<'_>, provider_id: &str) -> (Vec<Command>, bool) {
    let exec = |cmd_id: &str, uri: String| {
        Command::Exec(Operation {
            cmd_id: cmd_id.to_owned(),
            items: vec![Item {
                meta: Some(Meta {
                    format: Some("chr".to_owned()),
                    ..Meta::default()
                }),
                data: Some(provider_id.to_owned()),
                ..Item::target(uri)
            }],
            ..Operation::default()
        })
    };
    if opens {
        let uri = format!("./Vendor/MSFT/DMClient/Provider/{provider_id}/Unenroll");
        return (vec![exec(LEAVE, uri)], false);
    }
    let done = |cmd_id| heard.status(cmd_id).map(|code| (200..300).contains(&code));
    match (done(LEAVE), done(LEAVE_OLD)) {
        (Some(true), _) | (_, Some(true)) => (Vec::new(), true),
        // The place of Windows 8.1.
        (Some(false), None) => {
            let uri = "./Vendor/MSFT/DMClient/Unenroll".to_owned();
            (vec![exec(LEAVE_OLD, uri)], false)
        }
        _ => (Vec::new(), false),
    }
}

impl Management {
    /// A device has left: its certificates end.
    pub(super) async fn let_go(&self, id: ObjectId) -> Result<(), Error> {
        tracing::info!(device = %id, "the device left");
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                tx.revoke_issuances(id, Reason::CessationOfOperation, now)?;
                tx.note_leaving(id, now)
            })
            .await
    }
}
