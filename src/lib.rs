//! Portcullis, a Windows MDM enrollment server.
//!
//! The house has four rings, and imports point inwards only; `tests/integration/architecture.rs` holds them to it.
//!
//! | ring | modules |
//! |---|---|
//! | wire | [`xml`], [`soap`], [`protocol`] |
//! | domain | [`ca`], [`token`], [`template`], [`device`], [`attempt`], [`refusal`], [`organization`], [`identity`] |
//! | | [`identifier`], [`policy`], [`revocation`], [`rule`], [`segment`] |
//! | services | [`enrollment`], [`management`], [`admin`], [`status`] |
//! | edges | [`http`], [`store`], [`mail`], [`provider`], [`entra`], [`jwks`], [`webhook`], [`simulator`], [`cli`], with [`app`], |
//! | | [`config`], [`logging`] |
//!
//! [`clock`], [`id`], [`secret`], `lenient`, [`tally`] and [`violation`] lie under all of them.

pub mod admin;
pub mod app;
pub mod approval;
pub mod attempt;
pub mod branding;
pub mod ca;
pub mod cli;
pub mod clock;
pub mod config;
pub mod device;
pub mod enrollment;
pub mod entra;
pub mod http;
pub mod id;
pub mod identifier;
pub mod identity;
pub mod jwks;
pub mod language;
mod lenient;
pub mod letter;
pub mod logging;
pub mod mail;
pub mod management;
pub mod organization;
pub mod policy;
pub mod protocol;
pub mod provider;
pub mod refusal;
pub mod restriction;
pub mod revocation;
pub mod rule;
pub mod secret;
pub mod segment;
pub mod simulator;
pub mod soap;
pub mod status;
pub mod store;
pub mod tally;
pub mod template;
pub mod terms;
pub mod token;
pub mod violation;
pub mod webhook;
pub mod xml;
