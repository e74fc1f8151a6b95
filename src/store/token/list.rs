//! Tokens in pages, and their change before they are used.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::token::Token;

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

/// A user as far as tokens need one.
#[derive(Debug, Clone, Copy)]
pub struct UserOfToken {
    /// Its identifier.
    pub id: ObjectId,
    /// Whether it may enroll.
    pub enabled: bool,
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

    /// Writes what can be changed of a pending token over its revision `read`. False: it is another by now.
    ///
    /// # Errors
    /// What the engine says.
    pub fn update_token(&mut self, token: &Token, read: i64) -> Result<bool, Error> {
        let json =
            |value: Result<String, _>| value.map_err(|_| Error::Row("a list is not writable"));
        let tags = json(serde_json::to_string(&token.tags))?;
        let policies = json(serde_json::to_string(&token.policies))?;
        let changed = self.execute(
            "UPDATE token SET display_name = $4, tags = $5, policies = $6, segment_id = $7, updated_at = $8,
                revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND revision = $3 AND state = 'PENDING'",
            &[
                (&token.id.to_string()).into(),
                (&token.organization_id.to_string()).into(),
                read.into(),
                token.display_name.as_deref().into(),
                (&tags).into(),
                (&policies).into(),
                token.segment_id.into(),
                token.updated_at.into(),
            ],
        )?;
        Ok(changed > 0)
    }

    /// The names of an organization's policies.
    ///
    /// # Errors
    /// What the engine says.
    pub fn policy_names(
        &mut self,
        organization: ObjectId,
    ) -> Result<HashMap<ObjectId, String>, Error> {
        self.query(
            "SELECT id, name FROM policy WHERE organization_id = $1 AND deleted_at IS NULL",
            &[(&organization.to_string()).into()],
        )?
        .iter()
        .map(|row| Ok((row.id(0)?, row.text(1)?)))
        .collect()
    }

    /// Whether an organization has this segment.
    ///
    /// # Errors
    /// What the engine says.
    pub fn segment_exists(&mut self, organization: ObjectId, id: u32) -> Result<bool, Error> {
        let found = self.first(
            "SELECT 1 FROM segment WHERE organization_id = $1 AND id = $2",
            &[(&organization.to_string()).into(), id.into()],
        )?;
        Ok(found.is_some())
    }

    /// The user with this address, made when there is none.
    ///
    /// # Errors
    /// What the engine says.
    pub fn find_or_make_user(
        &mut self,
        organization: ObjectId,
        email: &str,
        now: Timestamp,
    ) -> Result<UserOfToken, Error> {
        let (organization, key) = (organization.to_string(), email.to_lowercase());
        let id = ObjectId::generate(now);
        let row = self.first(
            "INSERT INTO mdm_user (id, organization_id, email, email_key, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $5)
             ON CONFLICT (organization_id, email_key) DO UPDATE SET email_key = excluded.email_key
             RETURNING id, enabled",
            &[
                (&id.to_string()).into(),
                (&organization).into(),
                email.into(),
                (&key).into(),
                now.into(),
            ],
        )?;
        let row = row.ok_or(Error::Row("a user was not written"))?;
        Ok(UserOfToken {
            id: row.id(0)?,
            enabled: row.optional_integer(1)? == Some(1),
        })
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
