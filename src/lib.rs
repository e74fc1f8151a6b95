//! Portcullis, a Windows MDM enrollment server.

pub mod attempt;
pub mod clock;
pub mod device;
pub mod id;
pub mod identity;
pub mod organization;
pub mod refusal;
pub mod secret;
pub mod simulator;
pub mod soap;
pub mod store;
pub mod token;
pub mod xml;
