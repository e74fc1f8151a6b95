//! What each command does to the tree: CSPs of Windows, and the rules of OMA DM where a CSP has none of its own.

use std::collections::BTreeMap;

use super::{Kept, Tree, path};
use crate::simulator::Login;

/// A tree as a server reaches it in one session.
#[derive(Debug)]
pub(in crate::simulator::session) struct Reach<'t> {
    pub(in crate::simulator::session) tree: &'t mut Tree,
    /// The status with which a LocURI answers whatever it is told.
    pub(in crate::simulator::session) fixed: &'t BTreeMap<String, u16>,
    pub(in crate::simulator::session) login: Login,
    /// Whether the command is one of an `Atomic`.
    pub(in crate::simulator::session) atomic: bool,
}

/// A status and the HRESULT behind it: `msft:originalerror`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulator::session) struct Code {
    pub(in crate::simulator::session) status: u16,
    pub(in crate::simulator::session) error: Option<u32>,
}

/// Which rules a node goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A policy: the Policy CSP takes `Replace` of what is not there yet.
    Policy,
    /// What the Policy CSP or Windows itself keeps.
    Fixed,
    /// A value of the renewal, which changes with the others or not at all (MS-MDE2 2.2.9.1).
    Renewal,
    /// The computer's name, which is added and nothing else (Accounts CSP).
    Name,
    /// A node of another CSP.
    Other,
}

impl Code {
    pub(in crate::simulator::session) const OK: Self = Self::of(200);
    /// A piece of a large value was taken.
    pub(in crate::simulator::session) const PIECE: Self = Self::of(213);
    /// Not done, since another command of the group failed.
    pub(in crate::simulator::session) const NOT_DONE: Self = Self::of(215);
    /// Taken back, since another command of the group failed.
    pub(in crate::simulator::session) const TAKEN_BACK: Self = Self::of(216);
    pub(in crate::simulator::session) const BAD: Self = Self::with(400, 0x8007_0057);
    pub(in crate::simulator::session) const NOT_FOUND: Self = Self::with(404, 0x8600_0002);
    pub(in crate::simulator::session) const NOT_ALLOWED: Self = Self::with(405, 0x8600_0011);
    pub(in crate::simulator::session) const NOT_SUPPORTED: Self = Self::with(406, 0x8007_0032);
    /// A piece of a value whose size was not said.
    pub(in crate::simulator::session) const NO_SIZE: Self = Self::with(411, 0x8007_0057);
    /// A value that is not written as its format says.
    pub(in crate::simulator::session) const BAD_TYPE: Self = Self::with(415, 0x8600_0001);
    pub(in crate::simulator::session) const EXISTS: Self = Self::with(418, 0x8007_00b7);
    /// A value of another size than was said.
    pub(in crate::simulator::session) const OTHER_SIZE: Self = Self::with(424, 0x8007_0057);
    /// `Get` or `Atomic` in an `Atomic`.
    pub(in crate::simulator::session) const IN_ATOMIC: Self = Self::with(500, 0x8600_0003);
    const OUTSIDE_ATOMIC: Self = Self::with(500, 0x8600_0004);
    pub(in crate::simulator::session) const ATOMIC_FAILED: Self = Self::with(507, 0x8600_0005);

    const fn of(status: u16) -> Self {
        Self {
            status,
            error: None,
        }
    }

    const fn with(status: u16, error: u32) -> Self {
        Self {
            status,
            error: Some(error),
        }
    }

    /// The status that a LocURI is made to answer with.
    const fn fixed(status: u16) -> Self {
        match status {
            0..300 => Self::of(status),
            404 => Self::NOT_FOUND,
            405 => Self::NOT_ALLOWED,
            418 => Self::EXISTS,
            _ => Self::with(status, 0x8000_4005),
        }
    }
}

impl Reach<'_> {
    /// The value, and whether it is the list of an inner node.
    pub(in crate::simulator::session) fn get(&self, uri: &str) -> Result<(String, bool), Code> {
        let path = self.path(uri)?;
        // What is in force is what was set, as nobody else sets anything.
        let path = path.replacen("/policy/result/", "/policy/config/", 1);
        if place(&path) == Place::Name {
            return Err(Code::NOT_ALLOWED);
        }
        match self.tree.nodes.get(&path) {
            Some(node) if node.kept == Kept::Executable => Err(Code::NOT_ALLOWED),
            Some(node) => Ok((node.value.clone(), false)),
            None => {
                let names = self.tree.children(&path).ok_or(Code::NOT_FOUND)?;
                Ok((names, true))
            }
        }
    }

    /// `Add`: of what is there, 418. The Policy CSP is no exception: it merely takes `Replace` as well.
    pub(in crate::simulator::session) fn add(&mut self, uri: &str, value: &str) -> Code {
        self.reach(uri, |reach, path, place| {
            if reach.tree.has(path) && place != Place::Name {
                return Code::EXISTS;
            }
            if place == Place::Fixed {
                return Code::NOT_ALLOWED;
            }
            reach.tree.put(uri, value, Kept::Dynamic);
            Code::OK
        })
    }

    /// `Replace`: of what is not there, 404, but for policies.
    pub(in crate::simulator::session) fn replace(&mut self, uri: &str, value: &str) -> Code {
        self.attempt(uri, |reach, path, place| {
            let inner = reach.tree.below(path).next().is_some();
            match reach.tree.nodes.get_mut(path) {
                Some(node) if matches!(node.kept, Kept::Dynamic | Kept::Permanent) => {
                    value.clone_into(&mut node.value);
                    Code::OK
                }
                Some(_) => Code::NOT_ALLOWED,
                None if inner => Code::NOT_ALLOWED,
                None if place == Place::Policy => {
                    reach.tree.put(uri, value, Kept::Dynamic);
                    Code::OK
                }
                None if place == Place::Fixed => Code::NOT_ALLOWED,
                None => Code::NOT_FOUND,
            }
        })
    }

    /// `Delete`: the node and all below it.
    pub(in crate::simulator::session) fn delete(&mut self, uri: &str) -> Code {
        self.attempt(uri, |reach, path, _| {
            if !reach.tree.has(path) {
                return Code::NOT_FOUND;
            }
            let below = reach.tree.below(path).map(|(_, node)| node);
            let mut all = below.chain(reach.tree.nodes.get(path));
            let stays = all.any(|node| node.kept != Kept::Dynamic);
            drop(all);
            if stays {
                return Code::NOT_ALLOWED;
            }
            let start = format!("{path}/");
            let nodes = &mut reach.tree.nodes;
            nodes.retain(|key, _| key != path && !key.starts_with(&start));
            Code::OK
        })
    }

    /// `Exec`: of what Windows has to run, and of what the server put there.
    pub(in crate::simulator::session) fn exec(&mut self, uri: &str) -> Code {
        self.attempt(uri, |reach, path, _| {
            let node = reach.tree.nodes.get(path);
            match node.map(|node| node.kept) {
                Some(Kept::Executable | Kept::Dynamic) => Code::OK,
                Some(Kept::ReadOnly | Kept::Permanent) => Code::NOT_ALLOWED,
                None if reach.tree.has(path) => Code::OK,
                None => Code::NOT_FOUND,
            }
        })
    }

    /// Whether running a node makes the PC leave its account.
    pub(in crate::simulator::session) fn unenrolls(&self, uri: &str) -> bool {
        let Ok(path) = self.path(uri) else {
            return false;
        };
        let client = super::DMCLIENT.to_ascii_lowercase();
        let is_ours = path.starts_with(&client) && path.ends_with("/unenroll");
        is_ours && self.tree.nodes.contains_key(&path)
    }

    /// Does what is no `Add` where the node may be reached.
    fn attempt(&mut self, uri: &str, run: impl FnOnce(&mut Self, &str, Place) -> Code) -> Code {
        self.reach(uri, |reach, path, place| match place {
            Place::Name => Code::NOT_ALLOWED,
            place => run(reach, path, place),
        })
    }

    /// Does it where the node may be reached.
    fn reach(&mut self, uri: &str, run: impl FnOnce(&mut Self, &str, Place) -> Code) -> Code {
        let path = match self.path(uri) {
            Ok(path) => path,
            Err(code) => return code,
        };
        match place(&path) {
            Place::Renewal if !self.atomic => Code::OUTSIDE_ATOMIC,
            place => run(self, &path, place),
        }
    }

    fn path(&self, uri: &str) -> Result<String, Code> {
        if let Some(status) = self.fixed.get(uri) {
            return Err(Code::fixed(*status));
        }
        let path = path(uri);
        // Names of nodes are neither empty nor an asterisk.
        if path.split('/').any(|name| name.is_empty() || name == "*") {
            return Err(Code::NOT_FOUND);
        }
        if path.starts_with("./user/") && self.login != Login::User {
            return Err(Code::NOT_ALLOWED);
        }
        Ok(path)
    }
}

fn place(path: &str) -> Place {
    let bare = path.strip_prefix("./user").unwrap_or(path);
    let bare = bare.trim_start_matches(['.', '/']);
    if let Some(policy) = bare.strip_prefix("vendor/msft/policy/config/") {
        // An area and a policy in it.
        return match policy.contains('/') {
            true => Place::Policy,
            false => Place::Fixed,
        };
    }
    if let Some(name) = bare.strip_prefix("vendor/msft/certificatestore/my/wstep/renew/") {
        return match name {
            "renewnow" => Place::Other,
            _ => Place::Renewal,
        };
    }
    if bare == "vendor/msft/accounts/domain/computername" {
        return Place::Name;
    }
    let fixed = ["devinfo/", "devdetail/", "vendor/msft/policy/result/"];
    match fixed.iter().any(|start| bare.starts_with(start)) {
        true => Place::Fixed,
        false => Place::Other,
    }
}
