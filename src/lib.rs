//! Portcullis, a Windows MDM enrollment server.

pub mod clock;
pub mod protocol;
pub mod secret;
pub mod soap;
pub mod xml;
