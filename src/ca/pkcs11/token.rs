//! The token as this process speaks to it: its module, and a few sessions that are logged in.
//!
//! A module is initialized once in a process and its login holds for the whole of it (PKCS #11 2.40, 5.4 and 5.6): this
//! is why the tokens in use are known to the process and not to whoever asked first.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as Cryptoki, RvError};
use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::session::LoggedIn;
use super::{TokenError, TokenSettings};

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
    /// The module is about to be initialized anew: nobody begins meanwhile.
    restarting: bool,
    /// How often it was.
    starts: u64,
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

    /// Works in a session. Where one that was open already fails, a new one is tried; where that fails too, the module is
    /// initialized anew, since many see only then that a token is back.
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
        let anew = |mut lent: Lent<'_>| {
            let mut open = self.log_in(false)?;
            let done = work(&mut open)?;
            lent.open = Some(open);
            Ok(done)
        };
        let starts = lent.starts;
        match anew(lent) {
            Err(TokenError::NoToken { .. } | TokenError::Failed { .. }) if self.restart(starts) => {
                anew(self.lend()?)
            }
            done => done,
        }
    }

    /// Initializes the module anew, unless that was done since it had started so many times; whoever comes meanwhile
    /// waits for it. False: it was not done, as while somebody is still in it, or while it serves another token too.
    fn restart(&self, starts: u64) -> bool {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let module = &self.settings.module;
        let others = known
            .iter()
            .any(|it| it.settings.module == *module && !std::ptr::eq(&**it, self));
        drop(known);
        let waited = self
            .freed
            .wait_timeout_while(self.state(), PATIENCE, |it| it.restarting);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if others || state.restarting || state.starts != starts {
            return state.starts != starts;
        }
        state.restarting = true;
        let waited = self
            .freed
            .wait_timeout_while(state, PATIENCE, |it| it.lent > 0);
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        state.restarting = false;
        // Sessions end before the module does: a number of theirs may be another's afterwards.
        state.idle.clear();
        let started = !waited.timed_out() && {
            let _ = self.module.clone().finalize();
            initialize(&self.module).is_ok()
        };
        state.starts += u64::from(started);
        drop(state);
        self.freed.notify_all();
        started
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
        let taken = |state: &mut State| state.lent >= SESSIONS || state.restarting;
        let waited = self.freed.wait_timeout_while(self.state(), PATIENCE, taken);
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(TokenError::Busy {
                token: self.label().to_owned(),
                sessions: SESSIONS,
            });
        }
        state.lent += 1;
        Ok(Lent {
            token: self,
            open: state.idle.pop(),
            starts: state.starts,
        })
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
            Ok(()) | Err(Cryptoki::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
                Ok(LoggedIn::new(session))
            }
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

/// A part in what the token does at a time; the session in it is kept for the next one.
struct Lent<'t> {
    token: &'t Token,
    open: Option<LoggedIn>,
    starts: u64,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut state = self.token.state();
        state.lent -= 1;
        state.idle.extend(self.open.take());
        self.token.freed.notify_all();
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
    initialize(&module).map_err(unusable)?;
    Ok(module)
}

fn initialize(module: &Pkcs11) -> Result<(), Cryptoki> {
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Err(Cryptoki::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        done => done,
    }
}

/// The tokens in use. A module stays loaded: most do not bear to be unloaded.
static KNOWN: Mutex<Vec<Arc<Token>>> = Mutex::new(Vec::new());
/// Sessions at a time.
const SESSIONS: usize = 4;
/// How long a signature waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
