//! Tokens in pages.

use jiff::Timestamp;

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
    /// Only those in this segment.
    pub segment: Option<u32>,
    /// Those that were deleted as well.
    pub deleted: bool,
    /// In which order.
    pub order: TokenOrder,
}

/// The order of a list of tokens: the newest first unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenOrder {
    by: Field,
    descending: bool,
}

/// What a list of tokens is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    CreatedAt,
    UpdatedAt,
    /// What never ends comes last.
    ExpireAt,
    Email,
    DisplayName,
}

impl TokenOrder {
    /// The fields that there are.
    pub const FIELDS: [&str; 5] = ["createdAt", "updatedAt", "expireAt", "email", "displayName"];

    /// The order that is written as `email:desc`: ascending without a direction, by `createdAt` without a field. None:
    /// there is no such order.
    pub fn from_text(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let (field, direction) = text.split_once(':').unwrap_or((text, "asc"));
        let by = match field {
            "" | "createdAt" => Field::CreatedAt,
            "updatedAt" => Field::UpdatedAt,
            "expireAt" => Field::ExpireAt,
            "email" => Field::Email,
            "displayName" => Field::DisplayName,
            _ => return None,
        };
        match direction {
            "asc" | "desc" => Some(Self {
                by,
                descending: direction == "desc",
            }),
            _ => None,
        }
    }
}

impl Default for TokenOrder {
    fn default() -> Self {
        Self {
            by: Field::CreatedAt,
            descending: true,
        }
    }
}

/// Which rows a [`TokenFilter`] finds, by `$1` to `$6`.
macro_rules! matching {
    () => {
        " organization_id = $1 AND kind <> 'template'
            AND ($2 IS NULL OR $2 LIKE '%,' || segment_id || ',%')
            AND ($3 IS NULL OR mdm_user_id = $3 OR LOWER(email) = $3)
            AND ($4 IS NULL OR policies LIKE $4)
            AND ($5 = 1 OR state <> 'DELETED')
            AND ($6 IS NULL OR segment_id = $6)"
    };
}

macro_rules! ordered {
    ($key:literal, $descending:expr) => {
        match $descending {
            true => ordered!(by $key, " DESC"),
            false => ordered!(by $key, ""),
        }
    };
    (by $key:literal, $direction:literal) => {
        concat!(
            "SELECT ",
            token_columns!(),
            " FROM token WHERE",
            matching!(),
            " ORDER BY ",
            $key,
            $direction,
            ", id",
            $direction,
            " LIMIT $7 OFFSET $8"
        )
    };
}

impl TokenOrder {
    const fn sql(self) -> &'static str {
        match self.by {
            Field::CreatedAt => ordered!("created_at", self.descending),
            Field::UpdatedAt => ordered!("COALESCE(updated_at, created_at)", self.descending),
            Field::ExpireAt => {
                ordered!("COALESCE(expires_at, 9223372036854775807)", self.descending)
            }
            Field::Email => ordered!("COALESCE(LOWER(email), '')", self.descending),
            Field::DisplayName => ordered!("COALESCE(LOWER(display_name), '')", self.descending),
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

    /// Revokes the tokens that a filter finds, in one statement; how many they were.
    ///
    /// # Errors
    /// What the engine says.
    pub fn revoke_tokens_alike(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        filter: &TokenFilter,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let texts = Texts::of(organization, filter);
        let mut values = texts.values(segments, filter).to_vec();
        values.push(now.into());
        self.execute(
            concat!(
                "UPDATE token SET state = 'DELETED', updated_at = $7, revision = revision + 1 WHERE",
                matching!()
            ),
            &values,
        )
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
        let row = self.first(
            concat!("SELECT COUNT(*) FROM token WHERE", matching!()),
            &values,
        )?;
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

    fn values<'a>(&'a self, segments: Option<&'a str>, filter: &TokenFilter) -> [Value<'a>; 6] {
        [
            (&self.organization).into(),
            segments.into(),
            self.user.as_deref().into(),
            self.policy.as_deref().into(),
            u32::from(filter.deleted).into(),
            filter.segment.into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_field_and_a_direction_and_the_newest_first_when_nothing_is_said() {
        assert_eq!(TokenOrder::from_text(""), Some(TokenOrder::default()));
        assert!(
            TokenOrder::default()
                .sql()
                .contains("created_at DESC, id DESC")
        );
        for field in TokenOrder::FIELDS {
            let order = |text: &str| TokenOrder::from_text(&format!("{field}{text}"));
            assert_eq!(order(""), order(":asc"), "{field}");
            assert!(order(":desc").unwrap().sql().contains(" DESC, id DESC"));
            assert_eq!(order(":up"), None);
            assert_eq!(order(":asc:desc"), None);
        }
        assert_eq!(TokenOrder::from_text("enrollCode"), None);
    }
}
