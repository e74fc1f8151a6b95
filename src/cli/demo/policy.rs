//! The policy of the demonstration, and what the device answered to it.

use crate::admin::CreatePolicy;
use crate::http::Server;
use crate::id::ObjectId;
use crate::identity::Actor;
use crate::policy::{Assignment, Format, Scope, Setting, SettingCommand, explain};
use crate::store::Error as StoreError;

use super::super::{Error, tell};

/// Makes the policy.
pub(super) async fn make(server: &Server, organization: ObjectId) -> Result<Assignment, Error> {
    let wish = CreatePolicy {
        name: "No camera".to_owned(),
        description: None,
        settings: vec![Setting {
            loc_uri: CAMERA.to_owned(),
            format: Format::Int,
            media_type: "text/plain".to_owned(),
            value: VALUE.to_owned(),
            scope: Scope::Device,
            command: SettingCommand::Set,
        }],
        atomic: false,
    };
    let actor = Actor::local(organization);
    let policy = server.app.admin.create_policy(&actor, wish).await?;
    Ok(Assignment {
        win_policy_id: policy.id,
        priority: 100,
    })
}

/// What is on record of its delivery.
pub(super) async fn show(server: &Server, device: ObjectId) -> Result<(), Error> {
    let store = &server.app.store;
    let found = store
        .read::<_, StoreError, _>(move |tx| tx.deliveries(device))
        .await?;
    for delivery in found.iter().filter(|it| it.policy_id.is_some()) {
        let (status, explanation) = match delivery.status {
            Some(status) => (
                status.to_string(),
                explain(status, delivery.original_error.as_deref()),
            ),
            None => ("-".to_owned(), "not answered yet".to_owned()),
        };
        tell(&format!(
            "   Policy: {} = {VALUE}, status {status}: {explanation}",
            delivery.loc_uri
        ));
    }
    Ok(())
}

const CAMERA: &str = "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera";
const VALUE: &str = "0";
