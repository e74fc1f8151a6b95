//! What the server itself has to tell a device beside policies: its names, and what the Enrollment Status Page waits for.

use crate::device::Device;
use crate::policy::{Effective, Format, Scope, SettingCommand, Wish};
use crate::template::StatusPage;

use super::session::State;

/// Where the computer's name is set; it takes effect when the PC starts anew (Accounts CSP).
pub(super) const COMPUTER_NAME: &str = "./Device/Vendor/MSFT/Accounts/Domain/ComputerName";
/// What stands between the entries of a list (CSP `DMClient`, `FirstSyncStatus`).
const SEPARATOR: &str = "\u{f000}";

/// All that a device is to be told, in order, with the state of the session in which it is. `told` is whether it was told
/// something of a node before.
pub(super) fn wishes(
    device: &Device,
    effective: Effective,
    page: Option<&StatusPage>,
    provider_id: &str,
    told: impl Fn(&str) -> bool,
) -> Vec<(State, Wish)> {
    let expected = page.map(|page| (page, expected(&effective)));
    let policies = effective
        .wishes
        .into_iter()
        .map(|wish| (State::Policies, wish));
    let mut wishes = Vec::new();
    if let Some((page, expected)) = expected {
        let opening = opens(page, expected, provider_id);
        wishes.extend(opening.map(|wish| (State::PageOpens, wish)));
    }
    wishes.extend(policies);
    let account = account(device, provider_id, told);
    wishes.extend(account.map(|wish| (State::Account, wish)));
    if page.is_some() {
        let done = first_sync(
            provider_id,
            "ServerHasFinishedProvisioning",
            Format::Bool,
            "true",
        );
        wishes.push((State::PageCloses, done));
    }
    wishes
}

/// The names of device and user, where the device told that it has others, or was told one before.
fn account(
    device: &Device,
    provider_id: &str,
    told: impl Fn(&str) -> bool,
) -> impl Iterator<Item = Wish> {
    let known = device.inventory.clone().unwrap_or_default();
    let guid = device.guid.to_string();
    let values = [
        ("UPN", device.owner.clone(), known.upn),
        ("EntDMID", Some(guid), known.ent_dm_id),
        (
            "EntDeviceName",
            device.display_name.clone(),
            known.ent_device_name,
        ),
    ];
    let provider = provider(provider_id);
    let names = values.into_iter().filter_map(move |(node, value, known)| {
        let (uri, value) = (format!("{provider}/{node}"), value?);
        let differs = known.as_ref() != Some(&value);
        (differs || told(&uri)).then(|| Wish::own(uri, Format::Chr, value))
    });
    let computer = device.computer_name.clone();
    names.chain(computer.map(|name| Wish::own(COMPUTER_NAME.to_owned(), Format::Chr, name)))
}

/// What the page shows and waits for (CSP `DMClient`, `FirstSyncStatus`).
fn opens(page: &StatusPage, expected: String, provider_id: &str) -> impl Iterator<Item = Wish> {
    let mut values = vec![
        ("SkipDeviceStatusPage", Format::Bool, "false".to_owned()),
        ("SkipUserStatusPage", Format::Bool, "true".to_owned()),
        (
            "TimeOutUntilSyncFailure",
            Format::Int,
            page.timeout_minutes.to_string(),
        ),
        ("BlockInStatusPage", Format::Int, page.blocks().to_string()),
        (
            "AllowCollectLogsButton",
            Format::Bool,
            page.allow_collect_logs.to_string(),
        ),
    ];
    if let Some(text) = &page.custom_error_text {
        values.push(("CustomErrorText", Format::Chr, text.clone()));
    }
    if !expected.is_empty() {
        values.push(("ExpectedPolicies", Format::Chr, expected));
    }
    let provider_id = provider_id.to_owned();
    let wish = move |(node, format, value): (&str, _, String)| {
        first_sync(&provider_id, node, format, &value)
    };
    values.into_iter().map(wish)
}

/// The nodes of the device's policies that the page waits for.
fn expected(effective: &Effective) -> String {
    let wishes = effective.wishes.iter();
    let nodes = wishes.filter(|it| it.scope == Scope::Device && it.command == SettingCommand::Set);
    let nodes: Vec<_> = nodes.map(|it| it.loc_uri.as_str()).collect();
    nodes.join(SEPARATOR)
}

fn provider(provider_id: &str) -> String {
    format!("./Device/Vendor/MSFT/DMClient/Provider/{provider_id}")
}

fn first_sync(provider_id: &str, node: &str, format: Format, value: &str) -> Wish {
    let uri = format!("{}/FirstSyncStatus/{node}", provider(provider_id));
    Wish::own(uri, format, value.to_owned())
}
