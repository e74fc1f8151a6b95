//! What a simulated PC says of itself.

use super::random::Random;

/// The names and numbers of one PC, in the forms that Windows sends: MS-MDE2 3.4.4.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `DeviceID`: 32 upper-case hexadecimal digits; Windows makes a new one for every enrollment.
    pub device_id: String,
    /// `HWDevID`: 64 upper-case hexadecimal digits; the same for every enrollment of one machine.
    pub hw_dev_id: String,
    /// `DeviceName`: the computer's name.
    pub device_name: String,
    /// `MAC`, one for each adapter, with hyphens; two adapters may have the same.
    pub macs: Vec<String>,
    /// `OSVersion`.
    pub os_version: String,
    /// `OSEdition`, a `PRODUCT_*` number.
    pub os_edition: u32,
    /// `Locale`.
    pub locale: String,
    /// `./DevInfo/Man`.
    pub manufacturer: String,
    /// `./DevInfo/Mod`.
    pub model: String,
    /// `./DevDetail/Ext/Microsoft/SMBIOSSerialNumber`.
    pub serial_number: String,
    /// `./DevDetail/FwV`.
    pub firmware: String,
    /// The 30 characters of a GUID that begin the subject of the certificate request.
    pub key_name: String,
}

impl Identity {
    /// A PC of its own for each `seed`.
    pub fn random(seed: u64) -> Self {
        let mut random = Random::fork(seed, 0);
        let adapters = 1 + random.below(4);
        let mut macs: Vec<String> = (0..adapters).map(|_| mac(&mut random)).collect();
        if random.once_in(4)
            && let Some(first) = macs.first().cloned()
        {
            macs.push(first);
        }
        let build = random.pick(&["19045", "22631", "26100", "26200"]);
        let (manufacturer, models) = MAKERS
            .get(random.below(MAKERS.len()))
            .copied()
            .unwrap_or(("Contoso", &["PC"]));
        Self {
            device_id: random.hex(32),
            hw_dev_id: random.hex(64),
            device_name: format!("DESKTOP-{}", random.text(7, NAME)),
            macs,
            os_version: format!("10.0.{build}.{}", 1000 + random.below(8000)),
            os_edition: *EDITIONS.get(random.below(EDITIONS.len())).unwrap_or(&4),
            locale: random
                .pick(&["en-US", "de-DE", "fr-FR", "ja-JP"])
                .to_owned(),
            manufacturer: manufacturer.to_owned(),
            model: random.pick(models).to_owned(),
            key_name: guid(&mut random).chars().take(30).collect(),
            serial_number: random.text(8, NAME),
            firmware: format!("1.{}.0", random.below(40)),
        }
    }
}

fn mac(random: &mut Random) -> String {
    let pairs: Vec<String> = (0..6).map(|_| random.hex(2)).collect();
    pairs.join("-")
}

fn guid(random: &mut Random) -> String {
    let groups: Vec<String> = [8, 4, 4, 4, 12].map(|length| random.hex(length)).into();
    groups.join("-")
}

const NAME: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
/// Enterprise, Professional, Education, Enterprise LTSC.
const EDITIONS: [u32; 4] = [4, 48, 121, 125];
const MAKERS: [(&str, &[&str]); 4] = [
    ("Dell Inc.", &["Latitude 5450", "OptiPlex 7020"]),
    ("HP", &["EliteBook 840 G11", "ZBook Power"]),
    ("LENOVO", &["21LS001NUS", "30FM0013GE"]),
    ("VMware, Inc.", &["VMware7,1", "VMware20,1"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_pc_again_and_another_seed_another_pc() {
        assert_eq!(Identity::random(7), Identity::random(7));
        let (one, other) = (Identity::random(7), Identity::random(8));
        assert_ne!(one.device_id, other.device_id);
        assert_ne!(one.hw_dev_id, other.hw_dev_id);
    }

    #[test]
    fn identifiers_have_the_lengths_that_windows_gives_them() {
        for seed in 0..50 {
            let identity = Identity::random(seed);
            let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert_eq!(identity.device_id.len(), 32);
            assert_eq!(identity.hw_dev_id.len(), 64);
            assert!(hex(&identity.device_id) && hex(&identity.hw_dev_id));
            assert_eq!(identity.key_name.len(), 30);
            assert_eq!(identity.device_name.len(), 15);
            assert!(identity.macs.iter().all(|mac| mac.len() == 17));
        }
    }
}
