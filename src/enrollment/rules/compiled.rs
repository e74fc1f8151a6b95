//! Templates with their compiled rules, shared by all requests until they change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::id::ObjectId;
use crate::rule::{Decision, Explainer, Facts, Pinned, Rules};
use crate::store::{self, Transaction};
use crate::template::{Body, Rule};

/// Compiled rules by template, each of a revision.
#[derive(Default)]
pub(in crate::enrollment) struct Compiled(Mutex<HashMap<ObjectId, Arc<Template>>>);

/// A template that is ready to decide.
pub(in crate::enrollment) struct Template {
    pub(super) id: ObjectId,
    pub(super) revision: i64,
    pub(super) name: String,
    pub(super) segment_id: u32,
    pub(super) body: Body,
    pub(super) rules: Rules,
    explainer: OnceLock<Explainer>,
}

impl Template {
    pub(super) fn rule(&self, index: usize) -> Option<&Rule> {
        self.body.rules.get(index)
    }

    /// A decision of its rules, as it is kept.
    pub(super) fn pin(&self, facts: &Facts, decision: &Decision) -> Pinned {
        let explainer = self
            .explainer
            .get_or_init(|| Explainer::of(&self.body, Pinned::TESTS));
        let matched = decision
            .matched
            .and_then(|index| Some(self.rule(index)?.called(index)));
        Pinned {
            template_id: self.id,
            template_revision: self.revision,
            matched,
            action: decision.action,
            reevaluate: decision.again,
            approval_id: None,
            username: None,
            answers: Vec::new(),
            identity: None,
            trace: explainer.steps(&self.rules, facts, decision, Pinned::RULES),
        }
    }

    /// Whether its rules name tags that begin like this.
    pub(in crate::enrollment) fn names_tags(&self, beginning: &str) -> bool {
        self.rules.name_tags(beginning)
    }

    /// Whether a name of its rules has a number.
    pub(super) fn counts(&self) -> bool {
        let patterns = self
            .body
            .rules
            .iter()
            .filter_map(|it| it.display_name_pattern.as_deref());
        let mut patterns = patterns.map(str::to_lowercase);
        patterns.any(|pattern| pattern.contains("{seq"))
    }
}

impl Compiled {
    /// The template as it is now: compiled again only when it has changed.
    pub(in crate::enrollment) fn of(
        &self,
        tx: &mut Transaction<'_>,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<Arc<Template>>, store::Error> {
        let Some(revision) = tx.template_revision(id)? else {
            return Ok(None);
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = known.get(&id).filter(|it| it.revision == revision) {
            return Ok(Some(Arc::clone(template)));
        }
        let Some(found) = tx.template(organization, id)? else {
            return Ok(None);
        };
        let template = found.template;
        let Ok(rules) = Rules::compile(&template.body) else {
            return Err(store::Error::Row("a template's rules do not compile"));
        };
        let template = Arc::new(Template {
            id,
            revision: template.revision,
            name: template.name,
            segment_id: template.segment_id,
            body: template.body,
            rules,
            explainer: OnceLock::new(),
        });
        known.insert(id, Arc::clone(&template));
        Ok(Some(template))
    }
}
