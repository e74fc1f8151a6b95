//! Restrictions: made, changed and deleted. They concern the whole organization.

use std::cmp::Ordering;

use serde::Deserialize;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::restriction::{Body, Restriction};
use crate::rule::compare;
use crate::store::{self, Transaction};
use crate::violation::Violations;

use super::segment::whole;
use super::{Admin, Error, Page, PageWish};

/// A restriction as it is to be; what it does not know it refuses.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WishedRestriction {
    /// Its name, unique within the organization.
    pub name: String,
    /// Its place among the others: the smaller number comes first; 100 unless said otherwise.
    pub priority: Option<u32>,
    /// What it says.
    #[serde(flatten)]
    pub body: Body,
}

impl ToSchema for WishedRestriction {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Body::schemas(schemas);
    }
}

/// All in one object: a derived schema would be a composition, of which no part may refuse what another knows.
impl PartialSchema for WishedRestriction {
    fn schema() -> RefOr<Schema> {
        let RefOr::T(Schema::Object(body)) = Body::schema() else {
            return Body::schema();
        };
        let name = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(WORD))
            .pattern(Some(r"[^\s]"));
        let priority = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
            .minimum(Some(0))
            .maximum(Some(LAST));
        let whole = ObjectBuilder::from(body)
            .property("name", name)
            .property("priority", priority)
            .required("name")
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        Schema::from(whole.build()).into()
    }
}

/// Restrictions of an organization at most.
const MOST: usize = 200;
const PRIORITY: u32 = 100;
const LAST: u32 = 10_000;
const TEXT: usize = 256;
const WORD: usize = 128;
const LISTED: usize = 50;
const EDITIONS: usize = 100;

impl Admin {
    /// Makes a restriction.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what is not acceptable, [`Error::NotFound`] a template that is not there,
    /// [`Error::Conflict`] a name that is taken, and more than 200 of them.
    pub async fn create_restriction(
        &self,
        actor: &Actor,
        wish: WishedRestriction,
    ) -> Result<Restriction, Error> {
        whole(actor)?;
        let now = self.clock.now();
        let new = Restriction {
            id: ObjectId::generate(now),
            organization_id: actor.organization,
            name: wish.name.trim().to_owned(),
            priority: wish.priority.unwrap_or(PRIORITY),
            body: wish.body,
            created_at: now,
            updated_at: now,
            revision: 1,
        };
        self.store
            .write::<_, Error, _>(move |tx| {
                refers(tx, &new)?;
                check(&new)?;
                if tx.restrictions(new.organization_id)?.len() >= MOST {
                    let message = "Conflict: there are 200 restrictions already";
                    return Err(Error::Conflict(message.to_owned()));
                }
                tx.insert_restriction(&new).map_err(taken)?;
                Ok(new)
            })
            .await
    }

    /// A page of the restrictions, in the order in which they count.
    ///
    /// # Errors
    /// What the store says.
    pub async fn restrictions(
        &self,
        actor: &Actor,
        page: PageWish,
    ) -> Result<Page<Restriction>, Error> {
        let organization = actor.organization;
        let all = self
            .store
            .read::<_, store::Error, _>(move |tx| tx.restrictions(organization))
            .await?;
        let total = all.len().try_into().unwrap_or(u64::MAX);
        let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
        let shown = all.into_iter().skip(skipped).take(limit).collect();
        Ok(page.of(shown, total))
    }

    /// One restriction.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn restriction(&self, actor: &Actor, id: ObjectId) -> Result<Restriction, Error> {
        let organization = actor.organization;
        self.store
            .read::<_, store::Error, _>(move |tx| tx.restriction(organization, id))
            .await?
            .ok_or(Error::NotFound("restriction"))
    }

    /// Replaces a restriction, if it still has the revision `expected`.
    ///
    /// # Errors
    /// As [`Self::create_restriction`], and [`Error::Changed`] for another revision.
    pub async fn update_restriction(
        &self,
        actor: &Actor,
        id: ObjectId,
        wish: WishedRestriction,
        expected: Option<i64>,
    ) -> Result<Restriction, Error> {
        whole(actor)?;
        let (organization, now) = (actor.organization, self.clock.now());
        self.store
            .write::<_, Error, _>(move |tx| {
                let found = tx.restriction(organization, id)?;
                let mut changed = found.ok_or(Error::NotFound("restriction"))?;
                changed.name = wish.name.trim().to_owned();
                changed.priority = wish.priority.unwrap_or(changed.priority);
                changed.body = wish.body;
                changed.updated_at = now;
                refers(tx, &changed)?;
                check(&changed)?;
                let other = expected.is_some_and(|expected| expected != changed.revision);
                if other || !tx.update_restriction(&changed).map_err(taken)? {
                    return Err(Error::Changed);
                }
                changed.revision += 1;
                Ok(changed)
            })
            .await
    }

    /// Deletes a restriction.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that is not there.
    pub async fn delete_restriction(
        &self,
        actor: &Actor,
        id: ObjectId,
    ) -> Result<Restriction, Error> {
        whole(actor)?;
        let organization = actor.organization;
        self.store
            .write::<_, Error, _>(move |tx| {
                let found = tx.restriction(organization, id)?;
                let gone = found.ok_or(Error::NotFound("restriction"))?;
                tx.delete_restriction(organization, id)?;
                Ok(gone)
            })
            .await
    }
}

fn taken(error: store::Error) -> Error {
    match error {
        store::Error::Conflict => Error::Conflict("Conflict: the name is taken".to_owned()),
        other => other.into(),
    }
}

/// Fails unless the templates that a restriction names are there.
fn refers(tx: &mut Transaction<'_>, restriction: &Restriction) -> Result<(), Error> {
    for id in restriction.body.template_ids.iter().take(LISTED) {
        if tx.template(restriction.organization_id, *id)?.is_none() {
            return Err(Error::NotFound("template"));
        }
    }
    Ok(())
}

fn check(restriction: &Restriction) -> Result<(), Error> {
    let (body, mut faults) = (&restriction.body, Violations::new());
    faults.require(!restriction.name.is_empty(), "name", "is empty");
    faults.at_most("name", &restriction.name, WORD);
    faults.require(
        restriction.priority <= LAST,
        "priority",
        "is more than 10000",
    );
    let description = body.description.as_deref().unwrap_or_default();
    faults.at_most("description", description, TEXT);
    for (path, words) in [
        ("userTags", &body.user_tags),
        ("blockedManufacturers", &body.blocked_manufacturers),
    ] {
        faults.require(words.len() <= LISTED, path, "has more than 50 entries");
        for (place, word) in words.iter().enumerate().take(LISTED) {
            faults.require(
                !word.trim().is_empty(),
                format!("{path}[{place}]"),
                "is empty",
            );
            faults.at_most(format!("{path}[{place}]"), word, WORD);
        }
    }
    let templates = body.template_ids.len();
    faults.require(
        templates <= LISTED,
        "templateIds",
        "has more than 50 entries",
    );
    for (path, editions) in [
        ("blockedEditions", &body.blocked_editions),
        ("allowedEditions", &body.allowed_editions),
    ] {
        faults.require(
            editions.len() <= EDITIONS,
            path,
            "has more than 100 entries",
        );
    }
    for (path, limit) in [
        ("userDeviceLimit", body.user_device_limit),
        ("tokenDeviceLimit", body.token_device_limit),
        ("organizationDeviceLimit", body.organization_device_limit),
    ] {
        faults.require(limit != Some(0), path, "must be 1 or more");
    }
    let (least, most) = (&body.os_minimum_version, &body.os_maximum_version);
    for (path, version) in [("osMinimumVersion", least), ("osMaximumVersion", most)] {
        let fits = version.as_deref().is_none_or(is_version);
        faults.require(
            fits,
            path,
            "must be a version of two to four numbers, such as 10.0.19045",
        );
    }
    if let (Some(least), Some(most)) = (least, most) {
        let fits = compare(least, most) != Ordering::Greater;
        faults.require(fits, "osMaximumVersion", "is less than the minimum");
    }
    Ok(faults.into_result()?)
}

fn is_version(text: &str) -> bool {
    let number = |part: &str| {
        (1..=9).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit())
    };
    (2..=4).contains(&text.split('.').count()) && text.split('.').all(number)
}
