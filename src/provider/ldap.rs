//! LDAP (RFC 4511): a search for the one who signs in, then a bind as the entry that was found.
//!
//! An empty password would bind as nobody and be told success (RFC 4513, section 5.1.2): it never reaches the
//! directory, and who was bound is asked for afterwards. Nothing is sent before TLS, referrals are not followed.

mod answer;
mod entry;

use std::collections::HashMap;

use ldap3::exop::{WhoAmI, WhoAmIResp};
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions,
    ldap_escape,
};

use crate::identity::{Identity, LdapSettings};
use crate::secret::Secret;

use self::answer::{judge, silent};
use self::entry::{group_names, values};
use super::{Error, PATIENCE, Tries, client, word};

/// Characters of a name and of a password.
const LONGEST: usize = 256;
/// Groups of one person.
const GROUPS: usize = 1000;
/// `sizeLimitExceeded`: there are more entries than were answered.
const SIZE_LIMIT_EXCEEDED: u32 = 4;
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
    tries: &dyn Tries,
) -> Result<Identity, Error> {
    let mut ldap = connect(settings, secret).await?;
    let found = match find(&mut ldap, settings, login.trim()).await {
        Err(Error::Wrong(why)) => {
            pretend(&mut ldap, settings, password).await;
            return Err(Error::Wrong(why));
        }
        found => found?,
    };
    let subject = entry::subject(settings, &found)?;
    if !tries.allow(&subject) {
        return Err(Error::wrong(
            "too many wrong passwords came for the same person, by whatever names",
        ));
    }
    let groups = groups(&mut ldap, settings, &found).await?;
    let identity = entry::identity(settings, &found, subject, &groups)?;
    let bound = ldap.simple_bind(&found.dn, password.reveal()).await;
    judge(&bound.map_err(|error| silent(&error))?).inspect_err(|error| {
        if matches!(error, Error::Wrong(_)) {
            tries.wrong(&identity.subject);
        }
    })?;
    is_somebody(&mut ldap).await?;
    let _ = ldap.unbind().await;
    Ok(identity)
}

/// Does for nobody what is done for somebody, so that the time an answer takes tells nothing of who is known.
async fn pretend(ldap: &mut Ldap, settings: &LdapSettings, password: &Secret) {
    let nobody = SearchEntry {
        dn: format!("cn=nobody,{}", settings.base_dn),
        attrs: HashMap::new(),
        bin_attrs: HashMap::new(),
    };
    let _ = groups(ldap, settings, &nobody).await;
    let _ = ldap.simple_bind(&nobody.dn, password.reveal()).await;
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
    let (connection, mut ldap) = connected.map_err(|error| match error {
        LdapError::LdapResult { result } => {
            Error::unavailable(format!("the directory answers {} to StartTLS", result.rc))
        }
        error => silent(&error),
    })?;
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
    let filter = filled(&settings.user_filter, "{login}", login);
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
    if result == SIZE_LIMIT_EXCEEDED {
        return Err(Error::wrong("the directory knows several of this name"));
    }
    if result != 0 {
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
    let Some(base) = &settings.group_base_dn else {
        let named = values(&entry.attrs, &settings.group_attribute).iter();
        return Ok(named.take(GROUPS).flat_map(|dn| group_names(dn)).collect());
    };
    let filter = filled(&settings.group_filter, "{dn}", &entry.dn);
    let found = ldap.search(base, Scope::Subtree, &filter, ["1.1"]);
    let (entries, result) = found.await.map_err(|error| silent(&error))?.into_parts();
    if !matches!(result, 0 | SIZE_LIMIT_EXCEEDED) {
        let why = format!("the directory answers {result} to the search for groups");
        return Err(Error::unavailable(why));
    }
    let entries = entries.iter().take(GROUPS);
    Ok(entries.flat_map(|group| group_names(&group.dn)).collect())
}

/// A filter with a value in its place, which means nothing but itself there (RFC 4515, section 3).
fn filled(filter: &str, place: &str, value: &str) -> String {
    filter.replace(place, &ldap_escape(value))
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

/// Entries and the result's number.
trait Parts {
    fn into_parts(self) -> (Vec<SearchEntry>, u32);
}

impl Parts for ldap3::SearchResult {
    fn into_parts(self) -> (Vec<SearchEntry>, u32) {
        let entries = self.0.into_iter();
        let entries = entries.filter(|entry| !entry.is_ref() && !entry.is_intermediate());
        (entries.map(SearchEntry::construct).collect(), self.1.rc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn groups_within_groups_of_active_directory_are_asked_for_whatever_the_name_holds() {
        let rule = "(member:1.2.840.113556.1.4.1941:={dn})";
        for dn in [
            "uid=ana,dc=x",
            r"cn=Ana \2C Maria (IT)*,ou=people",
            r"cn=\,dc=x",
        ] {
            let filter = filled(rule, "{dn}", dn);
            assert!(ldap3::parse_filter(&filter).is_ok(), "{filter}");
        }
        let filter = filled("(uid={login})", "{login}", "*)(uid=\0\\");
        assert_eq!(filter, r"(uid=\2a\29\28uid=\00\5c)");
    }
}
