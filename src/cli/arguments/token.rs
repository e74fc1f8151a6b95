//! The grammar of `token`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::cli::token::AssignedPolicy;
use crate::cli::value::{Uses, duration};
use crate::id::ObjectId;

use super::IdArgument;

/// `token …`
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token
    Create(TokenCreateArguments),
    /// Make a token for each of many addresses; 1 when any of them got none
    Bulk(TokenBulkArguments),
    /// List the tokens
    List,
    /// Show one token
    Show(IdArgument),
    /// Queue the mail about a token again, and let the token last longer if wished
    Resend(TokenResendArguments),
    /// Revoke a token
    Revoke(IdArgument),
}

/// `token create`
#[derive(Debug, Args)]
pub(crate) struct TokenCreateArguments {
    /// Only this user may enroll with it
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// How often it may be used: a number, or unlimited
    #[arg(long, value_name = "N|unlimited", default_value = "1")]
    pub(crate) uses: Uses,
    /// How many devices may be enrolled by it at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) device_cap: Option<u32>,
    /// The template whose rules decide, by its identifier
    #[arg(long, value_name = "ID")]
    pub(crate) template: Option<ObjectId>,
    /// Name of the devices enrolled by it
    #[arg(long, value_name = "NAME")]
    pub(crate) display_name: Option<String>,
    /// What tokens of one and of many have in common
    #[command(flatten)]
    pub(crate) common: TokenArguments,
}

/// `token bulk`
#[derive(Debug, Args)]
pub(crate) struct TokenBulkArguments {
    /// File with one address a line, blank lines and # comments aside; - is the standard input
    pub(crate) file: PathBuf,
    /// The file is a table of comma-separated values, as the API imports and exports it
    #[arg(long, conflicts_with_all = ["email_text", "language", "tag", "policy"])]
    pub(crate) csv: bool,
    /// Tell the people by mail
    #[arg(long)]
    pub(crate) send_email: bool,
    /// Paragraph of that mail
    #[arg(long, value_name = "TEXT")]
    pub(crate) email_text: Option<String>,
    /// Language of that mail: en or es
    #[arg(long)]
    pub(crate) language: Option<String>,
    /// Tell what came of each address
    #[arg(long)]
    pub(crate) details: bool,
    /// What tokens of one and of many have in common
    #[command(flatten)]
    pub(crate) common: TokenArguments,
}

/// What tokens of one and of many have in common.
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// How long it is good: 90s, 15m, 2h, 1d, 4w
    #[arg(long, value_name = "SPAN", default_value = "1d", value_parser = duration)]
    pub(crate) duration: Duration,
    /// Policy of the devices enrolled by it, with a priority of 100 unless said otherwise; may be given again
    #[arg(long, value_name = "NAME|ID[:PRIORITY]")]
    pub(crate) policy: Vec<AssignedPolicy>,
    /// Tag of the devices enrolled by it; may be given again
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
}

/// `token resend`
#[derive(Debug, Args)]
pub(crate) struct TokenResendArguments {
    /// Which one
    pub(crate) id: String,
    /// Language of the mail, when it is to be another: en or es
    #[arg(long)]
    pub(crate) language: Option<String>,
    /// How much longer the token is good, from now where it has ended: 2h, 7d, 4w
    #[arg(long, value_name = "SPAN", value_parser = duration)]
    pub(crate) extend: Option<Duration>,
}
