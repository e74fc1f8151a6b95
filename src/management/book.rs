//! What a device was told, while a message is answered: read once, changed, and written where it changed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::id::{ObjectId, hex};
use crate::policy::{Delivery, Scope, Sent, Wish};
use crate::store::{Error, Transaction};

use super::heard::Heard;
use super::session::{Session, State};

/// A node and a step on it.
type Key = (String, u32);

/// Bytes of a value that is read out of a device, at most.
const READ: usize = 256 * 1024;

/// The deliveries of a device.
#[derive(Debug)]
pub(super) struct Book {
    entries: BTreeMap<Key, Entry>,
    before: BTreeMap<Key, Delivery>,
}

/// A delivery with what is wished now.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) delivery: Delivery,
    pub(super) state: State,
    /// None: the node is to be removed.
    pub(super) wish: Option<Wish>,
    order: usize,
}

impl Book {
    pub(super) fn open(deliveries: Vec<Delivery>) -> Self {
        let before: BTreeMap<Key, Delivery> = deliveries
            .into_iter()
            .map(|it| ((it.node.clone(), it.step), it))
            .collect();
        let entry = |(key, delivery): (&Key, &Delivery)| {
            let entry = Entry {
                delivery: delivery.clone(),
                state: State::Policies,
                wish: None,
                order: 0,
            };
            (key.clone(), entry)
        };
        Self {
            entries: before.iter().map(entry).collect(),
            before,
        }
    }

    /// Takes in what the device answered.
    pub(super) fn hear(&mut self, heard: &Heard<'_>, now: Timestamp) {
        if heard.is_empty() {
            return;
        }
        for entry in self.entries.values_mut() {
            let delivery = &mut entry.delivery;
            let cmd_id = cmd_id(delivery);
            for item in heard.values(&cmd_id) {
                let value = delivery.value.get_or_insert_default();
                let room = READ.saturating_sub(value.len());
                let data = item.data.as_deref().unwrap_or_default();
                value.push_str(data.get(..room).unwrap_or(data));
            }
            if let Some((status, error)) = heard.answer(&cmd_id) {
                delivery.answer(status, error, now);
            }
        }
    }

    /// Whether the device was told something of a node.
    pub(super) fn has(&self, loc_uri: &str) -> bool {
        let mut entries = self.entries.values();
        entries.any(|entry| entry.delivery.loc_uri == loc_uri)
    }

    /// Whether the device answered what it was told of a node.
    pub(super) fn answered(&self, loc_uri: &str) -> Option<u16> {
        let mut entries = self.entries.values();
        let found = entries.find(|entry| entry.delivery.loc_uri == loc_uri);
        found.and_then(|entry| entry.delivery.status)
    }

    /// Brings it in line with what is wished now; what is no longer wished is removed from the device or forgotten.
    pub(super) fn reconcile(&mut self, wishes: Vec<(State, Wish)>) {
        let mut wished = BTreeSet::new();
        for (order, (state, wish)) in wishes.into_iter().enumerate() {
            let key = (wish.node.clone(), wish.step);
            wished.insert(key.clone());
            let entry = self.entries.entry(key).or_insert_with(|| Entry {
                delivery: Delivery::of(&wish),
                state,
                wish: None,
                order,
            });
            if entry.delivery.told != wish.digest() || entry.delivery.is_removal() {
                entry.delivery.renew(&wish);
            }
            entry.delivery.policy_id = wish.policy_id;
            (entry.state, entry.wish, entry.order) = (state, Some(wish), order);
        }
        self.entries
            .retain(|key, entry| wished.contains(key) || entry.delivery.remove());
        self.judge_groups();
    }

    /// A group is done all or none: where one of its commands is to be told in another way, all are told again; where one
    /// failed for good, what the device did was taken back.
    fn judge_groups(&mut self) {
        let mut groups: BTreeMap<String, (bool, bool)> = BTreeMap::new();
        for entry in self.entries.values() {
            let Some(group) = entry.group() else { continue };
            let it = &entry.delivery;
            let (again, failed) = groups.entry(group.to_owned()).or_default();
            *again |= it.switched && it.sent.is_none() && it.status.is_none();
            *failed |= it.status.is_some() && !it.is_done();
        }
        for entry in self.entries.values_mut() {
            let judged = entry.group().and_then(|group| groups.get(group)).copied();
            match judged {
                Some((true, _)) => entry.delivery.tell_again(),
                Some((false, true)) => entry.delivery.take_back(),
                _ => {}
            }
        }
    }

    /// What is to be told next: the first state in which there is something, and that, in order.
    pub(super) fn due(
        &mut self,
        session: &Session,
        message: &str,
        now: Timestamp,
    ) -> (State, Vec<&mut Entry>) {
        let over = self.groups_over();
        let mut due: Vec<&mut Entry> = self
            .entries
            .values_mut()
            .filter(|entry| !entry.is_of(&over) && !entry.waits_for_user(session))
            .filter(|entry| entry.delivery.is_due(&session.id, message, now))
            .collect();
        // Nothing comes between the pieces of a value, and what goes makes room first.
        due.sort_by_key(|entry| {
            let whole = !entry.delivery.is_begun(&session.id, now);
            (entry.state, whole, entry.wish.is_some(), entry.order)
        });
        let state = due.first().map_or(State::Done, |entry| entry.state);
        due.retain(|entry| entry.state == state);
        (state, due)
    }

    /// Whether something may be told in a later session.
    pub(super) fn waits(&self) -> bool {
        let over = self.groups_over();
        let mut entries = self.entries.values();
        entries.any(|entry| !entry.is_of(&over) && entry.delivery.waits())
    }

    /// The groups that are not told again, since something in them ran, or may have: all or none.
    fn groups_over(&self) -> BTreeSet<String> {
        let entries = self.entries.values();
        let over = entries
            .filter(|it| it.delivery.is_over())
            .filter_map(Entry::group);
        over.map(str::to_owned).collect()
    }

    /// Writes what changed.
    pub(super) fn write(&self, tx: &mut Transaction<'_>, device: ObjectId) -> Result<(), Error> {
        for (key, entry) in &self.entries {
            let before = self.before.get(key);
            let told = before.is_some() || entry.delivery.sent.is_some();
            if told && before != Some(&entry.delivery) {
                tx.write_delivery(device, &entry.delivery)?;
            }
        }
        for (node, step) in self.before.keys() {
            if !self.entries.contains_key(&(node.clone(), *step)) {
                tx.forget_delivery(device, node, *step)?;
            }
        }
        Ok(())
    }
}

impl Entry {
    /// The group of commands that it belongs to.
    pub(super) fn group(&self) -> Option<&str> {
        self.wish.as_ref()?.group.as_deref()
    }

    /// Whether it belongs to one of these groups.
    fn is_of(&self, groups: &BTreeSet<String>) -> bool {
        self.group().is_some_and(|group| groups.contains(group))
    }

    /// Whether it is a user's who is not signed in.
    fn waits_for_user(&self, session: &Session) -> bool {
        let users = match &self.wish {
            Some(wish) => wish.scope == Scope::User,
            None => self.delivery.node.starts_with("./user/"),
        };
        users && !session.user_signed_in
    }

    /// Notes that it is told, and the `CmdID` by which it is.
    pub(super) fn send(&mut self, session: &Session, message: &str, now: Timestamp) -> String {
        self.delivery.send(Sent {
            session: session.id.clone(),
            message: message.to_owned(),
            at: now,
        });
        cmd_id(&self.delivery)
    }
}

/// The `CmdID` of a command: made of what it says, so that an answer is known without a session being remembered.
fn cmd_id(delivery: &Delivery) -> String {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in [
        delivery.node.as_bytes(),
        &delivery.step.to_be_bytes(),
        &delivery.told,
        delivery.verb.word().as_bytes(),
    ] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let digest = context.finish();
    hex(digest.as_ref().get(..8).unwrap_or_default())
}
