//! Trying rules out: what a template would make of a device, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identifier::CORPORATE;
use crate::identity::Actor;
use crate::policy::Assignment;
use crate::rule::{self, Facts, Made, Rules, Step, Trust, display_name, given};
use crate::store;
use crate::template::{Action, Template};
use crate::token::EnrollCode;
use crate::violation::Violations;

use super::super::{Admin, Error};
use super::ChangedTemplate;

mod shape;

/// What is to be tried out: a template that is there or one that is written here, with given facts or those of an attempt.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WishedEvaluation {
    /// A template that is not stored.
    pub template: Option<ChangedTemplate>,
    /// A template that is.
    pub template_id: Option<ObjectId>,
    /// What is known of the device and its user.
    pub facts: Option<WishedFacts>,
    /// An attempt whose facts count.
    pub attempt_id: Option<ObjectId>,
}

/// What is known of a device, for a template that the path names.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GivenFacts {
    /// What is known of the device and its user.
    pub facts: Option<WishedFacts>,
    /// An attempt whose facts count.
    pub attempt_id: Option<ObjectId>,
}

/// Facts by name: `email`, `ownership`, `device.serial`, `os.version`, `user.firstName` and the others.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WishedFacts {
    /// Tags and groups of the user.
    pub tags: Option<Vec<String>>,
    /// What was filled in.
    pub auxiliary_fields: Option<BTreeMap<String, String>>,
    /// Lists of identifiers that the device is on.
    pub lists: Option<Vec<String>>,
    /// All others.
    #[serde(flatten)]
    pub others: BTreeMap<String, Told>,
}

/// One value or several.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ToldFact)]
pub enum Told {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Evaluation {
    /// The rule that holds.
    pub matched: Option<String>,
    /// What becomes of the device.
    pub effects: ShownEffects,
    /// The rules up to that one, with their tests.
    pub trace: Vec<Step>,
}

/// What becomes of a device.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownEffects {
    /// What is done.
    pub action: Action,
    /// Tags that it receives.
    pub tags: Vec<String>,
    /// Policies that it receives, the strongest first.
    pub win_policy_assignments: Vec<Assignment>,
    /// The segment that it lies in.
    pub segment_id: u32,
    /// Its name.
    pub display_name: Option<String>,
    /// What the user is told.
    pub message: Option<String>,
    /// Whether the rules are asked again when more is known.
    pub reevaluate: bool,
}

impl WishedFacts {
    fn understood(self, facts: &mut Facts) {
        for (name, told) in self.others {
            let values = match told {
                Told::One(value) => vec![value],
                Told::Many(values) => values,
            };
            for value in values {
                match name.as_str() {
                    "email" => facts.say_person(&value, Trust::Verified),
                    _ => facts.say(&name, &value, Trust::Asserted),
                }
            }
        }
        for tag in self.tags.unwrap_or_default() {
            facts.tag(&tag);
        }
        for list in self.lists.unwrap_or_default() {
            facts.list(&list);
        }
        for (key, value) in self.auxiliary_fields.unwrap_or_default() {
            facts.fill_in(&key, &value);
        }
    }
}

impl Admin {
    /// What a template makes of a device; nothing is stored.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless one template and facts of one source are named, [`Error::NotFound`] for what is not there.
    pub async fn evaluate_template(
        &self,
        actor: &Actor,
        wish: WishedEvaluation,
    ) -> Result<Evaluation, Error> {
        let template = self
            .wished_template(actor, wish.template, wish.template_id)
            .await?;
        let mut facts = Facts::default();
        match (wish.facts, wish.attempt_id) {
            (Some(wished), None) => wished.understood(&mut facts),
            (None, Some(attempt)) => {
                let attempt = self.attempt(actor, &attempt.to_string()).await?;
                facts.say_items(&attempt.facts.unwrap_or_default());
                if let Some(username) = &attempt.username {
                    facts.say_person(username, Trust::Asserted);
                }
            }
            (None, None) => {}
            (Some(_), Some(_)) => {
                return Err(Error::invalid("attemptId", "must not stand beside facts"));
            }
        }
        self.note_lists(actor, &mut facts).await?;
        let mut faults = Violations::new();
        rule::check(&template.body, &mut faults);
        faults.into_result()?;
        let Ok(rules) = Rules::compile(&template.body) else {
            return Err(Error::invalid(
                "template",
                "has rules that cannot be understood",
            ));
        };
        Ok(self.evaluated(&template, &rules, &facts))
    }

    async fn wished_template(
        &self,
        actor: &Actor,
        template: Option<ChangedTemplate>,
        id: Option<ObjectId>,
    ) -> Result<Template, Error> {
        match (template, id) {
            (Some(wish), None) => {
                let mut template = self.empty_template(actor);
                wish.apply(&mut template);
                let mut faults = Violations::new();
                let name = match template.name.as_str() {
                    "" => "unsaved",
                    name => name,
                };
                let description = template.description.as_deref();
                crate::template::check(name, description, &template.body, &mut faults);
                faults.into_result()?;
                Ok(template)
            }
            (None, Some(id)) => Ok(self.stored_template(actor, id).await?.0.template),
            _ => Err(Error::invalid(
                "template",
                "or templateId must be there, not both",
            )),
        }
    }

    /// Adds the lists of identifiers that the device is on; on the corporate one it is the organization's own.
    async fn note_lists(&self, actor: &Actor, facts: &mut Facts) -> Result<(), Error> {
        let (organization, mut known) = (actor.organization, facts.clone());
        let found = self.store.read::<_, store::Error, _>(move |tx| {
            tx.add_lists(organization, &mut known)?;
            Ok(known)
        });
        *facts = found.await?;
        if facts.lists().contains(CORPORATE) && facts.of("ownership").is_empty() {
            facts.say("ownership", "corporate", Trust::Asserted);
        }
        Ok(())
    }

    fn evaluated(&self, template: &Template, rules: &Rules, facts: &Facts) -> Evaluation {
        let decision = rules.evaluate(facts);
        let body = &template.body;
        let rule = decision
            .matched
            .and_then(|index| body.rules.get(index).map(|it| (index, it)));
        let made = Made {
            template: template.name.clone(),
            random: EnrollCode::generate().reveal().to_owned(),
            sequence: 1,
            date: self.clock.now().strftime("%Y-%m-%d").to_string(),
        };
        let given = given(rule.map(|(_, rule)| rule), &[], template.segment_id);
        Evaluation {
            matched: rule.map(|(index, rule)| rule.called(index)),
            effects: ShownEffects {
                action: decision.action,
                tags: given.tags,
                win_policy_assignments: given.policies,
                segment_id: given.segment_id,
                display_name: rule.and_then(|(_, rule)| display_name(rule, facts, &made)),
                message: rule.and_then(|(_, rule)| rule.message.clone()),
                reevaluate: decision.again,
            },
            trace: rules.explain(body, facts, &decision),
        }
    }
}
