//! SOAP 1.2 with WS-Addressing 1.0 and the WS-Security header, as MS-MDE2, MS-XCEP and MS-WSTEP use them.
//!
//! A request is read into an [`Envelope`]; its body is decoded by the [`Exchange`] that the endpoint serves, and the
//! exchange's [`Exchange::Reply`] or a [`Fault`] is written back. Nothing here knows what the messages mean.

mod envelope;
mod exchange;
mod fault;
mod security;

pub use self::envelope::{Envelope, Error, Header, Rejected};
pub use self::exchange::{
    Exchange, Reply, ReplyHeader, Window, read_reply, write_reply, write_request,
};
pub use self::fault::{Code, ErrorType, Fault, ServiceError, Subcode};
pub use self::security::{
    BASE64_BINARY, BinarySecurityToken, PASSWORD_TEXT, Security, Timestamp, UsernameToken,
};

use crate::xml::namespace;

/// The prefixes that every message of ours declares, as the published samples write them.
const PREFIXES: [(&str, &str); 5] = [
    ("s", namespace::SOAP),
    ("a", namespace::ADDRESSING),
    ("u", namespace::WSU),
    ("o", namespace::WSSE),
    ("xsi", namespace::XSI),
];

#[cfg(test)]
mod tests;
