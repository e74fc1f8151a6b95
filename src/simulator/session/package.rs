//! What a device says first in a session: who it is, who is at it, and what has happened.

use super::answer;
use super::tree::dev_info;
use crate::protocol::syncml::{Alert, Command, Item, Location, Meta, Operation, SyncBody, SyncHdr};
use crate::simulator::{Login, Pc};

impl Pc {
    pub(super) fn header(&self, address: &str, session_id: &str, message: u32) -> SyncHdr {
        SyncHdr {
            ver_dtd: "1.2".to_owned(),
            ver_proto: "DM/1.2".to_owned(),
            session_id: session_id.to_owned(),
            msg_id: message.to_string(),
            target: Location::from(address),
            source: Location::from(self.identity.device_id.as_str()),
            cred: None,
            meta: Some(Meta {
                max_msg_size: Some(self.settings.message_bytes.to_string()),
                ..Meta::default()
            }),
        }
    }

    /// Package 1: who calls, who is at the PC, and what the PC is. Windows counts its commands from 2.
    pub(super) fn first_package(&self, alerts: Vec<Alert>) -> SyncBody {
        let mut commands = vec![
            Command::Alert(Alert {
                data: Some("1201".to_owned()),
                ..Alert::default()
            }),
            Command::Alert(Alert {
                data: Some("1224".to_owned()),
                items: vec![login_status(self.settings.login)],
                ..Alert::default()
            }),
        ];
        commands.extend(alerts.into_iter().map(Command::Alert));
        commands.push(Command::Replace(Operation {
            items: dev_info(&self.identity)
                .map(|(node, value)| Item {
                    source: Some(Location::from(node)),
                    data: Some(value.to_owned()),
                    ..Item::default()
                })
                .into(),
            ..Operation::default()
        }));
        for (number, command) in (2_u32..).zip(&mut commands) {
            answer::number(command, number);
        }
        SyncBody {
            commands,
            is_final: true,
        }
    }
}

/// The alert by which a PC leaves (MS-MDM 3.2.5.1).
pub(super) fn unenrollment() -> Alert {
    Alert {
        data: Some(GENERIC.to_string()),
        items: vec![Item {
            meta: Some(Meta {
                format: Some("int".to_owned()),
                kind: Some(UNENROLLMENT.to_owned()),
                ..Meta::default()
            }),
            data: Some("1".to_owned()),
            ..Item::default()
        }],
        ..Alert::default()
    }
}

/// Whether it is that alert.
pub(super) fn leaves(alert: &Alert) -> bool {
    let kinds = alert.items.iter();
    let mut kinds = kinds.filter_map(|item| item.meta.as_ref()?.kind.as_deref());
    alert.code() == Some(GENERIC) && kinds.any(|kind| kind == UNENROLLMENT)
}

fn login_status(login: Login) -> Item {
    Item {
        meta: Some(Meta {
            kind: Some("com.microsoft/MDM/LoginStatus".to_owned()),
            ..Meta::default()
        }),
        data: Some(login.word().to_owned()),
        ..Item::default()
    }
}

const GENERIC: u16 = 1226;
const UNENROLLMENT: &str = "com.microsoft:mdm.unenrollment.userrequest";
