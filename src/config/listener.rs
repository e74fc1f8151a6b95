//! The listeners, the store, the authority and the log: what the process itself needs.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::key::section;
use super::setting::choice;

section! {
    /// The web listener: discovery, pages, the admin API. It never asks for a client certificate.
    pub struct Web in "web." {
        /// Address and port of the web listener; port 0 lets the kernel choose.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8443));
        /// The https URL under which devices and browsers reach the web listener.
        /// Empty: `https://localhost` with the listener's port.
        public_url: String = String::new();
        /// PEM file with the TLS certificate and its chain, for both listeners.
        /// Empty: one made by the installation's own authority.
        tls_certificate: PathBuf = PathBuf::new();
        /// PEM file with the key of that certificate.
        tls_key: PathBuf = PathBuf::new();
    }
}

section! {
    /// The device listener: policy, enrollment and management. It requests a client certificate.
    pub struct Device in "device." {
        /// Address and port of the device listener; port 0 lets the kernel choose.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8444));
        /// The https URL under which devices reach the device listener.
        /// Empty: `https://localhost` with the listener's port.
        public_url: String = String::new();
        /// Whether a device without a certificate may prove itself in a management session by the digest of OMA DM
        /// (`syncml:auth-md5`, docs/PROXY.md). Off, since a digest proves the device and not what it says.
        digest_authentication: bool = false;
    }
}

section! {
    /// Where everything is stored.
    pub struct Database in "database." {
        /// The database, as `sqlite:PATH`.
        /// Empty: `portcullis.db` in the data directory.
        url: String = String::new() => url_password;
    }
}

section! {
    /// The installation's certification authority.
    pub struct Ca in "ca." {
        /// Directory of the authority's certificates and sealed keys.
        /// Empty: `certs` beside the default data directory, or inside another one.
        directory: PathBuf = PathBuf::new();
        /// The authority's name, as it appears in its certificates.
        name: String = "Portcullis".to_owned();
        /// Key of the root: rsa-2048, rsa-3072, rsa-4096, p256 or p384. Read when the root is made.
        root_key: String = "rsa-4096".to_owned();
        /// Key of the issuing CA: rsa-2048, rsa-3072, rsa-4096, p256 or p384. Read when it is made.
        issuing_key: String = "rsa-2048".to_owned();
        /// The PKCS#11 module, a shared library, of the token in which keys of issuing CAs are made.
        /// Empty: they are made in files. Needs a program built with the feature `pkcs11`.
        pkcs11_module: PathBuf = PathBuf::new();
        /// The label of that token.
        pkcs11_token: String = String::new();
        /// The PIN of that token's user.
        pkcs11_pin: String = String::new() => secret;
        /// Where certificates say that the revocation list is, as `http://pki.example.com/crl/{issuer}.crl`;
        /// `{issuer}` stands for the issuing CA's id. Empty: they do not say.
        crl_url: String = String::new();
        /// Where certificates say that the OCSP responder is, as `http://pki.example.com/ocsp`. Empty: they do not say.
        ocsp_url: String = String::new();
        /// Where certificates say that the issuing CA's certificate is, as `http://pki.example.com/ca/{issuer}.crt`.
        /// Empty: they do not say.
        issuer_url: String = String::new();
    }
}

section! {
    /// What is logged, to the standard error.
    pub struct Log in "log." {
        /// The least severe level that is logged. The variable `RUST_LOG`, when set, wins.
        level: LogLevel = LogLevel::Info;
        /// How a line is written.
        format: LogFormat = LogFormat::Text;
    }
}

choice! {
    /// A level of logging.
    pub enum LogLevel {
        /// Nothing.
        Off = "off",
        /// What failed.
        Error = "error",
        /// What may need attention.
        Warn = "warn",
        /// What happens.
        Info = "info",
        /// What happens, in detail.
        Debug = "debug",
        /// Every step.
        Trace = "trace",
    }
}

choice! {
    /// How a line of the log is written.
    pub enum LogFormat {
        /// For people; coloured on a terminal.
        Text = "text",
        /// For machines: one JSON object a line.
        Json = "json",
    }
}

/// The keys that [`Ca::root_key`] and [`Ca::issuing_key`] may name.
pub const KEY_KINDS: [&str; 5] = ["rsa-2048", "rsa-3072", "rsa-4096", "p256", "p384"];
