//! What a device was told of a node, and how it answered (MS-MDM 2.2.6.1, `Status`).

mod answer;

use jiff::{SignedDuration, Timestamp};

use crate::id::ObjectId;
use crate::token::stored_as;

use super::Wish;

use self::answer::is_good;

/// The command by which a node was told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `Add`.
    Add,
    /// `Replace`.
    Replace,
    /// `Get`.
    Get,
    /// `Exec`.
    Exec,
    /// `Delete`.
    Delete,
}

stored_as!(Verb, Add "add", Replace "replace", Get "get", Exec "exec", Delete "delete");

/// In which message a command was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The session, of which a device may use an identifier again after it enrolled anew.
    pub session: String,
    /// The device's message that was answered with it.
    pub message: String,
    /// When.
    pub at: Timestamp,
    /// The device's message that answered it last: what is in it is not taken in twice.
    pub answered_by: Option<String>,
}

/// What a device was told of a node, and how it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The node, as [`Wish::node`].
    pub node: String,
    /// Which of several commands on the node, in order.
    pub step: u32,
    /// The node as it was told.
    pub loc_uri: String,
    /// The policy; none: the server's own.
    pub policy_id: Option<ObjectId>,
    /// The digest of what was told, as [`Wish::digest`].
    pub told: Vec<u8>,
    /// The command.
    pub verb: Verb,
    /// Whether `Add` and `Replace` took each other's place already.
    pub switched: bool,
    /// Whether the node came to be by an `Add` of this server, or is a policy that the device took from it.
    pub added: bool,
    /// In how many sessions it was told.
    pub tries: u32,
    /// The message in which it was told last.
    pub sent: Option<Sent>,
    /// Bytes of a large value that the device has, while it has not all of them.
    pub sent_bytes: u32,
    /// The status; none: not answered yet.
    pub status: Option<u16>,
    /// The error behind the status, as Windows writes it: `0x86000011`.
    pub original_error: Option<String>,
    /// What was read out of the node.
    pub value: Option<String>,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
}

/// How long a device asks again for a reply that it did not receive (`MAXBACKOFFTIME` and `CONNRETRYFREQ` of the
/// provisioning document); a session of the same identifier after that is another one.
const ASKS_AGAIN: SignedDuration = SignedDuration::from_mins(15);

impl Sent {
    fn is_in(&self, session: &str, now: Timestamp) -> bool {
        self.session == session && now.duration_since(self.at) < ASKS_AGAIN
    }
}

/// Statuses of SyncML (OMA-TS-SyncML_RepPro 10) on which a delivery turns.
mod code {
    use std::ops::RangeInclusive;

    pub(super) const CHUNK_TAKEN: u16 = 213;
    pub(super) const NOT_EXECUTED: u16 = 215;
    /// A piece of a value, a command that was given up, one that was not executed, and one that was taken back.
    pub(super) const NOTHING_LEFT: RangeInclusive<u16> = CHUNK_TAKEN..=216;
    /// The device had it already.
    pub(super) const NOT_MODIFIED: u16 = 304;
    pub(super) const NOT_FOUND: u16 = 404;
    pub(super) const TOO_LARGE: u16 = 413;
    pub(super) const ALREADY_EXISTS: u16 = 418;
    pub(super) const ATOMIC_FAILED: u16 = 507;
}

/// Sessions in which a command is tried.
const TRIES: u32 = 3;

impl Delivery {
    /// A wish that was never told.
    pub fn of(wish: &Wish) -> Self {
        Self {
            node: wish.node.clone(),
            step: wish.step,
            loc_uri: wish.loc_uri.clone(),
            policy_id: wish.policy_id,
            told: wish.digest(),
            verb: wish.first_verb(),
            switched: false,
            added: false,
            tries: 0,
            sent: None,
            sent_bytes: 0,
            status: None,
            original_error: None,
            value: None,
            answered_at: None,
        }
    }

    /// Whether the device took it, or had it already.
    pub fn is_done(&self) -> bool {
        self.status.is_some_and(is_good)
    }

    /// Takes over a wish that differs from what was told: the device has to be told again.
    pub fn renew(&mut self, wish: &Wish) {
        let known = self.is_done() || self.added;
        let again = Self::of(wish);
        *self = Self {
            // What the device has is written over.
            verb: match (again.verb, known) {
                (Verb::Add, true) if wish.is_replaceable() => Verb::Replace,
                (verb, _) => verb,
            },
            added: self.added || (is_policy(&self.node) && self.may_be_there()),
            ..again
        };
    }

    /// Turns it into the removal of what the device was told. False: it is not ours to remove, or is removed.
    pub fn remove(&mut self) -> bool {
        if self.is_removal() {
            // What the device does not remove stays on record.
            return !self.is_done() && self.status != Some(code::NOT_FOUND);
        }
        let ours = self.added || (is_policy(&self.node) && (self.is_done() || self.may_be_there()));
        let set = matches!(self.verb, Verb::Add | Verb::Replace);
        if !ours || !set || self.policy_id.is_none() {
            return false;
        }
        (self.verb, self.told) = (Verb::Delete, Vec::new());
        (self.status, self.sent, self.tries, self.sent_bytes) = (None, None, 0, 0);
        (self.original_error, self.switched) = (None, false);
        true
    }

    /// Whether the device may have it, though it never said so.
    fn may_be_there(&self) -> bool {
        let written = matches!(self.verb, Verb::Add | Verb::Replace);
        written && self.sent.is_some() && self.status.is_none()
    }

    /// Whether it is the removal of what a policy said.
    pub fn is_removal(&self) -> bool {
        self.verb == Verb::Delete && self.told.is_empty()
    }

    /// Whether the device was told to write the node.
    pub fn has_written(&self) -> bool {
        self.sent.is_some() && matches!(self.verb, Verb::Add | Verb::Replace | Verb::Delete)
    }

    /// Whether it is to be told in a message of a session.
    pub fn is_due(&self, session: &str, message: &str, now: Timestamp) -> bool {
        if self.status.is_some_and(|status| !self.is_open(status)) {
            return false;
        }
        match self.sent.as_ref() {
            None => true,
            // The reply was lost, so the device asks again; or a piece of a large value was taken.
            Some(sent) if sent.is_in(session, now) => {
                sent.message == message || self.status == Some(code::CHUNK_TAKEN)
            }
            Some(_) => self.tries < TRIES && self.waits(),
        }
    }

    /// Whether the message in which it is to be told is the one in which it was told already.
    pub fn is_told_again(&self, session: &str, message: &str, now: Timestamp) -> bool {
        let sent = self.sent.as_ref();
        sent.is_some_and(|sent| sent.is_in(session, now) && sent.message == message)
    }

    /// Whether a status leaves something to be told.
    fn is_open(&self, status: u16) -> bool {
        let may = self.verb != Verb::Exec || status == code::NOT_EXECUTED;
        status == code::CHUNK_TAKEN || (!is_good(status) && may && self.tries < TRIES)
    }

    /// Whether it ran, or may have: only the device's word that it did not counts.
    pub fn may_have_run(&self) -> bool {
        self.verb == Verb::Exec && self.sent.is_some() && self.status != Some(code::NOT_EXECUTED)
    }

    /// Whether it may be told in a later session, though not now.
    pub fn waits(&self) -> bool {
        match self.status {
            // A value that did not go over whole in so many sessions does not go over.
            Some(code::CHUNK_TAKEN) => self.tries < TRIES,
            Some(status) => self.is_open(status),
            // What was told to run may have run, though the device never said so.
            None => self.sent.is_none() || (self.verb != Verb::Exec && self.tries < TRIES),
        }
    }

    /// Whether the device has the beginning of a large value, and waits for the next piece in this session.
    pub fn is_begun(&self, session: &str, now: Timestamp) -> bool {
        let sent = self.sent.as_ref().filter(|sent| sent.is_in(session, now));
        sent.is_some() && self.has_part()
    }

    /// Whether the device has a part of a large value.
    pub fn has_part(&self) -> bool {
        self.status == Some(code::CHUNK_TAKEN)
    }

    /// Notes that it is told in a message.
    pub fn send(&mut self, sent: Sent) {
        let session = self
            .sent
            .as_ref()
            .filter(|it| it.is_in(&sent.session, sent.at));
        if session.is_none() {
            self.tries += 1;
            // In another session either command may be the one.
            self.switched &= self.sent.is_none();
            (self.status, self.original_error) = (None, None);
        }
        self.sent = Some(sent);
    }
}

/// Whether a node is one of the Policy CSP, which has a value of its own to go back to.
pub(super) fn is_policy(node: &str) -> bool {
    let node = node
        .strip_prefix("./user/")
        .or_else(|| node.strip_prefix("./"));
    node.is_some_and(|node| node.starts_with("vendor/msft/policy/config/"))
}
