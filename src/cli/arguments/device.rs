//! `device …`

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::revocation::Reason;

use super::IdArgument;

/// `device …`
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// List the devices
    List,
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

/// `device revoke-certificate`
#[derive(Debug, Args)]
pub(crate) struct RevokeCertificateArguments {
    /// Which device
    pub(crate) id: String,
    /// Serial number of the certificate, in hexadecimal digits; without it all that the device has
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
