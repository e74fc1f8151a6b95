//! Clients that are odd but legal: everything XML, SOAP and HTTP allow and Windows does not usually do.
//!
//! Each is the same for the same seed. A server must enroll every one of them; what it must refuse is not made here.

mod twist;
mod write;

use url::Url;

use super::Step;
use super::network::Manner;
use super::random::Random;
use crate::protocol::discovery::Version;
use crate::xml::{Limits, read};

use self::write::Style;

/// The manners of one odd client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Odd {
    seed: u64,
    /// Paths in upper case.
    shouts: bool,
    /// Version 9.0, which no specification has.
    from_the_future: bool,
    probes_twice: bool,
    retries: bool,
    manner: Manner,
    message_bytes: Option<u32>,
}

impl Odd {
    /// The odd client of `seed`.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::fork(seed, 1);
        Self {
            seed,
            shouts: random.once_in(2),
            from_the_future: random.once_in(3),
            probes_twice: random.once_in(3),
            retries: random.once_in(2),
            manner: Manner {
                pieces: random.once_in(3).then(|| 64 + random.below(2000)),
                close: random.once_in(3),
            },
            message_bytes: SMALL.get(random.below(2 * SMALL.len())).copied(),
        }
    }

    /// How its requests go out.
    pub const fn manner(&self) -> Manner {
        self.manner
    }

    /// Whether it sends the probe again.
    pub const fn probes_twice(&self) -> bool {
        self.probes_twice
    }

    /// Whether it sends its request for a certificate again, as after a lost reply.
    pub const fn retries(&self) -> bool {
        self.retries
    }

    /// The longest message that it takes, where that is less than usual.
    pub const fn message_bytes(&self) -> Option<u32> {
        self.message_bytes
    }

    /// The version that it asks for instead of `usual`.
    pub const fn request_version(&self, usual: Version) -> Version {
        if self.from_the_future {
            Version::new(9, 0)
        } else {
            usual
        }
    }

    /// The URL that it uses instead of `url`: the service's own part of the path may be in upper case.
    pub fn url(&self, url: &Url) -> Url {
        let mut odd = url.clone();
        let mut separators = url.path().rmatch_indices('/');
        if self.shouts
            && let (Some(_), Some((start, _))) = (separators.next(), separators.next())
        {
            let (before, service) = url.path().split_at(start);
            odd.set_path(&format!("{before}{}", service.to_ascii_uppercase()));
        }
        odd
    }

    /// A SOAP request in other words.
    pub(super) fn envelope(&self, step: Step, text: String) -> String {
        let mut random = Random::fork(self.seed, 100 + step as u64);
        let Ok(mut root) = read(text.as_bytes(), &Limits::SOAP) else {
            return text;
        };
        twist::envelope(&mut random, &mut root);
        write::write(&mut random, &root, Style::Soap)
    }

    /// A SyncML package in other words. Values stay as they are: white space in them would mean something.
    pub(super) fn package(&self, message: &str, text: String) -> String {
        let message = message.parse::<u64>().unwrap_or(0);
        let mut random = Random::fork(self.seed, 1000 + message);
        match read(text.as_bytes(), &Limits::SYNCML) {
            Ok(root) => write::write(&mut random, &root, Style::SyncMl),
            Err(_) => text,
        }
    }
}

/// Bytes of messages that some clients take.
const SMALL: [u32; 2] = [8_192, 20_000];

#[cfg(test)]
mod tests;
