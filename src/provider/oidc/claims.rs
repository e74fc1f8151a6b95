//! The claims of an ID token (OpenID Connect Core 1.0, section 2), each of its type.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::identity::Identity;

use super::super::{Error, word};

/// How far clocks may differ.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// Groups of one person.
const GROUPS: usize = 1000;

/// The claims of an ID token.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: String,
    email: Option<String>,
    email_verified: Option<Verified>,
    given_name: Option<String>,
    family_name: Option<String>,
    hd: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// What the userinfo endpoint says (section 5.3.2).
#[derive(Debug, Deserialize)]
pub(super) struct Person {
    sub: String,
    email: Option<String>,
    email_verified: Option<Verified>,
    given_name: Option<String>,
    family_name: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Some providers write the truth as a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Verified {
    Truth(bool),
    Text(String),
}

impl Verified {
    fn is_true(&self) -> bool {
        match self {
            Self::Truth(truth) => *truth,
            Self::Text(text) => text == "true",
        }
    }
}

impl Claims {
    /// Fails unless the token was made now, by this issuer, for this client and this sign-in.
    pub(super) fn check(
        &self,
        issuer: &str,
        client: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let time = |seconds: i64, name: &str| {
            Timestamp::from_second(seconds).map_err(|_| Error::wrong(format!("{name} is no time")))
        };
        let by_us = match &self.aud {
            Audience::One(one) => one == client,
            Audience::Several(all) => {
                all.iter().any(|one| one == client)
                    && (all.len() == 1 || self.azp.as_deref() == Some(client))
            }
        };
        let other_party = self.azp.as_deref().is_some_and(|party| party != client);
        let early = |time: Timestamp| time.duration_since(now) > LEEWAY;
        let faults = [
            (self.iss != issuer, "iss is another issuer"),
            (
                !by_us || other_party,
                "the ID token was made for another client",
            ),
            (self.nonce != nonce, "nonce is another"),
            (
                word(&self.sub).is_none() || self.sub.len() > 255,
                "sub names nobody",
            ),
            (
                now.duration_since(time(self.exp, "exp")?) > LEEWAY,
                "the ID token has expired",
            ),
            (
                early(time(self.iat, "iat")?),
                "the ID token is not good yet",
            ),
            (
                early(time(self.nbf.unwrap_or(self.iat), "nbf")?),
                "the ID token is not good yet",
            ),
        ];
        match faults.into_iter().find(|(wrong, _)| *wrong) {
            Some((_, why)) => Err(Error::wrong(why)),
            None => Ok(()),
        }
    }

    /// Whether the address is missing, or the claim with the groups where there is to be one.
    pub(super) fn lacks(&self, groups: Option<&str>) -> bool {
        self.email.is_none() || groups.is_some_and(|claim| !self.others.contains_key(claim))
    }

    /// Adds what the userinfo endpoint says of the same person. What the token says itself stands.
    pub(super) fn add(&mut self, person: Person) -> Result<(), Error> {
        if person.sub != self.sub {
            return Err(Error::wrong(
                "the userinfo endpoint speaks of another person",
            ));
        }
        if self.email.is_none() {
            self.email = person.email;
            self.email_verified = person.email_verified;
        }
        self.given_name = self.given_name.take().or(person.given_name);
        self.family_name = self.family_name.take().or(person.family_name);
        for (name, value) in person.others {
            self.others.entry(name).or_insert(value);
        }
        Ok(())
    }

    /// Fails unless it is an account of one of these domains of Google Workspace.
    pub(super) fn of_google(&self, domains: &[String]) -> Result<(), Error> {
        let hosted = self.hd.as_deref().ok_or_else(|| {
            Error::wrong("hd is missing: the account belongs to no Google Workspace")
        })?;
        let ours = domains
            .iter()
            .any(|domain| domain.eq_ignore_ascii_case(hosted));
        match ours {
            true => Ok(()),
            false => Err(Error::wrong(
                "hd is a domain that is not among hostedDomains",
            )),
        }
    }

    /// Who it is.
    pub(super) fn identity(
        self,
        issuer: &str,
        unverified: bool,
        groups: &str,
    ) -> Result<Identity, Error> {
        let email = self.email.as_deref().and_then(word);
        let email = email.ok_or_else(|| Error::wrong("the provider says no email"))?;
        let verified = self.email_verified.is_some_and(|it| it.is_true());
        if !verified && !unverified {
            return Err(Error::wrong("email_verified is not true"));
        }
        let groups = match self.others.get(groups) {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        let groups = groups.into_iter().filter_map(word).take(GROUPS);
        let named = |name: Option<String>| name.as_deref().and_then(word);
        let hosted = self.hd.map(|domain| ("google.hd".to_owned(), domain));
        let mut facts = vec![("oidc.issuer".to_owned(), issuer.to_owned())];
        facts.extend(hosted);
        Ok(Identity {
            issuer: issuer.to_owned(),
            subject: self.sub,
            email: Some(email),
            first_name: named(self.given_name),
            last_name: named(self.family_name),
            groups: groups.map(|group| format!("oidc:{group}")).collect(),
            unheard: None,
            facts,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn claims(changes: Value) -> Result<Identity, String> {
        let mut claims = json!({
            "iss": "https://id.example", "sub": "s-1", "aud": "us", "exp": NOW + 300, "iat": NOW, "nonce": "n",
            "email": "ana@contoso.example", "email_verified": true, "hd": "contoso.example", "groups": ["IT", 1],
        });
        let (Value::Object(all), Value::Object(changes)) = (&mut claims, changes) else {
            return Err("no object".to_owned());
        };
        for (name, value) in changes {
            match value {
                Value::Null => all.remove(&name),
                value => all.insert(name, value),
            };
        }
        let claims: Claims = serde_json::from_value(claims).map_err(|_| "unreadable".to_owned())?;
        let now = Timestamp::from_second(NOW).map_err(|error| error.to_string())?;
        let checked = claims.check("https://id.example", "us", "n", now);
        let checked = checked.and_then(|()| claims.of_google(&["contoso.example".to_owned()]));
        let checked = checked.and_then(|()| claims.identity("https://id.example", false, "groups"));
        checked.map_err(|error| error.to_string())
    }

    #[test]
    fn an_id_token_for_this_sign_in_is_believed() {
        let identity = claims(json!({}));
        let identity = identity.expect("it is good");
        assert_eq!(identity.subject, "s-1");
        assert_eq!(identity.groups, ["oidc:IT"]);
        for good in [
            json!({"aud": ["us"]}),
            json!({"aud": ["us", "them"], "azp": "us"}),
            json!({"email_verified": "true"}),
            json!({"exp": NOW - 30}),
            json!({"hd": "CONTOSO.example"}),
        ] {
            claims(good.clone()).unwrap_or_else(|error| panic!("{good}: {error}"));
        }
    }

    #[test]
    fn an_id_token_that_is_amiss_in_one_claim_is_not() {
        for amiss in [
            json!({"iss": "https://id.example/"}),
            json!({"iss": "https://evil.example"}),
            json!({"iss": null}),
            json!({"sub": ""}),
            json!({"sub": 7}),
            json!({"sub": "s".repeat(256)}),
            json!({"aud": "them"}),
            json!({"aud": ["us", "them"]}),
            json!({"aud": ["us", "them"], "azp": "them"}),
            json!({"aud": "us", "azp": "them"}),
            json!({"aud": []}),
            json!({"aud": null}),
            json!({"exp": NOW - 61}),
            json!({"exp": "1900000000"}),
            json!({"exp": 1e300}),
            json!({"exp": null}),
            json!({"iat": NOW + 61}),
            json!({"iat": null}),
            json!({"nbf": NOW + 61}),
            json!({"nonce": "m"}),
            json!({"nonce": null}),
            json!({"email": null}),
            json!({"email": "a\nb"}),
            json!({"email_verified": false}),
            json!({"email_verified": null}),
            json!({"email_verified": "yes"}),
            json!({"hd": null}),
            json!({"hd": "gmail.com"}),
            json!({"hd": "sub.contoso.example"}),
        ] {
            assert!(claims(amiss.clone()).is_err(), "{amiss}");
        }
    }
}
