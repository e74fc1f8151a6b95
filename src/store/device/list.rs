//! Devices in pages.

use jiff::Timestamp;

use crate::device::{Device, State, serial_key};
use crate::id::ObjectId;

use super::super::{Error, Transaction, Value};
use super::from_row;

/// Which devices to list.
#[derive(Debug, Clone, Default)]
pub struct DeviceFilter {
    /// Only this user's, by identifier or address.
    pub user: Option<String>,
    /// Those that have left as well; never among those not heard of.
    pub deleted: bool,
    /// Only those not heard of since then: no session, or, before the first one, no enrollment.
    pub silent_since: Option<Timestamp>,
    /// Only those with all of these tags, [`DeviceFilter::TAGS`] at most, in any case.
    pub tags: Vec<String>,
    /// Only those in this segment.
    pub segment: Option<u32>,
    /// Only those that stand there.
    pub state: Option<State>,
    /// Only those with this in their name, in their owner's, in what they call themselves or in their serial number.
    pub search: Option<String>,
    /// In which order.
    pub order: DeviceOrder,
}

impl DeviceFilter {
    /// How many tags can be asked for.
    pub const TAGS: usize = 10;

    /// The statement that finds what is asked for; the one for those not heard of takes the time as its last value.
    fn chosen(
        &self,
        all: &'static str,
        silent: &'static str,
        values: &mut Vec<Value<'_>>,
    ) -> &'static str {
        match self.silent_since {
            Some(since) => {
                values.push(since.into());
                silent
            }
            None => all,
        }
    }
}

/// The order of a list of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceOrder {
    /// The newest record first.
    #[default]
    Newest,
    /// The oldest record first.
    Oldest,
    /// The latest enrollment first.
    LatestEnrolled,
    /// The earliest enrollment first.
    EarliestEnrolled,
    /// The latest session first, those without one last.
    LatestSeen,
    /// Those without a session first, then the earliest.
    EarliestSeen,
    /// Those heard of longest ago first, by session or enrollment.
    LongestSilent,
    /// By name.
    DisplayName,
    /// By name, from the end.
    DisplayNameBackwards,
}

macro_rules! matching {
    () => {
        " FROM device WHERE organization_id = $1
            AND ($2 IS NULL OR $2 LIKE '%,' || segment_id || ',%')
            AND ($3 IS NULL OR LOWER(owner) = $3
                OR LOWER(owner) = (SELECT email_key FROM mdm_user WHERE organization_id = $1 AND id = $3))
            AND ($4 = 1 OR state <> 'DELETED')
            AND ($5 IS NULL OR state = $5)
            AND ($6 IS NULL OR segment_id = $6)
            AND ($7 IS NULL OR LOWER(display_name) LIKE LOWER($7) ESCAPE '!' OR LOWER(owner) LIKE LOWER($7) ESCAPE '!'
                OR LOWER(device_name) LIKE LOWER($7) ESCAPE '!' OR serial_key LIKE $8 ESCAPE '!')
            AND ($9 IS NULL OR LOWER(tags) LIKE LOWER($9) ESCAPE '!')
            AND ($10 IS NULL OR LOWER(tags) LIKE LOWER($10) ESCAPE '!')
            AND ($11 IS NULL OR LOWER(tags) LIKE LOWER($11) ESCAPE '!')
            AND ($12 IS NULL OR LOWER(tags) LIKE LOWER($12) ESCAPE '!')
            AND ($13 IS NULL OR LOWER(tags) LIKE LOWER($13) ESCAPE '!')
            AND ($14 IS NULL OR LOWER(tags) LIKE LOWER($14) ESCAPE '!')
            AND ($15 IS NULL OR LOWER(tags) LIKE LOWER($15) ESCAPE '!')
            AND ($16 IS NULL OR LOWER(tags) LIKE LOWER($16) ESCAPE '!')
            AND ($17 IS NULL OR LOWER(tags) LIKE LOWER($17) ESCAPE '!')
            AND ($18 IS NULL OR LOWER(tags) LIKE LOWER($18) ESCAPE '!')"
    };
}

/// As the index has it, which a condition on anything else would not use.
macro_rules! silent {
    () => {
        " AND state <> 'DELETED' AND COALESCE(last_seen_at, enrolled_at) <= $21"
    };
}

/// The statements of an order: of all devices that match, and of those of them that were not heard of.
macro_rules! ordered {
    ($order:literal) => {
        [ordered!("", $order), ordered!(silent!(), $order)]
    };
    ($more:expr, $order:literal) => {
        concat!(
            "SELECT ",
            device_columns!(),
            matching!(),
            $more,
            " ORDER BY ",
            $order,
            " LIMIT $19 OFFSET $20"
        )
    };
}

const COUNT: [&str; 2] = [
    concat!("SELECT COUNT(*)", matching!()),
    concat!(
        "SELECT COUNT(*)",
        matching!(),
        " AND state <> 'DELETED' AND COALESCE(last_seen_at, enrolled_at) <= $19"
    ),
];

impl DeviceOrder {
    const fn sql(self) -> [&'static str; 2] {
        match self {
            Self::Newest => ordered!("created_at DESC, id DESC"),
            Self::Oldest => ordered!("created_at, id"),
            Self::LatestEnrolled => ordered!("enrolled_at DESC, id DESC"),
            Self::EarliestEnrolled => ordered!("enrolled_at, id"),
            Self::LatestSeen => ordered!("COALESCE(last_seen_at, 0) DESC, id DESC"),
            Self::EarliestSeen => ordered!("COALESCE(last_seen_at, 0), id"),
            Self::LongestSilent => ordered!("COALESCE(last_seen_at, enrolled_at), id"),
            Self::DisplayName => ordered!("LOWER(COALESCE(display_name, '')), id"),
            Self::DisplayNameBackwards => {
                ordered!("LOWER(COALESCE(display_name, '')) DESC, id DESC")
            }
        }
    }
}

impl Transaction<'_> {
    /// Devices of an organization, so many from an offset.
    ///
    /// # Errors
    /// What the engine says.
    pub fn list_devices(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        filter: &DeviceFilter,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<Device>, Error> {
        let texts = Texts::of(organization, filter)?;
        let mut values = texts.values(segments, filter);
        values.push(limit.into());
        values.push(offset.into());
        let [all, silent] = filter.order.sql();
        let sql = filter.chosen(all, silent, &mut values);
        let rows = self.query(sql, &values)?;
        rows.iter().map(from_row).collect()
    }

    /// How many devices a filter finds.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_devices(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        filter: &DeviceFilter,
    ) -> Result<u64, Error> {
        let texts = Texts::of(organization, filter)?;
        let mut values = texts.values(segments, filter);
        let [all, silent] = COUNT;
        let sql = filter.chosen(all, silent, &mut values);
        let row = self.first(sql, &values)?;
        let count = row.map(|row| row.optional_integer(0)).transpose()?;
        Ok(count
            .flatten()
            .and_then(|count| count.try_into().ok())
            .unwrap_or_default())
    }
}

/// The filter's values as the statements take them.
struct Texts {
    organization: String,
    user: Option<String>,
    search: Option<String>,
    serial: Option<String>,
    tags: Vec<String>,
}

impl Texts {
    fn of(organization: ObjectId, filter: &DeviceFilter) -> Result<Self, Error> {
        let search = filter.search.as_deref();
        let tags = filter.tags.iter().take(DeviceFilter::TAGS);
        Ok(Self {
            organization: organization.to_string(),
            user: filter.user.as_ref().map(|user| user.to_lowercase()),
            search: search.map(part),
            serial: search
                .map(serial_key)
                .filter(|serial| !serial.is_empty())
                .map(|serial| part(&serial)),
            // Between the quotes of its JSON, a tag stands whole.
            tags: tags
                .map(|tag| Ok(part(&super::json(tag)?)))
                .collect::<Result<_, Error>>()?,
        })
    }

    fn values<'a>(&'a self, segments: Option<&'a str>, filter: &DeviceFilter) -> Vec<Value<'a>> {
        // Whoever asks for those that have left wants to see them.
        let deleted = filter.deleted || filter.state == Some(State::Deleted);
        let mut values: Vec<Value<'a>> = vec![
            (&self.organization).into(),
            segments.into(),
            self.user.as_deref().into(),
            u32::from(deleted).into(),
            filter.state.map(State::word).into(),
            filter.segment.into(),
            self.search.as_deref().into(),
            self.serial.as_deref().into(),
        ];
        for index in 0..DeviceFilter::TAGS {
            values.push(self.tags.get(index).into());
        }
        values
    }
}

/// The pattern of a text that contains this one.
fn part(text: &str) -> String {
    let mut pattern = String::from("%");
    for one in text.chars() {
        if matches!(one, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(one);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_has_no_wildcards() {
        assert_eq!(part("50%_!a"), "%50!%!_!!a%");
    }
}
