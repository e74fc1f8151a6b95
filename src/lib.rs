//! Portcullis, a Windows MDM enrollment server.

pub mod attempt;
pub mod cli;
pub mod ca;
pub mod clock;
pub mod config;
pub mod device;
pub mod id;
pub mod identity;
pub mod logging;
pub mod organization;
pub mod refusal;
pub mod secret;
pub mod soap;
pub mod store;
pub mod token;
pub mod xml;
