//! Making further organizations, and showing the actor's own.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::{Actor, Role};
use crate::organization::Organization;
use crate::violation::Violations;

use super::{Admin, CreateKey, CreatedKey, Error};

/// An organization just made, with the first key to it: the only time that the key is shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedOrganization {
    /// The organization.
    #[serde(flatten)]
    pub organization: Organization,
    /// An owner's key to it.
    pub api_key: CreatedKey,
}

/// How long the first key of an organization lasts.
const FIRST_KEY: SignedDuration = SignedDuration::from_hours(24 * 90);
const NAME: usize = 128;
const SLUG: std::ops::RangeInclusive<usize> = 3..=64;

impl Admin {
    /// Makes an organization: only an owner of the first one can.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for others, [`Error::Conflict`] when the slug is taken.
    pub async fn create_organization(
        &self,
        actor: &Actor,
        name: String,
        slug: String,
    ) -> Result<CreatedOrganization, Error> {
        if actor.organization != self.default_organization().await? {
            return Err(Error::Forbidden(
                "Unauthorized: only a key of the first organization makes others".to_owned(),
            ));
        }
        check(&name, &slug)?;
        let organization = Organization {
            id: ObjectId::generate(self.clock.now()),
            slug,
            name,
            created_at: self.clock.now(),
        };
        let new = organization.clone();
        self.store
            .write(move |tx| tx.insert_organization(&new))
            .await
            .map_err(|error| match error {
                crate::store::Error::Conflict => {
                    Error::Conflict("Conflict: this slug is taken".to_owned())
                }
                other => other.into(),
            })?;
        let wish = CreateKey {
            role: Role::Owner,
            name: "first key".to_owned(),
            duration: Some(FIRST_KEY),
            scopes: None,
            segments: None,
        };
        let api_key = self.create_key(organization.id, wish).await?;
        Ok(CreatedOrganization {
            organization,
            api_key,
        })
    }

    /// The actor's own organization.
    ///
    /// # Errors
    /// What the store says.
    pub async fn own_organization(&self, actor: &Actor) -> Result<Organization, Error> {
        self.organization(&actor.organization.to_string())
            .await?
            .ok_or(Error::NotFound("organization"))
    }
}

fn check(name: &str, slug: &str) -> Result<(), Error> {
    let mut faults = Violations::new();
    faults.require(!name.trim().is_empty(), "name", "is empty");
    faults.at_most("name", name, NAME);
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    faults.require(
        SLUG.contains(&slug.len()) && slug.bytes().all(plain),
        "slug",
        "must have 3 to 64 lower-case letters, digits and hyphens",
    );
    faults.require(
        slug.parse::<ObjectId>().is_err(),
        "slug",
        "must not look like an identifier",
    );
    Ok(faults.into_result()?)
}
