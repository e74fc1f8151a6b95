//! Signing in by a name and a password: each way that takes one is asked, once.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::id::ObjectId;
use crate::identity::Identity;
use crate::provider::{self, Configured};
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::store;

use super::Enrollment;
use super::credential::Person;
use super::ways::{Way, Ways, unbelieved};

impl Enrollment {
    /// Who it is that knows this password, by the ways of a template that take one, in their order; none: no way does.
    /// Whatever is wrong counts once as typed, and once for whom a directory knows by what was typed.
    pub(super) async fn by_password(
        &self,
        template: Option<ObjectId>,
        only: Option<(ObjectId, Option<ObjectId>)>,
        login: &str,
        password: &Secret,
        address: Option<IpAddr>,
    ) -> Result<Option<Person>, Refusal> {
        let ways = self.ways(template)?;
        let chosen = |way: &&Way| {
            way.takes_password() && only.is_none_or(|only| only == (way.template, way.provider))
        };
        let mut chosen = ways.ways.iter().filter(chosen).peekable();
        if chosen.peek().is_none() {
            return Ok(None);
        }
        self.lockout.check_login(login, address, self.clock.now())?;
        let (mut asked, mut wrong, mut silent) = (HashSet::new(), Vec::new(), Vec::new());
        for way in chosen {
            // Where several templates offer it, it is one try all the same.
            if !asked.insert(way.provider) {
                continue;
            }
            match self.prove(&ways, way, login, password).await {
                Ok(identity) => {
                    return Ok(Some(Person {
                        organization: ways.organization,
                        template: way.template,
                        identity: Arc::new(identity),
                    }));
                }
                Err(provider::Error::Wrong(why)) => {
                    tracing::info!(provider = way.called(), why, "a password is not believed");
                    wrong.push(format!("{}: {why}", way.called()));
                }
                Err(provider::Error::Unavailable(why) | provider::Error::Unreachable(why)) => {
                    tracing::warn!(provider = way.called(), why, "a provider cannot be asked");
                    silent.push(format!("{}: {why}", way.called()));
                }
            }
        }
        if !wrong.is_empty() {
            self.lockout.count_login(login, address, self.clock.now());
        }
        match silent.is_empty() {
            true => Err(unbelieved(wrong.join("; "))),
            false => Err(Refusal::IdentityProvider(silent.join("; "))),
        }
    }

    async fn prove(
        &self,
        ways: &Ways,
        way: &Way,
        login: &str,
        password: &Secret,
    ) -> Result<Identity, provider::Error> {
        let Some(id) = way.provider else {
            return self.local(ways.organization, login, password).await;
        };
        let found = self
            .store
            .look::<_, store::Error, _>(|tx| tx.identity_provider(ways.organization, id));
        let found = found.map_err(|error| failed(&error))?;
        let found = found.ok_or_else(|| provider::Error::Wrong("it is gone".to_owned()))?;
        let sealed = found.secret.as_deref();
        let provider = Configured::open(&self.keys, found.provider, sealed)?;
        let people = self.lockout.people(id, self.clock.now());
        self.providers
            .by_password(&provider, login, password, &people)
            .await
    }

    /// A user of this server, by address and password.
    async fn local(
        &self,
        organization: ObjectId,
        login: &str,
        password: &Secret,
    ) -> Result<Identity, provider::Error> {
        let found = self.store.look::<_, store::Error, _>(|tx| {
            let user = tx.user_by_email(organization, login.trim())?;
            let hash = user
                .as_ref()
                .map(|user| tx.user_password(user.id))
                .transpose()?;
            Ok((user, hash.flatten()))
        });
        let (user, hash) = found.map_err(|error| failed(&error))?;
        self.passwords.check(hash, password).await?;
        let user =
            user.ok_or_else(|| provider::Error::Wrong("there is no such user".to_owned()))?;
        Ok(Identity {
            issuer: "local".to_owned(),
            subject: user.id.to_string(),
            email: Some(user.email),
            first_name: user.first_name,
            last_name: user.last_name,
            ..Identity::default()
        })
    }
}

fn failed(error: &store::Error) -> provider::Error {
    provider::Error::Unavailable(error.to_string())
}
