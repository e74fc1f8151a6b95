//! The `portcullis` command.

use std::process::ExitCode;

/// A request is many small strings of a short life, which this allocator makes cheap.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    portcullis::cli::run()
}
