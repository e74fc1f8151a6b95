//! What the commands on data share: the installation behind the flags, and a runtime.

use std::future::Future;

use crate::admin::Admin;
use crate::app::Installation;
use crate::clock::Clock;
use crate::id::ObjectId;
use crate::identity::Actor;
use crate::store::WEB_URL;

use super::{Context, Error};

/// The administrator's service over an opened installation, on its default organization.
pub(super) struct Data {
    pub(super) admin: Admin,
    pub(super) organization: ObjectId,
    pub(super) actor: Actor,
}

impl Context<'_> {
    /// Opens the data that the flags and the configuration name, and runs `work` on it.
    pub(super) fn on_data<T, F>(&self, work: impl FnOnce(Data) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let (config, _) = self.load()?;
        let configured = config.web_url(config.web.listen);
        let installation = Installation::open(config, Clock::system())?;
        runtime()?.block_on(async {
            // The running server knows its address best: the kernel may have chosen the port.
            let told = installation
                .store
                .read::<_, crate::store::Error, _>(|tx| tx.setting(WEB_URL))
                .await?;
            let admin = installation.admin(told.unwrap_or(configured));
            let organization = admin.default_organization().await?;
            work(Data {
                admin,
                organization,
                actor: Actor::local(organization),
            })
            .await
        })
    }
}

/// A runtime for one command.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)
}

/// Reads an identifier that a person gave.
pub(super) fn id(text: &str) -> Result<ObjectId, Error> {
    text.parse().map_err(|_| Error::NotAnId(text.to_owned()))
}
