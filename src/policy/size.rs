//! How much of a message a setting takes (`MaxMsgSize`, OMA-TS-DM_Protocol 7).

use super::effective::told_as;
use super::{Policy, SettingCommand};
use crate::violation::Violations;

/// Bytes of a message where the device says nothing, and at most.
pub const MESSAGE_BYTES: usize = 512 * 1024;
/// Bytes around the value of a command whose node has a name of usual length.
const AROUND: usize = 512;
const USUAL_NAME: usize = 96;

/// Bytes for commands in a message of so many: what the header and the statuses leave.
pub const fn room(message_bytes: usize) -> usize {
    message_bytes.saturating_sub(4 * AROUND)
}

/// Bytes around the value of a command on a node.
pub fn around(loc_uri: &str) -> usize {
    AROUND + cost(loc_uri).saturating_sub(USUAL_NAME)
}

/// Bytes that a value takes on the wire.
pub fn cost(value: &str) -> usize {
    value.chars().map(weight).sum()
}

/// Bytes that a character takes at most, as a reference where it must be one.
pub const fn weight(c: char) -> usize {
    match c {
        '<' | '>' | '&' | '"' | '\'' | '\r' | '\n' | '\t' => 6,
        c => c.len_utf8(),
    }
}

impl Policy {
    /// Adds a fault to `faults` where the settings are done all or none, and no message holds them all.
    pub fn check_size(&self, faults: &mut Violations) {
        // What is read stands outside.
        let settings = self.settings.iter();
        let settings = settings.filter(|it| it.command != SettingCommand::Get);
        let bytes: usize = settings
            .map(|it| around(&told_as(it)) + cost(&it.value))
            .sum();
        let most = room(MESSAGE_BYTES);
        faults.require(
            !self.atomic || bytes <= most,
            "atomic",
            format!("must be false: the settings take {bytes} bytes, and a message holds {most}"),
        );
    }
}
