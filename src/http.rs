//! The HTTP edge: two TLS listeners, what they allow a client to do, and the pages a person sees.
//!
//! What stands here knows nothing of enrollment: TLS and its certificates ([`tls`]), what is known
//! of a connection and how many one address may hold ([`connection`]), bounded request bodies
//! ([`body`]), the listeners themselves ([`listener`]), the graceful stop ([`drain`]) and the HTML
//! of the sign-in window ([`pages`]). Routes and what they answer are added by their callers.

pub mod body;
pub mod connection;
pub mod drain;
pub mod listener;
pub mod pages;
pub mod tls;

#[cfg(test)]
mod testing;
