//! LDAP (RFC 4511): a search for the one who signs in, then a bind as the entry that was found.
//!
//! An empty password would bind as nobody and be told success (RFC 4513, section 5.1.2): it never reaches the
//! directory, and who was bound is asked for afterwards. Nothing is sent before TLS, referrals are not followed.

use std::collections::HashMap;

use ldap3::exop::{WhoAmI, WhoAmIResp};
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions,
    ldap_escape,
};

use crate::identity::{Identity, LdapSettings};
use crate::secret::Secret;

use super::{Error, PATIENCE, client, word};

/// Characters of a name and of a password.
const LONGEST: usize = 256;
/// Groups of one person.
const GROUPS: usize = 1000;
/// `invalidCredentials`.
const INVALID_CREDENTIALS: u32 = 49;
/// `protocolError`, which an operation that is not known answers (RFC 4511, section 4.12).
const PROTOCOL_ERROR: u32 = 2;

/// Whether name and password are worth a question.
pub(super) fn sensible(login: &str, password: &Secret) -> Result<(), Error> {
    if word(login).is_none() || login.chars().count() > LONGEST {
        return Err(Error::wrong("the user name is no user name"));
    }
    let password = password.reveal();
    if password.trim().is_empty() {
        return Err(Error::wrong("the password is empty"));
    }
    match password.chars().count() > LONGEST || password.contains('\0') {
        true => Err(Error::wrong("the password is no password")),
        false => Ok(()),
    }
}

/// Who it is that knows this password.
pub(super) async fn authenticate(
    settings: &LdapSettings,
    secret: &Secret,
    login: &str,
    password: &Secret,
) -> Result<Identity, Error> {
    let mut ldap = connect(settings, secret).await?;
    let entry = find(&mut ldap, settings, login.trim()).await?;
    let groups = groups(&mut ldap, settings, &entry).await?;
    let bound = ldap.simple_bind(&entry.dn, password.reveal()).await;
    match bound.map_err(|error| silent(&error))?.rc {
        0 => {}
        INVALID_CREDENTIALS => return Err(Error::wrong("the directory knows another password")),
        code => return Err(Error::wrong(format!("the directory answers {code}"))),
    }
    is_somebody(&mut ldap).await?;
    let _ = ldap.unbind().await;
    identity(settings, &entry, &groups)
}

/// Whether the directory can be searched.
pub(super) async fn test(settings: &LdapSettings, secret: &Secret) -> Result<String, Error> {
    let mut ldap = connect(settings, secret).await?;
    let found = ldap.search(&settings.base_dn, Scope::Base, "(objectClass=*)", ["1.1"]);
    let found = found.await.map_err(|error| silent(&error))?;
    match found.1.rc {
        0 => Ok(format!(
            "the directory answers, and {} is there",
            settings.base_dn
        )),
        code => Err(Error::unavailable(format!(
            "the directory answers {code} when it is asked for {}",
            settings.base_dn
        ))),
    }
}

async fn connect(settings: &LdapSettings, secret: &Secret) -> Result<Ldap, Error> {
    let tls = client::tls(settings.ca_certificates.as_deref())?;
    let plain = settings.url.starts_with("ldap://");
    let wish = LdapConnSettings::new()
        .set_conn_timeout(PATIENCE)
        .set_config(tls)
        .set_starttls(plain);
    let connected = LdapConnAsync::with_settings(wish, &settings.url).await;
    let (connection, mut ldap) = connected.map_err(|error| silent(&error))?;
    tokio::spawn(async move {
        if let Err(error) = connection.drive().await {
            tracing::debug!(%error, "a connection to a directory ended");
        }
    });
    let Some(name) = settings.bind_dn.as_deref().filter(|name| !name.is_empty()) else {
        return Ok(ldap);
    };
    if secret.reveal().trim().is_empty() {
        return Err(Error::unavailable(
            "bindDn has no password: the secret is missing",
        ));
    }
    let bound = ldap.simple_bind(name, secret.reveal()).await;
    match bound.map_err(|error| silent(&error))?.rc {
        0 => Ok(ldap),
        code => Err(Error::unavailable(format!(
            "the directory answers {code} to the bind of {name}"
        ))),
    }
}

/// Exactly one entry.
async fn find(ldap: &mut Ldap, settings: &LdapSettings, login: &str) -> Result<SearchEntry, Error> {
    let filter = settings.user_filter.replace("{login}", &ldap_escape(login));
    let wanted = [
        settings.id_attribute.as_str(),
        &settings.email_attribute,
        &settings.first_name_attribute,
        &settings.last_name_attribute,
        &settings.group_attribute,
    ];
    let options = SearchOptions::new().sizelimit(2);
    let found = ldap.with_search_options(options).search(
        &settings.base_dn,
        Scope::Subtree,
        &filter,
        wanted,
    );
    let (entries, result) = found.await.map_err(|error| silent(&error))?.into_parts();
    // 4: sizeLimitExceeded, with entries.
    if !matches!(result, 0 | 4) {
        let why = format!("the directory answers {result} to the search");
        return Err(Error::unavailable(why));
    }
    let mut entries = entries.into_iter();
    match (entries.next(), entries.next()) {
        (Some(entry), None) if !entry.dn.is_empty() => Ok(entry),
        (None, _) => Err(Error::wrong("the directory knows nobody of this name")),
        _ => Err(Error::wrong("the directory knows several of this name")),
    }
}

/// The names of the groups of an entry.
async fn groups(
    ldap: &mut Ldap,
    settings: &LdapSettings,
    entry: &SearchEntry,
) -> Result<Vec<String>, Error> {
    let of = |entry: &SearchEntry| values(&entry.attrs, &settings.group_attribute).to_vec();
    let Some(base) = &settings.group_base_dn else {
        return Ok(of(entry)
            .iter()
            .take(GROUPS)
            .filter_map(|dn| first_value(dn))
            .collect());
    };
    let filter = settings
        .group_filter
        .replace("{dn}", &ldap_escape(&*entry.dn));
    let found = ldap.search(base, Scope::Subtree, &filter, ["1.1"]);
    let (entries, result) = found.await.map_err(|error| silent(&error))?.into_parts();
    if !matches!(result, 0 | 4) {
        let why = format!("the directory answers {result} to the search for groups");
        return Err(Error::unavailable(why));
    }
    let entries = entries.iter().take(GROUPS);
    Ok(entries.filter_map(|group| first_value(&group.dn)).collect())
}

/// Fails where nobody is bound (RFC 4532): an empty answer is the anonymous one.
async fn is_somebody(ldap: &mut Ldap) -> Result<(), Error> {
    let asked = ldap
        .extended(WhoAmI)
        .await
        .map_err(|error| silent(&error))?;
    match asked.1.rc {
        0 => {}
        PROTOCOL_ERROR => return Ok(()),
        code => return Err(Error::wrong(format!("the directory answers {code}"))),
    }
    if asked.0.val.is_none() {
        return Err(Error::wrong("the directory bound nobody"));
    }
    let who: WhoAmIResp = asked.0.parse();
    match who.authzid.is_empty() {
        true => Err(Error::wrong("the directory bound nobody")),
        false => Ok(()),
    }
}

fn identity(
    settings: &LdapSettings,
    entry: &SearchEntry,
    groups: &[String],
) -> Result<Identity, Error> {
    let one = |name: &str| {
        values(&entry.attrs, name)
            .iter()
            .find_map(|text| word(text))
    };
    let missing = |name: &str| Error::wrong(format!("the entry has no {name}"));
    let id = &settings.id_attribute;
    let binary = || {
        let found = entry.bin_attrs.iter();
        let found = found.filter(|(name, _)| name.eq_ignore_ascii_case(id));
        let value = found.flat_map(|(_, values)| values).next()?;
        Some(value.iter().map(|byte| format!("{byte:02x}")).collect())
    };
    let email = one(&settings.email_attribute);
    Ok(Identity {
        issuer: settings.url.clone(),
        subject: one(id).or_else(binary).ok_or_else(|| missing(id))?,
        email: Some(email.ok_or_else(|| missing(&settings.email_attribute))?),
        first_name: one(&settings.first_name_attribute),
        last_name: one(&settings.last_name_attribute),
        groups: groups.iter().map(|group| format!("ldap:{group}")).collect(),
        unheard: None,
        facts: vec![("ldap.dn".to_owned(), entry.dn.clone())],
    })
}

/// The values of an attribute, whatever the case of its name.
fn values<'a>(attributes: &'a HashMap<String, Vec<String>>, name: &str) -> &'a [String] {
    let mut found = attributes.iter();
    let found = found.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found
        .map(|(_, values)| values.as_slice())
        .unwrap_or_default()
}

/// The value of the first part of a name (RFC 4514), without its escapes: `cn=Sales\, EMEA,ou=groups` is `Sales, EMEA`.
fn first_value(dn: &str) -> Option<String> {
    let (_, rest) = dn.split_once('=')?;
    let (mut bytes, mut letters) = (Vec::new(), rest.bytes());
    while let Some(letter) = letters.next() {
        match letter {
            b',' | b'+' => break,
            b'\\' => {
                let next = letters.next()?;
                if !next.is_ascii_hexdigit() {
                    bytes.push(next);
                    continue;
                }
                let digits = [next, letters.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
            }
            letter => bytes.push(letter),
        }
    }
    word(&String::from_utf8(bytes).ok()?)
}

/// What the library says, without what was sent.
fn silent(error: &LdapError) -> Error {
    match error {
        LdapError::Timeout { .. } => Error::unavailable("the directory does not answer in time"),
        LdapError::LdapResult { result } => {
            Error::unavailable(format!("the directory answers {}", result.rc))
        }
        LdapError::Io { source } => Error::unavailable(format!("the directory: {source}")),
        other => Error::unavailable(format!("the directory: {other}")),
    }
}

/// Entries and the result's number.
trait Parts {
    fn into_parts(self) -> (Vec<SearchEntry>, u32);
}

impl Parts for ldap3::SearchResult {
    fn into_parts(self) -> (Vec<SearchEntry>, u32) {
        let entries = self.0.into_iter().filter(|entry| !entry.is_ref());
        (entries.map(SearchEntry::construct).collect(), self.1.rc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_of_a_name_is_read_without_its_escapes() {
        let cases = [
            ("cn=Sales,ou=groups,dc=example", Some("Sales")),
            (r"CN=Sales\, EMEA,OU=groups", Some("Sales, EMEA")),
            (r"cn=Caf\c3\a9+ou=x,dc=y", Some("Café")),
            (r"cn=\", None),
            ("nothing", None),
            ("cn=", None),
        ];
        for (dn, expected) in cases {
            assert_eq!(first_value(dn).as_deref(), expected, "{dn}");
        }
    }

    #[test]
    fn a_password_that_is_empty_or_blank_is_never_shown_to_a_directory() {
        for password in ["", " ", "\t\n", "a\0b"] {
            let wrong = sensible("ana", &Secret::new(password));
            assert!(matches!(wrong, Err(Error::Wrong(_))), "{password:?}");
        }
        for login in ["", " ", "a\0b", "a\nb"] {
            assert!(sensible(login, &Secret::new("x")).is_err(), "{login:?}");
        }
        assert_eq!(sensible("ana", &Secret::new("x")), Ok(()));
    }
}
