//! What a PC is: asked at the beginning of its first session, and now and then after.

use jiff::{SignedDuration, Timestamp};

use crate::device::Inventory;
use crate::protocol::syncml::{Command, Item, Operation, SyncMl};

use super::heard::Heard;

/// Where a value is kept.
type Place = fn(&mut Inventory) -> &mut Option<String>;
/// A node of the device's tree, and where its value is kept.
type Node = (&'static str, Place);

/// What a device sends by itself in its first message (CSP `DevInfo`).
const SENT: [Node; 3] = [
    ("./DevInfo/Man", |it| &mut it.manufacturer),
    ("./DevInfo/Mod", |it| &mut it.model),
    ("./DevInfo/Lang", |it| &mut it.language),
];
/// What it is asked (CSP `DevDetail`).
const DETAILS: [Node; 6] = [
    ("./DevDetail/SwV", |it| &mut it.os_version),
    ("./DevDetail/HwV", |it| &mut it.hardware),
    ("./DevDetail/FwV", |it| &mut it.firmware),
    ("./DevDetail/Ext/Microsoft/OSPlatform", |it| {
        &mut it.os_platform
    }),
    ("./DevDetail/Ext/Microsoft/SMBIOSSerialNumber", |it| {
        &mut it.serial_number
    }),
    ("./DevDetail/Ext/Microsoft/DeviceName", |it| {
        &mut it.device_name
    }),
];
/// What it is asked below its entry of this server (CSP `DMClient`).
const ACCOUNT: [Node; 7] = [
    ("UPN", |it| &mut it.upn),
    ("EntDMID", |it| &mut it.ent_dm_id),
    ("EntDeviceName", |it| &mut it.ent_device_name),
    ("HWDevID", |it| &mut it.hardware_id),
    ("AADDeviceID", |it| &mut it.directory_device_id),
    ("EnrollmentType", |it| &mut it.enrollment_type),
    ("MaxSyncApplicationVersion", |it| {
        &mut it.max_sync_application_version
    }),
];
/// The first `CmdID`.
const ASKS: usize = 9101;
/// After how long a device is asked again, when there is something to tell it anyway.
const AGAIN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Characters of a value that are kept.
const LONGEST: usize = 256;

/// The nodes that a device is asked for, with their `CmdID`s.
fn asked(provider_id: &str) -> impl Iterator<Item = (String, String, Place)> {
    let details = DETAILS
        .iter()
        .map(|(node, place)| ((*node).to_owned(), *place));
    let account = ACCOUNT.iter().map(move |(node, place)| {
        (
            format!("./Vendor/MSFT/DMClient/Provider/{provider_id}/{node}"),
            *place,
        )
    });
    let all = details.chain(account).enumerate();
    all.map(|(index, (uri, place))| ((ASKS + index).to_string(), uri, place))
}

/// Whether a device is to be asked.
pub(super) fn is_due(known: Option<&Inventory>, now: Timestamp) -> bool {
    let asked = known.and_then(|known| known.asked_at);
    asked.is_none_or(|asked| now.duration_since(asked) >= AGAIN)
}

/// The questions. Each is a command of its own, so that a node that is not there keeps nothing else from being told.
pub(super) fn questions(provider_id: &str) -> Vec<Command> {
    let get = |(cmd_id, uri, _)| {
        Command::Get(Operation {
            cmd_id,
            items: vec![Item::target(uri)],
            ..Operation::default()
        })
    };
    asked(provider_id).map(get).collect()
}

/// Takes in what a package tells; whether it told anything, and whether it answered the questions.
pub(super) fn learn(
    inventory: &mut Inventory,
    package: &SyncMl,
    heard: &Heard<'_>,
    provider_id: &str,
    now: Timestamp,
) -> bool {
    let before = inventory.clone();
    let sent = package
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Replace(operation) => Some(&operation.items),
            _ => None,
        });
    for item in sent.flatten() {
        let uri = item.source.as_ref().map(|source| source.loc_uri.as_str());
        let known = SENT
            .iter()
            .find(|(node, _)| uri.is_some_and(|uri| node.eq_ignore_ascii_case(uri)));
        if let Some((_, place)) = known {
            *place(inventory) = item.data.as_deref().and_then(kept);
        }
    }
    let mut answered = false;
    for (cmd_id, _, place) in asked(provider_id) {
        answered |= heard.status(&cmd_id).is_some();
        if let Some(item) = heard.values(&cmd_id).first() {
            *place(inventory) = item.data.as_deref().and_then(kept);
        }
    }
    if answered {
        inventory.asked_at = Some(now);
    }
    *inventory != before
}

/// What is kept of a value.
fn kept(value: &str) -> Option<String> {
    let value: String = value.trim().chars().take(LONGEST).collect();
    (!value.is_empty()).then_some(value)
}
