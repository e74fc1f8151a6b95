//! The token as this process speaks to it: its module, and a few sessions that are logged in.
//!
//! A module is initialized once in a process and its login holds for the whole of it (PKCS #11 2.40, 5.4 and 5.6): this
//! is why the tokens in use are known to the process and not to whoever asked first.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as Cryptoki, RvError};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::{KeyUri, TokenError, TokenSettings};

/// A token in use.
pub(super) struct Token {
    settings: TokenSettings,
    module: Pkcs11,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<LoggedIn>,
    lent: usize,
    /// The token refused the PIN: it is not shown again.
    refused: bool,
}

/// A session that is logged in, and the private keys that were found in it.
pub(super) struct LoggedIn {
    pub(super) session: Session,
    found: Vec<(KeyUri, ObjectHandle)>,
}

impl Token {
    /// The token that the settings name; its module is loaded and initialized when it was not yet.
    pub(super) fn of(settings: &TokenSettings) -> Result<Arc<Self>, TokenError> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = known.iter().find(|it| it.settings == *settings) {
            return Ok(Arc::clone(token));
        }
        let same = known
            .iter()
            .find(|it| it.settings.module == settings.module);
        let module = match same {
            Some(token) => token.module.clone(),
            None => load(&settings.module)?,
        };
        let token = Arc::new(Self {
            settings: settings.clone(),
            module,
            state: Mutex::default(),
            freed: Condvar::new(),
        });
        known.push(Arc::clone(&token));
        Ok(token)
    }

    /// The token's label.
    pub(super) fn label(&self) -> &str {
        &self.settings.token
    }

    /// Works in a session. Where one that was open already fails, as after the token was away, it is tried once more in
    /// a new one.
    pub(super) fn with<T>(
        &self,
        work: impl Fn(&mut LoggedIn) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let mut lent = self.lend()?;
        if let Some(mut open) = lent.open.take() {
            if let Ok(done) = work(&mut open) {
                lent.open = Some(open);
                return Ok(done);
            }
            // What happened to one session happened to all.
            drop(open);
            let stale = std::mem::take(&mut self.state().idle);
            drop(stale);
        }
        let mut open = self.log_in(false)?;
        let done = work(&mut open)?;
        lent.open = Some(open);
        Ok(done)
    }

    /// Works in a session that may write.
    pub(super) fn with_writing<T>(
        &self,
        work: impl FnOnce(&mut LoggedIn) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let _lent = self.lend()?;
        work(&mut self.log_in(true)?)
    }

    /// Takes part in what the token does at a time, with a session that is open if there is one.
    fn lend(&self) -> Result<Lent<'_>, TokenError> {
        let taken = |state: &mut State| state.lent >= SESSIONS;
        let waited = self.freed.wait_timeout_while(self.state(), PATIENCE, taken);
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(TokenError::Busy {
                token: self.label().to_owned(),
                sessions: SESSIONS,
            });
        }
        state.lent += 1;
        let open = state.idle.pop();
        Ok(Lent { token: self, open })
    }

    fn log_in(&self, writing: bool) -> Result<LoggedIn, TokenError> {
        let token = || self.label().to_owned();
        if self.state().refused {
            return Err(TokenError::Pin { token: token() });
        }
        let slot = self.slot()?;
        let session = match writing {
            true => self.module.open_rw_session(slot),
            false => self.module.open_ro_session(slot),
        };
        let session = session.map_err(|error| self.failed(&error))?;
        let pin = AuthPin::new(self.settings.pin.reveal().into());
        let refused = |error| {
            self.state().refused = true;
            Err(error)
        };
        match session.login(UserType::User, Some(&pin)) {
            Ok(()) | Err(Cryptoki::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(LoggedIn {
                session,
                found: Vec::new(),
            }),
            Err(Cryptoki::Pkcs11(
                RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange,
                _,
            )) => refused(TokenError::Pin { token: token() }),
            Err(Cryptoki::Pkcs11(RvError::PinLocked, _)) => {
                refused(TokenError::PinLocked { token: token() })
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Where the token is plugged in.
    fn slot(&self) -> Result<Slot, TokenError> {
        let slots = self.module.get_slots_with_token();
        let slots = slots.map_err(|error| self.failed(&error))?;
        let mut ours = slots.into_iter().filter(|slot| {
            let token = self.module.get_token_info(*slot);
            token.is_ok_and(|it| it.token_initialized() && it.label() == self.label())
        });
        let token = self.label().to_owned();
        match (ours.next(), ours.next()) {
            (Some(slot), None) => Ok(slot),
            (None, _) => Err(TokenError::NoToken { token }),
            (Some(_), Some(_)) => Err(TokenError::SeveralTokens { token }),
        }
    }

    /// What a call answered. The names of the answers are those of PKCS#11; their long texts are left out.
    pub(super) fn failed(&self, error: &Cryptoki) -> TokenError {
        let (call, answer) = match error {
            Cryptoki::Pkcs11(answer, call) => (format!("C_{call:?}"), format!("{answer:?}")),
            other => ("the module".to_owned(), other.to_string()),
        };
        TokenError::Failed {
            token: self.label().to_owned(),
            call,
            answer,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LoggedIn {
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

/// A part in what the token does at a time; the session in it is kept for the next one.
struct Lent<'t> {
    token: &'t Token,
    open: Option<LoggedIn>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut state = self.token.state();
        state.lent -= 1;
        state.idle.extend(self.open.take());
        self.token.freed.notify_one();
    }
}

fn load(path: &Path) -> Result<Pkcs11, TokenError> {
    let unusable = |error: Cryptoki| TokenError::Module {
        module: path.to_path_buf(),
        source: match error {
            Cryptoki::LibraryLoading(error) => Box::new(error),
            Cryptoki::Pkcs11(answer, call) => format!("C_{call:?} answered {answer:?}").into(),
            other => Box::new(other),
        },
    };
    let module = Pkcs11::new(path).map_err(unusable)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Cryptoki::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
        Err(error) => Err(unusable(error)),
    }
}

/// The tokens in use. A module stays loaded: most do not bear to be unloaded.
static KNOWN: Mutex<Vec<Arc<Token>>> = Mutex::new(Vec::new());
/// Sessions at a time.
const SESSIONS: usize = 4;
/// How long a signature waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
