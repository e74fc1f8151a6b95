//! Corporate identifiers: made, deleted and read from files. They mark devices of the whole organization.

mod import;
mod imported;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identifier::{CORPORATE, Identifier, Kind, names_a_list};
use crate::identity::Actor;
use crate::store::{self, IdentifierFilter, IdentifierRow};
use crate::violation::Violations;

use super::segment::whole;
use super::{Admin, Error, Page, PageWish};

pub use self::import::ReadIdentifiers;
pub use self::imported::{Contact, Marked, Taken};

/// A corporate identifier as it is shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownIdentifier {
    /// Its own identifier.
    pub id: ObjectId,
    /// The organization whose device it marks.
    pub organization_id: ObjectId,
    /// What it is of.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Its value, normalised.
    pub value: String,
    /// The list that it lies on.
    pub list: String,
    /// What people note of it.
    pub description: Option<String>,
    /// The platform of the device.
    pub platform: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Its latest change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl From<IdentifierRow> for ShownIdentifier {
    fn from(row: IdentifierRow) -> Self {
        Self {
            id: row.id,
            organization_id: row.organization_id,
            kind: row.identifier.kind,
            value: row.identifier.value,
            list: row.list,
            description: row.description,
            platform: row.platform,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A corporate identifier to make.
#[derive(Debug, Clone)]
pub struct CreateIdentifier {
    /// What it is of; none: what it looks like.
    pub kind: Option<Kind>,
    /// Its value as people write it.
    pub value: String,
    /// The list that it lies on; none: `corporate`.
    pub list: Option<String>,
    /// What people note of it.
    pub description: Option<String>,
    /// The platform of the device; none: Windows.
    pub platform: Option<String>,
}

const DESCRIPTION: usize = 256;
const PLATFORM: usize = 32;
const WINDOWS: &str = "windows";

impl CreateIdentifier {
    /// The row that it comes to, all its values acceptable.
    fn ready(self, organization: ObjectId, now: Timestamp) -> Result<IdentifierRow, Error> {
        let mut faults = Violations::new();
        let description = self.description.filter(|text| !text.is_empty());
        let text = description.as_deref().unwrap_or_default();
        faults.at_most("description", text, DESCRIPTION);
        let platform = self.platform.unwrap_or_else(|| WINDOWS.to_owned());
        faults.require(
            (1..=PLATFORM).contains(&platform.len())
                && platform.bytes().all(|c| c.is_ascii_alphabetic()),
            "platform",
            "must have 1 to 32 letters",
        );
        let list = self.list.unwrap_or_else(|| CORPORATE.to_owned());
        faults.require(
            names_a_list(&list),
            "list",
            "must have 1 to 64 lower-case letters, digits, dots, hyphens and underscores, a letter or digit first",
        );
        let kind = self.kind.unwrap_or_else(|| Kind::detect(&self.value));
        let identifier = match Identifier::normalise(kind, &self.value) {
            Ok(identifier) => Some(identifier),
            Err(unfit) => {
                faults.add("value", unfit.to_string());
                None
            }
        };
        faults.into_result()?;
        Ok(IdentifierRow {
            id: ObjectId::generate(now),
            organization_id: organization,
            identifier: identifier.ok_or(Error::NotFound("identifier"))?,
            list,
            description,
            platform,
            created_at: now,
            updated_at: now,
        })
    }
}

impl Admin {
    /// Makes a corporate identifier.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a value that is none of its kind, [`Error::Conflict`] for one that is there.
    pub async fn create_identifier(
        &self,
        actor: &Actor,
        wish: CreateIdentifier,
    ) -> Result<ShownIdentifier, Error> {
        whole(actor)?;
        let row = wish.ready(actor.organization, self.clock.now())?;
        self.store
            .write::<_, Error, _>(move |tx| {
                if tx.insert_identifier(&row)? {
                    return Ok(row.into());
                }
                let message = "Conflict: this identifier exists";
                Err(Error::Conflict(message.to_owned()))
            })
            .await
    }

    /// A page of the organization's corporate identifiers.
    ///
    /// # Errors
    /// What the store says.
    pub async fn identifiers(
        &self,
        actor: &Actor,
        filter: IdentifierFilter,
        page: PageWish,
    ) -> Result<Page<ShownIdentifier>, Error> {
        let organization = actor.organization;
        let (rows, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let rows = tx.identifiers(organization, &filter, page.limit(), page.offset())?;
                Ok((rows, tx.count_identifiers(organization, &filter)?))
            })
            .await?;
        Ok(page.of(rows, total).map(ShownIdentifier::from))
    }

    /// One corporate identifier of the organization.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn identifier(&self, actor: &Actor, id: ObjectId) -> Result<ShownIdentifier, Error> {
        let organization = actor.organization;
        self.store
            .read::<_, store::Error, _>(move |tx| tx.identifier(organization, id))
            .await?
            .map(ShownIdentifier::from)
            .ok_or(Error::NotFound("identifier"))
    }

    /// Deletes a corporate identifier.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that is not there.
    pub async fn delete_identifier(
        &self,
        actor: &Actor,
        id: ObjectId,
    ) -> Result<ShownIdentifier, Error> {
        whole(actor)?;
        let organization = actor.organization;
        self.store
            .write::<_, Error, _>(move |tx| {
                let found = tx.identifier(organization, id)?;
                let row = found.ok_or(Error::NotFound("identifier"))?;
                tx.delete_identifier(organization, id)?;
                Ok(row.into())
            })
            .await
    }
}
