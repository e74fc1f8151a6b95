//! The passwords of our own users: Argon2id (RFC 9106) with the parameters of OWASP: 19 MiB, two passes.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::secret::Secret;

use super::Error;

/// Hashes at a time: each takes 19 MiB.
const AT_ONCE: usize = 4;

/// Hashes passwords and compares them.
pub struct Passwords {
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Passwords {
    /// The hash of a password, with its salt and its parameters (PHC string format).
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there is no memory for it.
    pub async fn hash(&self, password: &Secret) -> Result<String, Error> {
        let password = password.clone();
        self.apart(move || {
            let hash = Argon2::default().hash_password(password.reveal().as_bytes());
            let hash = hash.map_err(|error| Error::unavailable(error.to_string()))?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password is the one of a hash. Where there is none it takes as long, and is wrong.
    ///
    /// # Errors
    /// [`Error::Wrong`] when it is not.
    pub async fn check(&self, hash: Option<String>, password: &Secret) -> Result<(), Error> {
        let password = password.clone();
        self.apart(move || {
            let wrong = || Error::wrong("the password is another, or the user has none");
            let Some(hash) = hash else {
                let _ = Argon2::default().hash_password(password.reveal().as_bytes());
                return Err(wrong());
            };
            let hash = PasswordHash::new(&hash);
            let hash = hash.map_err(|error| Error::unavailable(error.to_string()))?;
            let same = Argon2::default().verify_password(password.reveal().as_bytes(), &hash);
            same.map_err(|_| wrong())
        })
        .await
    }

    /// Away from the threads that serve, and a few at a time.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Error::unavailable("the server is stopping"))?;
        let done = spawn_blocking(move || {
            let _place = place;
            work()
        });
        let done = done.await;
        done.map_err(|_| Error::unavailable("the server could not compute the hash"))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_argon2id_and_none_is_as_wrong_as_another() {
        let passwords = Passwords::default();
        let hash = passwords.hash(&Secret::new("open sesame")).await;
        let hash = hash.unwrap_or_default();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let check = |hash: Option<&str>, password: &str| {
            let (hash, password) = (hash.map(str::to_owned), Secret::new(password));
            async move { Passwords::default().check(hash, &password).await }
        };
        assert_eq!(check(Some(&hash), "open sesame").await, Ok(()));
        let wrong = check(Some(&hash), "open sesam").await;
        assert!(matches!(wrong, Err(Error::Wrong(_))));
        assert_eq!(check(None, "open sesame").await, wrong);
    }
}
