//! The number used once that lets a page's own script and style pass its policy.

use std::fmt;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Error;

/// 128 random bits in base64 (CSP level 3, 2.3.1), new for every page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// Draws a nonce.
    ///
    /// # Errors
    /// [`Error::Random`] when the system's random source fails.
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = [0; 16];
        rand::fill(&mut bytes).map_err(|_| Error::Random)?;
        Ok(Self(STANDARD.encode(bytes)))
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
