//! The grammar of `simulate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::value::Secret;

/// `simulate`
#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// The server's discovery URL, or its base URL
    #[arg(long, value_name = "URL")]
    pub(crate) url: String,
    /// Enroll with this token
    #[arg(long, value_name = "TOKEN", required_unless_present_any = ["upn", "jwt"], conflicts_with_all = ["upn", "jwt"])]
    pub(crate) token: Option<Secret>,
    /// Enroll as this user, with --password
    #[arg(
        long,
        value_name = "UPN",
        requires = "password",
        conflicts_with = "jwt"
    )]
    pub(crate) upn: Option<String>,
    /// The user's password, or a token's code
    #[arg(long, value_name = "PASSWORD", requires = "upn")]
    pub(crate) password: Option<Secret>,
    /// Enroll with the Entra token in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) jwt: Option<PathBuf>,
    /// How many devices enroll
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) count: u32,
    /// How many of them at a time
    #[arg(short = 'c', long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) concurrency: u32,
    /// How the run is reported
    #[arg(long, value_enum, default_value_t)]
    pub(crate) report: Report,
    /// Behave legally but oddly: other prefixes, orders, spaces, versions, retries; all must still enroll
    #[arg(long)]
    pub(crate) hostile: bool,
    /// Renew the certificate of each device once it is enrolled
    #[arg(long)]
    pub(crate) renew: bool,
    /// PEM file with the authority that the server's TLS certificate is from
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// The device's enrollment type
    #[arg(long, value_enum, default_value_t)]
    pub(crate) enrollment_type: EnrollmentType,
    /// The device's key
    #[arg(long, value_enum, default_value_t)]
    pub(crate) key: DeviceKey,
    /// Who is at the device when its first management session begins
    #[arg(long, value_enum, default_value_t)]
    pub(crate) login: Login,
    /// How the device authenticates
    #[arg(long, value_enum, default_value_t)]
    pub(crate) auth: Auth,
}

/// How a simulation is reported.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Report {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// MS-MDE2 `EnrollmentType`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum EnrollmentType {
    /// A user enrolls: certificate in My/User
    #[default]
    Full,
    /// The machine enrolls: certificate in My/System
    Device,
}

/// A simulated device's key.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum DeviceKey {
    /// RSA, 2048 bits
    #[default]
    #[value(name = "rsa-2048")]
    Rsa2048,
    /// P-256
    #[value(name = "p256")]
    P256,
}

/// Who is at a simulated device.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Login {
    /// The user who enrolled
    #[default]
    User,
    /// Another user
    Others,
    /// Nobody
    None,
}

/// How a simulated device authenticates.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Auth {
    /// As discovery answers
    #[default]
    Auto,
    /// User name and password
    OnPremise,
    /// Web sign-in
    Federated,
    /// The token itself as the security token
    Token,
}
