//! `importedDeviceIdentity`: list, get, create, update, delete, importDeviceIdentityList, searchExistingIdentities (beta).
//! They are the corporate identifiers of the primary API.

mod shown;
mod wish;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::admin::{IdentifierFilter, Marked};
use crate::identifier::CORPORATE;
use crate::identity::grant;

use super::super::Api;
use super::super::answer::{Made, NoContent, Plain};
use super::super::argument::{Address, Body, Path, Query};
use super::super::permitted::Permitted;
use super::super::problem::Problem;
use super::One;
use super::odata::{Listed, Part, equalities};
use shown::{DeviceIdentity, FoundIdentities, ImportedIdentities, PROPERTIES, PartOfIdentity};
use wish::{ChangedIdentity, IdentitiesToFind, IdentitiesToImport, IdentityType, NewIdentity};

pub(super) fn operations(api: &mut Api) {
    const IDENTITIES: &str = "/beta/deviceManagement/importedDeviceIdentities";
    const IDENTITY: &str = "/beta/deviceManagement/importedDeviceIdentities/{id}";
    api.get(IDENTITIES, list)
        .id("deviceManagement.importedDeviceIdentities.list")
        .summary("Lists imported device identities");
    api.post(IDENTITIES, create)
        .id("deviceManagement.importedDeviceIdentities.create")
        .summary("Creates an imported device identity");
    api.post(
        "/beta/deviceManagement/importedDeviceIdentities/importDeviceIdentityList",
        import,
    )
    .id("deviceManagement.importedDeviceIdentities.importDeviceIdentityList")
    .summary("Takes a list of device identities over, each for itself");
    api.post(
        "/beta/deviceManagement/importedDeviceIdentities/searchExistingIdentities",
        search,
    )
    .id("deviceManagement.importedDeviceIdentities.searchExistingIdentities")
    .summary("Finds those of a list of device identities that are there");
    api.get(IDENTITY, get)
        .id("deviceManagement.importedDeviceIdentities.get")
        .summary("Reads an imported device identity");
    api.patch(IDENTITY, update)
        .id("deviceManagement.importedDeviceIdentities.update")
        .summary("Updates the description of an imported device identity");
    api.delete(IDENTITY, delete)
        .id("deviceManagement.importedDeviceIdentities.delete")
        .summary("Deletes an imported device identity");
}

/// What is asked of a list.
#[derive(Debug, Deserialize, IntoParams)]
struct Listing {
    /// Entries on a page: 100 unless said otherwise, 999 at most.
    #[serde(rename = "$top")]
    #[param(minimum = 1, nullable = false)]
    top: Option<u32>,
    /// Entries to pass over.
    #[serde(rename = "$skip")]
    #[param(nullable = false)]
    skip: Option<u32>,
    /// An equality of importedDeviceIdentityType.
    #[serde(rename = "$filter")]
    #[param(
        pattern = "^importedDeviceIdentityType eq '(imei|serialNumber|manufacturerModelSerial)'$",
        nullable = false
    )]
    filter: Option<String>,
    /// The properties to tell.
    #[serde(rename = "$select")]
    #[param(
        pattern = "^(id|importedDeviceIdentifier)(,(description|platform))?$",
        nullable = false
    )]
    select: Option<String>,
    /// Whether to count the entries of all pages.
    #[serde(rename = "$count")]
    #[param(nullable = false)]
    count: Option<bool>,
}

async fn list(
    caller: Permitted<grant::IdentifierList>,
    here: Address,
    Query(listing): Query<Listing>,
) -> Result<Plain<Listed<PartOfIdentity>>, Problem> {
    let select = listing.select.as_deref();
    let wanted = (listing.top, listing.skip);
    let wanted = Part::understood(wanted, listing.count, select, PROPERTIES)?;
    let mut filter = IdentifierFilter {
        list: Some(CORPORATE.to_owned()),
        ..IdentifierFilter::default()
    };
    for (property, text) in listing
        .filter
        .as_deref()
        .map_or_else(|| Ok(Vec::new()), equalities)?
    {
        let word: Option<IdentityType> = serde_json::from_value(text.into()).ok();
        let kind = word.and_then(IdentityType::kind);
        let kind = kind.filter(|_| property == "importedDeviceIdentityType");
        let reason = "must be importedDeviceIdentityType eq 'imei', 'serialNumber' or 'manufacturerModelSerial'";
        let kind = kind.ok_or_else(|| Problem::invalid("$filter", reason))?;
        filter.kinds.push(kind);
    }
    let part = (wanted.top, i64::from(wanted.skip));
    let admin = caller.admin();
    let (found, total) = admin.some_identifiers(&caller.actor, filter, part).await?;
    let shown: Vec<DeviceIdentity> = found.into_iter().map(DeviceIdentity::from).collect();
    Ok(Plain(wanted.page(&shown, total, &here.url, &here.query)))
}

async fn create(
    caller: Permitted<grant::IdentifierCreate>,
    Body(new): Body<NewIdentity>,
) -> Result<Made<DeviceIdentity>, Problem> {
    let admin = caller.admin();
    let made = admin.create_identifier(&caller.actor, new.wish()?).await?;
    let marked = admin.corporate_identifier(&caller.actor, made.id).await?;
    Ok(Made(marked.into()))
}

async fn get(
    caller: Permitted<grant::IdentifierGet>,
    Path(one): Path<One>,
) -> Result<Plain<DeviceIdentity>, Problem> {
    let admin = caller.admin();
    let found: Marked = admin.corporate_identifier(&caller.actor, one.id()?).await?;
    Ok(Plain(found.into()))
}

async fn update(
    caller: Permitted<grant::IdentifierUpdate>,
    Path(one): Path<One>,
    Body(changed): Body<ChangedIdentity>,
) -> Result<Plain<DeviceIdentity>, Problem> {
    let (admin, id) = (caller.admin(), one.id()?);
    let marked = match changed.description {
        Some(description) => {
            admin
                .describe_identifier(&caller.actor, id, description)
                .await?
        }
        None => admin.corporate_identifier(&caller.actor, id).await?,
    };
    Ok(Plain(marked.into()))
}

async fn delete(
    caller: Permitted<grant::IdentifierRemove>,
    Path(one): Path<One>,
) -> Result<NoContent, Problem> {
    let (admin, id) = (caller.admin(), one.id()?);
    admin.corporate_identifier(&caller.actor, id).await?;
    admin.delete_identifier(&caller.actor, id).await?;
    Ok(NoContent)
}

async fn import(
    caller: Permitted<grant::IdentifierCreate>,
    Body(import): Body<IdentitiesToImport>,
) -> Result<Plain<ImportedIdentities>, Problem> {
    let overwrite = import.overwrite_imported_device_identities;
    let list = import.imported_device_identities;
    wish::few(&list)?;
    let wishes = list
        .iter()
        .cloned()
        .map(wish::IdentityEntry::wish)
        .collect();
    let admin = caller.admin();
    let taken = admin
        .take_identifiers(&caller.actor, wishes, overwrite.unwrap_or_default())
        .await?;
    Ok(Plain(ImportedIdentities::of(taken, list)))
}

async fn search(
    caller: Permitted<grant::IdentifierList>,
    Body(search): Body<IdentitiesToFind>,
) -> Result<Plain<FoundIdentities>, Problem> {
    let list = search.imported_device_identities;
    wish::few(&list)?;
    let wanted = list
        .into_iter()
        .filter_map(wish::IdentityEntry::named)
        .collect();
    let admin = caller.admin();
    let found = admin.find_identifiers(&caller.actor, wanted).await?;
    Ok(Plain(found.into()))
}
