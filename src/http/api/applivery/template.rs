//! Enrollment templates, as the Applivery contract has them.

use jiff::SignedDuration;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{
    ChangedTemplate, DeepLink, Evaluation, ExpandTo, GivenFacts, Page, PageWish, ShownTemplate,
    TemplateFilter, TemplateOrder, WishedEvaluation, WishedTemplate,
};
use crate::identity::grant;
use crate::lenient;

use super::super::answer::Tagged;
use super::super::argument::MaybeBody;
use super::super::{Api, Body, Envelope, IfMatch, Path, Permitted, Problem, Query};
use super::One;

pub(super) fn operations(api: &mut Api) {
    const TEMPLATES: &str = concat!(base!(), "/enrollment-templates");
    const TEMPLATE: &str = concat!(base!(), "/enrollment-templates/{id}");
    api.get(TEMPLATES, list)
        .id("listEnrollmentTemplates")
        .summary("Lists enrollment templates");
    api.post(TEMPLATES, create)
        .id("createEnrollmentTemplate")
        .summary("Makes an enrollment template with the token that it owns");
    api.get(TEMPLATE, get)
        .id("getEnrollmentTemplate")
        .summary("Shows an enrollment template");
    api.put(TEMPLATE, update)
        .id("updateEnrollmentTemplate")
        .summary("Changes an enrollment template, for enrollments to come");
    api.delete(TEMPLATE, remove)
        .id("deleteEnrollmentTemplate")
        .summary("Deletes an enrollment template and revokes its token; its devices stay");
    api.post(
        concat!(base!(), "/enrollment-templates/{id}/duplicate"),
        duplicate,
    )
    .id("duplicateEnrollmentTemplate")
    .summary("Makes a template that says the same under another name");
    api.post(
        concat!(base!(), "/enrollment-templates/{id}/rotate-token"),
        rotate,
    )
    .id("rotateEnrollmentTemplateToken")
    .summary("Gives an enrollment template a new token");
    api.post(concat!(base!(), "/enrollment-templates/evaluate"), evaluate)
        .id("evaluateEnrollmentTemplate")
        .summary("Tells what a template would make of a device, and why; nothing is stored");
    api.post(
        concat!(base!(), "/enrollment-templates/{id}/evaluate"),
        evaluate_one,
    )
    .id("evaluateSavedEnrollmentTemplate")
    .summary("Tells what this template would make of a device, and why; nothing is stored");
    api.get(
        concat!(base!(), "/enrollment-templates/{id}/deeplink"),
        deeplink,
    )
    .id("getEnrollmentTemplateDeeplink")
    .summary("Shows the link that opens Settings with the template's token");
}

/// Which templates to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
struct Listing {
    /// The page's number, from 1.
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    limit: Option<u32>,
    /// The order, the newest first unless said otherwise.
    #[param(inline)]
    sort: Option<Sort>,
    /// The name, or a part of it.
    name: Option<String>,
    /// Only those of this segment.
    #[serde(default, deserialize_with = "lenient::number")]
    #[param(value_type = Option<u32>)]
    segment_id: Option<u32>,
    /// With the segments above it, or below.
    #[param(inline)]
    expand_to: Option<ExpandTo>,
}

/// The orders of a list of templates.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
enum Sort {
    #[serde(rename = "createdAt:desc")]
    Newest,
    #[serde(rename = "createdAt:asc", alias = "createdAt")]
    Oldest,
    #[serde(rename = "name:asc", alias = "name")]
    Name,
    #[serde(rename = "name:desc")]
    NameBackwards,
    #[serde(rename = "updatedAt:desc")]
    Changed,
    #[serde(rename = "updatedAt:asc", alias = "updatedAt")]
    ChangedLast,
}

impl From<Sort> for TemplateOrder {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Newest => Self::Newest,
            Sort::Oldest => Self::Oldest,
            Sort::Name => Self::Name,
            Sort::NameBackwards => Self::NameBackwards,
            Sort::Changed => Self::Changed,
            Sort::ChangedLast => Self::ChangedLast,
        }
    }
}

/// How a template is duplicated.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Duplicate {
    /// The name of the copy; none: the old one with "(copy)" behind.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    name: Option<String>,
}

/// How a token is replaced.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
struct Rotation {
    /// Seconds that the old token is still good for: none unless said otherwise.
    #[param(maximum = 2_592_000)]
    grace_seconds: Option<u32>,
}

async fn list(
    caller: Permitted<grant::EnrollmentTemplateList>,
    Query(listing): Query<Listing>,
) -> Result<Envelope<Page<ShownTemplate>>, Problem> {
    let page = PageWish::new(listing.page, listing.limit);
    let filter = TemplateFilter {
        search: listing.name,
        order: listing.sort.map(TemplateOrder::from).unwrap_or_default(),
        ..TemplateFilter::default()
    };
    let around = listing.segment_id.map(|it| (it, listing.expand_to));
    let admin = caller.admin();
    let found = admin.templates(&caller.actor, filter, around, page).await?;
    Ok(Envelope(found))
}

async fn create(
    caller: Permitted<grant::EnrollmentTemplateCreate>,
    Body(wish): Body<WishedTemplate>,
) -> Result<Tagged<Envelope<ShownTemplate>>, Problem> {
    let made = caller.admin().create_template(&caller.actor, wish).await?;
    Ok(tagged(made))
}

async fn get(
    caller: Permitted<grant::EnrollmentTemplateGet>,
    Path(one): Path<One>,
) -> Result<Tagged<Envelope<ShownTemplate>>, Problem> {
    Ok(tagged(
        caller.admin().template(&caller.actor, one.id).await?,
    ))
}

async fn update(
    caller: Permitted<grant::EnrollmentTemplateUpdate>,
    Path(one): Path<One>,
    IfMatch(expected): IfMatch,
    Body(change): Body<ChangedTemplate>,
) -> Result<Tagged<Envelope<ShownTemplate>>, Problem> {
    let admin = caller.admin();
    let template = admin.update_template(&caller.actor, one.id, change, expected);
    Ok(tagged(template.await?))
}

async fn remove(
    caller: Permitted<grant::EnrollmentTemplateRemove>,
    Path(one): Path<One>,
) -> Result<Envelope<ShownTemplate>, Problem> {
    let removed = caller.admin().delete_template(&caller.actor, one.id);
    Ok(Envelope(removed.await?))
}

async fn duplicate(
    caller: Permitted<grant::EnrollmentTemplateCreate>,
    Path(one): Path<One>,
    MaybeBody(wish): MaybeBody<Duplicate>,
) -> Result<Tagged<Envelope<ShownTemplate>>, Problem> {
    let admin = caller.admin();
    let copy = admin.duplicate_template(&caller.actor, one.id, wish.name);
    Ok(tagged(copy.await?))
}

async fn rotate(
    caller: Permitted<grant::EnrollmentTemplateUpdate>,
    Path(one): Path<One>,
    Query(rotation): Query<Rotation>,
) -> Result<Tagged<Envelope<ShownTemplate>>, Problem> {
    let grace = SignedDuration::from_secs(i64::from(rotation.grace_seconds.unwrap_or_default()));
    let admin = caller.admin();
    let template = admin.rotate_template_token(&caller.actor, one.id, None, grace);
    Ok(tagged(template.await?))
}

async fn evaluate(
    caller: Permitted<grant::EnrollmentTemplateEvaluate>,
    Body(wish): Body<WishedEvaluation>,
) -> Result<Envelope<Evaluation>, Problem> {
    let admin = caller.admin();
    Ok(Envelope(
        admin.evaluate_template(&caller.actor, wish).await?,
    ))
}

async fn evaluate_one(
    caller: Permitted<grant::EnrollmentTemplateEvaluate>,
    Path(one): Path<One>,
    Body(given): Body<GivenFacts>,
) -> Result<Envelope<Evaluation>, Problem> {
    let wish = WishedEvaluation {
        template_id: Some(one.id),
        facts: given.facts,
        attempt_id: given.attempt_id,
        template: None,
    };
    let admin = caller.admin();
    Ok(Envelope(
        admin.evaluate_template(&caller.actor, wish).await?,
    ))
}

async fn deeplink(
    caller: Permitted<grant::EnrollmentTemplateGet>,
    Path(one): Path<One>,
) -> Result<Envelope<DeepLink>, Problem> {
    Ok(Envelope(
        caller.admin().deep_link(&caller.actor, one.id).await?,
    ))
}

fn tagged(template: ShownTemplate) -> Tagged<Envelope<ShownTemplate>> {
    let revision = template.revision;
    Tagged(Envelope(template), revision)
}
