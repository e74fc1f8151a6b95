//! The management tree of a simulated PC, which outlives a session: nodes of its own, and what the server writes.

mod reach;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) use self::reach::{Code, Reach};

use crate::protocol::enrollment::EnrollmentType;
use crate::protocol::provisioning::Enrollment;
use crate::simulator::Identity;

/// Nodes by LocURI in lower case and without `./Device`: `./Device/Vendor` and `./Vendor` are the same place.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    nodes: BTreeMap<String, Node>,
}

#[derive(Debug, Clone)]
struct Node {
    /// The LocURI as it was written.
    uri: String,
    value: String,
    kept: Kept,
}

/// What may be done with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// It is read.
    ReadOnly,
    /// It is there from the enrollment on: read and written, never removed.
    Permanent,
    /// It is run.
    Executable,
    /// The server's: all of these.
    Dynamic,
}

/// The nodes of `./DevInfo`, in the order of package 1.
pub(super) fn dev_info(identity: &Identity) -> [(&'static str, &str); 5] {
    [
        ("./DevInfo/DevId", &identity.device_id),
        ("./DevInfo/Man", &identity.manufacturer),
        ("./DevInfo/Mod", &identity.model),
        ("./DevInfo/DmV", "1.3"),
        ("./DevInfo/Lang", &identity.locale),
    ]
}

impl Tree {
    /// The tree of a PC that has just enrolled.
    pub(super) fn new(
        identity: &Identity,
        enrollment_type: &EnrollmentType,
        enrollment: &Enrollment,
    ) -> Self {
        let mut tree = Self::bare(identity);
        let client = &enrollment.dm_client;
        let provider = format!("{DMCLIENT}Provider/{}/", enrollment.application.provider_id);
        for (name, value, kept) in [
            ("EntDMID", client.ent_dm_id.as_str(), Kept::Permanent),
            ("EntDeviceName", &client.ent_device_name, Kept::Permanent),
            (
                "UPN",
                client.upn.as_deref().unwrap_or_default(),
                Kept::Permanent,
            ),
            ("SyncApplicationVersion", "3.0", Kept::Permanent),
            ("MaxSyncApplicationVersion", "5.0", Kept::ReadOnly),
            ("HWDevID", &identity.hw_dev_id, Kept::ReadOnly),
            ("EnrollmentType", enrollment_type.name(), Kept::ReadOnly),
            ("FirstSyncStatus/IsSyncDone", "false", Kept::Permanent),
            (
                "FirstSyncStatus/ServerHasFinishedProvisioning",
                "false",
                Kept::Permanent,
            ),
            (
                "FirstSyncStatus/WasDeviceSuccessfullyProvisioned",
                "0",
                Kept::Permanent,
            ),
            ("Unenroll", "", Kept::Executable),
        ] {
            tree.put(&format!("{provider}{name}"), value, kept);
        }
        let renew = &enrollment.renew;
        for (name, value, kept) in [
            (
                "ROBOSupport",
                renew.robo_support.to_string(),
                Kept::Permanent,
            ),
            (
                "RenewPeriod",
                renew.renew_period.to_string(),
                Kept::Permanent,
            ),
            (
                "RetryInterval",
                renew.retry_interval.to_string(),
                Kept::Permanent,
            ),
            ("Status", "0".to_owned(), Kept::ReadOnly),
            ("ErrorCode", "0".to_owned(), Kept::ReadOnly),
            ("RenewNow", String::new(), Kept::Executable),
        ] {
            tree.put(&format!("{RENEW}{name}"), &value, kept);
        }
        let root = &enrollment.root;
        let uri = format!("{ROOTS}{}/EncodedCertificate", root.thumbprint_hex);
        tree.put(&uri, &STANDARD.encode(&root.der), Kept::Dynamic);
        tree
    }

    /// The tree of a PC without an account.
    pub(super) fn bare(identity: &Identity) -> Self {
        let details = [
            ("SwV", identity.os_version.as_str()),
            ("HwV", &identity.model),
            ("FwV", &identity.firmware),
            ("Ext/Microsoft/OSPlatform", "Windows"),
            ("Ext/Microsoft/DeviceName", &identity.device_name),
            ("Ext/Microsoft/SMBIOSSerialNumber", &identity.serial_number),
        ];
        let mut tree = Self::default();
        for (uri, value) in dev_info(identity) {
            tree.put(uri, value, Kept::ReadOnly);
        }
        for (name, value) in details {
            tree.put(&format!("./DevDetail/{name}"), value, Kept::ReadOnly);
        }
        tree.put(&format!("{DMCLIENT}Unenroll"), "", Kept::Executable);
        tree.put("./Vendor/MSFT/Reboot/RebootNow", "", Kept::Executable);
        tree
    }

    fn put(&mut self, uri: &str, value: &str, kept: Kept) {
        let node = Node {
            uri: uri.to_owned(),
            value: value.to_owned(),
            kept,
        };
        self.nodes.insert(path(uri), node);
    }

    /// The nodes below a place.
    fn below<'t>(&'t self, path: &str) -> impl Iterator<Item = (&'t String, &'t Node)> + use<'t> {
        let start = format!("{path}/");
        let from = self.nodes.range(start.clone()..);
        from.take_while(move |(key, _)| key.starts_with(&start))
    }

    /// Whether there is a node, a value or an inner one.
    fn has(&self, path: &str) -> bool {
        self.nodes.contains_key(path) || self.below(path).next().is_some()
    }

    /// The names of the nodes right below a place, as `Get` of an inner node lists them.
    fn children(&self, path: &str) -> Option<String> {
        let mut names: Vec<&str> = Vec::new();
        let depth = path.split('/').count();
        for (key, node) in self.below(path) {
            let hidden = node.uri.split('/').count() - key.split('/').count();
            let name = node.uri.split('/').nth(depth + hidden).unwrap_or_default();
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        }
        (!names.is_empty()).then(|| names.join("/"))
    }
}

/// A LocURI in the form in which two spellings of a node are equal.
fn path(uri: &str) -> String {
    let lower = uri.to_ascii_lowercase();
    match lower.strip_prefix("./device/") {
        Some(rest) => format!("./{rest}"),
        None => lower,
    }
}

const DMCLIENT: &str = "./Vendor/MSFT/DMClient/";
const RENEW: &str = "./Vendor/MSFT/CertificateStore/My/WSTEP/Renew/";
const ROOTS: &str = "./Vendor/MSFT/RootCATrustedCertificates/Root/";

#[cfg(test)]
mod tests;
