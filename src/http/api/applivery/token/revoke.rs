//! Revoking many tokens at once, by name or by what they have in common.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::admin::TokenFilter;
use crate::id::ObjectId;
use crate::identity::grant;

use super::super::super::{Api, Body, Envelope, Permitted, Problem};

pub(super) fn operations(api: &mut Api) {
    api.post(concat!(base!(), "/enrollment-tokens/revoke"), revoke)
        .id("revokeEnrollmentTokens")
        .summary("Revokes many enrollment tokens, all or none");
}

/// Tokens to revoke: either their identifiers or what they have in common.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "expected either ids or filter, each as it is described"
)]
enum Revocation {
    Named(Named),
    Alike(Alike),
}

/// Tokens by name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NamedTokens)]
struct Named {
    /// The tokens.
    #[schema(min_items = 1, max_items = 1000)]
    ids: Vec<ObjectId>,
}

/// Tokens that have something in common.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlikeTokens)]
struct Alike {
    /// What that is.
    #[schema(inline)]
    filter: Common,
}

/// What tokens have in common: one thing at least.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CommonOfTokens, min_properties = 1)]
struct Common {
    /// Their user, by identifier or address.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1)]
    mdm_user: Option<String>,
    /// A policy of theirs.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = ObjectId, required = false)]
    win_policy_id: Option<ObjectId>,
    /// Their segment.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u32, required = false)]
    segment_id: Option<u32>,
}

/// How many tokens were revoked.
#[derive(Debug, Serialize, ToSchema)]
struct Revoked {
    /// The number.
    revoked: u64,
}

async fn revoke(
    caller: Permitted<grant::EnrollmentTokenRemove>,
    Body(wished): Body<Revocation>,
) -> Result<Envelope<Revoked>, Problem> {
    let (admin, actor) = (caller.admin(), &caller.actor);
    let revoked = match wished {
        Revocation::Named(Named { ids }) => admin.revoke_tokens(actor, ids).await?,
        Revocation::Alike(Alike { filter }) => {
            let filter = TokenFilter {
                user: filter.mdm_user,
                policy: filter.win_policy_id,
                segment: filter.segment_id,
                ..TokenFilter::default()
            };
            admin.revoke_tokens_alike(actor, filter).await?
        }
    };
    Ok(Envelope(Revoked { revoked }))
}

/// What is there is no null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_to_revoke_are_named_or_alike_and_never_both() {
        let id = "65f0a1b2c3d4e5f6a7b8c9d0";
        let read = |text: &str| serde_json::from_str::<Revocation>(&text.replace("ID", id));
        assert!(matches!(
            read(r#"{"ids":["ID"]}"#),
            Ok(Revocation::Named(_))
        ));
        assert!(matches!(
            read(r#"{"filter":{"segmentId":0,"winPolicyId":"ID"}}"#),
            Ok(Revocation::Alike(_))
        ));
        for refused in [
            r#"{"ids":["ID"],"filter":{"segmentId":0}}"#,
            r#"{"filter":{"mdmUser":null}}"#,
            r#"{"filter":{"state":"DONE"}}"#,
            r#"{"ids":["ID"],"all":true}"#,
            "{}",
        ] {
            let error = read(refused).unwrap_err().to_string();
            assert!(error.contains("either ids or filter"), "{error}");
        }
    }
}
