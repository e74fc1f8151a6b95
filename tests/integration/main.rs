//! The integration tests, one binary: what the whole crate keeps to, and what it does from the outside.

mod architecture;
mod repository;
