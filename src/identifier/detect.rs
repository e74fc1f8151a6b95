//! What a value without a type is of, by its shape.

use super::{Identifier, Kind};

impl Kind {
    /// The kind that a value looks like; with a comma it can be nothing but manufacturer, model and serial number. Twelve hexadecimal digits alone may be a serial number as well: they are a MAC
    /// address only when they are set apart as one.
    pub fn detect(text: &str) -> Self {
        let of = |kind| Identifier::normalise(kind, text).is_ok();
        let set_apart = text.contains([':', '-', '.']);
        let something = |c: char| c.is_ascii_alphanumeric() && c != '0';
        if text.contains(',') {
            Self::Mms
        } else if !text.contains(something) {
            // Zeros alone are nothing: as a serial number they are refused.
            Self::Serial
        } else if set_apart && of(Self::Mac) {
            Self::Mac
        } else if of(Self::DeviceId) {
            Self::DeviceId
        } else if text.trim().len() >= 14 && of(Self::Imei) {
            Self::Imei
        } else {
            Self::Serial
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_value_is_told_by_its_shape() {
        for (text, kind) in [
            ("Contoso,Book 9,PF3X17AB", Kind::Mms),
            ("A2-19-7D-41-B3-9C", Kind::Mac),
            ("A2197D41B39C", Kind::Serial),
            ("35-209900-176148-1", Kind::Imei),
            ("352099001761481", Kind::Imei),
            ("{0F3B8E6C-A271-4556-9B72-A26CBD112233}", Kind::DeviceId),
            ("PF3X17AB", Kind::Serial),
            ("5CG9323ZQT", Kind::Serial),
            ("0000000000000000", Kind::Serial),
        ] {
            assert_eq!(Kind::detect(text), kind, "{text}");
        }
    }
}
