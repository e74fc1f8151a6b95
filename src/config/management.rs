//! Who manages the devices: this server, or another one that they are handed over to.

use std::path::PathBuf;

use super::key::section;
use super::setting::choice;

section! {
    /// Who manages enrolled devices, and the server that is told of them.
    pub struct Management in "management." {
        /// Who answers the management sessions of devices that enroll from now on.
        mode: ManagementMode = ManagementMode::Builtin;
        /// Where devices hold their management sessions while `mode` is external: an https URL, the `ADDR` that they are given.
        url: String = String::new();
        /// Where a JSON message is posted to when a device enrolls, enrolls again, renews or retires: an https URL.
        /// Empty: nobody is told.
        webhook_url: String = String::new();
        /// The secret by which the receiver recognises our messages, 16 characters at least.
        webhook_secret: String = String::new() => secret;
        /// PEM file with the authority of the receiver's certificate, beside those that this machine trusts.
        webhook_ca_file: PathBuf = PathBuf::new();
        /// Whether the receiver may lie in a private network or on this machine.
        webhook_allow_private: bool = false;
    }
}

choice! {
    /// Who answers management sessions.
    pub enum ManagementMode {
        /// This server.
        Builtin = "builtin",
        /// The server at `management.url`.
        External = "external",
    }
}
