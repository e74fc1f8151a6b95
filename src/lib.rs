//! Portcullis, a Windows MDM enrollment server.

pub mod clock;
pub mod http;
