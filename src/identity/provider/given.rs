//! Settings as clients give them, each fault with its path.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::{Map, Value as Json};

use crate::violation::Violation;

use super::ProviderSettings;

impl ProviderSettings {
    /// Reads what a client gave at `path`: a derived reader would not tell which field is at fault.
    ///
    /// # Errors
    /// What is not understood.
    pub fn read(path: &str, mut given: Map<String, Json>) -> Result<Self, Violation> {
        let kind = given.remove("type");
        match kind.as_ref().and_then(Json::as_str) {
            Some("ldap") => fields(path, given).map(Self::Ldap),
            Some("google") => fields(path, given).map(Self::Google),
            Some("oidc") => fields(path, given).map(Self::Oidc),
            Some("saml") => fields(path, given).map(Self::Saml),
            _ => Err(Violation {
                path: format!("{path}.type"),
                reason: "must be ldap, google, oidc or saml".to_owned(),
            }),
        }
    }
}

fn fields<T: DeserializeOwned>(path: &str, given: Map<String, Json>) -> Result<T, Violation> {
    serde_path_to_error::deserialize(Json::Object(given)).map_err(|fault| {
        let at = match fault.path().to_string().as_str() {
            "." => path.to_owned(),
            at => format!("{path}.{at}"),
        };
        Violation::misread(&at, fault.inner())
    })
}

/// A text that may be missing; a blank one is none.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let given = Option::<String>::deserialize(deserializer)?;
    Ok(given.filter(|text| !text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(given: Json) -> Result<ProviderSettings, Violation> {
        let Json::Object(given) = given else {
            panic!("{given} is no object");
        };
        ProviderSettings::read("settings", given)
    }

    #[test]
    fn settings_that_are_read_are_those_that_are_shown() {
        let given =
            json!({ "type": "google", "clientId": "x", "hostedDomains": ["contoso.example"] });
        let settings = read(given.clone()).unwrap();
        assert_eq!(serde_json::to_value(settings).unwrap(), given);
    }

    #[test]
    fn a_fault_is_told_with_its_path_and_without_its_value() {
        for (given, path) in [
            (json!({ "url": "ldaps://a" }), "settings.type"),
            (json!({ "type": "kerberos" }), "settings.type"),
            (json!({ "type": "ldap", "url": "ldaps://a" }), "settings"),
            (
                json!({ "type": "ldap", "url": ["S3cret"], "baseDn": "dc=a" }),
                "settings.url",
            ),
            (
                json!({ "type": "google", "clientId": "x", "hostedDomains": [{ "S3cret": 1 }] }),
                "settings.hostedDomains[0]",
            ),
        ] {
            let fault = read(given).unwrap_err();
            assert_eq!(fault.path, path, "{fault:?}");
            assert!(!fault.reason.contains("S3cret"), "{fault:?}");
        }
    }
}
