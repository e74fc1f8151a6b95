//! Who is asking: administrators with their roles and permissions, people with what an identity provider proved of them.

mod permission;
mod proved;
mod provider;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::ObjectId;
use crate::token::stored_as;

pub use self::permission::{Grant, Permission, grant};
pub use self::proved::Identity;
pub use self::provider::{
    GoogleSettings, IdentityProvider, LdapSettings, OidcSettings, ProviderSettings, SamlBinding,
    SamlSettings,
};

/// What an administrator's key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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

/// Which segments of an organization somebody sees and acts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segments {
    /// The whole organization.
    All,
    /// These alone, those below them included.
    Only(BTreeSet<u32>),
}

/// Somebody who acts on one organization: everything that is read or written for them is limited to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The organization, taken from the credential and never from the request.
    pub organization: ObjectId,
    /// The key; none: the command line beside the data.
    pub key: Option<ObjectId>,
    /// The role.
    pub role: Role,
    /// The permissions that the key is limited to; none: all of its role.
    pub scopes: Option<BTreeSet<Permission>>,
    /// The segments.
    pub segments: Segments,
}

impl Segments {
    /// Whether something in `segment` is seen; 0 is the whole organization, which a limited view does not see.
    pub fn contain(&self, segment: u32) -> bool {
        match self {
            Self::All => true,
            Self::Only(segments) => segments.contains(&segment),
        }
    }

    /// The form in which the store compares: `,1,5,`, none for all.
    pub fn listed(&self) -> Option<String> {
        match self {
            Self::All => None,
            Self::Only(segments) => Some(
                segments
                    .iter()
                    .fold(",".to_owned(), |list, segment| format!("{list}{segment},")),
            ),
        }
    }
}

impl Actor {
    /// Whoever stands before the machine itself: an owner.
    pub fn local(organization: ObjectId) -> Self {
        Self {
            organization,
            key: None,
            role: Role::Owner,
            scopes: None,
            segments: Segments::All,
        }
    }

    /// Whether the role and the key's scopes allow it.
    pub fn may(&self, permission: Permission) -> bool {
        permission.is_granted_to(self.role)
            && self
                .scopes
                .as_ref()
                .is_none_or(|scopes| scopes.contains(&permission))
    }

    /// Whether the values of tokens are shown, not masked.
    pub fn sees_values(&self) -> bool {
        self.may(Permission::EnrollmentTokenReveal)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_scope_narrows_a_role_and_never_widens_it() {
        let mut actor = Actor::local(ObjectId::generate(Timestamp::UNIX_EPOCH));
        actor.role = Role::Auditor;
        actor.scopes = Some([Permission::DeviceList, Permission::DeviceCommand].into());
        assert!(actor.may(Permission::DeviceList));
        assert!(!actor.may(Permission::DeviceGet), "not in the scopes");
        assert!(!actor.may(Permission::DeviceCommand), "not in the role");
    }

    #[test]
    fn a_limited_view_does_not_see_the_whole_organization() {
        let some = Segments::Only([3, 12].into());
        assert!(some.contain(12) && !some.contain(0) && !some.contain(1));
        assert_eq!(some.listed().as_deref(), Some(",3,12,"));
        assert!(Segments::All.contain(0));
    }
}
