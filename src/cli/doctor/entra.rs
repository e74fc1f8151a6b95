//! Whether Entra ID accepts the applications that templates name.

use crate::app::{self, Installation};
use crate::clock::Clock;
use crate::config::{Config, with_causes};
use crate::entra::{Confidential, Graph};
use crate::secret::Secret;
use crate::store;
use crate::template::entra_secret_purpose;

use super::super::Error;
use super::Check;

/// The applications of all templates, each asked for a token.
pub(super) async fn applications(config: Config) -> Vec<Check> {
    match tested(config).await {
        Ok(checks) => checks,
        Err(error) => vec![Check::fail("Entra ID", with_causes(&error))],
    }
}

async fn tested(config: Config) -> Result<Vec<Check>, Error> {
    let clock = Clock::system();
    let graph = app::graph(&config, clock.clone())?;
    let installation = Installation::open(config, clock)?;
    let found = installation
        .store
        .read::<_, store::Error, _>(|tx| {
            let found = tx.entra_applications()?;
            let each = found.into_iter().map(|it| {
                let template = tx.template(it.organization_id, it.id)?;
                Ok::<_, store::Error>((it, template))
            });
            each.collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let mut checks = Vec::new();
    for (application, template) in found {
        let Some(template) = template else {
            continue;
        };
        let name = format!("Entra ID, template {}", template.template.name);
        let purpose = entra_secret_purpose(application.id);
        let sealed = template.entra_secret.unwrap_or_default();
        let opened = installation.keys.open(&purpose, &sealed).ok();
        let Some(secret) = opened
            .as_deref()
            .and_then(|it| std::str::from_utf8(it).ok())
        else {
            let message = "its client secret cannot be opened by this master key: enter it again";
            checks.push(Check::fail(name, message));
            continue;
        };
        let confidential = Confidential {
            tenant_id: application.application.tenant_id,
            client_id: application.application.client_id,
            secret: Secret::new(secret),
        };
        checks.push(judge(name, &graph, &confidential).await);
    }
    Ok(checks)
}

/// Without Graph devices enroll all the same, so that a failure is worth no more than a warning.
async fn judge(name: String, graph: &Graph, application: &Confidential) -> Check {
    match graph.test(application).await {
        Ok(()) => Check::ok(name, "Entra ID accepts the application's id and secret"),
        Err(error) => Check::warn(
            name,
            format!("{error}: groups and reports of its devices are not to be had"),
        ),
    }
}
