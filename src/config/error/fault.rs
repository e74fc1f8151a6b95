//! What is wrong with a key or its value, in a sentence.

use std::io;
use std::path::PathBuf;

use super::super::DatabaseUrlError;
use super::super::key::one_of;

/// What is wrong with a key or its value.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is no such key.
    #[error("no such key{}", question(.suggestion.as_deref()))]
    UnknownKey {
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// There is no such section.
    #[error("no such section{}", question(.suggestion.as_deref()))]
    UnknownSection {
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// A section's name was given a value.
    #[error("this is a section: its keys stand below the line [{section}]")]
    NotAKey {
        /// Which section.
        section: String,
    },
    /// The value is of another type.
    #[error("takes {expected}, not {found}")]
    WrongType {
        /// What the key takes.
        expected: String,
        /// What stands there.
        found: &'static str,
    },
    /// The number is too small or too great.
    #[error("must be from {minimum} to {maximum}")]
    OutOfRange {
        /// The least value.
        minimum: i64,
        /// The greatest value.
        maximum: i64,
    },
    /// Neither 0, which turns the limit off, nor great enough to be one.
    #[error("must be 0, which turns the limit off, or from {minimum} to {maximum}")]
    OutOfLimit {
        /// The least limit.
        minimum: i64,
        /// The greatest limit.
        maximum: i64,
    },
    /// The value is none of those that there are.
    #[error("must be one of {}{}", one_of(.choices), question(*.suggestion))]
    NotAmong {
        /// Those that there are.
        choices: &'static [&'static str],
        /// What may have been meant.
        suggestion: Option<&'static str>,
    },
    /// The value is neither of two numbers.
    #[error("must be {0} or {1}")]
    NeitherOf(u32, u32),
    /// Not an address.
    #[error("must be an IP address and a port, as in 127.0.0.1:8443 or [::1]:8443")]
    NotAnAddress,
    /// The text has a control character.
    #[error("must have no control character")]
    ControlCharacter,
    /// The text or the list is too long.
    #[error("must have at most {limit} {unit}")]
    TooLong {
        /// How much there may be.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// A list stands as text that is no TOML list.
    #[error("must be a TOML list of texts, or texts with commas between")]
    NotAList,
    /// A secret came twice.
    #[error("is given by {variable} and by {variable}_FILE; set one of them")]
    GivenTwice {
        /// The variable.
        variable: String,
    },
    /// A secret's file cannot be read.
    #[error("the file that {variable} names cannot be read: {source}")]
    SecretFile {
        /// The variable.
        variable: String,
        /// Why not.
        source: io::Error,
    },
    /// The file that the value names cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The value may not be empty.
    #[error("must not be empty")]
    Empty,
    /// An item occurs twice.
    #[error("must not name anything twice")]
    Repeated,
    /// The value is the other key's too.
    #[error("must differ from {other}")]
    SameAs {
        /// The other key.
        other: &'static str,
    },
    /// Not an https URL of a host.
    #[error("must be an https URL, as in https://mdm.example.com")]
    NotHttps,
    /// The URL has more than a host and a port.
    #[error("must have a host and perhaps a port, but no path, query, fragment or user")]
    MoreThanHost,
    /// Not an https URL with a path.
    #[error(
        "must be an https URL without user or fragment, as in https://mdm.example.com/ManagementServer/MDM.svc"
    )]
    NotAnAddressOfHttps,
    /// Devices are handed over, and nothing says where to.
    #[error("must be set while management.mode is external: where devices are managed then")]
    Nowhere,
    /// The text is too short.
    #[error("must have at least {limit} characters")]
    TooShort {
        /// How many it must have.
        limit: usize,
    },
    /// Not a web page's URL.
    #[error("must be an http or https URL, or empty")]
    NotAWebsite,
    /// Not a mail address.
    #[error("must be a mail address, or empty")]
    NotAMailAddress,
    /// Set without its other half.
    #[error("must be set together with {other}")]
    Alone {
        /// The other half.
        other: &'static str,
    },
    /// The program was built without what the key is for.
    #[error("needs a program that was built with it: cargo build --release --features {feature}")]
    NotBuilt {
        /// The feature of the build.
        feature: &'static str,
    },
    /// Must be greater than another key's value.
    #[error("must be greater than {other}, which is {than}")]
    NotGreater {
        /// The other key.
        other: &'static str,
        /// Its value.
        than: u32,
    },
    /// An earlier certificate ends before the device tries to renew again.
    #[error(
        "must be greater than {other}, which is {than}: a device whose renewal was not answered tries again with the old certificate"
    )]
    EndsBeforeRetry {
        /// The key of the time between tries.
        other: &'static str,
        /// Its value.
        than: u32,
    },
    /// Must not be greater than another key's value.
    #[error("must not be greater than {other}, which is {than}")]
    Greater {
        /// The other key.
        other: &'static str,
        /// Its value.
        than: String,
    },
    /// Not a `PROVIDER-ID`.
    #[error("must be 1 to 64 ASCII letters, digits, dots, underscores or hyphens")]
    NotAProviderId,
    /// Not a URL scheme.
    #[error("must be URL schemes in lower case, as in ms-app")]
    NotAScheme,
    /// A scheme that would carry a sign-in's result to a web site or run a script.
    #[error("must not name http, https, javascript, data, vbscript, file or blob")]
    UnsafeScheme,
    /// No phase polls at all.
    #[error("at least one phase must have retries, or the device refuses the enrollment")]
    PollsNever,
    /// Two phases poll for ever.
    #[error("is the second phase that polls for ever (retries 0 with an interval); only one may")]
    PollsForEverTwice,
    /// A phase has retries and no interval.
    #[error("must be at least 1 while {other} is not 0")]
    NoInterval {
        /// The key with the number of retries.
        other: &'static str,
    },
    /// Not addresses and networks.
    #[error(
        "must be IP addresses or networks, and not all there are, as in 192.0.2.10 or 10.0.0.0/24"
    )]
    NotANetwork,
    /// A secret that could be guessed, or that no header can carry.
    #[error("must have at least {least} visible ASCII characters")]
    WeakSecret {
        /// How many.
        least: usize,
    },
    /// Not the name of a header of one's own.
    #[error("must name a header that means nothing else, in letters, digits and hyphens")]
    NotAHeader,
    /// `database.url` names no database that can be used.
    #[error(transparent)]
    Database(#[from] DatabaseUrlError),
}

fn question(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}
