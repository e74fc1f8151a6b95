//! The mail server that takes the letters.

use std::path::PathBuf;

use super::key::section;
use super::setting::choice;

section! {
    /// The mail server that takes invitations and notices.
    pub struct Smtp in "smtp." {
        /// Its name, as its certificate has it.
        /// Empty: no mail is sent, and what is queued waits.
        host: String = String::new();
        /// The port that it listens at.
        port: u16 = 587;
        /// How the connection is protected. "none" sends names, codes and the password for all to read.
        tls: SmtpTls = SmtpTls::StartTls;
        /// PEM file with the authority of its certificate, beside those that this machine trusts.
        ca_file: PathBuf = PathBuf::new();
        /// The address that mails come from.
        from: String = String::new();
        /// The name to sign in with; empty: without signing in.
        username: String = String::new();
        /// The password to sign in with.
        password: String = String::new() => secret;
        /// Mails under way at a time.
        connections: u32 = 4;
    }
}

choice! {
    /// How the connection to the mail server is protected.
    pub enum SmtpTls {
        /// TLS from the first byte: port 465.
        Required = "required",
        /// TLS after STARTTLS, or no mail: port 587.
        StartTls = "starttls",
        /// Nothing protects it.
        None = "none",
    }
}
