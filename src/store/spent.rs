//! What may be shown once: the state of a sign-in elsewhere, an assertion that came back.

use jiff::Timestamp;

use super::{Error, Transaction};

impl Transaction<'_> {
    /// Spends what has this keyed hash, and forgets what has ended. False: it was spent before.
    ///
    /// # Errors
    /// What the engine says.
    pub fn spend_once(
        &mut self,
        lookup: &[u8; 32],
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        self.execute("DELETE FROM spent WHERE expires_at < $1", &[now.into()])?;
        let spent = self.query(
            "INSERT INTO spent (lookup, expires_at) VALUES ($1, $2) ON CONFLICT (lookup) DO NOTHING RETURNING expires_at",
            &[lookup.as_slice().into(), expires.into()],
        )?;
        Ok(!spent.is_empty())
    }
}
