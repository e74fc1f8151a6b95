//! `identity-provider …`

use clap::Subcommand;

use super::{NameArgument, NamedCommand};

/// `identity-provider …`
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityProviderCommand {
    /// What it shares with other nouns that are kept as files.
    #[command(flatten)]
    Named(NamedCommand),
    /// Ask one whether it can be asked: bind to it, or fetch its metadata
    Test(NameArgument),
    /// Delete one: nobody can sign in by it any more
    Delete(NameArgument),
}
