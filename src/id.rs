//! Identifiers that the server makes: 24 hexadecimal digits, in the order of their making.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rand;
use jiff::Timestamp;
use uuid::Uuid;

/// Twelve bytes, written as 24 hexadecimal digits: four of seconds, eight of chance. Rows made together lie together
/// in an index, and nobody can guess the next one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId([u8; 12]);

/// A text that is no [`ObjectId`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an id has 24 hexadecimal digits")]
pub struct NotAnId;

impl ObjectId {
    /// A new identifier, made at `now`.
    pub fn generate(now: Timestamp) -> Self {
        let mut bytes = [0; 12];
        let seconds = u32::try_from(now.as_second()).unwrap_or_default();
        let (time, chance) = bytes.split_at_mut(4);
        time.copy_from_slice(&seconds.to_be_bytes());
        fill_random(chance);
        Self(bytes)
    }

    /// Its twin for contracts that name things by GUID: the same bits inside a UUID of version 8 (RFC 9562, 5.8).
    pub fn guid(self) -> Uuid {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = self.0;
        Uuid::from_bytes([
            a, b, c, d, e, f, 0x80, g, 0x80, h, i, j, k, l, TWIN[0], TWIN[1],
        ])
    }

    /// The identifier whose twin `guid` is, if it is one.
    pub fn from_guid(guid: Uuid) -> Option<Self> {
        match guid.into_bytes() {
            [a, b, c, d, e, f, 0x80, g, 0x80, h, i, j, k, l, m, n] if [m, n] == TWIN => {
                Some(Self([a, b, c, d, e, f, g, h, i, j, k, l]))
            }
            _ => None,
        }
    }
}

/// The last two bytes of every twin.
const TWIN: [u8; 2] = [0x50, 0xc1];

/// Fills `bytes` from the system's generator.
///
/// Without randomness nothing that the server makes would be safe, so its failure ends the request by a panic.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    #[expect(
        clippy::expect_used,
        reason = "the system's generator has seeded long before the process started"
    )]
    rand::fill(bytes).expect("the system's random generator works");
}

/// Writes `bytes` as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| {
        DIGITS
            .get(usize::from(value))
            .map_or('0', |digit| char::from(*digit))
    };
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// The bytes behind hexadecimal digits of either case.
pub(crate) fn unhex(digits: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| {
        let byte = value(*high)? * 16 + value(*low)?;
        u8::try_from(byte).ok()
    });
    rest.is_empty().then(|| bytes.collect())?
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for ObjectId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let text = text.as_bytes();
        if text.len() != 24 {
            return Err(NotAnId);
        }
        let mut bytes = [0; 12];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            let digit = |index: usize| {
                pair.get(index)
                    .and_then(|digit| char::from(*digit).to_digit(16))
            };
            let (Some(high), Some(low)) = (digit(0), digit(1)) else {
                return Err(NotAnId);
            };
            *byte = u8::try_from(high * 16 + low).map_err(|_| NotAnId)?;
        }
        Ok(Self(bytes))
    }
}

impl<'de> serde::Deserialize<'de> for ObjectId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::ToSchema for ObjectId {}

impl utoipa::PartialSchema for ObjectId {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[a-fA-F0-9]{24}$"))
            .into()
    }
}

impl serde::Serialize for ObjectId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_24_hexadecimal_digits_and_reads_back() {
        let id = ObjectId::generate(Timestamp::UNIX_EPOCH);
        assert_eq!(id.to_string().len(), 24);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("5f".parse::<ObjectId>(), Err(NotAnId));
        assert_eq!("zz0000000000000000000000".parse::<ObjectId>(), Err(NotAnId));
        assert_eq!("+10000000000000000000000".parse::<ObjectId>(), Err(NotAnId));
    }

    #[test]
    fn an_id_and_its_guid_twin_lead_to_each_other() {
        let id = ObjectId::generate(Timestamp::UNIX_EPOCH);
        assert_eq!(ObjectId::from_guid(id.guid()), Some(id));
        assert_eq!(id.guid().get_version_num(), 8);
        assert_eq!(ObjectId::from_guid(Uuid::nil()), None);
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let early = ObjectId::generate(Timestamp::from_second(1_000).unwrap());
        let late = ObjectId::generate(Timestamp::from_second(2_000).unwrap());
        assert!(early.to_string() < late.to_string());
    }
}
