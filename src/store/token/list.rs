//! Tokens in pages.

use crate::id::ObjectId;

use super::super::{Error, Transaction, Value};
use super::{SealedToken, from_row};

/// Which tokens to list. A template's token is never among them.
#[derive(Debug, Clone, Default)]
pub struct TokenFilter {
    /// Only this user's, by identifier or address.
    pub user: Option<String>,
    /// Only those with this policy.
    pub policy: Option<ObjectId>,
    /// Those that were deleted as well.
    pub deleted: bool,
    /// In which order.
    pub order: TokenOrder,
}

/// The order of a list of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenOrder {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// By address.
    Email,
    /// By label.
    DisplayName,
    /// The first to end first.
    ExpireAt,
}

macro_rules! matching {
    () => {
        " FROM token WHERE organization_id = $1 AND kind <> 'template'
            AND ($2 IS NULL OR $2 LIKE '%,' || segment_id || ',%')
            AND ($3 IS NULL OR mdm_user_id = $3 OR LOWER(email) = $3)
            AND ($4 IS NULL OR policies LIKE $4)
            AND ($5 = 1 OR state <> 'DELETED')"
    };
}

macro_rules! ordered {
    ($order:literal) => {
        concat!(
            "SELECT ",
            token_columns!(),
            matching!(),
            " ORDER BY ",
            $order,
            " LIMIT $6 OFFSET $7"
        )
    };
}

impl TokenOrder {
    const fn sql(self) -> &'static str {
        match self {
            Self::Newest => ordered!("created_at DESC, id DESC"),
            Self::Oldest => ordered!("created_at, id"),
            Self::Email => ordered!("email, id"),
            Self::DisplayName => ordered!("display_name, id"),
            Self::ExpireAt => ordered!("expires_at, id"),
        }
    }
}

impl Transaction<'_> {
    /// Tokens of an organization, so many from an offset.
    ///
    /// # Errors
    /// What the engine says.
    pub fn list_tokens(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        filter: &TokenFilter,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<SealedToken>, Error> {
        let texts = Texts::of(organization, filter);
        let mut values = texts.values(segments, filter).to_vec();
        values.push(limit.into());
        values.push(offset.into());
        let rows = self.query(filter.order.sql(), &values)?;
        rows.iter().map(from_row).collect()
    }

    /// How many tokens a filter finds.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_tokens(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        filter: &TokenFilter,
    ) -> Result<u64, Error> {
        let texts = Texts::of(organization, filter);
        let values = texts.values(segments, filter);
        let row = self.first(concat!("SELECT COUNT(*)", matching!()), &values)?;
        let count = row.map(|row| row.optional_integer(0)).transpose()?;
        Ok(count
            .flatten()
            .and_then(|count| count.try_into().ok())
            .unwrap_or_default())
    }
}

/// The filter's values as the statements take them.
struct Texts {
    organization: String,
    user: Option<String>,
    policy: Option<String>,
}

impl Texts {
    fn of(organization: ObjectId, filter: &TokenFilter) -> Self {
        Self {
            organization: organization.to_string(),
            user: filter.user.as_ref().map(|user| user.to_lowercase()),
            policy: filter.policy.map(|policy| format!("%{policy}%")),
        }
    }

    fn values<'a>(&'a self, segments: Option<&'a str>, filter: &TokenFilter) -> [Value<'a>; 5] {
        [
            (&self.organization).into(),
            segments.into(),
            self.user.as_deref().into(),
            self.policy.as_deref().into(),
            u32::from(filter.deleted).into(),
        ]
    }
}
