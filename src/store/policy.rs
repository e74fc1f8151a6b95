//! Policies in the store. A deleted one keeps its row, since tokens and devices name it, and gives up its name.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::policy::{Assignment, Policy};

use super::{Error, Row, Transaction, Value};

/// Which policies to list.
#[derive(Debug, Clone, Default)]
pub struct PolicyFilter {
    /// A part of the name, in any case.
    pub search: Option<String>,
    /// In which order.
    pub order: PolicyOrder,
}

/// The order of a list of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyOrder {
    /// By name.
    #[default]
    Name,
    /// By name, backwards.
    NameBackwards,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

macro_rules! matching {
    () => {
        " FROM policy WHERE organization_id = $1 AND deleted_at IS NULL AND ($2 IS NULL OR name_key LIKE $2 ESCAPE '!')"
    };
}

macro_rules! policies {
    ($rest:expr) => {
        concat!(
            "SELECT id, organization_id, name, description, settings, created_at, updated_at, revision, atomic",
            $rest
        )
    };
}

macro_rules! ordered {
    ($order:literal) => {
        policies!(concat!(
            matching!(),
            " ORDER BY ",
            $order,
            " LIMIT $3 OFFSET $4"
        ))
    };
}

impl PolicyOrder {
    const fn sql(self) -> &'static str {
        match self {
            Self::Name => ordered!("name_key"),
            Self::NameBackwards => ordered!("name_key DESC"),
            Self::Newest => ordered!("id DESC"),
            Self::Oldest => ordered!("id"),
        }
    }
}

impl Transaction<'_> {
    /// Stores a new policy.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its name is taken.
    pub fn insert_policy(&mut self, policy: &Policy) -> Result<(), Error> {
        self.execute(
            "INSERT INTO policy (id, organization_id, name, name_key, description, settings, created_at, updated_at, atomic)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                (&policy.id.to_string()).into(),
                (&policy.organization_id.to_string()).into(),
                (&policy.name).into(),
                (&policy.name.to_lowercase()).into(),
                policy.description.as_deref().into(),
                (&settings(policy)?).into(),
                policy.created_at.into(),
                policy.updated_at.into(),
                u32::from(policy.atomic).into(),
            ],
        )?;
        Ok(())
    }

    /// Writes a policy over its revision. False: it is another by now, or gone.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its new name is taken.
    pub fn update_policy(&mut self, policy: &Policy) -> Result<bool, Error> {
        let changed = self.execute(
            "UPDATE policy SET name = $4, name_key = $5, description = $6, settings = $7, updated_at = $8, atomic = $9,
                revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND revision = $3 AND deleted_at IS NULL",
            &[
                (&policy.id.to_string()).into(),
                (&policy.organization_id.to_string()).into(),
                policy.revision.into(),
                (&policy.name).into(),
                (&policy.name.to_lowercase()).into(),
                policy.description.as_deref().into(),
                (&settings(policy)?).into(),
                policy.updated_at.into(),
                u32::from(policy.atomic).into(),
            ],
        )?;
        Ok(changed > 0)
    }

    /// Deletes a policy. False: there is none.
    ///
    /// # Errors
    /// What the engine says.
    pub fn delete_policy(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let deleted = self.execute(
            "UPDATE policy SET deleted_at = $3, name_key = NULL, revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL",
            &[
                (&id.to_string()).into(),
                (&organization.to_string()).into(),
                now.into(),
            ],
        )?;
        Ok(deleted > 0)
    }

    /// A policy of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn policy(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<Policy>, Error> {
        self.first(
            policies!(" FROM policy WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL"),
            &[(&organization.to_string()).into(), (&id.to_string()).into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// The policies that assignments name, in the order of their priorities; those that are gone are passed over.
    ///
    /// # Errors
    /// What the engine says.
    pub fn assigned_policies(
        &mut self,
        organization: ObjectId,
        assignments: &[Assignment],
    ) -> Result<Vec<Policy>, Error> {
        let mut assignments = assignments.to_vec();
        // The sort keeps the order of equals.
        assignments.sort_by_key(|it| it.priority);
        let mut policies = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            policies.extend(self.policy(organization, assignment.win_policy_id)?);
        }
        Ok(policies)
    }

    /// The policies of an organization that a filter finds, so many from an offset, and how many they are in all.
    ///
    /// # Errors
    /// What the engine says.
    pub fn policies(
        &mut self,
        organization: ObjectId,
        filter: &PolicyFilter,
        limit: u32,
        offset: i64,
    ) -> Result<(Vec<Policy>, u64), Error> {
        let organization = organization.to_string();
        let part = filter.search.as_deref().map(super::row::part);
        let values: [Value<'_>; 4] = [
            (&organization).into(),
            part.as_deref().into(),
            limit.into(),
            offset.into(),
        ];
        let rows = self.query(filter.order.sql(), &values)?;
        let found: Result<_, _> = rows.iter().map(from_row).collect();
        let [organization, part, ..] = values;
        let total = self.count(
            concat!("SELECT COUNT(*)", matching!()),
            &[organization, part],
        )?;
        Ok((found?, total))
    }
}

fn settings(policy: &Policy) -> Result<String, Error> {
    serde_json::to_string(&policy.settings).map_err(|_| Error::Row("settings are not writable"))
}

fn from_row(row: &Row) -> Result<Policy, Error> {
    Ok(Policy {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        name: row.text(2)?,
        description: row.optional_text(3)?,
        settings: row.json(4)?,
        created_at: row.time(5)?,
        updated_at: row.time(6)?,
        revision: row.optional_integer(7)?.unwrap_or(1),
        atomic: row.integer(8)? == 1,
    })
}
