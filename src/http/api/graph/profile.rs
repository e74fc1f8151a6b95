//! `androidForWorkEnrollmentProfile`: list, get, create, update, delete, createToken, revokeToken (beta).

mod shown;
mod wish;

use jiff::SignedDuration;

use crate::admin::{ChangedTemplate, TemplateFilter, TemplateOrder};
use crate::identity::grant;

use super::super::Api;
use super::super::answer::{Made, NoContent, Plain};
use super::super::argument::{Address, Body, Path, Query};
use super::super::permitted::Permitted;
use super::super::problem::Problem;
use super::One;
use super::odata::{Listed, Part, part, selected};
use shown::{PROPERTIES, PartOfProfile, Profile};
use wish::{ChangedProfile, Listing, NewProfile, Selection, TokenValidity, narrowed};

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
