//! What a device is to have of its policies: the lower priority number wins a node that several name.

use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};

use crate::id::ObjectId;

use super::delivery::is_policy;
use super::setting::begins_with;
use super::{Format, Policy, Scope, Setting, SettingCommand, Verb};

/// One command that a device is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The node in the form in which two spellings are equal: lower case, without `./Device`.
    pub node: String,
    /// Which of several commands on the node, in order.
    pub step: u32,
    /// The node as it is told.
    pub loc_uri: String,
    /// The policy; none: the server's own.
    pub policy_id: Option<ObjectId>,
    /// Whose setting it is.
    pub scope: Scope,
    /// What is done.
    pub command: SettingCommand,
    /// How the value is written.
    pub format: Format,
    /// The media type of the value; empty: none is told.
    pub media_type: String,
    /// The value.
    pub value: String,
    /// The group of commands that are done all or none.
    pub group: Option<String>,
}

/// A setting that another policy's setting of the same node keeps from a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overridden {
    /// The setting.
    pub wish: Wish,
    /// The policy that has the node.
    pub by: ObjectId,
}

/// What a device is to have of its policies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effective {
    /// What it is told, in order.
    pub wishes: Vec<Wish>,
    /// What it is not told, since another policy has the node.
    pub overridden: Vec<Overridden>,
}

impl Effective {
    /// What comes of policies in the order of their priorities, the winning one first.
    pub fn of<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Self {
        let mut effective = Self::default();
        // Who has a node, and how often that policy named it.
        let mut taken: HashMap<String, (ObjectId, u32)> = HashMap::new();
        for policy in policies {
            for setting in &policy.settings {
                let mut wish = Wish::of(policy, setting);
                let entry = taken.entry(wish.node.clone()).or_insert((policy.id, 0));
                let (owner, steps) = entry;
                if *owner == policy.id {
                    wish.step = *steps;
                    *steps += 1;
                    effective.wishes.push(wish);
                } else {
                    let by = *owner;
                    effective.overridden.push(Overridden { wish, by });
                }
            }
        }
        effective
    }
}

impl Wish {
    /// A value that the server itself sets.
    pub fn own(loc_uri: String, format: Format, value: String) -> Self {
        Self {
            node: node(&loc_uri),
            step: 0,
            loc_uri,
            policy_id: None,
            scope: Scope::Device,
            command: SettingCommand::Set,
            format,
            media_type: String::new(),
            value,
            group: None,
        }
    }

    fn of(policy: &Policy, setting: &Setting) -> Self {
        let loc_uri = told_as(setting);
        let node = node(&loc_uri);
        let group = if policy.atomic {
            Some(policy.id.to_string())
        } else {
            // MS-MDE2 2.2.9.1: the values of a renewal change together or not at all.
            node.contains(RENEWAL)
                .then(|| format!("{}-renew", policy.id))
        };
        // Nothing is read inside an Atomic (OMA-TS-SyncML_RepPro 6.6.2).
        let group = group.filter(|_| setting.command != SettingCommand::Get);
        Self {
            node,
            step: 0,
            loc_uri,
            policy_id: Some(policy.id),
            scope: setting.scope,
            command: setting.command,
            format: setting.format,
            media_type: setting.media_type.clone(),
            value: setting.value.clone(),
            group,
        }
    }

    /// The digest of all that the device is told.
    pub fn digest(&self) -> Vec<u8> {
        let mut context = Context::new(&SHA256);
        for part in [
            self.loc_uri.as_str(),
            self.command.word(),
            self.format.word(),
            &self.media_type,
            &self.value,
        ] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let digest = context.finish();
        digest.as_ref().iter().take(16).copied().collect()
    }

    /// Whether the node takes `Replace` once it is there.
    pub fn is_replaceable(&self) -> bool {
        self.format != Format::Node && self.node != COMPUTER_NAME
    }

    /// The command to begin with: the Policy CSP takes `Replace`, other nodes have to be added first.
    pub fn first_verb(&self) -> Verb {
        match self.command {
            SettingCommand::Get => Verb::Get,
            SettingCommand::Exec => Verb::Exec,
            SettingCommand::Delete => Verb::Delete,
            SettingCommand::Set if !self.is_replaceable() => Verb::Add,
            SettingCommand::Set if is_policy(&self.node) || self.policy_id.is_none() => {
                Verb::Replace
            }
            SettingCommand::Set => Verb::Add,
        }
    }
}

/// The node that a setting is told at: a user's lies below `./User`.
pub(super) fn told_as(setting: &Setting) -> String {
    let uri = &setting.loc_uri;
    match (setting.scope, uri.strip_prefix("./")) {
        (Scope::User, Some(rest)) if !begins_with(uri, "./User/") => format!("./User/{rest}"),
        _ => uri.clone(),
    }
}

/// A node in the form in which two spellings of it are equal.
fn node(loc_uri: &str) -> String {
    let lower = loc_uri.to_ascii_lowercase();
    match lower.strip_prefix("./device/") {
        Some(rest) => format!("./{rest}"),
        None => lower,
    }
}

/// The computer's name, which is added and never replaced (Accounts CSP).
const COMPUTER_NAME: &str = "./vendor/msft/accounts/domain/computername";
const RENEWAL: &str = "/certificatestore/my/wstep/renew/";

#[cfg(test)]
mod tests;
