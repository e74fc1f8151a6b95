//! `androidForWorkEnrollmentProfile`: list, get, create, update, delete, createToken, revokeToken (beta).

mod shown;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{ChangedTemplate, TemplateFilter, TemplateOrder};
use crate::id::ObjectId;
use crate::identity::grant;

use super::super::Api;
use super::super::answer::{Made, NoContent, Plain};
use super::super::argument::{Address, Body, Path, Query};
use super::super::permitted::Permitted;
use super::super::problem::Problem;
use super::One;
use super::odata::{Listed, Part, equalities, part, selected};
use shown::{PROPERTIES, PartOfProfile, Profile};

pub(super) fn operations(api: &mut Api) {
    const PROFILES: &str = "/beta/deviceManagement/androidForWorkEnrollmentProfiles";
    const PROFILE: &str = "/beta/deviceManagement/androidForWorkEnrollmentProfiles/{id}";
    api.get(PROFILES, list)
        .id("deviceManagement.androidForWorkEnrollmentProfiles.list")
        .summary("Lists enrollment profiles");
    api.post(PROFILES, create)
        .id("deviceManagement.androidForWorkEnrollmentProfiles.create")
        .summary("Creates an enrollment profile");
    api.get(PROFILE, get)
        .id("deviceManagement.androidForWorkEnrollmentProfiles.get")
        .summary("Reads an enrollment profile");
    api.patch(PROFILE, update)
        .id("deviceManagement.androidForWorkEnrollmentProfiles.update")
        .summary("Updates an enrollment profile");
    api.delete(PROFILE, delete)
        .id("deviceManagement.androidForWorkEnrollmentProfiles.delete")
        .summary("Deletes an enrollment profile and revokes its token");
    api.post(
        "/beta/deviceManagement/androidForWorkEnrollmentProfiles/{id}/createToken",
        create_token,
    )
    .id("deviceManagement.androidForWorkEnrollmentProfiles.createToken")
    .summary("Gives an enrollment profile a new token; the old one is revoked");
    api.post(
        "/beta/deviceManagement/androidForWorkEnrollmentProfiles/{id}/revokeToken",
        revoke_token,
    )
    .id("deviceManagement.androidForWorkEnrollmentProfiles.revokeToken")
    .summary("Revokes the token of an enrollment profile");
}

/// What is asked of a list.
#[derive(Debug, Deserialize, IntoParams)]
struct Listing {
    /// Entries on a page: 100 unless said otherwise, 999 at most.
    #[serde(rename = "$top")]
    #[param(minimum = 1)]
    top: Option<u32>,
    /// Entries to pass over.
    #[serde(rename = "$skip")]
    skip: Option<u32>,
    /// Equalities of displayName, description and id, joined by `and`.
    #[serde(rename = "$filter")]
    #[param(pattern = "^(displayName|description|id) eq '[^']*'$")]
    filter: Option<String>,
    /// A property to sort by.
    #[serde(rename = "$orderby")]
    #[param(inline)]
    orderby: Option<OrderBy>,
    /// The properties to tell.
    #[serde(rename = "$select")]
    #[param(pattern = "^(id|displayName|tokenValue)(,(description|accountId))?$")]
    select: Option<String>,
    /// Whether to count the entries of all pages.
    #[serde(rename = "$count")]
    count: Option<bool>,
}

/// What is asked of one profile.
#[derive(Debug, Deserialize, IntoParams)]
struct Selection {
    /// The properties to tell.
    #[serde(rename = "$select")]
    #[param(pattern = "^(id|displayName|tokenValue)(,(description|accountId))?$")]
    select: Option<String>,
}

/// A property to sort by.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
enum OrderBy {
    #[serde(rename = "displayName", alias = "displayName asc")]
    Name,
    #[serde(rename = "displayName desc")]
    NameBackwards,
    #[serde(rename = "createdDateTime", alias = "createdDateTime asc")]
    Oldest,
    #[serde(rename = "createdDateTime desc")]
    Newest,
    #[serde(rename = "lastModifiedDateTime", alias = "lastModifiedDateTime asc")]
    ChangedLast,
    #[serde(rename = "lastModifiedDateTime desc")]
    Changed,
}

impl From<OrderBy> for TemplateOrder {
    fn from(order: OrderBy) -> Self {
        match order {
            OrderBy::Name => Self::Name,
            OrderBy::NameBackwards => Self::NameBackwards,
            OrderBy::Oldest => Self::Oldest,
            OrderBy::Newest => Self::Newest,
            OrderBy::ChangedLast => Self::ChangedLast,
            OrderBy::Changed => Self::Changed,
        }
    }
}

/// A profile to create. What only the server sets is ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphNewProfile)]
struct NewProfile {
    /// Its name, unique within the organization.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    display_name: String,
    /// What it is for.
    #[schema(max_length = 256)]
    description: Option<String>,
    /// Where it lies ahead, the profile has a token from the start, which ends then.
    #[schema(
        value_type = Option<String>,
        format = DateTime,
        pattern = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$"
    )]
    token_expiration_date_time: Option<Timestamp>,
}

/// What is to be changed of a profile; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphChangedProfile)]
struct ChangedProfile {
    /// Its name, unique within the organization.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    display_name: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "crate::lenient::named")]
    #[schema(max_length = 256, value_type = Option<String>)]
    description: Option<Option<String>>,
}

/// How long a token is good.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphTokenValidity)]
struct TokenValidity {
    /// In seconds.
    #[schema(minimum = 60, maximum = 2_147_483_647)]
    token_validity_in_seconds: i32,
}

async fn list(
    caller: Permitted<grant::EnrollmentTemplateList>,
    here: Address,
    Query(listing): Query<Listing>,
) -> Result<Plain<Listed<PartOfProfile>>, Problem> {
    let select = listing.select.as_deref();
    let wanted = (listing.top, listing.skip);
    let wanted = Part::understood(wanted, listing.count, select, PROPERTIES)?;
    let order = listing.orderby.map(TemplateOrder::from);
    let mut filter = TemplateFilter {
        order: order.unwrap_or_default(),
        ..TemplateFilter::default()
    };
    let found = match narrowed(&mut filter, listing.filter.as_deref())? {
        true => {
            let part = (wanted.top, i64::from(wanted.skip));
            let admin = caller.admin();
            admin
                .some_templates(&caller.actor, filter, None, part)
                .await?
        }
        false => (Vec::new(), 0),
    };
    let (templates, total) = found;
    let profiles: Result<Vec<Profile>, Problem> = templates
        .into_iter()
        .map(|template| Profile::of(template, &caller.actor))
        .collect();
    Ok(Plain(wanted.page(
        &profiles?,
        total,
        &here.url,
        &here.query,
    )))
}

/// Adds the conditions of `$filter`; false: nothing can meet them.
fn narrowed(filter: &mut TemplateFilter, text: Option<&str>) -> Result<bool, Problem> {
    let Some(text) = text else { return Ok(true) };
    for (property, wanted) in equalities(text)? {
        let before = match property {
            "displayName" => filter.name.replace(wanted.clone()),
            "description" => filter.description.replace(wanted.clone()),
            "id" => {
                let Some(id) = wanted.parse().ok().and_then(ObjectId::from_guid) else {
                    return Ok(false);
                };
                filter.id.replace(id).map(|id| id.guid().to_string())
            }
            _ => {
                let reason = "names a property that is none of displayName, description, id";
                return Err(Problem::invalid("$filter", reason));
            }
        };
        if before.is_some_and(|before| !before.eq_ignore_ascii_case(&wanted)) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn create(
    caller: Permitted<grant::EnrollmentTemplateCreate>,
    Body(new): Body<NewProfile>,
) -> Result<Made<Profile>, Problem> {
    let until = new.token_expiration_date_time;
    let made = caller
        .admin()
        .create_profile(&caller.actor, new.display_name, new.description, until)
        .await?;
    Ok(Made(Profile::of(made, &caller.actor)?))
}

async fn get(
    caller: Permitted<grant::EnrollmentTemplateGet>,
    Path(one): Path<One>,
    Query(selection): Query<Selection>,
) -> Result<Plain<PartOfProfile>, Problem> {
    let select = selection.select.as_deref();
    let select = select.map(|text| selected(text, PROPERTIES)).transpose()?;
    let template = caller.admin().template(&caller.actor, one.id()?).await?;
    let profile = Profile::of(template, &caller.actor)?;
    Ok(Plain(PartOfProfile(part(&profile, select.as_deref()))))
}

async fn update(
    caller: Permitted<grant::EnrollmentTemplateUpdate>,
    Path(one): Path<One>,
    Body(changed): Body<ChangedProfile>,
) -> Result<Plain<Profile>, Problem> {
    let change = ChangedTemplate {
        name: changed.display_name,
        description: changed.description,
        ..ChangedTemplate::default()
    };
    let admin = caller.admin();
    let changed = admin.update_template(&caller.actor, one.id()?, change, None);
    Ok(Plain(Profile::of(changed.await?, &caller.actor)?))
}

async fn delete(
    caller: Permitted<grant::EnrollmentTemplateRemove>,
    Path(one): Path<One>,
) -> Result<NoContent, Problem> {
    let admin = caller.admin();
    admin.delete_template(&caller.actor, one.id()?).await?;
    Ok(NoContent)
}

async fn create_token(
    caller: Permitted<grant::EnrollmentTemplateUpdate>,
    Path(one): Path<One>,
    Body(wish): Body<TokenValidity>,
) -> Result<NoContent, Problem> {
    let seconds = i64::from(wish.token_validity_in_seconds);
    if seconds < 60 {
        let reason = "must be 60 or more";
        return Err(Problem::invalid("tokenValidityInSeconds", reason));
    }
    let lasts = Some(SignedDuration::from_secs(seconds));
    let admin = caller.admin();
    admin
        .rotate_template_token(&caller.actor, one.id()?, lasts, SignedDuration::ZERO)
        .await?;
    Ok(NoContent)
}

async fn revoke_token(
    caller: Permitted<grant::EnrollmentTemplateUpdate>,
    Path(one): Path<One>,
) -> Result<NoContent, Problem> {
    let admin = caller.admin();
    admin
        .revoke_template_token(&caller.actor, one.id()?)
        .await?;
    Ok(NoContent)
}
