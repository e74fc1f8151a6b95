//! The wire of Windows MDM enrollment, a file per specification: what each message holds, read and written.
//!
//! Servers and devices use the same types. There is no I/O here, no store and no decision: a message that decodes is a
//! message that can be believed to say what it says, nothing more.

pub mod discovery;
pub mod enrollment;
pub mod policy;
pub mod provisioning;
pub mod syncml;

#[cfg(test)]
mod tests;
