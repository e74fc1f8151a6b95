//! Who a key makes somebody.

use aws_lc_rs::digest;

use crate::identity::{Actor, Segments};
use crate::token::{Value, ValueKind};

use super::{Admin, Error};

impl Admin {
    /// temporary
    pub fn actor(&self, key: &str) -> Result<Option<(Actor, String)>, Error> {
        let Some(value) = Value::parse(key).filter(|value| value.kind() == ValueKind::ApiKey)
        else {
            return Ok(None);
        };
        let hash = digest::digest(&digest::SHA256, value.reveal().as_bytes());
        let found = self.store.look(|tx| tx.key_temp(hash.as_ref()))?;
        Ok(found.map(|(id, organization, role)| {
            (
                Actor {
                    organization,
                    key: Some(id),
                    role,
                    scopes: None,
                    segments: Segments::All,
                },
                "default".to_owned(),
            )
        }))
    }
}
