//! A simulated PC.
