//! What happens to devices and other servers are told of.

use crate::token::stored_as;

/// Something that happened to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It enrolled for the first time.
    Enrolled,
    /// It enrolled again and kept its record.
    Reenrolled,
    /// It renewed its certificate.
    Renewed,
    /// It was asked to leave, or it has left.
    Retired,
}

stored_as!(Event, Enrolled "device.enrolled", Reenrolled "device.reenrolled", Renewed "device.renewed",
    Retired "device.retired");
