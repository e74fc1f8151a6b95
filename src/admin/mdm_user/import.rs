//! Users in files: read in, each line for itself, and written out.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::{Actor, Permission};
use crate::store::{self, Transaction, UserFilter, UserOrder};

use super::super::table::{self, Columns, Line};
use super::super::{Admin, BulkProblem, Error};
use super::MdmUserWish;

/// What came of a file: `total` is `success` and `fail` together.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Import {
    /// Rows.
    pub total: usize,
    /// Rows that were taken over.
    pub success: usize,
    /// Rows that were not.
    pub fail: usize,
    /// Each row in turn, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ImportLine>>,
}

/// What came of one row.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImportLine {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Whether it was taken over.
    pub ok: bool,
    /// What it made or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ObjectId>,
    /// Why it was not taken over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<BulkProblem>,
}

impl Import {
    /// What came of these rows.
    pub(in crate::admin) fn of(items: Vec<ImportLine>) -> Self {
        let success = items.iter().filter(|item| item.ok).count();
        Self {
            total: items.len(),
            success,
            fail: items.len() - success,
            items: Some(items),
        }
    }
}

impl ImportLine {
    /// A row that would be taken over.
    pub(in crate::admin) fn fit(line: u64) -> Self {
        Self {
            line,
            ok: true,
            id: None,
            error: None,
        }
    }

    /// A row that was taken over.
    pub(in crate::admin) fn done(line: u64, id: ObjectId) -> Self {
        Self {
            line,
            ok: true,
            id: Some(id),
            error: None,
        }
    }

    /// A row that was not, with the code of the contract.
    pub(in crate::admin) fn failed(line: u64, code: u16, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            line,
            ok: false,
            id: None,
            error: Some(BulkProblem { code, message }),
        }
    }
}

/// A row that may be taken over.
struct Good {
    line: u64,
    email: String,
    wish: MdmUserWish,
}

const COLUMNS: Columns = Columns {
    read: &["email", "first_name", "last_name", "tags", "segment"],
    passed: &["id", "enabled", "created_at"],
    most: 5_000,
};
/// Users of a file that is written out at most.
const WRITTEN: u32 = 100_000;

impl Admin {
    /// Makes the users of a file, or changes those whose address is known: an empty cell leaves what was there. A row
    /// that is not acceptable is counted, and hinders no other.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a file that is none.
    pub async fn import_mdm_users(&self, actor: &Actor, file: &str) -> Result<Import, Error> {
        let mut seen = HashSet::new();
        let rows: Vec<Result<Good, ImportLine>> = table::read(file, COLUMNS)?
            .iter()
            .map(|line| {
                let good = row(line)?;
                if seen.insert(good.email.to_lowercase()) {
                    return Ok(good);
                }
                let message = "this address stands twice";
                Err(ImportLine::failed(good.line, 9409, message))
            })
            .collect();
        let (actor, now) = (actor.clone(), self.clock.now());
        self.store
            .write::<_, store::Error, _>(move |tx| {
                let rows = rows.into_iter().map(|row| match row {
                    Ok(good) => take(tx, &actor, good, now),
                    Err(failed) => Ok(failed),
                });
                rows.collect::<Result<_, _>>().map(Import::of)
            })
            .await
            .map_err(Error::from)
    }

    /// The users that the actor sees, as a file that can be imported.
    ///
    /// # Errors
    /// What the store says.
    pub async fn export_mdm_users(&self, actor: &Actor) -> Result<Vec<u8>, Error> {
        let (organization, listed) = (actor.organization, actor.segments.listed());
        let filter = UserFilter {
            order: UserOrder::Email,
            ..UserFilter::default()
        };
        let users = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                tx.users(organization, listed.as_deref(), &filter, WRITTEN, 0)
            })
            .await?;
        let rows = users.into_iter().map(|user| {
            [
                user.email,
                user.first_name.unwrap_or_default(),
                user.last_name.unwrap_or_default(),
                user.tags.join("|"),
                user.segment_id.to_string(),
                user.id.to_string(),
                user.enabled.to_string(),
                user.created_at.to_string(),
            ]
        });
        let header = [
            "email",
            "first_name",
            "last_name",
            "tags",
            "segment",
            "id",
            "enabled",
            "created_at",
        ];
        Ok(table::write(header, rows))
    }
}

/// A row as a wish.
fn row(line: &Line) -> Result<Good, ImportLine> {
    let refused = |message: String| ImportLine::failed(line.number, 5209, message);
    line.fits().map_err(|error| refused(error.to_string()))?;
    let text = |column| line.cell(column).map(str::to_owned);
    let segment_id = line.cell("segment").map(str::parse).transpose();
    let segment_id = segment_id.map_err(|_| refused("segment is no number".to_owned()))?;
    let Some(email) = text("email") else {
        return Err(refused("email is missing".to_owned()));
    };
    let wish = MdmUserWish {
        email: Some(email.clone()),
        first_name: text("first_name"),
        last_name: text("last_name"),
        tags: line.cell("tags").map(|_| line.list("tags")),
        segment_id,
        enabled: None,
        password: None,
    };
    wish.check().map_err(|error| refused(error.to_string()))?;
    Ok(Good {
        line: line.number,
        email,
        wish,
    })
}

/// Writes a row.
fn take(
    tx: &mut Transaction<'_>,
    actor: &Actor,
    good: Good,
    now: Timestamp,
) -> Result<ImportLine, store::Error> {
    let Good { line, email, wish } = good;
    let failed = |code, message: &str| Ok(ImportLine::failed(line, code, message));
    let known = tx.user_by_email(actor.organization, &email)?;
    let (is_known, user) = match known {
        Some(user) if !actor.segments.contain(user.segment_id) => {
            return failed(9409, "this address is taken");
        }
        Some(_) if !actor.may(Permission::MdmUserUpdate) => {
            return failed(4001, "this user exists, and this key may not change users");
        }
        Some(mut user) => {
            wish.apply(&mut user, now);
            (true, user)
        }
        None => (false, wish.make(actor.organization, now)),
    };
    let segment = user.segment_id;
    if !actor.segments.contain(segment) {
        return failed(4001, "this key does not reach the segment");
    }
    if segment != 0 && tx.segment(actor.organization, segment)?.is_none() {
        return failed(3001, "there is no such segment");
    }
    if !is_known {
        tx.insert_user(&user)?;
    } else if !tx.update_user(&user, user.revision)? {
        return failed(9412, "this user was changed meanwhile");
    }
    Ok(ImportLine::done(line, user.id))
}
