//! Portcullis, a Windows MDM enrollment server.

pub mod ca;
pub mod clock;
