//! What is written out of the authority: certificates, and private keys under a passphrase.

use zeroize::Zeroizing;

use super::armor;
use super::authority::Authority;
use super::certificate::CaCertificate;
use super::error::Error;
use super::passphrase;
use super::sealed::load_pkcs8;

impl Authority {
    /// The certificates of all CAs in force, PEM: roots, then issuing CAs with those between, the newest first.
    pub fn export_certificates(&self) -> String {
        let issuing = self
            .issuing()
            .flat_map(|it| std::iter::once(&it.certificate).chain(&it.between));
        let all = self.roots.in_force().chain(issuing);
        all.map(|it| it.pem.as_str()).collect()
    }

    /// The certificates in force, each followed by its private key where that is here: PKCS#8 encrypted under the
    /// passphrase, as `openssl pkcs8` reads it.
    ///
    /// # Errors
    ///
    /// What is wrong with the files.
    pub fn export_keys(&self, passphrase: &[u8]) -> Result<String, Error> {
        let mut text = String::new();
        let issuing = self.issuing().map(|it| ("issuing", &it.certificate));
        let roots = self.roots.in_force().map(|root| ("root", root));
        for (kind, certificate) in roots.chain(issuing) {
            text.push_str(&certificate.pem);
            if let Some(uri) = self.key_uri(certificate) {
                // RFC 7468 lets a reader pass over what stands between.
                text.push_str(&format!("{STAYS} {uri}\n"));
            } else if let Some(pkcs8) = self.pkcs8(kind, certificate)? {
                let encrypted = passphrase::encrypt(&pkcs8, passphrase)?;
                text.push_str(&armor::encode("ENCRYPTED PRIVATE KEY", &encrypted));
            }
        }
        for it in self.issuing().flat_map(|it| &it.between) {
            text.push_str(&it.pem);
        }
        Ok(text)
    }

    /// The URIs of the issuing CAs' keys that are in a token, and so are in no export.
    pub fn keys_in_token(&self) -> Vec<String> {
        self.issuing().filter_map(|it| it.key.uri()).collect()
    }

    /// The URI of an issuing CA's key, if it is in a token.
    pub(super) fn key_uri(&self, certificate: &CaCertificate) -> Option<String> {
        self.issuing_of(&certificate.id).ok()?.key.uri()
    }

    /// The key of a CA, wherever it lies.
    fn pkcs8(
        &self,
        kind: &str,
        certificate: &CaCertificate,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let kept = self.paths.key(kind, certificate.short_id());
        if let Some(pkcs8) = load_pkcs8(&kept, &self.master)? {
            return Ok(Some(pkcs8));
        }
        let (active, key) = match kind {
            "root" => (&self.roots.newest.id, &self.paths.root_key),
            _ => (&self.active.certificate.id, &self.paths.issuing_key),
        };
        match *active == certificate.id {
            true => load_pkcs8(key, &self.master),
            false => Ok(None),
        }
    }
}

/// What stands in an export in place of a key that no export can hold.
const STAYS: &str = "This private key stays in its token:";
