//! The wire, as sentences.
