//! What a device tells of itself in a management session: the CSPs `DevInfo`, `DevDetail` and `DMClient`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a device told of itself in a management session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = DeviceInventory)]
pub struct Inventory {
    /// `DevInfo/Man`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// `DevInfo/Mod`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// `DevInfo/Lang`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// `DevDetail/Ext/Microsoft/SMBIOSSerialNumber`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// `DevDetail/SwV`: the build of Windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// `DevDetail/Ext/Microsoft/OSPlatform`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_platform: Option<String>,
    /// `DevDetail/FwV`: the firmware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// `DevDetail/HwV`: the hardware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hardware: Option<String>,
    /// `DevDetail/Ext/Microsoft/DeviceName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// `DMClient/Provider/{id}/HWDevID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hardware_id: Option<String>,
    /// `DMClient/Provider/{id}/AADDeviceID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory_device_id: Option<String>,
    /// `DMClient/Provider/{id}/EnrollmentType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrollment_type: Option<String>,
    /// `DMClient/Provider/{id}/MaxSyncApplicationVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_sync_application_version: Option<String>,
    /// `DMClient/Provider/{id}/UPN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upn: Option<String>,
    /// `DMClient/Provider/{id}/EntDMID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ent_dm_id: Option<String>,
    /// `DMClient/Provider/{id}/EntDeviceName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ent_device_name: Option<String>,
    /// When it was asked last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub asked_at: Option<Timestamp>,
}
