//! The command line's grammar: every command, flag and argument.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use url::Url;

use super::output::Output;
use super::value::duration;

mod ca;
mod device;
mod doctor;
mod identity_provider;
mod ppkg;
pub(crate) mod rules;
pub(crate) mod simulate;
mod token;

pub(crate) use ca::{CaCommand, CrlArguments, ExportArguments, ImportArguments, RotateArguments};
pub(crate) use device::{DeviceCommand, RevokeCertificateArguments};
pub(crate) use doctor::DoctorArguments;
pub(crate) use identity_provider::IdentityProviderCommand;
pub(crate) use ppkg::PpkgArguments;
pub(crate) use rules::{RulesCommand, RulesTestArguments};
pub(crate) use simulate::SimulateArguments;
pub(crate) use token::{
    TokenBulkArguments, TokenCommand, TokenCreateArguments, TokenResendArguments,
};

/// Portcullis, a Windows MDM enrollment server.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, about)]
pub(crate) struct Arguments {
    /// The flags that every command takes.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The flags that every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Configuration file [default: portcullis.toml, if there is one]
    #[arg(long, global = true, help_heading = COMMON, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data directory, over the configuration's
    #[arg(long, global = true, help_heading = COMMON, value_name = "DIR")]
    pub(crate) data: Option<String>,
    /// Database, as sqlite:PATH, over the configuration's
    #[arg(long, global = true, help_heading = COMMON, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Work on a server through its API instead of on the data here, with the key in --key-file
    #[arg(long, global = true, help_heading = COMMON, value_name = "URL")]
    pub(crate) server: Option<Url>,
    /// File that holds the key to the API of --server
    #[arg(long, global = true, help_heading = COMMON, value_name = "FILE", requires = "server")]
    pub(crate) key_file: Option<PathBuf>,
    /// File with the authority that --server is trusted by, PEM [default: the system's]
    #[arg(long, global = true, help_heading = COMMON, value_name = "FILE", requires = "server")]
    pub(crate) server_ca_file: Option<PathBuf>,
    /// How results are written
    #[arg(long, global = true, help_heading = COMMON, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(ServeArguments),
    /// Run a server on this machine and let a simulated PC enroll, step by step
    Demo(DemoArguments),
    /// Enroll simulated PCs at a server
    Simulate(SimulateArguments),
    /// Make, show and revoke the tokens that let devices enroll
    #[command(subcommand)]
    Token(TokenCommand),
    /// Show enrollment templates, keep them as files and apply them
    #[command(subcommand)]
    Template(NamedCommand),
    /// Show policies of CSP settings, keep them as files and apply them
    #[command(subcommand)]
    Policy(NamedCommand),
    /// Show identity providers, keep them as files, apply, test and delete them
    #[command(subcommand)]
    IdentityProvider(IdentityProviderCommand),
    /// Write the files of a provisioning package, and a script that enrolls at once
    Ppkg(PpkgArguments),
    /// Try out what rules make of a device
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Show devices, tell them to leave, revoke their certificates
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Show attempts to enroll, refused ones included
    #[command(subcommand)]
    Attempt(AttemptCommand),
    /// Show the certification authority and its revocation list, rotate it, export it, take another in
    #[command(subcommand)]
    Ca(CaCommand),
    /// Make, list and revoke keys to the admin API
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Check, show or begin a configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look at everything that a server needs, and say what to do about what is wrong
    Doctor(DoctorArguments),
    /// Write a shell's completion script
    Completions(CompletionsArguments),
}

/// `serve`
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// File to write once both listeners accept: JSON with their URLs
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
}

/// `demo`
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// End after the enrollment instead of waiting
    #[arg(long)]
    pub(crate) once: bool,
}

/// The one argument of `show` and `revoke`.
#[derive(Debug, Args)]
pub(crate) struct IdArgument {
    /// Which one
    pub(crate) id: String,
}

/// `template …`, `policy …` and what `identity-provider …` shares with them
#[derive(Debug, Subcommand)]
pub(crate) enum NamedCommand {
    /// List them all
    List,
    /// Show one, by its name or id
    Show(NameArgument),
    /// Make what a file says, or change what has its name already
    Apply(FileArgument),
    /// Write one as JSON that apply reads; it holds no secret
    Export(NameArgument),
}

/// The one argument of `show` and `export`.
#[derive(Debug, Args)]
pub(crate) struct NameArgument {
    /// Which one
    #[arg(value_name = "NAME|ID")]
    pub(crate) called: String,
}

/// The one argument of `apply`.
#[derive(Debug, Args)]
pub(crate) struct FileArgument {
    /// File of JSON as the API takes it; - is the standard input
    pub(crate) file: PathBuf,
}

/// `attempt …`
#[derive(Debug, Subcommand)]
pub(crate) enum AttemptCommand {
    /// List the latest attempts
    List(AttemptListArguments),
    /// Show one attempt, every exchange of it, by its id or the trace id of any
    Show(IdArgument),
}

/// `attempt list`
#[derive(Debug, Args)]
pub(crate) struct AttemptListArguments {
    /// Only those that ended so
    #[arg(long, value_enum)]
    pub(crate) outcome: Option<Outcome>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Outcome {
    /// The server refused it
    Refused,
    /// The device is enrolled
    Enrolled,
    /// Neither yet
    Open,
}

/// `admin …`
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Make a key and print it, once
    CreateKey(CreateKeyArguments),
    /// List the keys, by their beginnings
    ListKeys(OrganizationArgument),
    /// Revoke a key at once
    RevokeKey(RevokeKeyArguments),
}

/// The organization of `admin list-keys` and `admin revoke-key`.
#[derive(Debug, Args)]
pub(crate) struct OrganizationArgument {
    /// Slug or id of the organization that the keys are for
    #[arg(long, value_name = "ORGANIZATION")]
    pub(crate) organization: Option<String>,
}

/// `admin revoke-key`
#[derive(Debug, Args)]
pub(crate) struct RevokeKeyArguments {
    /// Which one
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) of: OrganizationArgument,
}

/// `admin create-key`
#[derive(Debug, Args)]
pub(crate) struct CreateKeyArguments {
    /// What its holder may do
    #[arg(long, value_enum)]
    pub(crate) role: Role,
    /// Slug or id of the organization it is for
    #[arg(long, value_name = "ORGANIZATION")]
    pub(crate) organization: Option<String>,
    /// A name to know it by
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How long it is good: 2h, 1d, 4w
    #[arg(long, value_name = "SPAN", default_value = "90d", value_parser = duration)]
    pub(crate) expires: Duration,
}

/// What the holder of an admin key may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Role {
    /// Everything, keys and authorities included
    Owner,
    /// Everything but keys and authorities
    Admin,
    /// Tokens and devices
    Operator,
    /// Tokens alone
    Staging,
    /// Nothing but reading
    Auditor,
}

/// `config …`
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say whether the configuration is valid, and what is wrong with it
    Check,
    /// Show every key, its value and where the value came from
    Print,
    /// Write a commented configuration file; an existing one is left alone
    Init,
}

/// `completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

const COMMON: &str = "Common options";
