//! What came of the settings of a device's policies.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::device::Device;
use crate::id::ObjectId;
use crate::identity::Actor;
use crate::policy::{
    Delivery, Effective, Overridden, SettingCommand, Wish, explain, explain_delivery,
};
use crate::store::{self, Transaction};

use super::super::{Admin, Error, NamedPolicy};
use super::{ShownDevice, find};

/// What came of the settings of a device's policies.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceResults {
    /// One for each setting, in the order in which they are delivered, then what the server itself told.
    pub items: Vec<ShownResult>,
}

/// What came of one setting.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownResult {
    /// The node.
    pub loc_uri: String,
    /// What is done with it: `set`, `get`, `exec` or `delete`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The policy; none: the server's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub win_policy: Option<NamedPolicy>,
    /// How far it came.
    #[schema(inline)]
    pub state: ResultState,
    /// The status that the device answered (SyncML).
    pub status: Option<u16>,
    /// The error behind the status (`msft:originalerror`).
    pub original_error: Option<String>,
    /// What that means, in words.
    pub explanation: String,
    /// What was read out of the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The policy that has the node instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overridden_by: Option<NamedPolicy>,
    /// When the device answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
}

/// How far a setting came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResultState {
    /// The device has not been told.
    Pending,
    /// The device was told and has not answered.
    Sent,
    /// The device took it.
    Done,
    /// The device did not take it.
    Failed,
    /// Another policy has the node.
    Overridden,
    /// It is no longer wished, and is being taken from the device.
    Removing,
}

impl ResultState {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Overridden => "overridden",
            Self::Removing => "removing",
        }
    }
}

impl Admin {
    /// What came of the settings of a device's policies.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a device that the actor does not see.
    pub async fn device_results(
        &self,
        actor: &Actor,
        called: &str,
    ) -> Result<DeviceResults, Error> {
        let (actor, called) = (actor.clone(), called.to_owned());
        self.store
            .read(move |tx| {
                let device = find(tx, &actor, &called)?;
                Ok(read(tx, &device)?)
            })
            .await
    }

    /// Has a device told again in its next session what it did not take.
    ///
    /// # Errors
    /// [`Error::Conflict`] for one that has left.
    pub async fn sync_device(&self, actor: &Actor, called: &str) -> Result<ShownDevice, Error> {
        self.change_device(actor, called, |tx, device, _| {
            if super::is_past(&device) {
                let message = "Conflict: the device has left already";
                return Err(Error::Conflict(message.to_owned()));
            }
            Ok(tx.give_work(device.id)?)
        })
        .await
    }
}

fn read(tx: &mut Transaction<'_>, device: &Device) -> Result<DeviceResults, store::Error> {
    let names = tx.policy_names(device.organization_id)?;
    let policies = tx.assigned_policies(device.organization_id, &device.policies)?;
    let effective = Effective::of(&policies);
    let mut told: HashMap<(String, u32), Delivery> = tx
        .deliveries(device.id)?
        .into_iter()
        .map(|it| ((it.node.clone(), it.step), it))
        .collect();
    let named = |id: ObjectId| NamedPolicy {
        id,
        name: names.get(&id).cloned().unwrap_or_default(),
    };
    let mut items = Vec::new();
    for wish in &effective.wishes {
        let delivery = told.remove(&(wish.node.clone(), wish.step));
        items.push(of_wish(wish, delivery.as_ref(), &named));
    }
    for Overridden { wish, by } in &effective.overridden {
        let by = named(*by);
        items.push(ShownResult {
            state: ResultState::Overridden,
            explanation: format!("the policy {} comes first and has the node", by.name),
            overridden_by: Some(by),
            ..of_wish(wish, None, &named)
        });
    }
    let mut rest: Vec<_> = told.into_values().collect();
    rest.sort_by(|one, other| one.node.cmp(&other.node));
    items.extend(rest.iter().map(|it| of_delivery(it, &named)));
    Ok(DeviceResults { items })
}

fn of_wish(
    wish: &Wish,
    delivery: Option<&Delivery>,
    named: &impl Fn(ObjectId) -> NamedPolicy,
) -> ShownResult {
    let told = delivery.filter(|it| it.told == wish.digest());
    let state = match told {
        None => ResultState::Pending,
        Some(it) => state(it),
    };
    ShownResult {
        loc_uri: wish.loc_uri.clone(),
        command: Some(wish.command.word().to_owned()),
        win_policy: wish.policy_id.map(named),
        state,
        status: told.and_then(|it| it.status),
        original_error: told.and_then(|it| it.original_error.clone()),
        explanation: explain_delivery(wish, delivery),
        value: told.and_then(|it| it.value.clone()),
        overridden_by: None,
        answered_at: told.and_then(|it| it.answered_at),
    }
}

/// What is told besides policies, or no longer wished.
fn of_delivery(it: &Delivery, named: &impl Fn(ObjectId) -> NamedPolicy) -> ShownResult {
    let own = it.policy_id.is_none();
    let failed = it.is_removal() && it.status.is_some() && !it.waits();
    ShownResult {
        loc_uri: it.loc_uri.clone(),
        command: own.then(|| SettingCommand::Set.word().to_owned()),
        win_policy: it.policy_id.map(named),
        state: if own || failed {
            state(it)
        } else {
            ResultState::Removing
        },
        status: it.status,
        original_error: it.original_error.clone(),
        explanation: match it.status {
            Some(status) if own => explain(status, it.original_error.as_deref()),
            Some(status) if it.is_removal() => {
                let answer = explain(status, it.original_error.as_deref());
                format!("no policy says so any more; {answer}")
            }
            _ if own => "the device was told and has not answered yet".to_owned(),
            None if it.is_removal() && it.sent.is_some() => {
                "no policy says so any more; the device was told and has not answered yet"
                    .to_owned()
            }
            _ => "no policy says so any more; the device is told in its next session".to_owned(),
        },
        value: None,
        overridden_by: None,
        answered_at: it.answered_at,
    }
}

fn state(it: &Delivery) -> ResultState {
    match it.status {
        Some(_) if it.is_done() => ResultState::Done,
        Some(_) if it.has_part() => ResultState::Sent,
        Some(_) => ResultState::Failed,
        None if it.sent.is_some() => ResultState::Sent,
        None => ResultState::Pending,
    }
}
