//! Users in the store: one row for each address of an organization, whatever its case.

use jiff::Timestamp;

use crate::id::ObjectId;

use super::identifier::containing;
use super::{Error, Row, Transaction, Value};

mod change;

/// A user as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUser {
    /// Its identifier.
    pub id: ObjectId,
    /// The organization that it belongs to.
    pub organization_id: ObjectId,
    /// The address.
    pub email: String,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it may enroll.
    pub enabled: bool,
    /// Whether it has a password here.
    pub has_password: bool,
    /// The segment that it lies in; 0: the whole organization.
    pub segment_id: u32,
    /// Counts its changes.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its latest change.
    pub updated_at: Timestamp,
}

/// Which users to list.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Only those with this text in their address or their names, in any case.
    pub search: Option<String>,
    /// Only those in this segment.
    pub segment: Option<u32>,
    /// Only those who may enroll, or may not.
    pub enabled: Option<bool>,
    /// In which order.
    pub order: UserOrder,
}

/// The order of a list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserOrder {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// By address.
    Email,
    /// By address, backwards.
    EmailDescending,
}

macro_rules! columns {
    () => {
        "SELECT id, organization_id, email, first_name, last_name, tags, enabled, segment_id, revision, created_at,
            updated_at, CASE WHEN password IS NULL THEN 0 ELSE 1 END FROM mdm_user WHERE organization_id = $1"
    };
}

macro_rules! matching {
    () => {
        " AND ($2 IS NULL OR $2 LIKE '%,' || segment_id || ',%')
            AND ($3 IS NULL OR email_key LIKE $3 ESCAPE '!' OR LOWER(first_name) LIKE $3 ESCAPE '!'
                OR LOWER(last_name) LIKE $3 ESCAPE '!')
            AND ($4 IS NULL OR segment_id = $4)
            AND ($5 IS NULL OR enabled = $5)"
    };
}

macro_rules! ordered {
    ($order:literal) => {
        concat!(
            columns!(),
            matching!(),
            " ORDER BY ",
            $order,
            " LIMIT $6 OFFSET $7"
        )
    };
}

impl UserOrder {
    const fn sql(self) -> &'static str {
        match self {
            Self::Newest => ordered!("created_at DESC, id DESC"),
            Self::Oldest => ordered!("created_at, id"),
            Self::Email => ordered!("email_key"),
            Self::EmailDescending => ordered!("email_key DESC"),
        }
    }
}

impl Transaction<'_> {
    /// Stores a new user.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its address is taken.
    pub fn insert_user(&mut self, user: &StoredUser) -> Result<(), Error> {
        let (key, tags) = (user.email.to_lowercase(), tags(user)?);
        self.execute(
            "INSERT INTO mdm_user (id, organization_id, email, email_key, first_name, last_name, tags, enabled,
                segment_id, revision, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            &[
                (&user.id.to_string()).into(),
                (&user.organization_id.to_string()).into(),
                (&user.email).into(),
                (&key).into(),
                user.first_name.as_deref().into(),
                user.last_name.as_deref().into(),
                (&tags).into(),
                u32::from(user.enabled).into(),
                user.segment_id.into(),
                user.revision.into(),
                user.created_at.into(),
                user.updated_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Users of an organization, so many from an offset, within `seen` (see
    /// [`Segments::listed`](crate::identity::Segments::listed)).
    ///
    /// # Errors
    /// What the engine says.
    pub fn users(
        &mut self,
        organization: ObjectId,
        seen: Option<&str>,
        filter: &UserFilter,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<StoredUser>, Error> {
        let (organization, search) = texts(organization, filter);
        let mut values = values(&organization, seen, search.as_deref(), filter).to_vec();
        values.push(limit.into());
        values.push(offset.into());
        let rows = self.query(filter.order.sql(), &values)?;
        rows.iter().map(from_row).collect()
    }

    /// How many users a filter finds.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_users(
        &mut self,
        organization: ObjectId,
        seen: Option<&str>,
        filter: &UserFilter,
    ) -> Result<u64, Error> {
        let (organization, search) = texts(organization, filter);
        let row = self.first(
            concat!(
                "SELECT COUNT(*) FROM mdm_user WHERE organization_id = $1",
                matching!()
            ),
            &values(&organization, seen, search.as_deref(), filter),
        )?;
        let count = row.map(|row| row.optional_integer(0)).transpose()?;
        Ok(count
            .flatten()
            .and_then(|count| count.try_into().ok())
            .unwrap_or_default())
    }

    /// One user of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn user(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<StoredUser>, Error> {
        self.first(
            concat!(columns!(), " AND id = $2"),
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// The user of an organization with this address.
    ///
    /// # Errors
    /// What the engine says.
    pub fn user_by_email(
        &mut self,
        organization: ObjectId,
        email: &str,
    ) -> Result<Option<StoredUser>, Error> {
        self.first(
            concat!(columns!(), " AND email_key = $2"),
            &[
                (&organization.to_string()).into(),
                (&email.to_lowercase()).into(),
            ],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }
}

fn texts(organization: ObjectId, filter: &UserFilter) -> (String, Option<String>) {
    let search = filter.search.as_deref().map(containing);
    (organization.to_string(), search)
}

fn values<'a>(
    organization: &'a str,
    seen: Option<&'a str>,
    search: Option<&'a str>,
    filter: &UserFilter,
) -> [Value<'a>; 5] {
    [
        organization.into(),
        seen.into(),
        search.into(),
        filter.segment.into(),
        filter.enabled.map(u32::from).into(),
    ]
}

fn tags(user: &StoredUser) -> Result<String, Error> {
    serde_json::to_string(&user.tags).map_err(|_| Error::Row("tags are not writable"))
}

fn from_row(row: &Row) -> Result<StoredUser, Error> {
    Ok(StoredUser {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        email: row.text(2)?,
        first_name: row.optional_text(3)?,
        last_name: row.optional_text(4)?,
        tags: row.json(5)?,
        enabled: row.optional_integer(6)? == Some(1),
        segment_id: row.optional_count(7)?.unwrap_or_default(),
        revision: row.optional_integer(8)?.unwrap_or(1),
        created_at: row.time(9)?,
        updated_at: row.time(10)?,
        has_password: row.optional_count(11)? == Some(1),
    })
}
