//! What a device says of itself when it asks for its certificate. Asserted, never proved.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::EnrollmentType;

/// The context items of a request, the usual ones by name and all of them as they came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeviceFacts)]
pub struct Facts {
    /// `DeviceID`: also the `Source` of its management sessions.
    pub device_id: Option<String>,
    /// `HWDevID`: a hash of the hardware; clones share it.
    pub hardware_id: Option<String>,
    /// `EnrollmentType`.
    pub enrollment_type: Option<EnrollmentType>,
    /// `DeviceName`.
    pub device_name: Option<String>,
    /// `OSVersion`, else `ApplicationVersion`.
    pub os_version: Option<String>,
    /// `OSEdition`: a `PRODUCT_*` number.
    pub os_edition: Option<u32>,
    /// `Locale`.
    pub locale: Option<String>,
    /// Every item, in order, repetitions included.
    #[schema(value_type = Vec<Vec<String>>)]
    pub items: Vec<(String, String)>,
}

impl Facts {
    /// Sorts the items of a request.
    pub fn from_items(items: Vec<(String, String)>) -> Self {
        let first = |name: &str| {
            items
                .iter()
                .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty())
                .map(|(_, value)| value.as_str())
        };
        let owned = |name: &str| first(name).map(str::to_owned);
        Self {
            device_id: owned("DeviceID"),
            hardware_id: first("HWDevID").map(identifier),
            enrollment_type: first("EnrollmentType").and_then(EnrollmentType::from_word),
            device_name: owned("DeviceName"),
            os_version: owned("OSVersion").or_else(|| owned("ApplicationVersion")),
            os_edition: first("OSEdition").and_then(|text| text.parse().ok()),
            locale: owned("Locale"),
            items,
        }
    }

    /// The serial number in the form in which devices are found: upper case, without spaces and dots.
    pub fn serial_key(&self) -> Option<String> {
        self.item("SerialNumber", serial_key)
    }

    /// The IMEI in the form in which devices are found: its first 14 digits, without the check digit.
    pub fn imei_key(&self) -> Option<String> {
        self.item("IMEI", imei_key)
    }

    fn item(&self, name: &str, normal: impl Fn(&str) -> String) -> Option<String> {
        self.items
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| normal(value))
            .find(|value| !value.is_empty())
    }
}

/// A serial number in the form in which devices are found.
pub fn serial_key(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '.')
        .flat_map(char::to_uppercase)
        .collect()
}

/// An IMEI in the form in which devices are found.
pub fn imei_key(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(14).collect()
}

/// Two spellings of one identifier made equal: braces, hyphens and case carry nothing.
pub fn identifier(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Whether two identifiers are there and the same, however they are spelled.
pub fn same_identifier(one: Option<&str>, other: Option<&str>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if identifier(one) == identifier(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_kept_and_the_usual_ones_are_named() {
        let items = [
            ("MAC", "A2-19"),
            ("MAC", "A2-19"),
            ("OSEdition", "72"),
            ("DeviceID", "B5"),
            ("Odd", "x"),
        ];
        let items: Vec<_> = items
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let facts = Facts::from_items(items.clone());
        assert_eq!(facts.items, items);
        assert_eq!(facts.os_edition, Some(72));
        assert_eq!(facts.device_id.as_deref(), Some("B5"));
        assert_eq!(facts.hardware_id, None);
    }

    #[test]
    fn a_serial_number_and_an_imei_are_found_however_they_are_spelled() {
        let items = [
            ("serialnumber", " 5cg 12.a "),
            ("IMEI", "49-015420-323751-8"),
        ];
        let facts = Facts::from_items(
            items
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .to_vec(),
        );
        assert_eq!(facts.serial_key().as_deref(), Some("5CG12A"));
        assert_eq!(facts.imei_key().as_deref(), Some("49015420323751"));
        assert_eq!(Facts::default().serial_key(), None);
    }

    #[test]
    fn two_spellings_of_an_identifier_are_equal() {
        assert_eq!(
            identifier("{7BA748C8-703E-4DF2-A74A-92984117346A}"),
            identifier("7ba748c8703e4df2a74a92984117346a")
        );
    }
}
