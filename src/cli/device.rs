//! `device list|show|results|sync|retire|revoke-certificate`

mod results;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::admin::{
    self, DeviceFilter, DeviceOrder, Page, PageWish, RevokeCertificate, ShownDevice,
};
use crate::device::Device;
use crate::id::ObjectId;

use super::arguments::{DeviceCommand, RevokeCertificateArguments};
use super::output::Table;
use super::remote::{Remote, segment};
use super::{Context, Error, ExitCode, tell};

/// Where the server keeps devices.
const DEVICES: &str = "/devices";
/// How many devices are listed.
const LISTED: usize = 1_000;

/// What is done with one device.
enum Verb {
    Show,
    Sync,
    Retire,
    RevokeCertificate(RevokeCertificate),
}

impl Verb {
    /// How the API says it.
    fn said(&self) -> (Method, &'static str, Option<Json>) {
        match self {
            Self::Show => (Method::GET, "", None),
            Self::Sync => (Method::POST, "/sync", None),
            Self::Retire => (Method::POST, "/retire", None),
            Self::RevokeCertificate(wish) => {
                let body = json!({ "serial": wish.serial, "reason": wish.reason });
                (Method::POST, "/revoke-certificate", Some(body))
            }
        }
    }
}

/// What the arguments wish.
fn wish(arguments: &RevokeCertificateArguments) -> RevokeCertificate {
    RevokeCertificate {
        serial: arguments.serial.clone(),
        reason: arguments.reason,
    }
}

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: DeviceCommand) -> Result<ExitCode, Error> {
    let (verb, called) = match command {
        DeviceCommand::List(arguments) => {
            let (devices, total) = list(context, arguments.not_seen_for)?;
            let shown = devices.len();
            if total > u64::try_from(shown).unwrap_or(u64::MAX) {
                let which = match arguments.not_seen_for {
                    Some(_) => "the longest silent",
                    None => "the newest",
                };
                tell(&format!(
                    "there are {total} devices: these are {which} {shown}"
                ));
            }
            context.emit(&devices, || many(&devices))?;
            return Ok(ExitCode::Done);
        }
        DeviceCommand::Show(argument) => (Verb::Show, argument.id),
        DeviceCommand::Results(argument) => return results::run(context, &argument.id),
        DeviceCommand::Sync(argument) => (Verb::Sync, argument.id),
        DeviceCommand::Retire(argument) => (Verb::Retire, argument.id),
        DeviceCommand::RevokeCertificate(arguments) => {
            (Verb::RevokeCertificate(wish(&arguments)), arguments.id)
        }
    };
    let device = with(context, &verb, &called)?;
    context.emit(&device, || one(&device))?;
    Ok(ExitCode::Done)
}

/// Does something with a device, and tells what became of it.
fn with(context: &Context<'_>, verb: &Verb, called: &str) -> Result<ShownDevice, Error> {
    let found = context.on_server(async |server| {
        let (method, tail, body) = verb.said();
        let path = format!("{}{DEVICES}/{}{tail}", Remote::WINDOWS, segment(called));
        server.call(method, &path, body.as_ref()).await
    })?;
    if let Some(device) = found {
        return Ok(device);
    }
    context.on_data(async |data| {
        let (admin, actor) = (&data.admin, &data.actor);
        let device = match verb {
            Verb::Show => admin.device(actor, called).await,
            Verb::Sync => admin.sync_device(actor, called).await,
            Verb::Retire => admin.retire_device(actor, called).await,
            Verb::RevokeCertificate(wish) => {
                admin.revoke_certificate(actor, called, wish.clone()).await
            }
        };
        device.map_err(|error| match error {
            admin::Error::NotFound(what) => {
                let serial = match verb {
                    Verb::RevokeCertificate(wish) if what == "certificate" => wish.serial.clone(),
                    _ => None,
                };
                Error::NotFound(what, serial.unwrap_or_else(|| called.to_owned()))
            }
            other => other.into(),
        })
    })
}

/// The newest devices, or those not seen for so many days, read page by page, and how many there are.
fn list(
    context: &Context<'_>,
    not_seen_for: Option<u32>,
) -> Result<(Vec<ShownDevice>, u64), Error> {
    let which = match not_seen_for {
        Some(days) => format!("notSeenForDays={days}"),
        None => "show-deleted=true".to_owned(),
    };
    let found = context.on_server(async |server| {
        let mut listed = Listed::default();
        while let Some(page) = listed.next() {
            let path = format!("{}{DEVICES}?{which}&limit=100&page={page}", Remote::WINDOWS);
            listed.take(server.call(Method::GET, &path, None).await?);
        }
        Ok((listed.devices, listed.total))
    })?;
    if let Some(found) = found {
        return Ok(found);
    }
    context.on_data(async |data| {
        let since = not_seen_for.map(|days| data.admin.days_ago(days));
        let filter = match since.transpose()? {
            Some(since) => DeviceFilter {
                silent_since: Some(since),
                order: DeviceOrder::LongestSilent,
                ..DeviceFilter::default()
            },
            None => DeviceFilter {
                deleted: true,
                ..DeviceFilter::default()
            },
        };
        let mut listed = Listed::default();
        while let Some(page) = listed.next() {
            let wish = PageWish::new(Some(page), Some(PageWish::MOST));
            let page = data.admin.list_devices(&data.actor, filter.clone(), wish);
            listed.take(page.await?);
        }
        Ok((listed.devices, listed.total))
    })
}

/// What was listed so far.
#[derive(Default)]
struct Listed {
    devices: Vec<ShownDevice>,
    total: u64,
    read: u32,
    end: bool,
}

impl Listed {
    /// The number of the page to read next; none: this is enough.
    fn next(&self) -> Option<u32> {
        let more = !self.end && self.devices.len() < LISTED;
        more.then_some(self.read + 1)
    }

    fn take(&mut self, page: Page<ShownDevice>) {
        self.devices.extend(page.items);
        self.total = page.total_docs;
        self.read = page.page;
        self.end = !page.has_next_page;
    }
}

fn many(devices: &[ShownDevice]) -> Table<7> {
    let mut table = Table::new(["ID", "STATE", "NAME", "OWNER", "ENROLLED", "SEEN", "REMARK"]);
    for device in devices.iter().map(|shown| &shown.record) {
        let remark = match (device.merged_into, device.clone_of) {
            (Some(other), _) => format!("older record of {other}"),
            (None, Some(other)) => format!("possible clone of {other}"),
            (None, None) => String::new(),
        };
        table.row([
            device.id.to_string(),
            device.state.word().to_owned(),
            device.display_name.clone().unwrap_or_default(),
            device.owner.clone().unwrap_or_else(|| "-".to_owned()),
            device.enrolled_at.to_string(),
            seen(device),
            remark,
        ]);
    }
    table
}

/// When a device had its last session.
fn seen(device: &Device) -> String {
    let at = device.last_seen_at;
    at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}

fn one(shown: &ShownDevice) -> Table<2> {
    let mut table = Table::new(["FIELD", "VALUE"]);
    let device = &shown.record;
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let other = |id: Option<ObjectId>| id.map(|id| id.to_string()).unwrap_or_default();
    for (field, value) in [
        ("id", device.id.to_string()),
        ("guid", device.guid.to_string()),
        ("state", device.state.word().to_owned()),
        ("name", device.display_name.clone().unwrap_or_default()),
        ("owner", or_dash(&device.owner)),
        ("tags", device.tags.join(", ")),
        ("segment", device.segment_id.to_string()),
        ("possible clone of", other(device.clone_of)),
        ("older record of", other(device.merged_into)),
        ("enrolled", device.enrolled_at.to_string()),
        ("last session", seen(device)),
    ] {
        table.row([field.to_owned(), value]);
    }
    for policy in &shown.win_policy_assignments {
        let name = policy.win_policy.as_ref().map(|named| named.name.as_str());
        let text = format!(
            "{} {} with priority {}",
            policy.win_policy_id,
            name.unwrap_or("(deleted)"),
            policy.priority
        );
        table.row(["policy".to_owned(), text]);
    }
    for certificate in &shown.certificates {
        let reason = certificate
            .reason
            .map(|reason| format!(": {}", reason.word()));
        let text = format!(
            "{} until {} ({}{})",
            certificate.serial,
            certificate.not_after,
            certificate.state,
            reason.unwrap_or_default()
        );
        table.row(["certificate".to_owned(), text]);
    }
    for (name, value) in &device.facts.items {
        table.row([format!("fact {name}"), value.chars().take(200).collect()]);
    }
    table
}
