//! Microsoft Entra ID, which templates name their applications of.

use super::key::section;
use super::setting::choice;

section! {
    /// Microsoft Entra ID.
    pub struct Entra in "entra." {
        /// Which cloud the tenants are in.
        cloud: EntraCloud = EntraCloud::Public;
        /// Where the keys that sign its tokens are: an address of HTTPS, or of this machine.
        /// Empty: where the cloud has them.
        keys_url: String = String::new();
    }
}

choice! {
    /// Which cloud of Microsoft the tenants are in.
    pub enum EntraCloud {
        /// The public one.
        Public = "public",
        /// That of the government of the United States.
        UsGovernment = "us-government",
        /// That of China.
        China = "china",
    }
}
