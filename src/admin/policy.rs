//! Making, showing, changing and deleting policies.

use std::collections::HashMap;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::policy::{Assignment, Policy, Setting};
use crate::store::{self, PolicyFilter};
use crate::violation::Violations;

use super::segment::whole;
use super::{Admin, Error, Page, PageWish};

/// A policy to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePolicy {
    /// Its name, unique within the organization.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 256)]
    pub description: Option<String>,
    /// Its settings.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub settings: Vec<Setting>,
    /// Whether they are done all or none (`Atomic`).
    #[serde(default)]
    pub atomic: bool,
}

/// What is to be changed of a policy; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePolicy {
    /// Its name, unique within the organization.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    pub name: Option<String>,
    /// What it is for; an empty text is none.
    #[schema(max_length = 256)]
    pub description: Option<String>,
    /// All of its settings.
    #[schema(max_items = 1000)]
    pub settings: Option<Vec<Setting>>,
    /// Whether they are done all or none (`Atomic`).
    pub atomic: Option<bool>,
}

/// Settings of a policy at most.
const SETTINGS: usize = 1_000;

impl Admin {
    /// Makes a policy.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the values that are not acceptable, [`Error::Conflict`] a name that is taken,
    /// [`Error::Forbidden`] for a key that does not reach the whole organization.
    pub async fn create_policy(&self, actor: &Actor, wish: CreatePolicy) -> Result<Policy, Error> {
        whole(actor)?;
        let now = self.clock.now();
        let policy = Policy {
            id: ObjectId::generate(now),
            organization_id: actor.organization,
            name: wish.name.trim().to_owned(),
            description: wish.description.filter(|text| !text.is_empty()),
            settings: wish.settings,
            atomic: wish.atomic,
            created_at: now,
            updated_at: now,
            revision: 1,
        };
        check(&policy)?;
        self.store
            .write(move |tx| {
                tx.insert_policy(&policy).map_err(taken)?;
                Ok(policy)
            })
            .await
    }

    /// A page of the organization's policies.
    ///
    /// # Errors
    /// What the store says.
    pub async fn policies(
        &self,
        actor: &Actor,
        filter: PolicyFilter,
        page: PageWish,
    ) -> Result<Page<Policy>, Error> {
        let organization = actor.organization;
        let (found, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                tx.policies(organization, &filter, page.limit(), page.offset())
            })
            .await?;
        Ok(page.of(found, total))
    }

    /// A policy of the organization.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn policy(&self, actor: &Actor, id: ObjectId) -> Result<Policy, Error> {
        let organization = actor.organization;
        self.store
            .read::<_, store::Error, _>(move |tx| tx.policy(organization, id))
            .await?
            .ok_or(Error::NotFound("policy"))
    }

    /// Changes a policy; devices receive the change with their next session.
    ///
    /// # Errors
    /// [`Error::Changed`] when it is not of the expected revision, [`Error::Forbidden`] for a key that does not reach the
    /// whole organization.
    pub async fn update_policy(
        &self,
        actor: &Actor,
        id: ObjectId,
        wish: UpdatePolicy,
        expected: Option<i64>,
    ) -> Result<Policy, Error> {
        whole(actor)?;
        let mut policy = self.policy(actor, id).await?;
        if expected.is_some_and(|expected| expected != policy.revision) {
            return Err(Error::Changed);
        }
        if let Some(name) = wish.name {
            name.trim().clone_into(&mut policy.name);
        }
        if let Some(description) = wish.description {
            policy.description = Some(description).filter(|text| !text.is_empty());
        }
        if let Some(settings) = wish.settings {
            policy.settings = settings;
        }
        policy.atomic = wish.atomic.unwrap_or(policy.atomic);
        policy.updated_at = self.clock.now();
        check(&policy)?;
        let changed = self
            .store
            .write(move |tx| tx.update_policy(&policy).map_err(taken))
            .await?;
        if changed {
            self.policy(actor, id).await
        } else {
            Err(Error::Changed)
        }
    }

    /// Deletes a policy. What assigns it passes over it from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`], and [`Error::Forbidden`] for a key that does not reach the whole organization.
    pub async fn delete_policy(&self, actor: &Actor, id: ObjectId) -> Result<Policy, Error> {
        whole(actor)?;
        let policy = self.policy(actor, id).await?;
        let (organization, now) = (actor.organization, self.clock.now());
        self.store
            .write::<_, store::Error, _>(move |tx| tx.delete_policy(organization, id, now))
            .await?;
        Ok(policy)
    }
}

/// Fails unless every policy that the lists assign is there, and stands once in each list. `known` are the organization's;
/// a list comes with what it belongs to.
pub(super) fn assigned<'a>(
    known: &HashMap<ObjectId, String>,
    lists: impl Iterator<Item = (String, &'a [Assignment])> + Clone,
) -> Result<(), Error> {
    let mut all = lists.clone().flat_map(|(_, list)| list);
    if !all.all(|it| known.contains_key(&it.win_policy_id)) {
        return Err(Error::NotFound("policy"));
    }
    let mut faults = Violations::new();
    for (at, list) in lists {
        Assignment::check_once(list, &at, &mut faults);
    }
    Ok(faults.into_result()?)
}

fn check(policy: &Policy) -> Result<(), Error> {
    let mut faults = Violations::new();
    faults.require(!policy.name.is_empty(), "name", "is missing");
    faults.at_most("name", &policy.name, 128);
    let description = policy.description.as_deref().unwrap_or_default();
    faults.at_most("description", description, 256);
    faults.require(
        policy.settings.len() <= SETTINGS,
        "settings",
        format!("has more than {SETTINGS} entries"),
    );
    for (index, setting) in policy.settings.iter().enumerate().take(SETTINGS) {
        // A node may stand more than once: some are written in several steps.
        setting.check(&format!("settings[{index}]"), &mut faults);
    }
    policy.check_size(&mut faults);
    Ok(faults.into_result()?)
}

fn taken(error: store::Error) -> Error {
    match error {
        store::Error::Conflict => Error::Conflict("Conflict: the name is taken".to_owned()),
        other => other.into(),
    }
}
