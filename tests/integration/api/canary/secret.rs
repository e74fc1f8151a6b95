//! What is secret, and where it stands in bytes.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

/// Kinds of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A key to the API.
    ApiKey,
    /// A token's value.
    Token,
    /// A token's code.
    Code,
    /// The secret of an application in Entra or of an identity provider, and a password.
    ClientSecret,
    /// What a device and the server know each other by.
    Device,
    /// The master key.
    Master,
    /// The private keys on the disk, sealed ones included.
    Private,
}

impl Kind {
    /// Those that nothing shows once they are made.
    pub(super) const NEVER: [Self; 5] = [
        Self::ApiKey,
        Self::ClientSecret,
        Self::Device,
        Self::Master,
        Self::Private,
    ];
}

/// Secrets with the texts that betray them.
#[derive(Default, Clone)]
pub(super) struct Secrets(BTreeMap<(Kind, String), Vec<String>>);

impl Secrets {
    pub(super) fn add(&mut self, kind: Kind, secret: &str) {
        assert!(secret.len() >= 8, "{kind:?} is too short to be looked for");
        let mut forms = vec![secret.to_owned(), STANDARD.encode(secret)];
        match kind {
            Kind::Code => {
                let bare = secret.replace('-', "");
                forms.extend([bare.to_lowercase(), bare]);
            }
            Kind::Master => {
                let bytes = STANDARD.decode(secret).unwrap_or_default();
                let hexadecimal: String = bytes.iter().map(|it| format!("{it:02x}")).collect();
                forms.push(hexadecimal);
            }
            // As it stands in JSON.
            Kind::ClientSecret | Kind::Device => forms.push(secret.replace('/', "\\/")),
            Kind::ApiKey | Kind::Token | Kind::Private => {}
        }
        forms.retain(|form| !form.is_empty());
        self.0.insert((kind, secret.to_owned()), forms);
    }

    /// The master key and the private keys in the data directory.
    pub(super) fn read_files(&mut self, data: &Path) {
        let mut keys = 0;
        for entry in std::fs::read_dir(data.join("certs")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|it| it != "key") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            if path.ends_with("master.key") {
                self.add(Kind::Master, text.trim());
                continue;
            }
            keys += 1;
            let lines = text.lines().filter(|line| !line.starts_with("-----"));
            for line in lines.filter(|line| line.len() >= 16 && !line.contains(':')) {
                self.add(Kind::Private, line.trim());
            }
        }
        assert!(keys >= 3, "the keys of the root, the issuer and TLS");
    }

    /// Learns the keys, values and codes in an answer.
    pub(super) fn learn(&mut self, json: &Json) {
        match json {
            Json::Object(map) => {
                for (name, value) in map {
                    match value.as_str() {
                        Some(code) if name == "enrollCode" && !code.contains('*') => {
                            self.add(Kind::Code, code);
                        }
                        Some(text) => self.learn_text(text),
                        None => self.learn(value),
                    }
                }
            }
            Json::Array(list) => list.iter().for_each(|it| self.learn(it)),
            Json::String(text) => self.learn_text(text),
            _ => {}
        }
    }

    /// Values that stand in a text, and codes in the JSON that a QR code holds.
    fn learn_text(&mut self, text: &str) {
        for (kind, prefix) in [(Kind::Token, "ptc_t1_"), (Kind::ApiKey, "ptc_k1_")] {
            for (at, _) in text.match_indices(prefix) {
                let (_, from) = text.split_at(at);
                let value: String = from
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
                    .collect();
                // The beginning of a key, by which it is recognised, is none.
                if value.len() == VALUE {
                    self.add(kind, &value);
                }
            }
        }
        if let Ok(Json::Object(inner)) = serde_json::from_str(text)
            && let Some(code) = inner.get("code").and_then(Json::as_str)
        {
            self.add(Kind::Code, code);
        }
    }

    pub(super) fn count(&self, kind: Kind) -> usize {
        self.0.keys().filter(|(own, _)| *own == kind).count()
    }

    /// The first secret of each kind.
    pub(super) fn samples(&self) -> Vec<(Kind, String)> {
        let mut samples: Vec<(Kind, String)> = self.0.keys().cloned().collect();
        samples.dedup_by_key(|(kind, _)| *kind);
        samples
    }

    /// All secrets that stand in the bytes.
    pub(super) fn found(&self, bytes: &[u8]) -> Vec<String> {
        self.search(bytes, |_| true)
    }

    /// Those of one kind.
    pub(super) fn found_in(&self, kind: Kind, bytes: &[u8]) -> Vec<String> {
        self.search(bytes, |own| own == kind)
    }

    fn search(&self, bytes: &[u8], wanted: impl Fn(Kind) -> bool) -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        let all = self.0.iter().filter(|((kind, _), _)| wanted(*kind));
        all.filter(|(_, forms)| forms.iter().any(|form| text.contains(form.as_str())))
            .map(|((kind, secret), _)| format!("{kind:?} {secret}"))
            .collect()
    }
}

/// Characters of a value.
const VALUE: usize = 56;
