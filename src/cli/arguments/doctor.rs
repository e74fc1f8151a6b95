//! `doctor`

use clap::Args;
use url::Url;

/// `doctor`
#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Also ask the server at this address, as a device would
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<Url>,
}
