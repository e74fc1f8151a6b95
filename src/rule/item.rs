//! The context items of a certificate request as facts (MS-MDE2 3.4), and a person as facts. All that the client sends is
//! asserted; a person is verified where the credential proves one.

use super::fact::{Facts, Trust};

/// Each item with its fact.
const ITEMS: [(&str, &str); 23] = [
    ("deviceid", "device.id"),
    ("hwdevid", "device.hwid"),
    ("devicename", "device.name"),
    ("osversion", "os.version"),
    ("osedition", "os.edition"),
    ("mac", "device.mac"),
    ("imei", "device.imei"),
    ("enrollmenttype", "enroll.type"),
    ("devicetype", "enroll.devicetype"),
    ("locale", "device.locale"),
    ("domainname", "device.domain"),
    ("enrollmentdata", "enroll.data"),
    ("zerotouchprovisioning", "autopilot.ztdid"),
    (
        "offlineautopilotenrollmentcorrelator",
        "autopilot.correlationid",
    ),
    ("manufacturer", "device.manufacturer"),
    ("devicemodel", "device.model"),
    ("model", "device.model"),
    ("serialnumber", "device.serial"),
    ("applicationversion", "os.applicationversion"),
    ("notinoobe", "enroll.notinoobe"),
    ("targeteduserloggedin", "enroll.targeteduserloggedin"),
    ("uxinitiated", "enroll.uxinitiated"),
    ("ownership", "link.ownership"),
];

/// Items that say in which scenario a device enrolls; those that are set are the values of `enroll.flags`.
const FLAGS: [&str; 6] = [
    "bulkaadj",
    "whiteglove",
    "whiteglovehybridjoin",
    "plugandforget",
    "bootstrapdomainjoin",
    "externalmgmtagenthint",
];

impl Facts {
    /// Adds the items of a request; one that is not known stands under its own name, `item.…`.
    pub fn say_items(&mut self, items: &[(String, String)]) {
        for (name, value) in items {
            let lower = name.to_lowercase();
            let set = !matches!(value.trim().to_lowercase().as_str(), "" | "0" | "false");
            if FLAGS.contains(&lower.as_str()) && set {
                self.say("enroll.flags", &lower, Trust::Asserted);
            }
            let known = ITEMS.iter().find(|(item, _)| *item == lower);
            match known {
                Some((_, fact)) => self.say(fact, value, Trust::Asserted),
                None => self.say(&format!("item.{lower}"), value, Trust::Asserted),
            }
        }
        if self.of("os.version").is_empty()
            && let Some(version) = self.first("os.applicationversion").map(str::to_owned)
        {
            self.say("os.version", &version, Trust::Asserted);
        }
    }

    /// Adds a person's address, with its two parts as facts of their own.
    pub fn say_person(&mut self, email: &str, trust: Trust) {
        self.say("email", email, trust);
        if let Some((username, domain)) = email.split_once('@') {
            self.say("email.username", username, trust);
            self.say("email.domain", domain, trust);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_facts_by_the_names_that_rules_use_and_unknown_ones_are_kept() {
        let items = [
            ("SerialNumber", "PF3"),
            ("MAC", "a"),
            ("MAC", "b"),
            ("Odd", "x"),
            ("WhiteGlove", "True"),
            ("BulkAADJ", "false"),
            ("ApplicationVersion", "10.0.1"),
            ("Model", "Book 9"),
        ];
        let items = items.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut facts = Facts::default();
        facts.say_items(&items);
        assert_eq!(facts.first("device.serial"), Some("PF3"));
        assert_eq!(facts.first("device.model"), Some("Book 9"));
        assert_eq!(facts.of("device.mac").len(), 2);
        assert_eq!(facts.first("item.odd"), Some("x"));
        assert_eq!(facts.first("os.version"), Some("10.0.1"));
        assert_eq!(facts.of("enroll.flags").len(), 1);
        assert_eq!(facts.first("enroll.flags"), Some("whiteglove"));
        facts.say_person("ana@contoso.example", Trust::Verified);
        assert_eq!(facts.first("email.domain"), Some("contoso.example"));
    }
}
