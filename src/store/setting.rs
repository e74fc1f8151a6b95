//! What one process tells another through the store.

use super::{Error, Transaction};

/// Where people reach the web listener of the server that runs or ran last.
pub const WEB_URL: &str = "web_url";

impl Transaction<'_> {
    /// A setting, when it was ever written.
    ///
    /// # Errors
    /// What the engine says.
    pub fn setting(&mut self, name: &str) -> Result<Option<String>, Error> {
        self.first("SELECT value FROM setting WHERE name = $1", &[name.into()])?
            .map(|row| row.text(0))
            .transpose()
    }

    /// Writes a setting.
    ///
    /// # Errors
    /// What the engine says.
    pub fn set_setting(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.execute(
            "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &[name.into(), value.into()],
        )?;
        Ok(())
    }
}
