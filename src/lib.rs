//! Portcullis, a Windows MDM enrollment server.

pub mod cli;
pub mod clock;
pub mod config;
pub mod logging;
