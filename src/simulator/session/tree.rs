//! The management tree of a simulated PC: a few nodes of its own, and whatever the server writes.

use std::collections::BTreeMap;

use crate::protocol::provisioning::Enrollment;
use crate::protocol::syncml::Item;
use crate::simulator::Identity;

/// Nodes by LocURI, without `./Device`.
#[derive(Debug, Clone)]
pub(super) struct Tree<'t> {
    nodes: BTreeMap<String, String>,
    fixed: &'t BTreeMap<String, u16>,
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

impl<'t> Tree<'t> {
    /// The tree of a PC that has just enrolled; every LocURI of `fixed` answers with its status and no more.
    pub(super) fn new(
        identity: &Identity,
        fixed: &'t BTreeMap<String, u16>,
        enrollment: &Enrollment,
    ) -> Self {
        let mut tree = Self::bare(identity, fixed);
        let provider = &enrollment.application.provider_id;
        let dm_client = &enrollment.dm_client;
        for (name, value) in [
            ("EntDMID", &dm_client.ent_dm_id),
            ("EntDeviceName", &dm_client.ent_device_name),
            ("HWDevID", &identity.hw_dev_id),
        ] {
            let uri = format!("{DMCLIENT}{provider}/{name}");
            tree.nodes.insert(uri, value.clone());
        }
        if let Some(upn) = &dm_client.upn {
            let uri = format!("{DMCLIENT}{provider}/UPN");
            tree.nodes.insert(uri, upn.clone());
        }
        tree
    }

    /// The tree of a PC without an account.
    pub(super) fn bare(identity: &Identity, fixed: &'t BTreeMap<String, u16>) -> Self {
        let details = [
            ("./DevDetail/SwV", identity.os_version.as_str()),
            ("./DevDetail/Ext/Microsoft/OSPlatform", "Windows"),
            (
                "./DevDetail/Ext/Microsoft/DeviceName",
                &identity.device_name,
            ),
        ];
        let nodes = dev_info(identity).into_iter().chain(details);
        Self {
            nodes: nodes
                .map(|(uri, value)| (uri.to_owned(), value.to_owned()))
                .collect(),
            fixed,
        }
    }

    pub(super) fn get(&self, uri: &str) -> Result<&str, u16> {
        if let Some(code) = self.fixed.get(uri) {
            return Err(*code);
        }
        self.nodes
            .get(path(uri).as_str())
            .map(String::as_str)
            .ok_or(404)
    }

    pub(super) fn add(&mut self, uri: &str, item: &Item) -> u16 {
        if self.nodes.contains_key(&path(uri)) {
            return self.fixed.get(uri).copied().unwrap_or(418);
        }
        self.replace(uri, item)
    }

    pub(super) fn replace(&mut self, uri: &str, item: &Item) -> u16 {
        if let Some(code) = self.fixed.get(uri) {
            return *code;
        }
        if uri.is_empty() || !uri.starts_with("./") {
            return 404;
        }
        self.nodes
            .insert(path(uri), item.data.clone().unwrap_or_default());
        200
    }

    pub(super) fn delete(&mut self, uri: &str) -> u16 {
        if let Some(code) = self.fixed.get(uri) {
            return *code;
        }
        if self.nodes.remove(&path(uri)).is_some() {
            200
        } else {
            404
        }
    }

    pub(super) fn exec(&self, uri: &str) -> u16 {
        self.fixed.get(uri).copied().unwrap_or(200)
    }
}

/// `./Device/Vendor` and `./Vendor` are the same place.
fn path(uri: &str) -> String {
    match uri.strip_prefix("./Device/") {
        Some(rest) => format!("./{rest}"),
        None => uri.to_owned(),
    }
}

const DMCLIENT: &str = "./Vendor/MSFT/DMClient/Provider/";
