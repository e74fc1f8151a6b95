//! The people who enroll: made, changed, disabled and deleted within what the actor sees.

mod import;
mod wish;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::secret::Secret;
use crate::store::{self, StoredUser, Transaction, UserFilter};

use super::{Admin, Error, Page, PageWish};

pub use self::import::{Import, ImportLine};
pub use self::wish::MdmUserWish;

/// A user as it is shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MdmUser {
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
    /// Whether it has a password here, to sign in by where a template offers `local`. It is never shown.
    pub has_password: bool,
    /// The segment that it lies in; 0: the whole organization.
    pub segment_id: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Its latest change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Counts its changes.
    #[serde(skip)]
    #[schema(ignore)]
    pub revision: i64,
}

impl From<StoredUser> for MdmUser {
    fn from(user: StoredUser) -> Self {
        Self {
            id: user.id,
            organization_id: user.organization_id,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            tags: user.tags,
            enabled: user.enabled,
            has_password: user.has_password,
            segment_id: user.segment_id,
            created_at: user.created_at,
            updated_at: user.updated_at,
            revision: user.revision,
        }
    }
}

impl Admin {
    /// Makes a user.
    ///
    /// # Errors
    /// [`Error::Conflict`] for an address that is taken, [`Error::NotFound`] for a segment that is not there.
    pub async fn create_mdm_user(
        &self,
        actor: &Actor,
        wish: MdmUserWish,
    ) -> Result<MdmUser, Error> {
        if wish.email.is_none() {
            return Err(Error::invalid("email", "is missing"));
        }
        wish.check()?;
        self.may_write_in(actor, wish.segment_id.unwrap_or_default())?;
        let hash = self.hash(wish.password.as_ref()).await?;
        let user = wish.make(actor.organization, self.clock.now());
        let made = self.store.write::<_, Error, _>(move |tx| {
            segment_is_there(tx, &user)?;
            tx.insert_user(&user)?;
            tx.set_user_password(user.id, hash.as_deref())?;
            Ok(user)
        });
        made.await.map(MdmUser::from).map_err(taken)
    }

    /// A page of the users that the actor sees.
    ///
    /// # Errors
    /// What the store says.
    pub async fn mdm_users(
        &self,
        actor: &Actor,
        filter: UserFilter,
        page: PageWish,
    ) -> Result<Page<MdmUser>, Error> {
        let (organization, seen) = (actor.organization, actor.segments.listed());
        let (users, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let seen = seen.as_deref();
                let users = tx.users(organization, seen, &filter, page.limit(), page.offset())?;
                Ok((users, tx.count_users(organization, seen, &filter)?))
            })
            .await?;
        Ok(page.of(users, total).map(MdmUser::from))
    }

    /// One user that the actor sees.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn mdm_user(&self, actor: &Actor, id: ObjectId) -> Result<MdmUser, Error> {
        Ok(self.seen_user(actor, id).await?.into())
    }

    /// Changes a user, if it still has the revision `expected`. A disabled user's tokens are refused until it is
    /// enabled again.
    ///
    /// # Errors
    /// [`Error::Conflict`] for an address that is taken, [`Error::Changed`] for another revision.
    pub async fn update_mdm_user(
        &self,
        actor: &Actor,
        id: ObjectId,
        wish: MdmUserWish,
        expected: Option<i64>,
    ) -> Result<MdmUser, Error> {
        wish.check()?;
        let mut user = self.seen_user(actor, id).await?;
        let read = user.revision;
        if expected.is_some_and(|expected| expected != read) {
            return Err(Error::Changed);
        }
        let (given, hash) = (
            wish.password.is_some(),
            self.hash(wish.password.as_ref()).await?,
        );
        wish.apply(&mut user, self.clock.now());
        self.may_write_in(actor, user.segment_id)?;
        let changed = self.store.write::<_, Error, _>(move |tx| {
            segment_is_there(tx, &user)?;
            if !tx.update_user(&user, read)? {
                return Err(Error::Changed);
            }
            if given {
                tx.set_user_password(id, hash.as_deref())?;
            }
            user.revision = read + 1;
            Ok(user)
        });
        changed.await.map(MdmUser::from).map_err(taken)
    }

    /// Deletes a user and revokes the tokens that it could still use; its devices stay.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a user that the actor does not see.
    pub async fn delete_mdm_user(
        &self,
        actor: &Actor,
        id: ObjectId,
        expected: Option<i64>,
    ) -> Result<MdmUser, Error> {
        let user = self.seen_user(actor, id).await?;
        if expected.is_some_and(|expected| expected != user.revision) {
            return Err(Error::Changed);
        }
        let (organization, now) = (actor.organization, self.clock.now());
        self.store
            .write::<_, store::Error, _>(move |tx| tx.delete_user(organization, id, now))
            .await?;
        Ok(user.into())
    }

    /// The hash of a password; none: there is none, or an empty one.
    async fn hash(&self, password: Option<&Secret>) -> Result<Option<String>, Error> {
        match password.filter(|password| !password.is_empty()) {
            Some(password) => {
                let hash = self.passwords.hash(password).await;
                hash.map(Some).map_err(Error::Hash)
            }
            None => Ok(None),
        }
    }

    async fn seen_user(&self, actor: &Actor, id: ObjectId) -> Result<StoredUser, Error> {
        let organization = actor.organization;
        self.store
            .read::<_, store::Error, _>(move |tx| tx.user(organization, id))
            .await?
            .filter(|user| actor.segments.contain(user.segment_id))
            .ok_or(Error::NotFound("user"))
    }
}

/// Fails unless the segment that a user lies in is there.
fn segment_is_there(tx: &mut Transaction<'_>, user: &StoredUser) -> Result<(), Error> {
    let (organization, segment) = (user.organization_id, user.segment_id);
    if segment == 0 || tx.segment(organization, segment)?.is_some() {
        return Ok(());
    }
    Err(Error::NotFound("segment"))
}

/// Says which value exists already.
fn taken(error: Error) -> Error {
    if error.is_taken() {
        return Error::Conflict("Conflict: a user with this address exists".to_owned());
    }
    error
}
