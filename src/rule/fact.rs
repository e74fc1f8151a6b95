//! What is known of a device and its user at a step, each fact with its trust. Unknown is what is not here.

use std::collections::{BTreeMap, BTreeSet};

use crate::identifier::{Identifier, Kind};

/// How far a fact can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// The client says so.
    Asserted,
    /// We know it, or somebody whom we trust does.
    Verified,
}

/// A value of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As it was told, trimmed.
    pub text: String,
    /// How far it can be relied on.
    pub trust: Trust,
}

/// All that is known.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    values: BTreeMap<String, Vec<Value>>,
    tags: BTreeSet<String>,
    unheard: BTreeSet<String>,
    auxiliary: BTreeMap<String, String>,
    lists: BTreeSet<String>,
}

/// Which facts are identifiers, and of which kind.
const IDENTIFIERS: [(&str, Kind); 7] = [
    ("device.serial", Kind::Serial),
    ("device.imei", Kind::Imei),
    ("device.mac", Kind::Mac),
    ("device.id", Kind::DeviceId),
    ("device.hwid", Kind::Hwid),
    ("entra.deviceid", Kind::EntraDeviceId),
    ("autopilot.ztdid", Kind::Ztd),
];

impl Facts {
    /// Adds a value of a fact. An empty one, and what stands where a serial number should be, is no value.
    pub fn say(&mut self, name: &str, value: &str, trust: Trust) {
        let (name, text) = (name.to_lowercase(), value.trim());
        let kind = IDENTIFIERS.iter().find(|(known, _)| *known == name);
        let placeholder = matches!(kind, Some((_, Kind::Serial)))
            && Identifier::normalise(Kind::Serial, text).is_err();
        if text.is_empty() || placeholder {
            return;
        }
        let text = text.to_owned();
        self.values
            .entry(name)
            .or_default()
            .push(Value { text, trust });
    }

    /// Adds a tag of the user, or a group with its source before it.
    pub fn tag(&mut self, tag: &str) {
        let tag = tag.trim().to_lowercase();
        if !tag.is_empty() {
            self.tags.insert(tag);
        }
    }

    /// Says that of tags that begin like this no more is known than those that were added.
    pub fn unheard(&mut self, source: &str) {
        self.unheard.insert(source.to_lowercase());
    }

    /// Adds what was filled in for a field; an empty text is present and empty.
    pub fn fill_in(&mut self, key: &str, value: &str) {
        let value = value.trim().to_lowercase();
        self.auxiliary.insert(key.trim().to_lowercase(), value);
    }

    /// Adds a list of identifiers that the device is on.
    pub fn list(&mut self, name: &str) {
        self.lists.insert(name.trim().to_lowercase());
    }

    /// The values of a fact, whose name is in lower case; none: it is unknown.
    pub fn of(&self, name: &str) -> &[Value] {
        self.values.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The first value of a fact.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.of(name).first().map(|value| value.text.as_str())
    }

    /// The tags, in lower case.
    pub fn tags(&self) -> &BTreeSet<String> {
        &self.tags
    }

    /// What tags begin with of which no more is known than those that are here.
    pub(super) fn unheard_of(&self) -> &BTreeSet<String> {
        &self.unheard
    }

    /// What was filled in, keys and values in lower case.
    pub fn auxiliary(&self) -> &BTreeMap<String, String> {
        &self.auxiliary
    }

    /// The lists of identifiers that the device is on, in lower case.
    pub fn lists(&self) -> &BTreeSet<String> {
        &self.lists
    }

    /// All facts with their values, in the order of their names.
    pub fn values(&self) -> impl Iterator<Item = (&str, &[Value])> {
        let values = self.values.iter();
        values.map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The identifiers of the device, normalised.
    pub fn identifiers(&self) -> Vec<Identifier> {
        let mut found = Vec::new();
        for (name, kind) in IDENTIFIERS {
            let texts = self.of(name).iter().map(|value| &value.text);
            found.extend(texts.filter_map(|text| Identifier::normalise(kind, text).ok()));
        }
        let three =
            ["device.manufacturer", "device.model", "device.serial"].map(|it| self.first(it));
        if let [Some(manufacturer), Some(model), Some(serial)] = three {
            let text = format!("{manufacturer},{model},{serial}");
            found.extend(Identifier::normalise(Kind::Mms, &text));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_serial_is_no_serial() {
        let mut facts = Facts::default();
        facts.say("device.serial", "To be filled by O.E.M.", Trust::Asserted);
        facts.say("device.model", "  ", Trust::Asserted);
        assert!(facts.of("device.serial").is_empty() && facts.of("device.model").is_empty());
        facts.say("Device.Serial", "ksk.00 17", Trust::Asserted);
        assert_eq!(facts.identifiers()[0].value, "KSK0017");
    }
}
