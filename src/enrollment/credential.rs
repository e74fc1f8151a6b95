//! Who is asking: what the security header shows, and what it is worth.

mod identified;
mod person;

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use crate::attempt::Learned;
use crate::protocol::enrollment::{
    DEVICE_ENROLLMENT_USER_TOKEN, JWT, X509_V3, decode_header_token,
};
use crate::refusal::Refusal;
use crate::store::Transaction;
use crate::token::{EnrollCode, State, Token, Value, ValueKind};

pub(super) use self::identified::Identified;
pub(super) use self::person::{Person, is_disabled};
use super::entra::ShownEntra;
use super::{Caller, Enrollment, Stopped, from_store};

/// What a security header shows, as keyed hashes: the secret itself goes no further.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    shown: Shown,
    username: Option<String>,
    address: Option<IpAddr>,
}

#[derive(Debug, Clone)]
enum Shown {
    /// Nothing that could be one of ours.
    Nothing,
    Value([u8; 32]),
    Code([u8; 32]),
    SignIn([u8; 32]),
    Entra(ShownEntra),
    Person(Person),
}

impl Credential {
    /// The user name that was shown, if there was one.
    pub(super) fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }
}

impl Enrollment {
    /// Reads the security header. What is present counts, not what discovery advertised.
    pub(super) async fn credential(
        &self,
        caller: Caller<'_>,
        learned: &mut Learned,
    ) -> Result<Credential, Refusal> {
        let missing = || Refusal::Security("there is none".to_owned());
        let security = caller.security.ok_or_else(missing)?;
        if let Some(token) = &security.username_token {
            learned.username = Some(token.username.clone());
            learned
                .notes
                .push("signed in with user name and password".to_owned());
            let mut shown = self.shown(token.password.reveal());
            if !self.is_known(&shown)? {
                let (login, password) = (&token.username, &token.password);
                let person =
                    self.by_password(caller.template, None, login, password, caller.address);
                shown = person.await?.map_or(shown, Shown::Person);
            }
            return Ok(Credential {
                shown,
                username: Some(token.username.clone()),
                address: caller.address,
            });
        }
        let token = security
            .binary_security_token
            .as_ref()
            .ok_or_else(missing)?;
        match token.value_type.as_str() {
            DEVICE_ENROLLMENT_USER_TOKEN if security.signature.is_none() => {}
            JWT if security.signature.is_none() => {
                let shown = self.entra_token(token.text.reveal()).await?;
                learned.notes.push("signed in with Entra ID".to_owned());
                learned.username.clone_from(&shown.claims.identity.email);
                return Ok(Credential {
                    shown: Shown::Entra(shown),
                    username: None,
                    address: caller.address,
                });
            }
            other if security.signature.is_some() || other == X509_V3 => {
                return Err(Refusal::CredentialKind("a certificate"));
            }
            _ => {
                return Err(Refusal::Security(
                    "it holds an unknown kind of token".to_owned(),
                ));
            }
        }
        learned
            .notes
            .push("signed in with an enrollment token".to_owned());
        let bytes = decode_header_token(token.text.reveal())
            .map_err(|_| Refusal::Security("the token is not base64".to_owned()))?;
        let shown = std::str::from_utf8(&bytes).map_or(Shown::Nothing, |text| self.shown(text));
        Ok(Credential {
            shown,
            username: None,
            address: caller.address,
        })
    }

    /// Whether what was shown is one of ours: a password may well have the shape of a code.
    fn is_known(&self, shown: &Shown) -> Result<bool, Refusal> {
        match shown {
            Shown::Nothing => Ok(false),
            Shown::Code(lookup) => {
                let found = self.store.look(|tx| tx.token_by_code(lookup));
                Ok(found.map_err(|error| from_store(&error))?.is_some())
            }
            _ => Ok(true),
        }
    }

    /// Finds out what a secret text is, by its shape alone.
    fn shown(&self, text: &str) -> Shown {
        let lookup = |purpose, secret: &str| self.keys.lookup(purpose, secret.as_bytes());
        if let Some(value) = Value::parse(text) {
            return match value.kind() {
                ValueKind::Token => Shown::Value(lookup("token-value", value.reveal())),
                ValueKind::SignIn => Shown::SignIn(lookup("sign-in", value.reveal())),
                ValueKind::ApiKey => Shown::Nothing,
            };
        }
        EnrollCode::parse(text).map_or(Shown::Nothing, |code| {
            Shown::Code(lookup("token-code", code.reveal()))
        })
    }

    /// The credential that a code or value typed on our page is; a sign-in's result is not typed.
    pub(super) fn typed(
        &self,
        text: &str,
        email: Option<&str>,
        address: Option<IpAddr>,
    ) -> Credential {
        let shown = match self.shown(text) {
            Shown::SignIn(_) => Shown::Nothing,
            shown => shown,
        };
        Credential {
            shown,
            username: email.map(str::to_owned),
            address,
        }
    }

    /// Looks the credential up and checks what can be checked before the key is known; then, in the same transaction,
    /// runs `and_then` on what was found.
    pub(super) fn authenticate<T>(
        &self,
        credential: &Credential,
        learned: &mut Learned,
        and_then: impl FnOnce(&Identified, &mut Transaction<'_>) -> Result<T, Stopped>,
    ) -> Result<(Identified, T), Refusal> {
        let now = self.clock.now();
        let (account, address) = (credential.username.as_deref(), credential.address);
        self.lockout.check(account, address, now)?;
        let found = self.store.look::<_, Stopped, _>(|tx| {
            let Some(identified) = credential.identify(tx)? else {
                return Ok(None);
            };
            let result = credential.check(&identified, now).map_err(Stopped::from);
            let result = result.and_then(|()| and_then(&identified, tx));
            Ok(Some((identified, result)))
        });
        let Some((identified, result)) = found? else {
            self.lockout.count(account, address, now);
            return Err(Refusal::CredentialUnknown);
        };
        learned.token = Some(identified.token.id);
        learned.organization = Some(identified.token.organization_id);
        learned.username = learned.username.take().or_else(|| identified.owner.clone());
        let result = result.map_err(Refusal::from).inspect_err(|refusal| {
            if matches!(refusal, Refusal::CredentialOfAnother { .. }) {
                self.lockout.count(account, address, now);
            }
        })?;
        Ok((identified, result))
    }
}

impl Credential {
    /// The credential of somebody whom a provider proved.
    pub(super) fn of(person: Person, address: Option<IpAddr>) -> Self {
        Self {
            shown: Shown::Person(person),
            username: None,
            address,
        }
    }

    /// The token behind the credential, and the sign-in when it came that way.
    pub(super) fn identify(
        &self,
        tx: &mut Transaction<'_>,
    ) -> Result<Option<Identified>, crate::store::Error> {
        match &self.shown {
            Shown::Entra(entra) => return entra.identify(tx),
            Shown::Person(person) => return person.identify(tx),
            _ => {}
        }
        let (token, sign_in) = match &self.shown {
            Shown::Nothing | Shown::Entra(_) | Shown::Person(_) => (None, None),
            Shown::Value(lookup) => (tx.token_by_value(lookup)?, None),
            Shown::Code(lookup) => (tx.token_by_code(lookup)?, None),
            Shown::SignIn(lookup) => match tx.sign_in(lookup)? {
                Some(sign_in) => (tx.token(sign_in.token_id)?, Some(sign_in)),
                None => (None, None),
            },
        };
        let Some(mut token) = token else {
            return Ok(None);
        };
        let proved = sign_in.as_ref().and_then(|it| it.identity.clone());
        if let Some(email) = proved.as_ref().and_then(|it| it.email.as_deref()) {
            token.blocked |= is_disabled(tx, token.organization_id, email)?;
        }
        let signed_in = sign_in.as_ref().and_then(|it| it.email.clone());
        Ok(Some(Identified {
            owner: signed_in.or_else(|| token.email.clone()),
            token,
            sign_in,
            identity: proved.map(Arc::new),
            entra: None,
        }))
    }

    /// What holds whatever the key: the right person, and nothing revoked.
    pub(super) fn check(&self, identified: &Identified, now: Timestamp) -> Result<(), Refusal> {
        if let Some(username) = &self.username
            && !identified.token.may_be_used_by(username)
        {
            return Err(Refusal::CredentialOfAnother {
                username: username.clone(),
            });
        }
        if identified.token.state_at(now) == State::Deleted {
            return Err(Refusal::TokenRevoked);
        }
        if identified.token.blocked {
            return Err(Refusal::NotAllowed(
                "the account of this user is disabled".to_owned(),
            ));
        }
        match &identified.sign_in {
            Some(sign_in) if sign_in.device_id.is_none() && sign_in.expires_at <= now => {
                Err(Refusal::SignInEnded)
            }
            _ => Ok(()),
        }
    }
}

/// Whether a token may still be spent.
pub(super) fn usable(token: &Token, now: Timestamp) -> Result<(), Refusal> {
    match token.state_at(now) {
        State::Pending => Ok(()),
        State::Done => Err(Refusal::TokenSpent),
        State::Deleted => Err(Refusal::TokenRevoked),
        State::Expired => Err(token
            .expires_at
            .map_or(Refusal::TokenSpent, Refusal::TokenExpired)),
    }
}
