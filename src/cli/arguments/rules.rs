//! The grammar of `rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `rules …`
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Tell what a template would make of a device, and why; exit code 3 where it does not let it in
    Test(RulesTestArguments),
}

/// `rules test`
#[derive(Debug, Args)]
pub(crate) struct RulesTestArguments {
    /// Template that is stored
    #[arg(long, value_name = "NAME|ID", required_unless_present = "file")]
    pub(crate) template: Option<String>,
    /// File of a template that is not; - is the standard input
    #[arg(long, value_name = "FILE", conflicts_with = "template")]
    pub(crate) file: Option<PathBuf>,
    /// File of facts, JSON; - is the standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    /// One fact: device.serial=PF3X17; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = fact)]
    pub(crate) fact: Vec<(String, String)>,
    /// Attempt whose facts count
    #[arg(long, value_name = "ID", conflicts_with_all = ["facts", "fact"])]
    pub(crate) attempt: Option<String>,
}

fn fact(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a fact is NAME=VALUE".to_owned()),
    }
}
