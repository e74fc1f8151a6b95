//! A new key inside a token: it cannot be read, and does nothing but sign.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectHandle};
use rcgen::PublicKeyData;

use super::super::create::identifier;
use super::super::key::KeyKind;
use super::key::TokenKey;
use super::public::{Public, curve};
use super::session::LoggedIn;
use super::token::Token;
use super::{KeyUri, TokenError, TokenSettings};

impl TokenKey {
    /// Makes a key under this label. Its `CKA_ID` is the subject key identifier of its certificate.
    pub(in super::super) fn generate(
        settings: &TokenSettings,
        kind: KeyKind,
        label: &str,
    ) -> Result<Self, TokenError> {
        let token = Token::of(settings)?;
        let (uri, public) = token.with_writing(|open| {
            let (public, private) = pair(&token, open, kind, label)?;
            let named = name(&token, open, [public, private], label);
            if named.is_err() {
                // Nothing was certified for it yet, and nobody would find it.
                for half in [public, private] {
                    let _ = open.session.destroy_object(half);
                }
            }
            named
        })?;
        Ok(Self { token, uri, public })
    }
}

/// The public and the private half.
fn pair(
    token: &Token,
    open: &LoggedIn,
    kind: KeyKind,
    label: &str,
) -> Result<(ObjectHandle, ObjectHandle), TokenError> {
    let label = Attribute::Label(label.as_bytes().to_vec());
    let mut public = vec![
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Verify(true),
        label.clone(),
    ];
    let private = vec![
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::SignRecover(false),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
        label,
    ];
    let mut rsa = |bits: usize| -> Result<Mechanism<'_>, TokenError> {
        let bits = bits.try_into().map_err(|error| token.failed(&error))?;
        public.push(Attribute::ModulusBits(bits));
        public.push(Attribute::PublicExponent(vec![1, 0, 1]));
        Ok(Mechanism::RsaPkcsKeyPairGen)
    };
    let mechanism = match kind {
        KeyKind::Rsa2048 => rsa(2048)?,
        KeyKind::Rsa3072 => rsa(3072)?,
        KeyKind::Rsa4096 => rsa(4096)?,
        KeyKind::P256 | KeyKind::P384 => {
            let curve = curve(kind).unwrap_or_default().to_vec();
            public.push(Attribute::EcParams(curve));
            Mechanism::EccKeyPairGen
        }
    };
    let made = open
        .session
        .generate_key_pair(&mechanism, &public, &private);
    made.map_err(|error| token.failed(&error))
}

/// Gives both halves their id.
fn name(
    token: &Token,
    open: &LoggedIn,
    [public, private]: [ObjectHandle; 2],
    label: &str,
) -> Result<(KeyUri, Public), TokenError> {
    let mut uri = KeyUri {
        token: Some(token.label().to_owned()),
        object: Some(label.to_owned()),
        id: None,
    };
    let read = Public::read(token, open, public, &uri)?;
    let id = identifier(read.der_bytes());
    for half in [public, private] {
        let id = [Attribute::Id(id.clone())];
        let named = open.session.update_attributes(half, &id);
        named.map_err(|error| token.failed(&error))?;
    }
    uri.id = Some(id);
    Ok((uri, read))
}
