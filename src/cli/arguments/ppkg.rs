//! The arguments of `ppkg`.

use std::path::PathBuf;

use clap::Args;

/// `ppkg`
#[derive(Debug, Args)]
pub(crate) struct PpkgArguments {
    /// The template, by its identifier or its name
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) template: String,
    /// The user name that devices enroll with; it need not be a person's
    #[arg(long, value_name = "NAME")]
    pub(crate) upn: Option<String>,
    /// A wireless network that devices join first
    #[arg(long, value_name = "SSID")]
    pub(crate) wifi_ssid: Option<String>,
    /// File with the key of that network; without it the network is open
    #[arg(long, value_name = "FILE", requires = "wifi_ssid")]
    pub(crate) wifi_key_file: Option<PathBuf>,
    /// The network does not tell its name
    #[arg(long, requires = "wifi_ssid")]
    pub(crate) wifi_hidden: bool,
    /// Folder for the files, made if it is not there
    #[arg(long, value_name = "FOLDER", default_value = "ppkg")]
    pub(crate) folder: PathBuf,
}
