//! The HTTP edge: two TLS listeners, what they allow a client to do, and the pages a person sees.
//!
//! What stands here knows nothing of enrollment: TLS and its certificates ([`tls`]), what is known
//! of a connection and how many one address may hold ([`connection`]), bounded request bodies
//! ([`body`]), the listeners themselves ([`listener`]), the graceful stop ([`drain`]) and the HTML
//! of the sign-in window ([`pages`]), and the administrators' API. The routes join them to the services, and [`Server`] is the whole.

mod api;
mod auth;
pub mod body;
pub mod connection;
mod device;
mod downloads;
pub mod drain;
mod error;
mod follow;
mod health;
mod invitation;
pub mod listener;
pub mod pages;
pub mod proxy;
mod routes;
mod server;
mod sign_in;
mod soap;
mod status;
mod terms_of_use;
pub mod tls;

pub use server::{Error, Server};

#[cfg(test)]
mod testing;
