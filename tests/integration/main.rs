//! The integration tests, one binary: what the whole crate keeps to, and what it does from the outside.

mod architecture;
mod repository;

#[cfg(test)]
mod api;
#[cfg(test)]
mod authentication;
#[cfg(test)]
mod authority;
#[cfg(test)]
mod beside;
#[cfg(test)]
mod capture;
#[cfg(test)]
mod certificate;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod client;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod enrollment;
#[cfg(test)]
mod entra;
#[cfg(test)]
mod http;
#[cfg(test)]
mod ldap;
#[cfg(test)]
mod log;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod management;
#[cfg(test)]
mod openssl;
#[cfg(test)]
mod page;
#[cfg(test)]
mod pc;
#[cfg(test)]
mod race;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod reenrollment;
#[cfg(test)]
mod refusal;
#[cfg(test)]
mod renewal;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod server;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod simulate;
#[cfg(test)]
mod talk;
#[cfg(test)]
mod webhook;
