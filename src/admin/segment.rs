//! Segments: made, moved and deleted within what the actor sees.

use crate::identity::{Actor, Segments};
use crate::segment::Segment;
use crate::store;
use crate::violation::Violations;

use super::{Admin, Error, Page, PageWish};

/// A segment to make.
#[derive(Debug, Clone)]
pub struct CreateSegment {
    /// Its name for people.
    pub name: String,
    /// The segment that it is a part of; 0: the whole organization.
    pub parent_id: u32,
}

/// What is to be changed of a segment; none: it stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateSegment {
    /// Its name for people.
    pub name: Option<String>,
    /// The segment that it is a part of; 0: the whole organization.
    pub parent_id: Option<u32>,
}

const NAME: usize = 128;
/// Segments of an organization at most: a limited key's are gathered at each of its requests.
const MOST: u64 = 2_000;

impl Admin {
    /// Makes a segment with the next number.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a parent that is not there, [`Error::Forbidden`] for one that the actor does not reach.
    pub async fn create_segment(
        &self,
        actor: &Actor,
        wish: CreateSegment,
    ) -> Result<Segment, Error> {
        check(&wish.name)?;
        self.may_write_in(actor, wish.parent_id)?;
        let (organization, now) = (actor.organization, self.clock.now());
        self.store
            .write::<_, Error, _>(move |tx| {
                if wish.parent_id != 0 && tx.segment(organization, wish.parent_id)?.is_none() {
                    return Err(Error::NotFound("segment"));
                }
                if tx.count_segments(organization, None)? >= MOST {
                    let message = format!("Conflict: an organization has {MOST} segments at most");
                    return Err(Error::Conflict(message));
                }
                let segment = Segment {
                    id: tx.next_segment(organization)?,
                    organization_id: organization,
                    name: wish.name,
                    parent_id: wish.parent_id,
                    created_at: now,
                    updated_at: now,
                    revision: 1,
                };
                tx.insert_segment(&segment)?;
                Ok(segment)
            })
            .await
    }

    /// A page of the segments that the actor sees.
    ///
    /// # Errors
    /// What the store says.
    pub async fn segments(&self, actor: &Actor, page: PageWish) -> Result<Page<Segment>, Error> {
        let (organization, seen) = (actor.organization, actor.segments.listed());
        let (segments, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let seen = seen.as_deref();
                let segments = tx.segments(organization, seen, page.limit(), page.offset())?;
                Ok((segments, tx.count_segments(organization, seen)?))
            })
            .await?;
        Ok(page.of(segments, total))
    }

    /// One segment that the actor sees.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn segment(&self, actor: &Actor, id: u32) -> Result<Segment, Error> {
        if !actor.segments.contain(id) {
            return Err(Error::NotFound("segment"));
        }
        let organization = actor.organization;
        self.store
            .read::<_, store::Error, _>(move |tx| tx.segment(organization, id))
            .await?
            .ok_or(Error::NotFound("segment"))
    }

    /// Renames or moves a segment, if it still has the revision `expected`.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a move below itself, [`Error::NotFound`] for a parent that is not there,
    /// [`Error::Changed`] for another revision.
    pub async fn update_segment(
        &self,
        actor: &Actor,
        id: u32,
        wish: UpdateSegment,
        expected: Option<i64>,
    ) -> Result<Segment, Error> {
        if let Some(name) = &wish.name {
            check(name)?;
        }
        let mut segment = self.segment(actor, id).await?;
        let read = segment.revision;
        if expected.is_some_and(|expected| expected != read) {
            return Err(Error::Changed);
        }
        let parent = wish.parent_id.filter(|parent| *parent != segment.parent_id);
        if let Some(parent) = parent {
            self.may_write_in(actor, parent)?;
            segment.parent_id = parent;
        }
        segment.name = wish.name.unwrap_or(segment.name);
        segment.updated_at = self.clock.now();
        self.store
            .write::<_, Error, _>(move |tx| {
                let organization = segment.organization_id;
                if let Some(parent) = parent.filter(|parent| *parent != 0) {
                    if tx.segment(organization, parent)?.is_none() {
                        return Err(Error::NotFound("segment"));
                    }
                    if tx.segments_below(organization, &[id])?.contains(&parent) {
                        let message = "Conflict: a segment cannot lie in itself";
                        return Err(Error::Conflict(message.to_owned()));
                    }
                }
                if !tx.update_segment(&segment, read)? {
                    return Err(Error::Changed);
                }
                segment.revision = read + 1;
                Ok(segment)
            })
            .await
    }

    /// Deletes a segment in which nothing lies.
    ///
    /// # Errors
    /// [`Error::Conflict`] names what lies in it.
    pub async fn delete_segment(
        &self,
        actor: &Actor,
        id: u32,
        expected: Option<i64>,
    ) -> Result<Segment, Error> {
        if !actor.segments.contain(id) {
            return Err(Error::NotFound("segment"));
        }
        let (organization, now) = (actor.organization, self.clock.now());
        self.store
            .write::<_, Error, _>(move |tx| {
                let segment = tx
                    .segment(organization, id)?
                    .ok_or(Error::NotFound("segment"))?;
                if expected.is_some_and(|expected| expected != segment.revision) {
                    return Err(Error::Changed);
                }
                if let Some(what) = tx.contents_of_segment(organization, id)? {
                    let message = format!("Conflict: {what} lie in this segment");
                    return Err(Error::Conflict(message));
                }
                tx.delete_segment(organization, id, segment.parent_id, now)?;
                Ok(segment)
            })
            .await
    }
}

/// Fails for an actor who does not act on the whole organization.
pub(super) fn whole(actor: &Actor) -> Result<(), Error> {
    match actor.segments {
        Segments::All => Ok(()),
        Segments::Only(_) => Err(Error::Forbidden(
            "Unauthorized: this key does not reach the whole organization".to_owned(),
        )),
    }
}

fn check(name: &str) -> Result<(), Error> {
    let mut faults = Violations::new();
    faults.require(!name.trim().is_empty(), "name", "is empty");
    faults.at_most("name", name, NAME);
    Ok(faults.into_result()?)
}
