//! A session with a token, and the keys in it.

use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::token::Token;
use super::{KeyUri, TokenError};

/// A session that is logged in, and the private keys that were found in it.
pub(super) struct LoggedIn {
    pub(super) session: Session,
    found: Vec<(KeyUri, ObjectHandle)>,
}

impl LoggedIn {
    pub(super) fn new(session: Session) -> Self {
        Self {
            session,
            found: Vec::new(),
        }
    }

    /// The private key of this name.
    pub(super) fn private(
        &mut self,
        token: &Token,
        uri: &KeyUri,
    ) -> Result<ObjectHandle, TokenError> {
        if let Some((_, handle)) = self.found.iter().find(|(it, _)| it == uri) {
            return Ok(*handle);
        }
        let handle = self.find(token, ObjectClass::PRIVATE_KEY, uri)?;
        self.found.push((uri.clone(), handle));
        Ok(handle)
    }

    /// The one key of this class and name.
    pub(super) fn find(
        &self,
        token: &Token,
        class: ObjectClass,
        uri: &KeyUri,
    ) -> Result<ObjectHandle, TokenError> {
        let mut wanted = vec![Attribute::Class(class), Attribute::Token(true)];
        wanted.extend(uri.id.clone().map(Attribute::Id));
        let label = uri.object.clone().map(String::into_bytes);
        wanted.extend(label.map(Attribute::Label));
        let found = self.session.find_objects(&wanted);
        let found = found.map_err(|error| token.failed(&error))?;
        let (label, key) = (token.label().to_owned(), uri.to_string());
        match found.as_slice() {
            [handle] => Ok(*handle),
            [] => Err(TokenError::NoKey { token: label, key }),
            _ => Err(TokenError::SeveralKeys { token: label, key }),
        }
    }
}
