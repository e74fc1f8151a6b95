//! The keys that an issuer of tokens publishes (RFC 7517), fetched rarely: an unknown `kid` is anybody's to write.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::DecodingKey;
use reqwest::Client;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::clock::Clock;

/// How long an unknown key is not asked for again.
const REST: SignedDuration = SignedDuration::from_mins(5);
/// After which time keys are fetched again.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// How long they count where they cannot be fetched.
const STALE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Bytes of the list.
const LARGEST: usize = 256 * 1024;
/// Keys on it.
const MOST: usize = 50;

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is not among those that are published.
    Unknown,
    /// None can be had.
    Unavailable,
}

/// The keys of one issuer.
pub struct Keys {
    /// Whose they are, for the log.
    of: String,
    url: String,
    client: Option<Client>,
    clock: Clock,
    known: RwLock<Known>,
    /// Held while they are fetched.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, Arc<Key>>,
    fetched: Option<Timestamp>,
    tried: Option<Timestamp>,
}

/// A key.
pub struct Key {
    /// The key itself, bound to its family of algorithms.
    pub decoding: DecodingKey,
    /// For whose tokens it is; none: it does not say.
    pub issuer: Option<String>,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<PublishedKey>,
}

#[derive(Deserialize)]
struct PublishedKey {
    kty: String,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    issuer: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
}

impl PublishedKey {
    fn decoding(&self) -> Option<DecodingKey> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => {
                let (n, e) = (self.n.as_deref()?, self.e.as_deref()?);
                DecodingKey::from_rsa_components(n, e).ok()
            }
            ("EC", Some("P-256" | "P-384")) => {
                let (x, y) = (self.x.as_deref()?, self.y.as_deref()?);
                DecodingKey::from_ec_components(x, y).ok()
            }
            _ => None,
        }
    }
}

impl Keys {
    /// The keys at an address, by a client that follows no redirects; none: it could not be made.
    pub fn new(of: impl Into<String>, url: String, client: Option<Client>, clock: Clock) -> Self {
        Self {
            of: of.into(),
            url,
            client,
            clock,
            known: RwLock::default(),
            fetching: Mutex::default(),
        }
    }

    /// The key of this name, fetched if it is not known and none was asked for lately.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn of(&self, kid: &str) -> Result<Arc<Key>, Missing> {
        let (key, due) = self.look(kid);
        match key {
            Some(key) if !due => return Ok(key),
            // Fetched by one, while the others use what is there.
            Some(key) => {
                if let Ok(_held) = self.fetching.try_lock() {
                    self.fetch().await;
                }
                return self.look(kid).0.map_or(Ok(key), Ok);
            }
            None => {}
        }
        let _held = self.fetching.lock().await;
        let (key, due) = self.look(kid);
        if let Some(key) = key {
            return Ok(key);
        }
        if due {
            self.fetch().await;
        }
        self.look(kid).0.ok_or_else(|| self.missing())
    }

    /// Why there is no key: it is not among those that count, or none count.
    fn missing(&self) -> Missing {
        let now = self.clock.now();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let counts = |fetched| now.duration_since(fetched) < STALE;
        match known.fetched.is_some_and(counts) {
            true => Missing::Unknown,
            false => Missing::Unavailable,
        }
    }

    /// The key, and whether keys are to be fetched.
    fn look(&self, kid: &str) -> (Option<Arc<Key>>, bool) {
        let now = self.clock.now();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let since = |time: Option<Timestamp>| time.map(|time| now.duration_since(time));
        let age = since(known.fetched);
        let rested = since(known.tried).is_none_or(|since| since >= REST);
        let good = age.is_some_and(|age| age < STALE);
        let key = known.keys.get(kid).filter(|_| good).cloned();
        let due = rested && (key.is_none() || age.is_none_or(|age| age >= FRESH));
        (key, due)
    }

    /// Fetches the keys; those that are known stay where that fails.
    async fn fetch(&self) {
        let fetched = self.download().await;
        let now = self.clock.now();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.tried = Some(now);
        match fetched {
            Ok(keys) => {
                tracing::info!(
                    keys = keys.len(),
                    issuer = self.of,
                    "fetched the keys of an issuer"
                );
                (known.keys, known.fetched) = (keys, Some(now));
            }
            Err(why) => tracing::warn!(
                why,
                issuer = self.of,
                url = self.url,
                "the keys of an issuer cannot be had"
            ),
        }
    }

    async fn download(&self) -> Result<HashMap<String, Arc<Key>>, &'static str> {
        let client = self.client.as_ref().ok_or("no HTTP client")?;
        let answer = client.get(&self.url).send().await;
        let mut answer = answer.map_err(|_| "the server does not answer")?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err("the answer is not 200");
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|_| "the answer ends early")? {
            body.extend_from_slice(&piece);
            if body.len() > LARGEST {
                return Err("the answer has more than 256 KiB");
            }
        }
        read(&body)
    }
}

/// The RSA keys, and those of the curves P-256 and P-384, of a list. A name that stands twice names no key.
fn read(body: &[u8]) -> Result<HashMap<String, Arc<Key>>, &'static str> {
    let published: Published = serde_json::from_slice(body).map_err(|_| "no list of keys")?;
    if published.keys.len() > MOST {
        return Err("more than 50 keys");
    }
    let mut keys: HashMap<String, Option<Arc<Key>>> = HashMap::new();
    for key in published.keys {
        let for_signing = key.used_for.as_deref().is_none_or(|used| used == "sig");
        let decoding = key.decoding().filter(|_| for_signing);
        let (Some(kid), Some(decoding)) = (key.kid, decoding) else {
            continue;
        };
        let issuer = key.issuer;
        let entry = keys.entry(kid);
        entry
            .and_modify(|twice| *twice = None)
            .or_insert_with(|| Some(Arc::new(Key { decoding, issuer })));
    }
    let keys = keys.into_iter().filter_map(|(kid, key)| Some((kid, key?)));
    let keys: HashMap<_, _> = keys.collect();
    match keys.is_empty() {
        true => Err("no key that can be used"),
        false => Ok(keys),
    }
}
