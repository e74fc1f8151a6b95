//! What an answer of the device makes of a delivery.

use jiff::Timestamp;

use super::{Delivery, TRIES, Verb, code, is_policy};
use crate::policy::Format;

impl Delivery {
    /// Lets it be told once more in the same session: the group that it is in failed for another's sake.
    pub fn tell_again(&mut self) {
        (self.status, self.sent, self.original_error) = (None, None, None);
        self.tries = self.tries.saturating_sub(1);
    }

    /// Notes that its group failed, so that what the device did was taken back.
    pub fn take_back(&mut self) {
        self.fail_with_group(code::ATOMIC_FAILED);
    }

    /// Notes what the device answered to the group, where it says no worse of the command itself.
    pub fn answer_group(&mut self, status: u16) {
        if !is_good(status) && self.status.is_none() {
            self.status = Some(status);
        }
        if !is_good(status) {
            self.fail_with_group(status);
        }
    }

    fn fail_with_group(&mut self, status: u16) {
        if self.is_done() && self.status != Some(code::NOT_MODIFIED) {
            self.status = Some(status);
            self.added &= self.verb != Verb::Add;
        }
    }

    /// Notes that no message of the device holds the group.
    pub fn refuse_size(&mut self) {
        (self.status, self.tries) = (Some(code::TOO_LARGE), TRIES);
    }

    /// Takes in the device's answer.
    pub fn answer(&mut self, status: u16, original_error: Option<&str>, now: Timestamp) {
        let policy = self.verb == Verb::Replace && is_policy(&self.node);
        self.added |= took(status) && (self.verb == Verb::Add || policy);
        if status != code::CHUNK_TAKEN {
            self.sent_bytes = 0;
        }
        self.status = Some(status);
        self.original_error = original_error.map(str::to_owned);
        self.answered_at = Some(now);
    }

    /// Whether the answer asks for the other of `Add` and `Replace`.
    pub fn turns(&self) -> bool {
        !self.switched
            && matches!(
                (self.verb, self.status),
                (Verb::Add, Some(code::ALREADY_EXISTS)) | (Verb::Replace, Some(code::NOT_FOUND))
            )
    }

    /// Has the other of `Add` and `Replace` told where the answer asks for it: the same try, by another command.
    pub fn turn(&mut self, format: Format) {
        if !self.turns() {
            return;
        }
        if format == Format::Node {
            // An inner node that is there has all that it can have.
            (self.status, self.original_error) = (Some(code::NOT_MODIFIED), None);
            return;
        }
        self.verb = match self.verb {
            Verb::Add => Verb::Replace,
            _ => Verb::Add,
        };
        self.switched = true;
        self.tell_again();
    }
}

/// Whether a status says that the device has what it was told.
pub(super) fn is_good(status: u16) -> bool {
    took(status) || status == code::NOT_MODIFIED
}

/// Whether a status says that the device did what it was told.
fn took(status: u16) -> bool {
    (200..300).contains(&status) && !code::NOTHING_LEFT.contains(&status)
}
