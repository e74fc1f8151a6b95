//! The store as sentences.
