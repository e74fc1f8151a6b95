//! What the rules left open at enrollment: in a session a PC tells its serial number and model, and the rules are asked
//! again; and it is told the name that its rule gave to the computer.
//!
//! Asking again may change policies, tags, segment and name. It never turns a device away that was let in.

use crate::device::Device;
use crate::id::ObjectId;
use crate::protocol::syncml::{Command, Item, Meta, Operation, SyncMl};
use crate::rule::{Explainer, Made, Pinned, Rules, Trust, display_name, given, ownership};
use crate::store::{Asking, Error, Transaction};
use crate::template::Action;
use crate::token::EnrollCode;

use super::Management;

/// The nodes that answer what rules may want to know, with their facts (the CSPs `DevInfo` and `DevDetail`).
const NODES: [(&str, &str); 3] = [
    ("./DevInfo/Man", "device.manufacturer"),
    ("./DevInfo/Mod", "device.model"),
    (
        "./DevDetail/Ext/Microsoft/SMBIOSSerialNumber",
        "device.serial",
    ),
];
/// Where the computer's name is set; it takes effect when the PC starts anew (Accounts CSP).
const COMPUTER_NAME: &str = "./Device/Vendor/MSFT/Accounts/Domain/ComputerName";
/// `CmdID`s of their own, by which the answers are known.
const ASKS: &str = "9001";
const RENAMES: &str = "9002";
/// The first message of a session.
pub(super) const FIRST: &str = "1";

impl Management {
    /// What a device is asked and told at the beginning of a session.
    pub(super) fn questions(&self, id: ObjectId, package: &SyncMl) -> Result<Vec<Command>, Error> {
        if package.header.msg_id != FIRST {
            return Ok(Vec::new());
        }
        let Some(device) = self.store.look::<_, Error, _>(|tx| tx.device(id))? else {
            return Ok(Vec::new());
        };
        let mut commands = Vec::new();
        if device.decision.is_some_and(|it| it.reevaluate) {
            commands.push(Command::Get(Operation {
                cmd_id: ASKS.to_owned(),
                items: NODES.iter().map(|(node, _)| Item::target(*node)).collect(),
                ..Operation::default()
            }));
        }
        if let Some(name) = device.computer_name {
            commands.push(Command::Add(Operation {
                cmd_id: RENAMES.to_owned(),
                items: vec![Item {
                    meta: Some(Meta {
                        format: Some("chr".to_owned()),
                        ..Meta::default()
                    }),
                    data: Some(name),
                    ..Item::target(COMPUTER_NAME)
                }],
                ..Operation::default()
            }));
        }
        Ok(commands)
    }

    /// Takes in what a device answers.
    pub(super) async fn hear(&self, id: ObjectId, package: &SyncMl) -> Result<(), Error> {
        let renamed = renamed(package);
        let told = answers(package);
        if renamed.is_none() && told.is_empty() {
            return Ok(());
        }
        if let Some(code) = renamed.filter(|code| !code.starts_with('2')) {
            tracing::warn!(device = %id, code, "the device does not take its computer name");
        }
        let (now, renamed) = (self.clock.now(), renamed.is_some());
        let made = Made {
            random: EnrollCode::generate().reveal().to_owned(),
            date: now.strftime("%Y-%m-%d").to_string(),
            ..Made::default()
        };
        self.store
            .write::<_, Error, _>(move |tx| {
                let Some(mut device) = tx.device(id)? else {
                    return Ok(());
                };
                if renamed {
                    device.computer_name = None;
                }
                if !told.is_empty() && device.decision.as_ref().is_some_and(|it| it.reevaluate) {
                    decide_again(tx, &mut device, &told, made)?;
                }
                device.updated_at = Some(now);
                let read = device.revision;
                // Whoever changed the device meanwhile is right: the next session asks again.
                tx.update_decided_device(&device, read)?;
                Ok(())
            })
            .await
    }
}

/// How the device took the name of the computer.
fn renamed(package: &SyncMl) -> Option<&str> {
    let mut commands = package.body.commands.iter();
    commands.find_map(|command| match command {
        Command::Status(status) if status.cmd_ref == RENAMES && status.cmd == "Add" => {
            Some(status.data.as_str())
        }
        _ => None,
    })
}

/// The facts that results tell.
fn answers(package: &SyncMl) -> Vec<(&'static str, String)> {
    let commands = package.body.commands.iter();
    let results = commands.filter_map(|command| match command {
        Command::Results(results) => Some(&results.items),
        _ => None,
    });
    let told = results.flatten().filter_map(|item| {
        let uri = item.source.as_ref()?.loc_uri.as_str();
        let mut nodes = NODES.iter();
        let (_, fact) = nodes.find(|(node, _)| node.eq_ignore_ascii_case(uri))?;
        Some((*fact, item.data.clone()?))
    });
    told.collect()
}

/// Asks the rules with what is known by now.
fn decide_again(
    tx: &mut Transaction<'_>,
    device: &mut Device,
    told: &[(&'static str, String)],
    mut made: Made,
) -> Result<(), Error> {
    let organization = device.organization_id;
    let Some(pinned) = device.decision.take() else {
        return Ok(());
    };
    let Some(found) = tx.template(organization, pinned.template_id)? else {
        return Ok(());
    };
    let template = found.template;
    let token = match device.token_id {
        Some(id) => tx.token(id)?,
        None => None,
    };
    let of_token = token.map(|token| (token.tags, token.policies));
    let (token_tags, policies) = of_token.unwrap_or_default();
    let mut facts = tx.facts(&Asking {
        organization,
        token_tags: &token_tags,
        owner: device.owner.as_deref(),
        username: pinned.username.as_deref(),
        items: &device.facts.items,
    })?;
    if let Some(identity) = &pinned.identity {
        identity.tell(&mut facts);
    }
    for (key, value) in &pinned.answers {
        facts.fill_in(key, value);
    }
    for (fact, value) in told {
        if facts.of(fact).is_empty() {
            facts.say(fact, value, Trust::Asserted);
        }
    }
    tx.add_lists(organization, &mut facts)?;
    let fixed = device.ownership_fixed.then_some(device.ownership);
    device.ownership = ownership(fixed, Some(&template.body), &mut facts);
    let Ok(rules) = Rules::compile(&template.body) else {
        return Err(Error::Row("a template's rules do not compile"));
    };
    // It was let in: an approval that it needed is given.
    let decision = rules.evaluate_approved(&facts);
    let matched = decision.matched;
    let rule = matched.and_then(|index| Some((index, template.body.rules.get(index)?)));
    if decision.action != Action::Enroll {
        tracing::warn!(device = %device.id, "by what is known now the rules would turn the device away");
    } else if let Some((_, rule)) = rule {
        let given = given(Some(rule), &policies, template.segment_id);
        for tag in given.tags {
            if !device.tags.contains(&tag) {
                device.tags.push(tag);
            }
        }
        device.policies = tx.present_policies(organization, &given.policies)?;
        device.segment_id = given.segment_id;
        made.template.clone_from(&template.name);
        if let Some(name) = display_name(rule, &facts, &made) {
            device.display_name = Some(name);
        }
    }
    let explainer = Explainer::of(&template.body, Pinned::TESTS);
    device.decision = Some(Pinned {
        template_id: template.id,
        template_revision: template.revision,
        matched: rule.map(|(index, rule)| rule.called(index)),
        action: decision.action,
        reevaluate: false,
        approval_id: pinned.approval_id,
        username: pinned.username,
        answers: pinned.answers,
        identity: pinned.identity,
        trace: explainer.steps(&rules, &facts, &decision, Pinned::RULES),
    });
    Ok(())
}
