//! Why a request of the API was not carried out, before any contract gives it its shape: one table, exhaustive.

use std::fmt;

use actix_web::ResponseError;
use actix_web::http::StatusCode;

use crate::admin;
use crate::http::body;
use crate::identity::Permission;
use crate::violation::Violation;

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Values that are not acceptable.
    Invalid,
    /// Switched off by the configuration.
    SwitchedOff,
    /// No key.
    NoToken,
    /// A key that is not good.
    Unauthorized,
    /// A good key without the permission.
    Forbidden,
    /// Nothing of that name, as far as the key sees.
    NotFound,
    /// The path has other methods.
    MethodNotAllowed,
    /// Not in a state that allows it.
    Conflict,
    /// Changed since it was read.
    Changed,
    /// The body is too large.
    TooLarge,
    /// The body is of another type.
    MediaType,
    /// Too many requests.
    TooMany,
    /// Our fault.
    Internal,
    /// Not now.
    Unavailable,
}

impl Kind {
    /// The HTTP status.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Invalid | Self::SwitchedOff => StatusCode::BAD_REQUEST,
            Self::NoToken | Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Changed => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The code of the Applivery contract; 9xxx is our own block.
    pub(super) fn code(self) -> u16 {
        match self {
            Self::Invalid => 5209,
            Self::SwitchedOff => 5050,
            Self::NoToken => 4002,
            Self::Unauthorized | Self::Forbidden => 4001,
            Self::NotFound => 3001,
            Self::MethodNotAllowed => 9405,
            Self::Conflict => 9409,
            Self::Changed => 9412,
            Self::TooLarge => 9413,
            Self::MediaType => 9415,
            Self::TooMany => 9429,
            Self::Internal => 9500,
            Self::Unavailable => 9503,
        }
    }

    /// The status of `google.rpc.Status`.
    pub(super) fn google(self) -> &'static str {
        match self {
            Self::Invalid | Self::TooLarge | Self::MediaType => "INVALID_ARGUMENT",
            Self::SwitchedOff | Self::Changed => "FAILED_PRECONDITION",
            Self::NoToken | Self::Unauthorized => "UNAUTHENTICATED",
            Self::Forbidden => "PERMISSION_DENIED",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "UNIMPLEMENTED",
            Self::Conflict => "ALREADY_EXISTS",
            Self::TooMany => "RESOURCE_EXHAUSTED",
            Self::Internal => "INTERNAL",
            Self::Unavailable => "UNAVAILABLE",
        }
    }

    /// The code of Graph.
    pub(super) fn graph(self) -> &'static str {
        match self {
            Self::Invalid | Self::TooLarge | Self::MediaType => "invalidRequest",
            Self::NoToken | Self::Unauthorized => "unauthenticated",
            Self::Forbidden => "accessDenied",
            Self::NotFound => "itemNotFound",
            Self::MethodNotAllowed | Self::SwitchedOff => "notAllowed",
            Self::Conflict => "nameAlreadyExists",
            Self::Changed => "resourceModified",
            Self::TooMany => "activityLimitReached",
            Self::Internal => "generalException",
            Self::Unavailable => "serviceNotAvailable",
        }
    }
}

/// A problem with what is told of it.
#[derive(Debug)]
pub(super) struct Problem {
    /// Its kind.
    pub(super) kind: Kind,
    /// The sentence for the caller.
    pub(super) message: String,
    /// What is wrong with the input.
    pub(super) violations: Vec<Violation>,
    /// Seconds after which the caller may try again.
    pub(super) retry_after: Option<u64>,
}

impl Problem {
    /// A problem of this kind.
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            violations: Vec::new(),
            retry_after: None,
        }
    }

    /// One value that is not acceptable.
    pub(super) fn invalid(path: impl Into<String>, reason: impl Into<String>) -> Self {
        admin::Error::invalid(path, reason).into()
    }

    /// Nothing of that name: the same words for what is missing and for what belongs to another organization.
    pub(super) fn not_found(_what: &'static str) -> Self {
        Self::new(Kind::NotFound, "Entity not found")
    }

    /// The key lacks a permission.
    pub(super) fn forbidden(permission: Permission) -> Self {
        let message = format!("Unauthorized: missing permission {}", permission.name());
        Self::new(Kind::Forbidden, message)
    }

    /// The message with what is wrong with the input, for contracts that have one text alone.
    pub(super) fn sentence(&self) -> String {
        let faults: Vec<String> = self
            .violations
            .iter()
            .map(|it| format!("{} {}", it.path, it.reason))
            .collect();
        if faults.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", self.message, faults.join("; "))
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }
}

impl From<admin::Error> for Problem {
    fn from(error: admin::Error) -> Self {
        let message = error.to_string();
        if error.is_taken() {
            return Self::new(Kind::Conflict, "Conflict: the value exists already");
        }
        if error.is_passing() {
            return Self {
                retry_after: Some(5),
                ..Self::new(Kind::Unavailable, "The database is not available now")
            };
        }
        match error {
            admin::Error::Invalid(violations) => Self {
                violations,
                ..Self::new(Kind::Invalid, "Invalid input")
            },
            admin::Error::NotFound(what) => Self::not_found(what),
            admin::Error::Conflict(_) => Self::new(Kind::Conflict, message),
            admin::Error::Changed => Self::new(Kind::Changed, message),
            admin::Error::SwitchedOff(_) => Self::new(Kind::SwitchedOff, message),
            admin::Error::Forbidden(_) => Self::new(Kind::Forbidden, message),
            admin::Error::Store(_) | admin::Error::Sealed | admin::Error::Hash(_) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a request of the API failed"
                );
                Self::new(Kind::Internal, "Internal error")
            }
        }
    }
}

impl From<body::Error> for Problem {
    fn from(error: body::Error) -> Self {
        let kind = match error {
            body::Error::TooLarge { .. } => Kind::TooLarge,
            body::Error::Encoded => Kind::MediaType,
            body::Error::TooSlow { .. } | body::Error::Broken => Kind::Invalid,
        };
        Self::new(kind, error.to_string())
    }
}
