//! Segments: parts of the organization.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::admin::{CreateSegment, Page, UpdateSegment};
use crate::identity::grant;
use crate::segment::Segment;

use super::super::answer::Tagged;
use super::super::{Api, Body, Envelope, IfMatch, Path, Permitted, Problem, Query};
use super::Paging;

pub(super) fn operations(api: &mut Api) {
    const SEGMENTS: &str = concat!(organization!(), "/segments");
    const SEGMENT: &str = concat!(organization!(), "/segments/{number}");
    api.get(SEGMENTS, list)
        .id("listSegments")
        .summary("Lists segments");
    api.post(SEGMENTS, create)
        .id("createSegment")
        .summary("Makes a segment");
    api.get(SEGMENT, get)
        .id("getSegment")
        .summary("Shows a segment");
    api.put(SEGMENT, update)
        .id("updateSegment")
        .summary("Renames or moves a segment");
    api.delete(SEGMENT, remove)
        .id("deleteSegment")
        .summary("Deletes a segment in which nothing lies");
}

/// One segment.
#[derive(Debug, Deserialize)]
struct Number {
    number: u32,
}

/// A segment to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewSegment {
    /// Its name for people.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    name: String,
    /// The segment that it is a part of; 0: the whole organization.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 4_294_967_295_i64, format = "int64")]
    parent_id: u32,
}

/// What is to be changed of a segment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ChangedSegment {
    /// Its name for people.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    name: Option<String>,
    /// The segment that it is a part of; 0: the whole organization.
    #[schema(minimum = 0, maximum = 4_294_967_295_i64, format = "int64")]
    parent_id: Option<u32>,
}

async fn list(
    caller: Permitted<grant::SegmentList>,
    Query(paging): Query<Paging>,
) -> Result<Envelope<Page<Segment>>, Problem> {
    let segments = caller.admin().segments(&caller.actor, paging.wish());
    Ok(Envelope(segments.await?))
}

async fn create(
    caller: Permitted<grant::SegmentCreate>,
    Body(new): Body<NewSegment>,
) -> Result<Tagged<Envelope<Segment>>, Problem> {
    let wish = CreateSegment {
        name: new.name,
        parent_id: new.parent_id,
    };
    let made = caller.admin().create_segment(&caller.actor, wish);
    Ok(tagged(made.await?))
}

async fn get(
    caller: Permitted<grant::SegmentGet>,
    Path(Number { number: id }): Path<Number>,
) -> Result<Tagged<Envelope<Segment>>, Problem> {
    Ok(tagged(caller.admin().segment(&caller.actor, id).await?))
}

async fn update(
    caller: Permitted<grant::SegmentUpdate>,
    Path(Number { number: id }): Path<Number>,
    IfMatch(expected): IfMatch,
    Body(changed): Body<ChangedSegment>,
) -> Result<Tagged<Envelope<Segment>>, Problem> {
    let wish = UpdateSegment {
        name: changed.name,
        parent_id: changed.parent_id,
    };
    let admin = caller.admin();
    let segment = admin.update_segment(&caller.actor, id, wish, expected);
    Ok(tagged(segment.await?))
}

async fn remove(
    caller: Permitted<grant::SegmentRemove>,
    Path(Number { number: id }): Path<Number>,
    IfMatch(expected): IfMatch,
) -> Result<Envelope<Segment>, Problem> {
    let removed = caller.admin().delete_segment(&caller.actor, id, expected);
    Ok(Envelope(removed.await?))
}

fn tagged(segment: Segment) -> Tagged<Envelope<Segment>> {
    let revision = segment.revision;
    Tagged(Envelope(segment), revision)
}
