//! `enterprises.devices`: get and list, with what the token of each device brought along.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::admin::DeviceOfToken;
use crate::device::{Facts, State};
use crate::id::ObjectId;
use crate::identity::grant;

use super::super::Api;
use super::super::answer::Plain;
use super::super::argument::{Path, Query};
use super::super::permitted::Permitted;
use super::super::problem::Problem;
use super::{Listing, Standard, duration, name, no_key_in, paging};

pub(super) fn operations(api: &mut Api) {
    api.get("/v1/enterprises/{organization}/devices", list)
        .id("enterprises.devices.list")
        .summary("Lists devices");
    api.get("/v1/enterprises/{organization}/devices/{device}", get)
        .id("enterprises.devices.get")
        .summary("Gets a device");
}

/// The collection.
#[derive(Debug, Deserialize)]
struct Devices {
    organization: String,
}

/// One device.
#[derive(Debug, Deserialize)]
struct OneDevice {
    organization: String,
    device: ObjectId,
}

/// A device.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GoogleDevice)]
struct Device {
    /// `enterprises/{enterprise}/devices/{device}`
    name: String,
    /// Where it stands.
    state: DeviceState,
    /// The policy that it receives.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_name: Option<String>,
    /// The token that let it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    enrollment_token_name: Option<String>,
    /// What was attached to that token.
    #[serde(skip_serializing_if = "Option::is_none")]
    enrollment_token_data: Option<String>,
    /// When it enrolled.
    #[schema(format = DateTime)]
    enrollment_time: String,
    /// Its latest management session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    last_status_report_time: Option<String>,
    /// What it said of its hardware.
    hardware_info: HardwareInfo,
}

/// Where a device stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = GoogleDeviceState)]
enum DeviceState {
    /// Nothing is known of it.
    #[serde(rename = "DEVICE_STATE_UNSPECIFIED")]
    Unspecified,
    /// It has opened a management session.
    Active,
    /// It has its certificate and has not opened a management session yet.
    Provisioning,
    /// It has left, or is to leave.
    Deleted,
}

/// What a device said of its hardware.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GoogleHardwareInfo)]
struct HardwareInfo {
    /// Its serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    /// Its model.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<String>,
}

/// A page of devices.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GoogleDevices)]
struct ListedDevices {
    /// The devices, the newest first.
    devices: Vec<Device>,
    /// What to ask for the next page with; none: this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn list(
    caller: Permitted<grant::DeviceList>,
    Path(at): Path<Devices>,
    Query(listing): Query<Listing>,
) -> Result<Plain<ListedDevices>, Problem> {
    let (after, size) = listing.understood()?;
    let found = caller
        .admin()
        .devices_of_tokens(&caller.actor, after, size)
        .await?;
    Ok(Plain(ListedDevices {
        next_page_token: found.next.map(paging::token),
        devices: found
            .items
            .into_iter()
            .map(|found| shown(&at.organization, found))
            .collect(),
    }))
}

async fn get(
    caller: Permitted<grant::DeviceGet>,
    Path(at): Path<OneDevice>,
    Query(standard): Query<Standard>,
) -> Result<Plain<Device>, Problem> {
    no_key_in(standard.access_token.as_ref())?;
    let found = caller
        .admin()
        .device_of_token(&caller.actor, at.device)
        .await?;
    Ok(Plain(shown(&at.organization, found)))
}

fn shown(enterprise: &str, found: DeviceOfToken) -> Device {
    let device = found.device;
    Device {
        name: name::full(enterprise, "devices", device.id),
        state: match device.state {
            State::Active => DeviceState::Active,
            State::Provisioning => DeviceState::Provisioning,
            State::Deleted | State::DeleteRequested => DeviceState::Deleted,
            State::Unknown => DeviceState::Unspecified,
        },
        policy_name: name::policy_of(enterprise, &device.policies),
        enrollment_token_name: device
            .token_id
            .map(|token| name::full(enterprise, "enrollmentTokens", token)),
        enrollment_token_data: found.token_data,
        enrollment_time: duration::moment_written(device.enrolled_at),
        last_status_report_time: device.last_seen_at.map(duration::moment_written),
        hardware_info: HardwareInfo {
            serial_number: said(&device.facts, "SerialNumber"),
            model: said(&device.facts, "DeviceModel").or_else(|| said(&device.facts, "Model")),
            manufacturer: said(&device.facts, "Manufacturer"),
        },
    }
}

/// What a device said under a name, as it said it.
fn said(facts: &Facts, name: &str) -> Option<String> {
    let mut named = facts
        .items
        .iter()
        .filter(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty());
    named.next().map(|(_, value)| value.clone())
}
