//! Devices.

mod wish;

use serde::Deserialize;

use crate::admin::{DeviceFilter, DeviceOrder, DeviceResults, Page, PageWish, ShownDevice};
use crate::identity::grant;

use super::super::answer::Tagged;
use super::super::argument::MaybeBody;
use super::super::{Api, Body, Envelope, IfMatch, Path, Permitted, Problem, Query};
use wish::{ChangedDevice, Listing, Merge, Move, Revocation};

pub(super) fn operations(api: &mut Api) {
    const DEVICE: &str = concat!(base!(), "/devices/{id}");
    api.get(concat!(base!(), "/devices"), list)
        .id("listDevices")
        .summary("Lists devices");
    api.get(DEVICE, get)
        .id("getDevice")
        .summary("Shows a device, by its identifier, serial number or IMEI");
    api.put(DEVICE, update)
        .id("updateDevice")
        .summary("Changes a device's name, tags and policies");
    api.delete(DEVICE, remove)
        .id("deleteDevice")
        .summary("Marks a device as deleted and revokes its certificates");
    api.put(concat!(base!(), "/devices/{id}/move"), relocate)
        .id("moveDevice")
        .summary("Moves a device to a segment");
    api.post(concat!(base!(), "/devices/{id}/retire"), retire)
        .id("retireDevice")
        .summary("Asks a device to leave");
    api.get(concat!(base!(), "/devices/{id}/results"), results)
        .id("getDeviceResults")
        .summary("Shows what came of the settings of a device's policies");
    api.post(concat!(base!(), "/devices/{id}/sync"), sync)
        .id("syncDevice")
        .summary("Has a device told again in its next session what it did not take");
    let path = concat!(base!(), "/devices/{id}/revoke-certificate");
    api.post(path, revoke)
        .id("revokeDeviceCertificate")
        .summary("Revokes a device's certificates at once, or one of them");
    api.post(concat!(base!(), "/devices/{id}/merge"), merge)
        .id("mergeDevice")
        .summary("Merges a device, which turned out to be an older record, into another one");
}

/// A device by its identifier, its serial number or its IMEI.
#[derive(Debug, Deserialize)]
struct Called {
    id: String,
}

async fn list(
    caller: Permitted<grant::DeviceList>,
    Query(listing): Query<Listing>,
) -> Result<Envelope<Page<ShownDevice>>, Problem> {
    let page = PageWish::new(listing.page, listing.limit);
    let admin = caller.admin();
    let days = listing.not_seen_for_days;
    let silent_since = days.map(|days| admin.days_ago(days)).transpose()?;
    let usual = match silent_since {
        Some(_) => DeviceOrder::LongestSilent,
        None => DeviceOrder::Newest,
    };
    let filter = DeviceFilter {
        silent_since,
        tags: listing.tags()?,
        user: listing.mdm_user,
        deleted: listing.show_deleted,
        segment: listing.segment_id,
        state: listing.state,
        search: listing.search.filter(|text| !text.is_empty()),
        order: listing.sort.map_or(usual, DeviceOrder::from),
    };
    let devices = admin.list_devices(&caller.actor, filter, page).await?;
    Ok(Envelope(devices))
}

async fn get(
    caller: Permitted<grant::DeviceGet>,
    Path(called): Path<Called>,
) -> Result<Tagged<Envelope<ShownDevice>>, Problem> {
    let device = caller.admin().device(&caller.actor, &called.id).await?;
    Ok(tagged(device))
}

async fn update(
    caller: Permitted<grant::DeviceUpdate>,
    Path(called): Path<Called>,
    IfMatch(expected): IfMatch,
    Body(changed): Body<ChangedDevice>,
) -> Result<Tagged<Envelope<ShownDevice>>, Problem> {
    let (admin, wish) = (caller.admin(), changed.wish());
    let device = admin.update_device(&caller.actor, &called.id, wish, expected);
    Ok(tagged(device.await?))
}

async fn relocate(
    caller: Permitted<grant::DeviceUpdate>,
    Path(called): Path<Called>,
    IfMatch(expected): IfMatch,
    Body(Move { segment_id }): Body<Move>,
) -> Result<Tagged<Envelope<ShownDevice>>, Problem> {
    let admin = caller.admin();
    let device = admin.move_device(&caller.actor, &called.id, segment_id, expected);
    Ok(tagged(device.await?))
}

async fn remove(
    caller: Permitted<grant::DeviceRemove>,
    Path(called): Path<Called>,
) -> Result<Envelope<ShownDevice>, Problem> {
    let device = caller.admin().remove_device(&caller.actor, &called.id);
    Ok(Envelope(device.await?))
}

async fn retire(
    caller: Permitted<grant::DeviceCommand>,
    Path(called): Path<Called>,
) -> Result<Envelope<ShownDevice>, Problem> {
    let device = caller.admin().retire_device(&caller.actor, &called.id);
    Ok(Envelope(device.await?))
}

async fn results(
    caller: Permitted<grant::DeviceGet>,
    Path(called): Path<Called>,
) -> Result<Envelope<DeviceResults>, Problem> {
    let results = caller.admin().device_results(&caller.actor, &called.id);
    Ok(Envelope(results.await?))
}

async fn sync(
    caller: Permitted<grant::DeviceCommand>,
    Path(called): Path<Called>,
) -> Result<Envelope<ShownDevice>, Problem> {
    let device = caller.admin().sync_device(&caller.actor, &called.id);
    Ok(Envelope(device.await?))
}

async fn revoke(
    caller: Permitted<grant::DeviceCommand>,
    Path(called): Path<Called>,
    MaybeBody(revocation): MaybeBody<Revocation>,
) -> Result<Envelope<ShownDevice>, Problem> {
    let (admin, wish) = (caller.admin(), revocation.wish());
    let device = admin.revoke_certificate(&caller.actor, &called.id, wish);
    Ok(Envelope(device.await?))
}

async fn merge(
    caller: Permitted<grant::DeviceCommand>,
    Path(called): Path<Called>,
    Body(Merge { into_id }): Body<Merge>,
) -> Result<Envelope<ShownDevice>, Problem> {
    let admin = caller.admin();
    let device = admin.merge_device(&caller.actor, &called.id, into_id);
    Ok(Envelope(device.await?))
}

fn tagged(device: ShownDevice) -> Tagged<Envelope<ShownDevice>> {
    let revision = device.record.revision;
    Tagged(Envelope(device), revision)
}
