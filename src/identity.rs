//! Who is asking: administrators' roles now, people's identities as sign-ins are added.

use serde::Serialize;

use crate::token::stored_as;

/// What an administrator's key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, other administrators included.
    Owner,
    /// Everything but other administrators.
    Admin,
    /// Tokens and devices.
    Operator,
    /// Making and listing tokens.
    Staging,
    /// Looking, with secrets masked.
    Auditor,
}

stored_as!(Role, Owner "owner", Admin "admin", Operator "operator", Staging "staging", Auditor "auditor");
