//! What a device was told, while a message is answered: read once, changed, and written where it changed.

mod group;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::id::{ObjectId, hex};
use crate::policy::size::{around, cost};
use crate::policy::{Delivery, Format, Scope, Sent, SettingCommand, Wish};
use crate::store::{Error, Transaction};

pub(super) use self::group::group_id;
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
    /// What the device answered to groups.
    groups: Vec<group::Answer>,
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
            groups: Vec::new(),
        }
    }

    /// Takes in what the device answered.
    pub(super) fn hear(&mut self, heard: &Heard<'_>, now: Timestamp) {
        if heard.is_empty() {
            return;
        }
        for entry in self.entries.values_mut() {
            entry.hear(heard, now);
        }
        self.groups = group::Answer::all(heard);
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
        let answered = found.filter(|entry| !entry.delivery.turns());
        answered.and_then(|entry| entry.delivery.status)
    }

    /// Brings it in line with what is wished now; what is no longer wished is removed from the device or forgotten.
    pub(super) fn reconcile(&mut self, wishes: Vec<(State, Wish)>) {
        let (mut wished, mut changed) = (BTreeSet::new(), group::Changed::default());
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
            changed.note(&entry.delivery, &wish);
            entry.delivery.policy_id = wish.policy_id;
            (entry.state, entry.wish, entry.order) = (state, Some(wish), order);
        }
        changed.note_gone(
            self.entries
                .iter()
                .filter(|(key, _)| !wished.contains(*key)),
        );
        changed.revive(&mut self.entries);
        self.drop_steps(&wished);
        self.entries
            .retain(|key, entry| wished.contains(key) || entry.delivery.remove());
        group::judge(&mut self.entries, &self.groups);
    }

    /// Where fewer steps are wished on a node than before, the last one that is left is told again.
    fn drop_steps(&mut self, wished: &BTreeSet<Key>) {
        let mut dropped = Vec::new();
        self.entries.retain(|key, entry| {
            let stays = wished.contains(key) || !wished.contains(&(key.0.clone(), 0));
            if !stays {
                dropped.push(entry.delivery.clone());
            }
            stays
        });
        for gone in dropped.iter().filter(|it| it.has_written()) {
            let steps = (gone.node.clone(), 0)..(gone.node.clone(), u32::MAX);
            let mut left = self.entries.range_mut(steps).rev();
            if let Some((delivery, wish)) = left.find_map(|(_, entry)| entry.writes()) {
                delivery.added |= gone.added;
                delivery.renew(wish);
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
        let is_due = |it: &Entry| it.is_due(session, message, now);
        group::refuse_too_large(&mut self.entries, session, is_due);
        let held = group::held(&self.entries, is_due);
        let places = group::places(&self.entries);
        let mut due: Vec<&mut Entry> = self
            .entries
            .values_mut()
            .filter(|entry| !entry.is_of(&held) && is_due(entry))
            .collect();
        // Nothing comes between the pieces of a value or the commands of a group, and what goes makes room first.
        due.sort_by_key(|entry| {
            let whole = !entry.delivery.is_begun(&session.id, now);
            let place = entry.group().and_then(|group| places.get(group)).copied();
            let place = (place.unwrap_or(entry.order), entry.order);
            (entry.state, whole, entry.wish.is_some(), place)
        });
        let state = due.first().map_or(State::Done, |entry| entry.state);
        due.retain(|entry| entry.state == state);
        (state, due)
    }

    /// Whether something may be told in a later session.
    pub(super) fn waits(&self) -> bool {
        let held = group::held(&self.entries, |it| it.delivery.waits());
        let mut entries = self.entries.values();
        entries.any(|entry| !entry.is_of(&held) && entry.delivery.waits())
    }

    /// Writes what changed.
    pub(super) fn write(&self, tx: &mut Transaction<'_>, device: ObjectId) -> Result<(), Error> {
        for (key, entry) in &self.entries {
            let before = self.before.get(key);
            let it = &entry.delivery;
            let told = before.is_some() || it.sent.is_some() || it.status.is_some();
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

    /// Takes in what the device answered to it in the message in which it was told; what was heard already does not count
    /// again.
    fn hear(&mut self, heard: &Heard<'_>, now: Timestamp) {
        let delivery = &mut self.delivery;
        let cmd_id = cmd_id(delivery);
        let Some(sent) = &mut delivery.sent else {
            return;
        };
        if sent.session != heard.session || sent.answered_by.as_deref() == Some(heard.message) {
            return;
        }
        let answer = heard.answer(&cmd_id, &sent.message);
        let mut found = heard.found(&cmd_id, &sent.message).peekable();
        if answer.is_some() || found.peek().is_some() {
            sent.answered_by = Some(heard.message.to_owned());
        }
        for item in found {
            let value = delivery.value.get_or_insert_default();
            let room = READ.saturating_sub(value.len());
            let data = item.data.as_deref().unwrap_or_default();
            value.push_str(data.get(..room).unwrap_or(data));
        }
        if let Some((status, error)) = answer {
            delivery.answer(status, error, now);
        }
    }

    /// Has it told by another command where the device asks for that.
    fn turn(&mut self) {
        let format = self.wish.as_ref().map(|wish| wish.format);
        self.delivery.turn(format.unwrap_or(Format::Null));
    }

    /// The delivery and its wish, where that changes the node.
    fn writes(&mut self) -> Option<(&mut Delivery, &Wish)> {
        let wish = self.wish.as_ref()?;
        let writes = matches!(wish.command, SettingCommand::Set | SettingCommand::Delete);
        writes.then_some((&mut self.delivery, wish))
    }

    /// Whether it is to be told in a message, if nothing else of its group is in the way.
    fn is_due(&self, session: &Session, message: &str, now: Timestamp) -> bool {
        !self.waits_for_user(session) && self.delivery.is_due(&session.id, message, now)
    }

    /// Bytes that it takes in a message.
    pub(super) fn size(&self) -> usize {
        let value = self.wish.as_ref().map_or(0, |wish| cost(&wish.value));
        around(&self.delivery.loc_uri) + value
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
            answered_by: None,
        });
        cmd_id(&self.delivery)
    }
}

/// The `CmdID` of a command: made of what it says, so that an answer is known without a session being remembered.
fn cmd_id(delivery: &Delivery) -> String {
    digest([
        delivery.node.as_bytes(),
        &delivery.step.to_be_bytes(),
        &delivery.told,
        delivery.verb.word().as_bytes(),
    ])
}

/// A `CmdID` made of these parts.
fn digest<const N: usize>(parts: [&[u8]; N]) -> String {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let digest = context.finish();
    hex(digest.as_ref().get(..8).unwrap_or_default())
}
