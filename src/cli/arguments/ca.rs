//! The arguments of `ca`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `ca …`
#[derive(Debug, Subcommand)]
pub(crate) enum CaCommand {
    /// Show all roots and issuing CAs: how they stand, and how long they last
    Show,
    /// Write the revocation list of an issuing CA, in PEM
    Crl(CrlArguments),
    /// Make a new issuing CA; what the old one issued stays trusted until it ends
    Rotate(RotateArguments),
    /// Write the certificates, or with --keys the private keys under a passphrase
    Export(ExportArguments),
    /// Take in an issuing CA that was made elsewhere; it issues from now on
    Import(ImportArguments),
    /// Change the master key; everything that it sealed opens as before
    ChangeMasterKey(ChangeMasterKeyArguments),
    /// Move the root's sealed key to another place; only a rotation and a new TLS certificate need it
    RemoveRootKey(RemoveRootKeyArguments),
}

/// `ca crl`
#[derive(Debug, Args)]
pub(crate) struct CrlArguments {
    /// The issuing CA, by its SHA-256 as `ca show` tells it [default: the one that issues now]
    #[arg(long, value_name = "SHA-256")]
    pub(crate) issuer: Option<String>,
}

/// `ca rotate`
#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    /// Make a new root as well
    #[arg(long)]
    pub(crate) root: bool,
    /// The file that remove-root-key wrote, where the root's key is not here
    #[arg(long, value_name = "FILE")]
    pub(crate) root_key: Option<PathBuf>,
}

/// `ca export`
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The private keys too, encrypted under a passphrase that is asked for unless a file holds it
    #[arg(long, requires = "to")]
    pub(crate) keys: bool,
    /// File to write, made anew, that its owner alone reads [default: the standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// File with the passphrase
    #[arg(long, value_name = "FILE", requires = "keys")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// `ca import`
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The issuing CA's certificate, then those above it up to the root, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: PathBuf,
    /// Its private key, PEM: PKCS#8, SEC 1 or PKCS#1; or pkcs11:, the URI of one in the token
    #[arg(long, value_name = "FILE|URI")]
    pub(crate) key: PathBuf,
    /// File with the passphrase of the key; without it an encrypted one is asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// `ca change-master-key`
#[derive(Debug, Args)]
pub(crate) struct ChangeMasterKeyArguments {
    /// The new master key, made where there is no such file [default: a new one in the installation's own file]
    #[arg(long, value_name = "FILE")]
    pub(crate) new_key_file: Option<PathBuf>,
}

/// `ca remove-root-key`
#[derive(Debug, Args)]
pub(crate) struct RemoveRootKeyArguments {
    /// File to write, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}
