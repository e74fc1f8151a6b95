//! `device list|show`

use serde::Serialize;

use crate::device::Device;
use crate::id::hex;
use crate::store::{Error as StoreError, Issuance};

use super::arguments::DeviceCommand;
use super::data::id;
use super::output::Table;
use super::{Context, Error, ExitCode};

/// How many devices are listed.
const LISTED: u32 = 1_000;

/// A device with its certificates.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    #[serde(flatten)]
    device: Device,
    certificates: Vec<Certificate>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    serial: String,
    state: &'static str,
    not_after: jiff::Timestamp,
}

impl From<&Issuance> for Certificate {
    fn from(issuance: &Issuance) -> Self {
        Self {
            serial: hex(&issuance.serial),
            state: issuance.state.word(),
            not_after: issuance.not_after,
        }
    }
}

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: DeviceCommand) -> Result<ExitCode, Error> {
    match command {
        DeviceCommand::List => {
            let devices = context.on_data(async |data| {
                let organization = data.organization;
                Ok(data
                    .installation
                    .store
                    .read::<_, StoreError, _>(move |tx| tx.devices(organization, LISTED))
                    .await?)
            })?;
            context.emit(&devices, || many(&devices))?;
        }
        DeviceCommand::Show(argument) => {
            let id = id(&argument.id)?;
            let shown = context.on_data(async |data| {
                let organization = data.organization;
                Ok(data
                    .installation
                    .store
                    .read::<_, StoreError, _>(move |tx| {
                        let found = tx
                            .device(id)?
                            .filter(|device| device.organization_id == organization);
                        let Some(device) = found else { return Ok(None) };
                        let certificates = tx
                            .issuances_of_device(id)?
                            .iter()
                            .map(Certificate::from)
                            .collect();
                        Ok(Some(Shown {
                            device,
                            certificates,
                        }))
                    })
                    .await?)
            })?;
            let shown = shown.ok_or(Error::NotFound("device", argument.id))?;
            context.emit(&shown, || one(&shown))?;
        }
    }
    Ok(ExitCode::Done)
}

fn many(devices: &[Device]) -> Table<6> {
    let mut table = Table::new(["ID", "STATE", "NAME", "OWNER", "ENROLLED", "REMARK"]);
    for device in devices {
        table.row([
            device.id.to_string(),
            device.state.word().to_owned(),
            device.display_name.clone().unwrap_or_default(),
            device.owner.clone().unwrap_or_else(|| "-".to_owned()),
            device.enrolled_at.to_string(),
            device
                .clone_of
                .map(|other| format!("possible clone of {other}"))
                .unwrap_or_default(),
        ]);
    }
    table
}

fn one(shown: &Shown) -> Table<2> {
    let mut table = Table::new(["FIELD", "VALUE"]);
    let device = &shown.device;
    let seen = device
        .last_seen_at
        .map_or_else(|| "never".to_owned(), |at| at.to_string());
    for (field, value) in [
        ("id", device.id.to_string()),
        ("guid", device.guid.to_string()),
        ("state", device.state.word().to_owned()),
        ("name", device.display_name.clone().unwrap_or_default()),
        (
            "owner",
            device.owner.clone().unwrap_or_else(|| "-".to_owned()),
        ),
        ("tags", device.tags.join(", ")),
        (
            "possible clone of",
            device
                .clone_of
                .map(|other| other.to_string())
                .unwrap_or_default(),
        ),
        ("enrolled", device.enrolled_at.to_string()),
        ("last session", seen),
    ] {
        table.row([field.to_owned(), value]);
    }
    for certificate in &shown.certificates {
        let text = format!(
            "{} until {} ({})",
            certificate.serial, certificate.not_after, certificate.state
        );
        table.row(["certificate".to_owned(), text]);
    }
    for (name, value) in &device.facts.items {
        table.row([format!("fact {name}"), value.chars().take(200).collect()]);
    }
    table
}
