//! The claims of an access token ("Access token claims reference", Microsoft identity platform; ENTRA 4).

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::id::ObjectId;
use crate::identity::Identity;

use super::{Application, Cloud, Error};

/// What a token says. A claim of another type than its specification has cannot be read: no text is a time.
#[derive(Deserialize)]
pub(super) struct Claims {
    pub(super) aud: String,
    iss: String,
    pub(super) tid: String,
    exp: u64,
    nbf: u64,
    iat: u64,
    ver: String,
    scp: Option<String>,
    idtyp: Option<String>,
    idp: Option<String>,
    acct: Option<u8>,
    oid: Option<String>,
    upn: Option<String>,
    preferred_username: Option<String>,
    unique_name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    deviceid: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
}

/// Claims that were verified.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedClaims {
    /// The organization whose template names the application.
    pub organization: ObjectId,
    /// The template.
    pub template: ObjectId,
    /// Who it is: `oid` in the tenant, by its issuer of version 2.0.
    pub identity: Identity,
    /// `deviceid`.
    pub device: Option<String>,
}

impl fmt::Debug for VerifiedClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Identity {
            issuer, subject, ..
        } = &self.identity;
        write!(f, "VerifiedClaims({subject} of {issuer})")
    }
}

/// Seconds by which clocks may differ (ENTRA 4).
const SKEW: u64 = 300;
/// The scope of enrollment.
const SCOPE: &str = "mdm_delegation";
/// What stands for the tenant in a published key's issuer.
const ANY_TENANT: &str = "{tenantid}";
/// Groups that are heard: as many as Entra puts into a token.
const GROUPS: usize = 200;

impl Claims {
    /// Fails unless the token is one to enroll by, now, of a person of the tenant itself.
    pub(super) fn check(
        &self,
        cloud: Cloud,
        key_issuer: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let claim = |holds: bool, why| match holds {
            true => Ok(()),
            false => Err(Error::Claim(why)),
        };
        let guid = |text: &str| text.len() == 36 && Uuid::try_parse(text).is_ok();
        claim(guid(&self.tid), "its tenant (tid) is no GUID")?;
        let [first, second] = cloud.issuers(&self.tid);
        let issuer = match self.ver.as_str() {
            "1.0" => &first,
            "2.0" => &second,
            _ => return Err(Error::Claim("its version (ver) is unknown")),
        };
        claim(
            self.iss == *issuer,
            "its issuer (iss) is not that of its tenant (tid)",
        )?;
        if let Some(key_issuer) = key_issuer {
            let expected = key_issuer.replace(ANY_TENANT, &self.tid);
            claim(
                expected == first || expected == second,
                "its key is published for another issuer",
            )?;
        }
        let now = u64::try_from(now.as_second()).unwrap_or_default();
        claim(self.exp.saturating_add(SKEW) > now, "it has expired (exp)")?;
        claim(
            self.nbf <= now.saturating_add(SKEW),
            "it is not good yet (nbf)",
        )?;
        claim(
            self.iat <= now.saturating_add(SKEW),
            "it was issued in the future (iat)",
        )?;
        let application = self.idtyp.as_deref() == Some("app");
        claim(
            !application,
            "it is an application's (idtyp), not a person's",
        )?;
        let scopes = self.scp.as_deref().unwrap_or_default();
        claim(
            scopes.split(' ').any(|scope| scope == SCOPE),
            "its scope (scp) lacks mdm_delegation",
        )?;
        let object = self.oid.as_deref().unwrap_or_default();
        claim(guid(object), "it names no person (oid)")?;
        let home = |idp: &String| idp == &first || idp == &second;
        let guest = self.acct == Some(1) || !self.idp.as_ref().is_none_or(home);
        claim(!guest, "it is a guest's (acct, idp)")
    }

    pub(super) fn verified(self, cloud: Cloud, application: &Application) -> VerifiedClaims {
        let tenant = self.tid.to_lowercase();
        let [_, issuer] = cloud.issuers(&tenant);
        let object = self.oid.unwrap_or_default().to_lowercase();
        let upn = self.upn.or(self.preferred_username).or(self.unique_name);
        let facts = [
            ("entra.tenantid", Some(tenant)),
            ("entra.objectid", Some(object.clone())),
            ("entra.upn", upn.clone()),
            ("entra.deviceid", self.deviceid.clone()),
        ];
        let facts = facts
            .into_iter()
            .filter_map(|(fact, value)| Some((fact.to_owned(), value?)));
        let groups = self.groups.iter().take(GROUPS);
        VerifiedClaims {
            organization: application.organization,
            template: application.template,
            identity: Identity {
                issuer,
                subject: object,
                email: upn.filter(|upn| upn.contains('@')),
                first_name: self.given_name,
                last_name: self.family_name,
                groups: groups.map(|group| format!("entra:{group}")).collect(),
                unheard: None,
                facts: facts.collect(),
            },
            device: self.deviceid,
        }
    }
}
