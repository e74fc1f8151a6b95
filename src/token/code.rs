//! The short face of a token: twelve symbols of Crockford's base32 that a person can read aloud and type.

use crate::id::fill_random;
use crate::secret::Secret;

/// An enrollment code, 60 random bits: `K7QF-3M9T-XW2R`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollCode(Secret);

const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 12;

impl EnrollCode {
    /// A new code.
    pub fn generate() -> Self {
        let mut bytes = [0; LENGTH];
        fill_random(&mut bytes);
        let text: String = bytes
            .iter()
            .filter_map(|byte| SYMBOLS.get(usize::from(byte % 32)))
            .map(|symbol| char::from(*symbol))
            .collect();
        Self(Secret::new(text))
    }

    /// Reads a code as people type it: any case, with hyphens or spaces, O for zero, I or L for one.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 4 * LENGTH {
            return None;
        }
        let mut symbols = String::with_capacity(LENGTH);
        for c in text
            .chars()
            .filter(|c| !matches!(c, '-' | ' ' | '\u{2010}'..='\u{2015}'))
        {
            let symbol = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if !symbol.is_ascii() || !SYMBOLS.contains(&(symbol as u8)) {
                return None;
            }
            symbols.push(symbol);
        }
        (symbols.len() == LENGTH).then(|| Self(Secret::new(symbols)))
    }

    /// The twelve symbols, without hyphens: what is hashed.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// The code for people, in groups of four.
    pub fn grouped(&self) -> String {
        let symbols = self.reveal();
        [symbols.get(..4), symbols.get(4..8), symbols.get(8..)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_a_person_types_it() {
        let code = EnrollCode::parse("k7qf-3m9t-xw2r").unwrap();
        assert_eq!(code.reveal(), "K7QF3M9TXW2R");
        assert_eq!(code.grouped(), "K7QF-3M9T-XW2R");
        assert_eq!(EnrollCode::parse(" K7QF 3M9T XW2R "), Some(code));
        assert_eq!(
            EnrollCode::parse("OIL0-0000-0000").unwrap().reveal(),
            "011000000000"
        );
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in [
            "",
            "K7QF-3M9T-XW2",
            "K7QF-3M9T-XW2RR",
            "K7QF-3M9T-XW2U",
            "K7QF_3M9T_XW2R",
            "ÄÖÜ7-3M9T-XW2R",
        ] {
            assert_eq!(EnrollCode::parse(text), None, "{text}");
        }
    }

    #[test]
    fn generated_codes_differ_and_read_back() {
        let codes: std::collections::HashSet<String> = (0..1_000)
            .map(|_| EnrollCode::generate().grouped())
            .collect();
        assert_eq!(codes.len(), 1_000);
        assert!(codes.iter().all(|code| EnrollCode::parse(code).is_some()));
    }
}
