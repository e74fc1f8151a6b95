//! CPU per enrollment against the floor.

fn main() {}
