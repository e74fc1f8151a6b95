//! Groups of commands, which are done all or none (`Atomic`, OMA-TS-SyncML_RepPro 6.6.2).

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::size::room;
use crate::policy::{Delivery, Wish};

use super::{Entry, Heard, Key, Session, digest};

/// What the device answered to a group as a whole.
#[derive(Debug)]
pub(super) struct Answer {
    cmd_id: String,
    session: String,
    message: String,
    status: u16,
}

/// What came of a group that was told in one message.
#[derive(Debug, Default, Clone, Copy)]
struct Outcome {
    /// A command is to be told in another way.
    turns: bool,
    /// A command failed.
    failed: bool,
    /// A command ran, or may have.
    ran: bool,
}

/// A group, the session and the message in which it was told.
type Told<'e> = (&'e str, &'e str, &'e str);

impl Answer {
    pub(super) fn all(heard: &Heard<'_>) -> Vec<Self> {
        let answer = |(cmd_id, message, status): (&str, &str, u16)| Self {
            cmd_id: cmd_id.to_owned(),
            session: heard.session.to_owned(),
            message: message.to_owned(),
            status,
        };
        heard.groups().map(answer).collect()
    }

    /// Whether it is for the group in which a command was told.
    fn is_for(&self, entry: &Entry) -> bool {
        let told = told_in(entry).filter(|told| told.1 == self.session && told.2 == self.message);
        told.is_some_and(|(group, ..)| group_id(group) == self.cmd_id)
    }
}

/// The groups that changed, and the policies that lost a setting: what failed with the old one is tried with the new one.
#[derive(Debug, Default)]
pub(super) struct Changed {
    groups: BTreeSet<String>,
    policies: BTreeSet<String>,
}

impl Changed {
    /// Notes a wish that was not told yet.
    pub(super) fn note(&mut self, delivery: &Delivery, wish: &Wish) {
        let is_new = delivery.tries == 0 && !delivery.is_done();
        if let Some(group) = wish.group.as_ref().filter(|_| is_new) {
            self.groups.insert(group.clone());
        }
    }

    /// Notes what is wished no more, and was until now.
    pub(super) fn note_gone<'e>(&mut self, gone: impl Iterator<Item = (&'e Key, &'e Entry)>) {
        let gone = gone.map(|(_, entry)| &entry.delivery);
        let policies = gone
            .filter(|it| !it.is_removal())
            .filter_map(|it| it.policy_id);
        self.policies.extend(policies.map(|id| id.to_string()));
    }

    /// Lets what failed in these groups be tried again.
    pub(super) fn revive(&self, entries: &mut BTreeMap<Key, Entry>) {
        for entry in entries.values_mut() {
            let Some(wish) = &entry.wish else { continue };
            let Some(group) = &wish.group else { continue };
            let policy = wish.policy_id.map(|id| id.to_string());
            let lost = policy.is_some_and(|policy| self.policies.contains(&policy));
            if (lost || self.groups.contains(group)) && !entry.delivery.is_done() {
                entry.delivery.tries = 0;
            }
        }
    }
}

/// The `CmdID` of a group, of which a message holds one.
pub(in crate::management) fn group_id(group: &str) -> String {
    digest([b"Atomic", group.as_bytes()])
}

/// Takes in what the device answered to the groups. Where a command is to be told in another way, all that were told with
/// it are told again, unless one of them ran: that must not run twice. Where one failed, what the device did was taken back.
pub(super) fn judge(entries: &mut BTreeMap<Key, Entry>, answers: &[Answer]) {
    for entry in entries.values_mut() {
        let answer = answers.iter().find(|answer| answer.is_for(entry));
        if let Some(answer) = answer {
            entry.delivery.answer_group(answer.status);
        }
    }
    let mut outcomes: BTreeMap<Told<'_>, Outcome> = BTreeMap::new();
    for entry in entries.values() {
        let Some(told) = told_in(entry) else { continue };
        let outcome = outcomes.entry(told).or_default();
        let it = &entry.delivery;
        outcome.turns |= it.turns();
        outcome.failed |= it.status.is_some() && !it.is_done();
        outcome.ran |= it.may_have_run();
    }
    let of = |entry: &Entry| match entry.group() {
        Some(_) => told_in(entry).and_then(|told| outcomes.get(&told).copied()),
        // What stands alone is told in another way at once.
        None => Some(Outcome {
            turns: entry.delivery.turns(),
            ..Outcome::default()
        }),
    };
    let judged: Vec<Option<Outcome>> = entries.values().map(of).collect();
    for (entry, outcome) in entries.values_mut().zip(judged) {
        let Some(outcome) = outcome else { continue };
        if outcome.turns && !outcome.ran {
            tell_again(entry);
        } else if outcome.failed {
            entry.delivery.take_back();
        }
    }
}

fn tell_again(entry: &mut Entry) {
    if entry.delivery.turns() {
        return entry.turn();
    }
    entry.delivery.take_back();
    if !entry.delivery.is_done() {
        entry.delivery.tell_again();
    }
}

/// The groups that are not told, since something in them that is not done is not `ready`.
pub(super) fn held(
    entries: &BTreeMap<Key, Entry>,
    ready: impl Fn(&Entry) -> bool,
) -> BTreeSet<String> {
    let open = entries.values().filter(|it| !it.delivery.is_done());
    let groups = open.filter(|it| !ready(it)).filter_map(Entry::group);
    groups.map(str::to_owned).collect()
}

/// Where each group stands: where its first command does.
pub(super) fn places(entries: &BTreeMap<Key, Entry>) -> BTreeMap<String, usize> {
    let mut places = BTreeMap::new();
    for entry in entries.values() {
        if let Some(group) = entry.group() {
            let place = places.entry(group.to_owned()).or_insert(entry.order);
            *place = entry.order.min(*place);
        }
    }
    places
}

/// Gives the groups up that would be told now, and that no message of the device holds.
pub(super) fn refuse_too_large(
    entries: &mut BTreeMap<Key, Entry>,
    session: &Session,
    is_due: impl Fn(&Entry) -> bool,
) {
    let held = held(entries, &is_due);
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries.values().filter(|it| !it.is_of(&held) && is_due(it)) {
        if let Some(group) = entry.group() {
            *sizes.entry(group.to_owned()).or_default() += entry.size();
        }
    }
    sizes.retain(|_, size| *size > room(session.message_bytes));
    for entry in entries.values_mut() {
        let is_large = entry.group().is_some_and(|it| sizes.contains_key(it));
        if is_large && is_due(entry) {
            entry.delivery.refuse_size();
        }
    }
}

/// The group in which a command was told.
fn told_in(entry: &Entry) -> Option<Told<'_>> {
    let (group, sent) = (entry.group()?, entry.delivery.sent.as_ref()?);
    Some((group, &sent.session, &sent.message))
}
