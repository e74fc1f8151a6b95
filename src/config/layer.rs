//! The layers: file, then environment, then flags, each over the one before.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::error::{Error, Fault, Problem};
use super::key::{Key, PREFIX};
use super::source::{Source, Sources};
use super::text::nearest;
use super::{FILE_LIMIT, value};

/// The values set so far, where each was set, and what was refused on the way.
pub(super) struct Layers<'k> {
    keys: &'k [&'static Key],
    values: BTreeMap<&'static str, Value>,
    places: BTreeMap<&'static str, Source>,
    problems: Vec<Problem>,
}

impl<'k> Layers<'k> {
    /// No value set; `keys` are the ones that there are.
    pub(super) fn new(keys: &'k [&'static Key]) -> Self {
        Self {
            keys,
            values: BTreeMap::new(),
            places: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// Lays the file's values over what is there.
    ///
    /// # Errors
    ///
    /// The text is not TOML. Everything else that is wrong becomes a problem.
    pub(super) fn file(&mut self, path: &Path, text: &str) -> Result<(), Error> {
        let table = DeTable::parse(text).map_err(|reason| Error::Syntax {
            path: path.to_owned(),
            line: line_of(text, reason.span().map_or(0, |span| span.start)),
            reason: Box::new(reason),
        })?;
        self.table(path, text, "", table.get_ref());
        Ok(())
    }

    fn table(&mut self, path: &Path, text: &str, section: &str, table: &DeTable<'_>) {
        for (name, given) in table {
            let place = Source::File {
                path: path.to_owned(),
                line: line_of(text, name.span().start),
            };
            let name = name.get_ref();
            let dotted = if section.is_empty() {
                name.clone().into_owned()
            } else {
                format!("{section}.{name}")
            };
            if let Some(key) = self.key(&dotted) {
                self.set(key, place, value::from_file(key.kind, given.get_ref()));
                continue;
            }
            match given.get_ref() {
                DeValue::Table(inner) if self.is_section(&dotted) => {
                    self.table(path, text, &dotted, inner);
                }
                DeValue::Table(_) => {
                    let suggestion = nearest(&dotted, self.sections()).map(str::to_owned);
                    self.refuse(place, dotted, Fault::UnknownSection { suggestion });
                }
                _ if self.is_section(&dotted) => {
                    let section = dotted.clone();
                    self.refuse(place, dotted, Fault::NotAKey { section });
                }
                _ => {
                    let fault = self.unknown(&dotted);
                    self.refuse(place, dotted, fault);
                }
            }
        }
    }

    /// Lays the environment's values over what is there.
    pub(super) fn environment(&mut self, variables: &[(String, String)]) {
        let is_set = |wanted: &str| variables.iter().any(|(name, _)| name == wanted);
        for (variable, given) in variables {
            let place = Source::Environment {
                variable: variable.clone(),
            };
            let keys = self.keys.iter().copied();
            if let Some(key) = keys.clone().find(|key| key.variable() == *variable) {
                self.set(key, place, value::from_text(key.kind, given));
            } else if let Some(key) = keys
                .clone()
                .find(|key| key.file_variable().as_ref() == Some(variable))
            {
                let found = if is_set(&key.variable()) {
                    Err(Fault::GivenTwice {
                        variable: key.variable(),
                    })
                } else {
                    secret(variable, given).and_then(|secret| value::from_text(key.kind, &secret))
                };
                self.set(key, place, found);
            } else if !RESERVED.contains(&variable.as_str()) && !from_kubernetes(variable) {
                let suggestion = self.like_variable(variable);
                let fault = Fault::UnknownKey { suggestion };
                self.refuse(place, variable.clone(), fault);
            }
        }
    }

    /// Lays the command line's values over what is there.
    pub(super) fn flags(&mut self, overrides: &[(String, String)]) {
        for (name, given) in overrides {
            match self.key(name) {
                Some(key) => self.set(key, Source::Flag, value::from_text(key.kind, given)),
                None => {
                    let fault = self.unknown(name);
                    self.refuse(Source::Flag, name.clone(), fault);
                }
            }
        }
    }

    /// The values as a TOML table, where they came from, and what was refused.
    pub(super) fn into_parts(self, file: Option<PathBuf>) -> (Table, Sources, Vec<Problem>) {
        let mut root = Table::new();
        for (name, value) in self.values {
            insert(&mut root, name, value);
        }
        let places = self.places;
        (root, Sources { file, places }, self.problems)
    }

    fn set(&mut self, key: &'static Key, place: Source, found: Result<Value, Fault>) {
        match found {
            Ok(value) => {
                self.values.insert(key.name, value);
                self.places.insert(key.name, place);
            }
            Err(fault) => self.refuse(place, key.name.to_owned(), fault),
        }
    }

    fn refuse(&mut self, place: Source, key: String, fault: Fault) {
        if self.problems.len() < PROBLEM_LIMIT {
            self.problems.push(Problem { place, key, fault });
        }
    }

    fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().copied().find(|key| key.name == name)
    }

    fn sections(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.section())
    }

    fn is_section(&self, name: &str) -> bool {
        !name.is_empty() && self.sections().any(|section| section == name)
    }

    fn unknown(&self, name: &str) -> Fault {
        let names = self.keys.iter().map(|key| key.name);
        Fault::UnknownKey {
            suggestion: nearest(name, names).map(str::to_owned),
        }
    }

    fn like_variable(&self, variable: &str) -> Option<String> {
        if let Some(open) = variable.strip_suffix("_FILE")
            && self.keys.iter().any(|key| key.variable() == open)
        {
            return Some(open.to_owned());
        }
        let plain = |name: &str| name.trim_start_matches(PREFIX).to_lowercase();
        let known: Vec<_> = self
            .keys
            .iter()
            .flat_map(|key| [Some(key.variable()), key.file_variable()])
            .flatten()
            .chain(RESERVED.into_iter().map(str::to_owned))
            .map(|name| (plain(&name).replace("__", "."), name))
            .collect();
        let wanted = plain(variable).replace("__", ".");
        let found = nearest(&wanted, known.iter().map(|(plain, _)| plain.as_str()))?;
        let found = known.iter().find(|(plain, _)| plain == found);
        found.map(|(_, name)| name.clone())
    }
}

fn insert(root: &mut Table, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            root.insert(name.to_owned(), value);
        }
        Some((section, rest)) => {
            let inner = root
                .entry(section)
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.bytes().take(offset);
    before.filter(|byte| *byte == b'\n').count() + 1
}

/// The secret in the file that `variable` names, without the line's end.
fn secret(variable: &str, path: &str) -> Result<String, Fault> {
    let refused = |source| Fault::SecretFile {
        variable: variable.to_owned(),
        source,
    };
    let file = File::open(path).map_err(refused)?;
    let mut text = String::new();
    file.take(FILE_LIMIT + 1)
        .read_to_string(&mut text)
        .map_err(refused)?;
    if text.len() as u64 > FILE_LIMIT {
        return Err(refused(io::ErrorKind::FileTooLarge.into()));
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Whether Kubernetes sets such a variable in every container beside a service named `portcullis…`.
fn from_kubernetes(variable: &str) -> bool {
    let name = variable.trim_start_matches(PREFIX);
    !name.contains("__")
        && (name.ends_with("SERVICE_HOST")
            || name.contains("SERVICE_PORT")
            || name == "PORT"
            || name.ends_with("_PORT")
            || name.contains("PORT_") && (name.contains("_TCP") || name.contains("_UDP")))
}

/// Variables that are no configuration keys but mean something elsewhere.
const RESERVED: [&str; 6] = [
    "PORTCULLIS_CONFIG",
    "PORTCULLIS_KEY",
    "PORTCULLIS_MASTER_KEY",
    "PORTCULLIS_MASTER_KEY_FILE",
    "PORTCULLIS_SERVER",
    "PORTCULLIS_SHARED",
];

/// Problems that are reported at a time.
const PROBLEM_LIMIT: usize = 100;
