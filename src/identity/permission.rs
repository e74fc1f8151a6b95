//! What may be allowed: `mdm.windows.<entity>.<verb>`, the names of the published contract, and who holds what.

use serde::{Deserialize, Serialize};

use super::Role;

/// A permission as a type: a handler names the one that it needs in its signature.
pub trait Grant: 'static {
    /// The permission.
    const PERMISSION: Permission;
}

/// Declares the permissions: variant, entity, verb.
macro_rules! declare {
    ($($variant:ident $name:literal $entity:literal $verb:literal,)+) => {
        /// Something that a key may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Permission {
            $(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name)]
                $variant,
            )+
        }

        impl Permission {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in the published contract.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            const fn entity_and_verb(self) -> (&'static str, &'static str) {
                match self { $(Self::$variant => ($entity, $verb)),+ }
            }
        }

        /// The permissions as types.
        pub mod grant {
            $(
                #[doc = concat!("`", $name, "`")]
                #[derive(Debug)]
                pub enum $variant {}

                impl super::Grant for $variant {
                    const PERMISSION: super::Permission = super::Permission::$variant;
                }
            )+
        }
    };
}

declare! {
    EnrollmentTokenCreate "mdm.windows.enrollmentToken.create" "enrollmentToken" "create",
    EnrollmentTokenList "mdm.windows.enrollmentToken.list" "enrollmentToken" "list",
    EnrollmentTokenGet "mdm.windows.enrollmentToken.get" "enrollmentToken" "get",
    EnrollmentTokenUpdate "mdm.windows.enrollmentToken.update" "enrollmentToken" "update",
    EnrollmentTokenRemove "mdm.windows.enrollmentToken.remove" "enrollmentToken" "remove",
    EnrollmentTokenReveal "mdm.windows.enrollmentToken.reveal" "enrollmentToken" "reveal",
    EnrollmentTemplateCreate "mdm.windows.enrollmentTemplate.create" "enrollmentTemplate" "create",
    EnrollmentTemplateList "mdm.windows.enrollmentTemplate.list" "enrollmentTemplate" "list",
    EnrollmentTemplateGet "mdm.windows.enrollmentTemplate.get" "enrollmentTemplate" "get",
    EnrollmentTemplateUpdate "mdm.windows.enrollmentTemplate.update" "enrollmentTemplate" "update",
    EnrollmentTemplateEvaluate "mdm.windows.enrollmentTemplate.evaluate" "enrollmentTemplate" "evaluate",
    EnrollmentTemplateRemove "mdm.windows.enrollmentTemplate.remove" "enrollmentTemplate" "remove",
    DeviceList "mdm.windows.device.list" "device" "list",
    DeviceGet "mdm.windows.device.get" "device" "get",
    DeviceUpdate "mdm.windows.device.update" "device" "update",
    DeviceRemove "mdm.windows.device.remove" "device" "remove",
    DeviceCommand "mdm.windows.device.command" "device" "command",
    ApprovalList "mdm.windows.approval.list" "approval" "list",
    ApprovalGet "mdm.windows.approval.get" "approval" "get",
    ApprovalUpdate "mdm.windows.approval.update" "approval" "update",
    RestrictionCreate "mdm.windows.restriction.create" "restriction" "create",
    RestrictionList "mdm.windows.restriction.list" "restriction" "list",
    RestrictionGet "mdm.windows.restriction.get" "restriction" "get",
    RestrictionUpdate "mdm.windows.restriction.update" "restriction" "update",
    RestrictionRemove "mdm.windows.restriction.remove" "restriction" "remove",
    IdentityProviderCreate "mdm.windows.identityProvider.create" "identityProvider" "create",
    IdentityProviderList "mdm.windows.identityProvider.list" "identityProvider" "list",
    IdentityProviderGet "mdm.windows.identityProvider.get" "identityProvider" "get",
    IdentityProviderUpdate "mdm.windows.identityProvider.update" "identityProvider" "update",
    IdentityProviderRemove "mdm.windows.identityProvider.remove" "identityProvider" "remove",
    PolicyCreate "mdm.windows.policy.create" "policy" "create",
    PolicyList "mdm.windows.policy.list" "policy" "list",
    PolicyGet "mdm.windows.policy.get" "policy" "get",
    PolicyUpdate "mdm.windows.policy.update" "policy" "update",
    PolicyRemove "mdm.windows.policy.remove" "policy" "remove",
    IdentifierCreate "mdm.windows.identifier.create" "identifier" "create",
    IdentifierList "mdm.windows.identifier.list" "identifier" "list",
    IdentifierGet "mdm.windows.identifier.get" "identifier" "get",
    IdentifierUpdate "mdm.windows.identifier.update" "identifier" "update",
    IdentifierRemove "mdm.windows.identifier.remove" "identifier" "remove",
    BlockedKeyCreate "mdm.windows.blockedKey.create" "blockedKey" "create",
    BlockedKeyList "mdm.windows.blockedKey.list" "blockedKey" "list",
    BlockedKeyGet "mdm.windows.blockedKey.get" "blockedKey" "get",
    BlockedKeyRemove "mdm.windows.blockedKey.remove" "blockedKey" "remove",
    MdmUserCreate "mdm.windows.mdmUser.create" "mdmUser" "create",
    MdmUserList "mdm.windows.mdmUser.list" "mdmUser" "list",
    MdmUserGet "mdm.windows.mdmUser.get" "mdmUser" "get",
    MdmUserUpdate "mdm.windows.mdmUser.update" "mdmUser" "update",
    MdmUserRemove "mdm.windows.mdmUser.remove" "mdmUser" "remove",
    SegmentCreate "mdm.windows.segment.create" "segment" "create",
    SegmentList "mdm.windows.segment.list" "segment" "list",
    SegmentGet "mdm.windows.segment.get" "segment" "get",
    SegmentUpdate "mdm.windows.segment.update" "segment" "update",
    SegmentRemove "mdm.windows.segment.remove" "segment" "remove",
    ApiKeyCreate "mdm.windows.apiKey.create" "apiKey" "create",
    ApiKeyList "mdm.windows.apiKey.list" "apiKey" "list",
    ApiKeyGet "mdm.windows.apiKey.get" "apiKey" "get",
    ApiKeyUpdate "mdm.windows.apiKey.update" "apiKey" "update",
    ApiKeyRemove "mdm.windows.apiKey.remove" "apiKey" "remove",
    SettingsGet "mdm.windows.settings.get" "settings" "get",
    SettingsUpdate "mdm.windows.settings.update" "settings" "update",
    OrganizationCreate "mdm.windows.organization.create" "organization" "create",
    OrganizationList "mdm.windows.organization.list" "organization" "list",
    OrganizationGet "mdm.windows.organization.get" "organization" "get",
}

impl utoipa::ToSchema for Permission {}

impl utoipa::PartialSchema for Permission {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(Self::ALL.iter().map(|it| it.name())))
            .into()
    }
}

impl Permission {
    /// The permission of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }

    /// Whether a role holds it. What is not said here is denied.
    pub fn is_granted_to(self, role: Role) -> bool {
        let (entity, verb) = self.entity_and_verb();
        let looks = matches!(verb, "list" | "get");
        match role {
            Role::Owner => true,
            Role::Admin => !matches!(entity, "apiKey") && self != Self::OrganizationCreate,
            Role::Operator => match entity {
                "enrollmentToken" | "device" | "mdmUser" | "identifier" | "approval" => true,
                "apiKey" => false,
                _ => looks,
            },
            Role::Staging => {
                matches!(
                    self,
                    Self::EnrollmentTokenCreate | Self::EnrollmentTokenList
                )
            }
            Role::Auditor => looks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_holds_everything_and_staging_makes_and_lists_tokens_and_nothing_else() {
        assert!(
            Permission::ALL
                .iter()
                .all(|it| it.is_granted_to(Role::Owner))
        );
        let held: Vec<_> = Permission::ALL
            .iter()
            .filter(|it| it.is_granted_to(Role::Staging))
            .map(|it| it.name())
            .collect();
        assert_eq!(
            held,
            [
                "mdm.windows.enrollmentToken.create",
                "mdm.windows.enrollmentToken.list"
            ]
        );
    }

    #[test]
    fn an_auditor_only_looks_and_sees_no_values() {
        for permission in Permission::ALL {
            let looks = permission.name().ends_with(".list") || permission.name().ends_with(".get");
            assert_eq!(
                permission.is_granted_to(Role::Auditor),
                looks,
                "{permission:?}"
            );
        }
    }

    #[test]
    fn an_admin_holds_everything_but_other_administrators() {
        let lacking: Vec<_> = Permission::ALL
            .iter()
            .filter(|it| !it.is_granted_to(Role::Admin))
            .map(|it| it.name())
            .collect();
        assert_eq!(
            lacking,
            [
                "mdm.windows.apiKey.create",
                "mdm.windows.apiKey.list",
                "mdm.windows.apiKey.get",
                "mdm.windows.apiKey.update",
                "mdm.windows.apiKey.remove",
                "mdm.windows.organization.create"
            ]
        );
    }

    #[test]
    fn a_permission_reads_back_from_its_name() {
        for permission in Permission::ALL {
            assert_eq!(Permission::from_name(permission.name()), Some(*permission));
        }
        assert_eq!(Permission::from_name("mdm.windows.enrollmentToken.*"), None);
    }
}
