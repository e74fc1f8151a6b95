//! What callers ask of devices.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{DeviceFilter, DeviceOrder, RevokeCertificate, UpdateDevice};
use crate::device::{Ownership, State};
use crate::id::ObjectId;
use crate::policy::Assignment;
use crate::revocation::Reason;

use super::super::super::Problem;
use super::super::lenient;

/// Which devices to list.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Listing {
    /// The page's number, from 1.
    #[param(nullable = false)]
    pub(super) page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    #[param(nullable = false)]
    pub(super) limit: Option<u32>,
    /// The order, the newest first unless said otherwise.
    #[param(inline, nullable = false)]
    pub(super) sort: Option<Sort>,
    /// Only this user's, by identifier or address.
    #[serde(rename = "mdm-user")]
    #[param(nullable = false)]
    pub(super) mdm_user: Option<String>,
    /// Those that have left as well.
    #[serde(rename = "show-deleted", default, deserialize_with = "lenient::truth")]
    #[param(value_type = Option<bool>)]
    pub(super) show_deleted: bool,
    /// Only those that had no session for so many days, nor enrolled in them; those that have left do not count. The
    /// longest silent come first unless `sort` says otherwise.
    #[serde(
        rename = "notSeenForDays",
        default,
        deserialize_with = "lenient::number"
    )]
    #[param(nullable = false, value_type = Option<u32>, minimum = 1, maximum = 3650)]
    pub(super) not_seen_for_days: Option<u32>,
    /// Only those with all of these tags, separated by commas, in any case; 10 at most.
    #[param(nullable = false, pattern = "^[^,]*(,[^,]*){0,9}$")]
    tags: Option<String>,
    /// Only those in this segment.
    #[serde(rename = "segmentId", default, deserialize_with = "lenient::number")]
    #[param(nullable = false, value_type = Option<u32>)]
    pub(super) segment_id: Option<u32>,
    /// Only those that stand there.
    #[param(inline, nullable = false)]
    pub(super) state: Option<State>,
    /// Only those with this in their name, in their owner's, in what they call themselves or in their serial number.
    #[param(nullable = false, max_length = 256)]
    pub(super) search: Option<String>,
}

impl Listing {
    /// The tags that are asked for.
    pub(super) fn tags(&self) -> Result<Vec<String>, Problem> {
        let texts: Vec<&str> = self.tags.iter().flat_map(|tags| tags.split(',')).collect();
        if texts.len() > DeviceFilter::TAGS {
            return Err(Problem::invalid("tags", "has more than 10 entries"));
        }
        let present = texts.into_iter().map(str::trim);
        Ok(present
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect())
    }
}

/// The orders of a list of devices.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[schema(as = DeviceSort)]
pub(super) enum Sort {
    #[serde(rename = "createdAt:desc", alias = "createdAt")]
    Newest,
    #[serde(rename = "createdAt:asc")]
    Oldest,
    #[serde(rename = "enrolledAt:desc", alias = "enrolledAt")]
    LatestEnrolled,
    #[serde(rename = "enrolledAt:asc")]
    EarliestEnrolled,
    #[serde(rename = "lastSeenAt:desc", alias = "lastSeenAt")]
    LatestSeen,
    #[serde(rename = "lastSeenAt:asc")]
    EarliestSeen,
    #[serde(rename = "displayName:asc", alias = "displayName")]
    DisplayName,
    #[serde(rename = "displayName:desc")]
    DisplayNameBackwards,
}

impl From<Sort> for DeviceOrder {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Newest => Self::Newest,
            Sort::Oldest => Self::Oldest,
            Sort::LatestEnrolled => Self::LatestEnrolled,
            Sort::EarliestEnrolled => Self::EarliestEnrolled,
            Sort::LatestSeen => Self::LatestSeen,
            Sort::EarliestSeen => Self::EarliestSeen,
            Sort::DisplayName => Self::DisplayName,
            Sort::DisplayNameBackwards => Self::DisplayNameBackwards,
        }
    }
}

/// What is to be changed of a device; what is not said stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ChangedDevice {
    /// Its name for people; an empty one takes the name away.
    #[schema(max_length = 128)]
    display_name: Option<String>,
    /// Its tags; empty ones are dropped.
    #[schema(max_items = 50)]
    tags: Option<Vec<Tag>>,
    /// The policies that it receives.
    win_policy_assignments: Option<Vec<Assignment>>,
    /// Whose machine it is; enrollments do not change it then. Null: they decide again.
    #[serde(default, deserialize_with = "crate::lenient::named")]
    #[schema(value_type = Option<Ownership>)]
    ownership: Option<Option<Ownership>>,
}

/// A tag of a device.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DeviceTag, max_length = 128)]
pub(super) struct Tag(String);

impl ChangedDevice {
    /// What is to become of it.
    pub(super) fn wish(self) -> UpdateDevice {
        UpdateDevice {
            display_name: self.display_name,
            tags: self
                .tags
                .map(|tags| tags.into_iter().map(|Tag(tag)| tag).collect()),
            win_policy_assignments: self.win_policy_assignments,
            ownership: self.ownership,
        }
    }
}

/// Which certificate of a device is to be revoked, and why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = RevokedCertificate)]
pub(super) struct Revocation {
    /// Its serial number in hexadecimal digits; none: all certificates of the device.
    #[schema(pattern = "^([0-9A-Fa-f]{2}[: ]?){1,20}$")]
    serial: Option<String>,
    /// Why: unspecified unless said otherwise. A compromised key is blocked as well.
    #[schema(inline)]
    reason: Option<Reason>,
}

impl Revocation {
    /// What is wished.
    pub(super) fn wish(self) -> RevokeCertificate {
        RevokeCertificate {
            serial: self.serial,
            reason: self.reason.unwrap_or_default(),
        }
    }
}

/// Where a device is to lie.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Move {
    /// The segment; 0: the whole organization.
    pub(super) segment_id: u32,
}

/// Which device another one is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Merge {
    /// The identifier of the device that stays.
    pub(super) into_id: ObjectId,
}
