//! Corporate identifiers: what tells an organization's own devices from all others, compared after normalising.

mod detect;
mod list;

use serde::{Deserialize, Serialize};

use crate::token::stored_as;

pub use self::list::{CORPORATE, LIST_NAME, names_a_list};

/// What an identifier is of.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "camelCase")]
#[schema(as = IdentifierType)]
pub enum Kind {
    /// The serial number of the machine.
    Serial,
    /// The number of its modem; a check digit or software version behind it does not count.
    Imei,
    /// The address of a network adapter.
    Mac,
    /// What Windows calls `DeviceID`.
    DeviceId,
    /// What Windows calls `HWDevID`.
    Hwid,
    /// The device's object in Entra.
    EntraDeviceId,
    /// The identifier of Autopilot.
    Ztd,
    /// Manufacturer, model and serial number, set apart by commas.
    Mms,
}

stored_as!(
    Kind,
    Serial "serial", Imei "imei", Mac "mac", DeviceId "deviceId", Hwid "hwid", EntraDeviceId "entraDeviceId",
    Ztd "ztd", Mms "mms"
);

/// An identifier in the form in which two of them are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier {
    /// What it is of.
    pub kind: Kind,
    /// Its value, normalised.
    pub value: String,
}

/// Why a text is no identifier, as the end of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A serial number that many machines have.
    #[error("is no serial number of one machine, but what manufacturers leave in its place")]
    Placeholder,
    /// It does not look like one.
    #[error("{}", .0.shape())]
    Malformed(Kind),
}

impl Kind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Serial,
        Self::Imei,
        Self::Mac,
        Self::DeviceId,
        Self::Hwid,
        Self::EntraDeviceId,
        Self::Ztd,
        Self::Mms,
    ];

    /// The expression that all its values match, before normalising. Placeholders match it too.
    pub const fn pattern(self) -> &'static str {
        match self {
            Self::Serial => "^[ -~]*[1-9A-Za-z][ -~]*$",
            Self::Imei => "^[ -]*([0-9][ -]*){14,16}$",
            Self::Mac => "^[ .:-]*([0-9A-Fa-f][ .:-]*){12}$",
            Self::DeviceId | Self::EntraDeviceId | Self::Ztd => "^[ {}-]*([0-9A-Fa-f][ {}-]*){32}$",
            Self::Hwid => "^[ {}-]*([0-9A-Fa-f][ {}-]*){16,128}$",
            Self::Mms => concat!(
                r"^[^,\x00-\x1f\x7f-\x9f]*[^,\s\x00-\x1f\x7f-\x9f][^,\x00-\x1f\x7f-\x9f]*",
                r",[^,\x00-\x1f\x7f-\x9f]*[^,\s\x00-\x1f\x7f-\x9f][^,\x00-\x1f\x7f-\x9f]*",
                r",[ -+\--~]*[1-9A-Za-z][ -+\--~]*$"
            ),
        }
    }

    const fn shape(self) -> &'static str {
        match self {
            Self::Serial => {
                "is no serial number: printable ASCII with a letter or digit other than 0"
            }
            Self::Imei => "is no IMEI: 14 to 16 digits",
            Self::Mac => "is no MAC address: 12 hexadecimal digits",
            Self::DeviceId | Self::EntraDeviceId | Self::Ztd => "is no GUID: 32 hexadecimal digits",
            Self::Hwid => "is no hardware identifier: 16 to 128 hexadecimal digits",
            Self::Mms => "is not manufacturer,model,serial",
        }
    }
}

impl Identifier {
    /// Characters of a value at most.
    pub const LONGEST: usize = 256;

    /// Brings a text into the form in which identifiers are compared.
    ///
    /// # Errors
    /// [`Unfit`] says why it is none of this kind.
    pub fn normalise(kind: Kind, text: &str) -> Result<Self, Unfit> {
        let found = if text.chars().count() > Self::LONGEST {
            None
        } else {
            match kind {
                Kind::Serial => Some(serial(kind, text)?),
                Kind::Imei => digits(text, &[' ', '-'], 14..=16, |c| c.is_ascii_digit())
                    .map(|digits| digits.chars().take(14).collect()),
                Kind::Mac => digits(text, &[' ', '.', ':', '-'], 12..=12, is_hex),
                Kind::DeviceId | Kind::EntraDeviceId | Kind::Ztd => {
                    digits(text, &GUID, 32..=32, is_hex)
                }
                Kind::Hwid => digits(text, &GUID, 16..=128, is_hex),
                Kind::Mms => mms(text)?,
            }
        };
        let value = found.ok_or(Unfit::Malformed(kind))?;
        Ok(Self { kind, value })
    }
}

/// What may stand between the digits of a GUID.
const GUID: [char; 4] = [' ', '{', '}', '-'];

/// What manufacturers leave where a serial number should be, normalised.
const PLACEHOLDERS: [&str; 19] = [
    "0123456789",
    "123456789",
    "1234567890",
    "BASEBOARDSERIALNUMBER",
    "CHASSISSERIALNUMBER",
    "DEFAULTSTRING",
    "EMPTY",
    "INVALID",
    "N/A",
    "NONE",
    "NOTAPPLICABLE",
    "NOTAVAILABLE",
    "NOTSPECIFIED",
    "NULL",
    "OEM",
    "SERIALNUMBER",
    "SYSTEMSERIALNUMBER",
    "TOBEFILLEDBYOEM",
    "UNKNOWN",
];

fn serial(kind: Kind, text: &str) -> Result<String, Unfit> {
    let printable = text.bytes().all(|c| (b' '..=b'~').contains(&c));
    if !printable || !text.contains(|c: char| c.is_ascii_alphanumeric() && c != '0') {
        return Err(Unfit::Malformed(kind));
    }
    let serial = text.replace([' ', '.'], "").to_ascii_uppercase();
    if PLACEHOLDERS.contains(&serial.as_str()) {
        return Err(Unfit::Placeholder);
    }
    Ok(serial)
}

/// The digits of a text in lower case, of which there are so many, with nothing else but `between` them.
fn digits(
    text: &str,
    between: &[char],
    count: std::ops::RangeInclusive<usize>,
    is_digit: impl Fn(char) -> bool,
) -> Option<String> {
    let digits = text.replace(between, "").to_ascii_lowercase();
    (count.contains(&digits.len()) && digits.chars().all(is_digit)).then_some(digits)
}

fn is_hex(c: char) -> bool {
    c.is_ascii_hexdigit()
}

/// Manufacturer and model in lower case with single spaces, and the serial number.
fn mms(text: &str) -> Result<Option<String>, Unfit> {
    let parts: Vec<&str> = text.split(',').collect();
    let [manufacturer, model, number] = parts.as_slice() else {
        return Ok(None);
    };
    let plain = |text: &str| -> Option<String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        (!words.is_empty() && !text.contains(char::is_control))
            .then(|| words.join(" ").to_lowercase())
    };
    let (Some(manufacturer), Some(model)) = (plain(manufacturer), plain(model)) else {
        return Ok(None);
    };
    let number = serial(Kind::Mms, number)?;
    Ok(Some(format!("{manufacturer},{model},{number}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(kind: Kind, text: &str) -> Result<String, Unfit> {
        Identifier::normalise(kind, text).map(|it| it.value)
    }

    #[test]
    fn the_same_thing_written_differently_is_the_same_identifier() {
        let guid = "0f3b8e6ca2714556".to_owned() + "9b72a26cbd112233";
        for (kind, texts, same) in [
            (Kind::Serial, ["  pf3 ab.12 ", "PF3AB12"], "PF3AB12"),
            (
                Kind::Imei,
                ["35-209900-176148-1", "3520990017614823"],
                "35209900176148",
            ),
            (
                Kind::Mac,
                ["A2-19-7D-41-B3-9C", "a219.7d41.b39c"],
                "a2197d41b39c",
            ),
            (
                Kind::DeviceId,
                ["{0F3B8E6C-A271-4556-9B72-A26CBD112233}", &guid],
                &guid,
            ),
            (
                Kind::Ztd,
                ["0f3b8e6c-a271-4556-9b72-a26cbd112233", &guid],
                &guid,
            ),
            (
                Kind::Mms,
                [" Contoso   Ltd ,Book  9,sn 1.2", "CONTOSO LTD,book 9,SN12"],
                "contoso ltd,book 9,SN12",
            ),
        ] {
            for text in texts {
                assert_eq!(value(kind, text).as_deref(), Ok(same), "{kind:?} {text}");
            }
        }
    }

    #[test]
    fn what_manufacturers_leave_in_place_of_a_serial_number_is_none() {
        for text in [
            "To be filled by O.E.M.",
            "Default string",
            "System Serial Number",
            "none",
            "N/A",
        ] {
            assert_eq!(value(Kind::Serial, text), Err(Unfit::Placeholder), "{text}");
            let whole = format!("Contoso,Book,{text}");
            assert_eq!(value(Kind::Mms, &whole), Err(Unfit::Placeholder), "{text}");
        }
        for text in ["0000000", "0 0.0", "", " . ", "-"] {
            assert_eq!(
                value(Kind::Serial, text),
                Err(Unfit::Malformed(Kind::Serial)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_has_another_shape_is_refused() {
        for (kind, text) in [
            (Kind::Imei, "3520990017614"),
            (Kind::Imei, "35209900176148x"),
            (Kind::Mac, "A2-19-7D-41-B3"),
            (Kind::DeviceId, "0F3B8E6C-A271-4556-9B72-A26CBD11223Z"),
            (Kind::Hwid, "abc"),
            (Kind::Mms, "Contoso,Book"),
            (Kind::Mms, "Contoso,,SN12"),
            (Kind::Mms, "Contoso,Book,SN12,more"),
            (Kind::Serial, "S\u{fc}12"),
        ] {
            assert_eq!(value(kind, text), Err(Unfit::Malformed(kind)), "{text}");
        }
        assert!(value(Kind::Serial, &"a".repeat(257)).is_err());
    }
}
