//! Where the contracts put the values and the codes of tokens, and whether they stand anywhere else.

use serde_json::Value as Json;

use super::secret::Secrets;
use crate::client::Answer;

/// The fields, in the words of the three contracts.
const FIELDS: [&str; 10] = [
    "token",
    "value",
    "enrollCode",
    "enrollmentLink",
    "qrCode",
    "tokenValue",
    "qrCodeContent",
    "serverUrl",
    "deeplink",
    "deepLink",
];
/// The columns of a file of comma-separated values.
const COLUMNS: [&str; 8] = [
    "code",
    "link",
    "token",
    "enrollCode",
    "enrollmentLink",
    "enroll_code",
    "enrollment_link",
    "value",
];
/// Files that are made to carry a token to a PC.
const CARRIERS: [&str; 6] = [
    "/ppkg",
    "/deeplink",
    "/qr.svg",
    "/qr.png",
    "/customizations.xml",
    "/enroll.ps1",
];

/// Secrets in an answer's body that stand where they do not belong.
pub(super) fn outside(secrets: &Secrets, path: &str, answer: &Answer) -> Vec<String> {
    if CARRIERS.iter().any(|carrier| path.ends_with(carrier)) {
        return Vec::new();
    }
    if let Ok(json) = serde_json::from_slice(&answer.body) {
        return outside_their_fields(secrets, &json);
    }
    if path.ends_with(".csv") {
        return outside_their_columns(secrets, &answer.body);
    }
    secrets.found(&answer.body)
}

/// Secrets that stand in other fields than those of the contracts.
pub(super) fn outside_their_fields(secrets: &Secrets, json: &Json) -> Vec<String> {
    let mut found = Vec::new();
    walk(secrets, "", json, &mut found);
    found
}

fn walk(secrets: &Secrets, path: &str, json: &Json, found: &mut Vec<String>) {
    match json {
        Json::Object(map) => {
            for (name, value) in map {
                let key = path.ends_with("apiKey") || path == ".data";
                let made = name == "key" && key;
                if value.is_string() && (FIELDS.contains(&name.as_str()) || made) {
                    continue;
                }
                let names = secrets.found(name.as_bytes());
                found.extend(names.into_iter().map(|it| format!("{path}: {it}")));
                walk(secrets, &format!("{path}.{name}"), value, found);
            }
        }
        Json::Array(list) => list.iter().for_each(|it| walk(secrets, path, it, found)),
        Json::String(text) => {
            let here = secrets.found(text.as_bytes());
            found.extend(here.into_iter().map(|it| format!("{path}: {it}")));
        }
        _ => {}
    }
}

fn outside_their_columns(secrets: &Secrets, bytes: &[u8]) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let names = reader.headers().unwrap().clone();
    let mut found = Vec::new();
    for record in reader.records() {
        for (name, cell) in names.iter().zip(record.unwrap().iter()) {
            if !COLUMNS.contains(&name) {
                let here = secrets.found(cell.as_bytes());
                found.extend(here.into_iter().map(|it| format!("{name}: {it}")));
            }
        }
    }
    found
}
