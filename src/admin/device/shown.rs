//! A device as it is shown.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::device::{Device, DirectoryReport};
use crate::id::{ObjectId, hex};
use crate::revocation::Reason;
use crate::store::{self, Issuance, IssuanceState, Transaction};

use super::super::{NamedPolicy, ShownAssignment};

/// A device with the names of its policies and its certificates.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownDevice {
    /// The device.
    #[serde(flatten)]
    pub record: Device,
    /// Its policies.
    pub win_policy_assignments: Vec<ShownAssignment>,
    /// Its certificates, the latest first.
    pub certificates: Vec<CertificateOfDevice>,
    /// What Entra ID is told of it, where Entra ID sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory_report: Option<DirectoryReport>,
}

/// A certificate of a device.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CertificateOfDevice {
    /// Its serial number, in hexadecimal digits.
    pub serial: String,
    /// How far it came: `planned`, `issued`, `abandoned`, `superseded` or `revoked`.
    pub state: String,
    /// From when it is valid.
    #[schema(value_type = String, format = DateTime)]
    pub not_before: Timestamp,
    /// Until when it is valid.
    #[schema(value_type = String, format = DateTime)]
    pub not_after: Timestamp,
    /// Until when one that was replaced is accepted, unless its successor is used before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_until: Option<Timestamp>,
    /// When it was revoked, or given up before it was given out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// Why it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub reason: Option<Reason>,
}

impl From<&Issuance> for CertificateOfDevice {
    fn from(issuance: &Issuance) -> Self {
        let (accepted_until, revoked_at) = match issuance.state {
            IssuanceState::Superseded => (issuance.ended_at, None),
            IssuanceState::Planned
            | IssuanceState::Issued
            | IssuanceState::Abandoned
            | IssuanceState::Revoked => (None, issuance.ended_at),
        };
        Self {
            serial: hex(&issuance.serial),
            state: issuance.state.word().to_owned(),
            not_before: issuance.not_before,
            not_after: issuance.not_after,
            accepted_until,
            revoked_at,
            reason: issuance.reason,
        }
    }
}

impl ShownDevice {
    /// The device with what the store knows beside it.
    pub(super) fn read(
        tx: &mut Transaction<'_>,
        record: Device,
        names: &HashMap<ObjectId, String>,
    ) -> Result<Self, store::Error> {
        let named = |id: ObjectId| {
            names.get(&id).map(|name| NamedPolicy {
                id,
                name: name.clone(),
            })
        };
        let assignments = record.policies.iter().map(|it| ShownAssignment {
            win_policy_id: it.win_policy_id,
            win_policy: named(it.win_policy_id),
            priority: it.priority,
        });
        let certificates = tx.issuances_of_device(record.id)?;
        Ok(Self {
            win_policy_assignments: assignments.collect(),
            certificates: certificates.iter().map(CertificateOfDevice::from).collect(),
            directory_report: tx.directory_report(record.id)?,
            record,
        })
    }
}
