//! Microsoft Entra ID, which templates name their applications of.

use crate::entra::REDIRECTS;

use super::key::section;
use super::setting::choice;

section! {
    /// Microsoft Entra ID.
    pub struct Entra in "entra." {
        /// Which cloud the tenants are in.
        cloud: EntraCloud = EntraCloud::Public;
        /// Where the keys that sign its tokens are: an address of HTTPS, or of this machine.
        /// Empty: where the cloud has them.
        jwks_url: String = String::new();
        /// The tenants whose devices may come. Empty: those that templates name. A tenant that no template names comes in
        /// by the default template.
        tenants: Vec<String> = Vec::new();
        /// Audiences of its tokens that count beside the client ids of templates and the addresses of this server.
        audiences: Vec<String> = Vec::new();
        /// Where the page of the terms of use may send people back to: addresses, and what lies below them.
        redirect_uris: Vec<String> = REDIRECTS.map(str::to_owned).to_vec();
        /// Whether a device must prove that its user accepted the terms of use, where the organization has any.
        require_terms: bool = true;
        /// What is reported of a device that enrolled.
        report: EntraReport = EntraReport::ManagedAndCompliant;
        /// Where tokens for Microsoft Graph are had: an address of HTTPS, or of this machine. Empty: where the cloud
        /// has them.
        login_url: String = String::new();
        /// Where Microsoft Graph is: an address of HTTPS, or of this machine. Empty: where the cloud has it.
        graph_url: String = String::new();
    }
}

choice! {
    /// What Microsoft Graph is told of a device that enrolled, by applications that have a client secret.
    pub enum EntraReport {
        /// That it is managed and compliant.
        ManagedAndCompliant = "managed-and-compliant",
        /// That it is managed.
        Managed = "managed",
        /// Nothing.
        Off = "off",
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
