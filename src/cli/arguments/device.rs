//! `device …`

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::revocation::Reason;

use super::super::value::days;
use super::IdArgument;

/// `device …`
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// List the devices
    List(DeviceListArguments),
    /// Show one device, by its id, serial number or IMEI
    Show(IdArgument),
    /// Show what came of the settings of a device's policies
    Results(IdArgument),
    /// Have a device told again in its next session what it did not take
    Sync(IdArgument),
    /// Ask a device to leave
    Retire(IdArgument),
    /// Revoke the certificates of a device at once
    RevokeCertificate(RevokeCertificateArguments),
}

/// `device list`
#[derive(Debug, Default, Args)]
pub(crate) struct DeviceListArguments {
    /// Only those without a session for so long (30d, 4w), the longest silent first; a device that never had one counts from
    /// its enrollment, and those that have left do not count
    #[arg(long, value_name = "TIME", value_parser = days)]
    pub(crate) not_seen_for: Option<u32>,
}

/// `device revoke-certificate`
#[derive(Debug, Args)]
pub(crate) struct RevokeCertificateArguments {
    /// Which device
    pub(crate) id: String,
    /// Serial number of the certificate, in hexadecimal digits; without it all that the device has, an earlier one that is
    /// accepted beside the newest too
    #[arg(long, value_name = "SERIAL")]
    pub(crate) serial: Option<String>,
    /// Why; a compromised key is never certified again
    #[arg(long, value_name = "REASON", default_value = Reason::Unspecified.word(), value_parser = reasons())]
    pub(crate) reason: Reason,
}

/// The reasons by their names; clap refuses any other word.
fn reasons() -> impl TypedValueParser<Value = Reason> {
    let words = PossibleValuesParser::new(Reason::ALL.map(Reason::word));
    words.map(|word| Reason::from_word(&word).unwrap_or_default())
}
