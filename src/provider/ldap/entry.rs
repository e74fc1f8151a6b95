//! What an entry of a directory says of a person.

use std::collections::HashMap;

use ldap3::SearchEntry;
use uuid::Uuid;

use crate::identity::{Identity, LdapSettings};

use super::super::{Error, word};

/// The attribute of Active Directory that is a GUID in bytes (MS-DTYP 2.3.4.2).
const OBJECT_GUID: &str = "objectGUID";

/// What the directory calls the person for good.
pub(super) fn subject(settings: &LdapSettings, entry: &SearchEntry) -> Result<String, Error> {
    let name = &settings.id_attribute;
    let missing = || Error::wrong(format!("the entry has no {name}"));
    let bytes = first_bytes(entry, name).ok_or_else(missing)?;
    if name.eq_ignore_ascii_case(OBJECT_GUID)
        && let Ok(guid) = <[u8; 16]>::try_from(bytes)
    {
        return Ok(Uuid::from_bytes_le(guid).to_string());
    }
    // Bytes that happen to be letters are a text; what is no word is written in digits.
    let text = std::str::from_utf8(bytes).ok();
    let text = text.filter(|text| word(text).as_deref() == Some(text));
    let hex = || bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(text.map_or_else(hex, str::to_owned))
}

/// Who it is that an entry describes.
pub(super) fn identity(
    settings: &LdapSettings,
    entry: &SearchEntry,
    subject: String,
    groups: &[String],
) -> Result<Identity, Error> {
    let one = |name: &str| {
        let mut values = values(&entry.attrs, name).iter();
        values.find_map(|text| word(text))
    };
    let email = &settings.email_attribute;
    let missing = || Error::wrong(format!("the entry has no {email}"));
    Ok(Identity {
        issuer: settings.url.clone(),
        subject,
        email: Some(one(email).ok_or_else(missing)?),
        first_name: one(&settings.first_name_attribute),
        last_name: one(&settings.last_name_attribute),
        groups: groups.iter().map(|group| format!("ldap:{group}")).collect(),
        unheard: None,
        facts: vec![("ldap.dn".to_owned(), entry.dn.clone())],
    })
}

/// The values of an attribute, whatever the case of its name, and whatever options stand behind it: a directory may
/// answer a part of them (`memberOf;range=0-1499`).
pub(super) fn values<'a, T>(attributes: &'a HashMap<String, Vec<T>>, name: &str) -> &'a [T] {
    let is = |known: &str| {
        let plain = known.split(';').next();
        plain.is_some_and(|plain| plain.eq_ignore_ascii_case(name))
    };
    let mut found = attributes.iter();
    let found = found.find(|(known, values)| is(known) && !values.is_empty());
    found
        .map(|(_, values)| values.as_slice())
        .unwrap_or_default()
}

/// The first value as bytes. The library sorts attributes by whether all of their values are UTF-8.
fn first_bytes<'a>(entry: &'a SearchEntry, name: &str) -> Option<&'a [u8]> {
    let bytes = values(&entry.bin_attrs, name).first();
    let text = values(&entry.attrs, name).first();
    bytes
        .map(Vec::as_slice)
        .or_else(|| text.map(String::as_bytes))
}

/// What a group is called in rules: by the first value of its name, and by the whole of it, which no second one has.
pub(super) fn group_names(dn: &str) -> impl Iterator<Item = String> {
    first_value(dn).into_iter().chain(word(dn))
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

    /// An entry whose attribute has this value, sorted as the library does.
    fn entry(name: &str, value: &[u8]) -> SearchEntry {
        let mut entry = SearchEntry {
            dn: "cn=x".to_owned(),
            attrs: HashMap::new(),
            bin_attrs: HashMap::new(),
        };
        match String::from_utf8(value.to_vec()) {
            Ok(text) => drop(entry.attrs.insert(name.to_owned(), vec![text])),
            Err(_) => drop(
                entry
                    .bin_attrs
                    .insert(name.to_owned(), vec![value.to_vec()]),
            ),
        }
        entry
    }

    #[test]
    fn a_subject_is_a_guid_a_word_or_digits_whatever_the_bytes_look_like() {
        let guid = "33323130-3534-3736-3839-616263646566";
        let cases: [(&str, &str, &[u8], Option<&str>); 8] = [
            ("objectGUID", "objectGUID", b"0123456789abcdef", Some(guid)),
            ("objectguid", "objectGUID", b"0123456789abcdef", Some(guid)),
            (
                "objectGUID",
                "objectGUID",
                &[
                    0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x11, 0x12, 0x23, 0x33, 0x44, 0, 0, 0, 0, 0, 1,
                ],
                Some("fcfdfeff-11fb-2312-3344-000000000001"),
            ),
            // A directory that writes it out.
            ("objectGUID", "objectGUID", guid.as_bytes(), Some(guid)),
            (
                "entryUUID",
                "entryUUID",
                b"0123456789abcdef",
                Some("0123456789abcdef"),
            ),
            ("objectSid", "objectSid", &[1, 0, 0, 5], Some("01000005")),
            ("objectSid", "objectSid", b" 1 ", Some("203120")),
            ("entryUUID", "objectGUID", b"0123456789abcdef", None),
        ];
        for (wanted, name, value, expected) in cases {
            let settings =
                serde_json::json!({ "url": "ldaps://x", "baseDn": "dc=x", "idAttribute": wanted });
            let settings: LdapSettings = serde_json::from_value(settings).unwrap();
            let found = subject(&settings, &entry(name, value));
            assert_eq!(found.ok().as_deref(), expected, "{wanted} of {name}");
        }
    }

    #[test]
    fn values_are_found_behind_the_options_of_a_name() {
        let some = entry("memberOf;range=0-1499", b"cn=Sales,dc=x");
        assert_eq!(values(&some.attrs, "memberof"), ["cn=Sales,dc=x"]);
        assert!(values(&some.attrs, "member").is_empty());
    }
}
