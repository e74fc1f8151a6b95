//! The poll schedule of one device: its intervals a little longer than configured, by a part that is its own.
//!
//! Devices that enroll together would otherwise poll together for ever. The part follows from the device's identifier, so a
//! document that is given out again is the same to the byte.

use aws_lc_rs::digest;
use uuid::Uuid;

use crate::protocol::provisioning::Poll;

/// The schedule with each interval lengthened by up to `percent`, in whole minutes. Counts stay, and so does an interval of 0,
/// which means that there is none.
pub(super) fn spread(poll: Poll, percent: u32, device: Uuid) -> Poll {
    let longer = |phase: &[u8], interval: u32| {
        let most = u64::from(interval) * u64::from(percent) / 100;
        let more = drawn(phase, device) % (most + 1);
        interval.saturating_add(u32::try_from(more).unwrap_or_default())
    };
    Poll {
        interval_for_first_set_of_retries: longer(b"1", poll.interval_for_first_set_of_retries),
        interval_for_second_set_of_retries: longer(b"2", poll.interval_for_second_set_of_retries),
        interval_for_remaining_scheduled_retries: longer(
            b"3",
            poll.interval_for_remaining_scheduled_retries,
        ),
        ..poll
    }
}

/// A number that looks drawn by lot and is always the same for a device and a phase.
fn drawn(phase: &[u8], device: Uuid) -> u64 {
    let hash = digest::digest(&digest::SHA256, &[device.as_bytes(), phase].concat());
    let first = hash.as_ref().first_chunk();
    first.map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The guids of a thousand devices, the same at each run.
    fn devices() -> impl Iterator<Item = Uuid> {
        (0..1000_u128).map(|number| Uuid::from_u128(number << 64 | 0x4000_8000_0000_0000))
    }

    #[test]
    fn a_thousand_devices_spread_over_the_range_and_none_polls_more_often_than_configured() {
        let poll = Poll::default();
        let (mut first, mut daily) = (BTreeMap::new(), BTreeMap::new());
        for device in devices() {
            let own = spread(poll, 10, device);
            own.check().unwrap();
            *first
                .entry(own.interval_for_first_set_of_retries)
                .or_insert(0) += 1;
            *daily
                .entry(own.interval_for_remaining_scheduled_retries / 16)
                .or_insert(0) += 1;
            assert!((60..=66).contains(&own.interval_for_second_set_of_retries));
            assert!((1440..=1584).contains(&own.interval_for_remaining_scheduled_retries));
            assert_eq!(own.number_of_first_retries, poll.number_of_first_retries);
        }
        // About half of them each: 15 minutes, or 16.
        assert_eq!(first.keys().collect::<Vec<_>>(), [&15, &16], "{first:?}");
        assert!(first.values().all(|count| (400..=600).contains(count)));
        // Nine pieces of 16 minutes and one of a single minute: about 110 devices each, and 7.
        assert_eq!(daily.len(), 10, "{daily:?}");
        let whole = daily.iter().filter(|(piece, _)| **piece < 99);
        assert!(
            whole
                .into_iter()
                .all(|(_, count)| (70..=160).contains(count)),
            "{daily:?}"
        );
    }

    #[test]
    fn a_device_has_one_schedule_and_turned_off_it_is_the_configured_one() {
        for device in devices().take(50) {
            let own = spread(Poll::default(), 50, device);
            assert_eq!(own, spread(Poll::default(), 50, device));
            assert_eq!(spread(Poll::default(), 0, device), Poll::default());
        }
    }

    #[test]
    fn a_phase_that_is_not_there_does_not_appear_and_an_endless_one_stays_alone() {
        let poll = Poll {
            number_of_first_retries: 0,
            interval_for_first_set_of_retries: 525_600,
            number_of_second_retries: 3,
            interval_for_second_set_of_retries: 1,
            number_of_remaining_scheduled_retries: 0,
            interval_for_remaining_scheduled_retries: 0,
            poll_on_login: false,
        };
        for device in devices() {
            let own = spread(poll, 50, device);
            own.check().unwrap();
            assert_eq!(own.interval_for_remaining_scheduled_retries, 0);
            assert_eq!(own.interval_for_second_set_of_retries, 1);
            assert!((525_600..=788_400).contains(&own.interval_for_first_set_of_retries));
        }
    }
}
