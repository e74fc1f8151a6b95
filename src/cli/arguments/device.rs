//! `device …`

use clap::{Args, Subcommand, ValueEnum};

use super::IdArgument;

/// `device …`
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// List the devices
    List,
    /// Show one device, by its id, serial number or IMEI
    Show(IdArgument),
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
    #[arg(long, value_enum, default_value_t)]
    pub(crate) reason: Reason,
}

/// Why a certificate is revoked, as RFC 5280 calls it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
#[value(rename_all = "camelCase")]
pub(crate) enum Reason {
    /// No reason is given
    #[default]
    Unspecified,
    /// The key is, or may be, in other hands
    KeyCompromise,
    /// The device or its owner belongs elsewhere now
    AffiliationChanged,
    /// Another certificate took its place
    Superseded,
    /// The device is not managed any more
    CessationOfOperation,
    /// The device may not do any more what the certificate is for
    PrivilegeWithdrawn,
}
