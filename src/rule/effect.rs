//! What a rule makes of a device: tags, policies, segment and name.

use crate::identifier::{Identifier, Kind};
use crate::policy::Assignment;
use crate::template::Rule;

use super::fact::Facts;
use super::name::NamePattern;

/// Policies of a token and of a rule together: the same policy twice has the smaller number; sorted by priority, then
/// the token's before the rule's, then as they stood.
fn merged(token: &[Assignment], rule: &[Assignment]) -> Vec<Assignment> {
    let mut all: Vec<Assignment> = Vec::new();
    for assignment in token.iter().chain(rule) {
        match all
            .iter_mut()
            .find(|it| it.win_policy_id == assignment.win_policy_id)
        {
            Some(known) => known.priority = known.priority.min(assignment.priority),
            None => all.push(*assignment),
        }
    }
    // The sort keeps the order of equals.
    all.sort_by_key(|it| it.priority);
    all
}

/// What a rule gives a device beside its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Tags that are added.
    pub tags: Vec<String>,
    /// All its policies, those of its token among them.
    pub policies: Vec<Assignment>,
    /// Its segment.
    pub segment_id: u32,
}

/// What a device receives by the rule that matched, if one did, its token's policies and its template's segment.
pub fn given(rule: Option<&Rule>, of_token: &[Assignment], segment_id: u32) -> Given {
    let Some(rule) = rule else {
        let policies = of_token.to_vec();
        return Given {
            policies,
            segment_id,
            ..Given::default()
        };
    };
    Given {
        tags: rule.tags.clone(),
        policies: merged(of_token, &rule.win_policy_assignments),
        segment_id: rule.segment_id.unwrap_or(segment_id),
    }
}

/// What is made up for a name.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// The template's name.
    pub template: String,
    /// Letters and digits for `{rand:4}`.
    pub random: String,
    /// The number for `{seq:3}`.
    pub sequence: u64,
    /// The date, `2026-01-31`.
    pub date: String,
}

/// The name that a rule gives; none when it gives none, or nothing comes of its pattern.
pub fn display_name(rule: &Rule, facts: &Facts, made: &Made) -> Option<String> {
    let pattern = NamePattern::read(rule.display_name_pattern.as_deref()?).ok()?;
    let name = pattern.render(|of, width| value(of, width, facts, made));
    (!name.is_empty()).then_some(name)
}

fn value(of: &str, width: Option<i32>, facts: &Facts, made: &Made) -> Option<String> {
    let most = usize::try_from(width.unwrap_or(4).unsigned_abs()).unwrap_or(4);
    if let Some(key) = of.strip_prefix("aux.") {
        return facts.auxiliary().get(key).cloned();
    }
    if let Some(form) = of.strip_prefix("date:") {
        let mut parts = made.date.split('-');
        let mut next = || parts.next().unwrap_or_default();
        let (year, month, day) = (next(), next(), next());
        let short = year.get(2..).unwrap_or_default();
        return Some(
            form.replace("yyyy", year)
                .replace("yy", short)
                .replace("mm", month)
                .replace("dd", day),
        );
    }
    match of {
        "template" => Some(made.template.clone()),
        "rand" => Some(made.random.chars().take(most).collect()),
        "seq" => Some(format!("{:0most$}", made.sequence)),
        // As people read it off the label: without the dots and spaces that some firmware adds.
        "device.serial" => {
            let serial = Identifier::normalise(Kind::Serial, facts.first(of)?).ok()?;
            Some(serial.value)
        }
        fact => facts.first(fact).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::id::ObjectId;
    use crate::rule::Trust;

    #[test]
    fn the_same_policy_twice_has_the_smaller_number_and_the_token_comes_before_the_rule() {
        let [one, two, three] = [0; 3].map(|_| ObjectId::generate(Timestamp::UNIX_EPOCH));
        let assigned = |win_policy_id, priority| Assignment {
            win_policy_id,
            priority,
        };
        let token = [assigned(one, 100), assigned(two, 100)];
        let rule = [assigned(three, 100), assigned(two, 7)];
        assert_eq!(
            merged(&token, &rule),
            [assigned(two, 7), assigned(one, 100), assigned(three, 100)]
        );
    }

    #[test]
    fn a_name_is_made_of_what_is_known_and_what_is_made_up() {
        let mut facts = Facts::default();
        facts.say("user.firstName", "Ana", Trust::Verified);
        facts.say("device.serial", "PF3X17AB", Trust::Asserted);
        let made = Made {
            template: "Kiosks".to_owned(),
            random: "7Q2KZ".to_owned(),
            sequence: 12,
            date: "2026-01-31".to_owned(),
        };
        let rule = |pattern: &str| Rule {
            display_name_pattern: Some(pattern.to_owned()),
            ..Rule::default()
        };
        for (pattern, name) in [
            ("{firstName}-{lastName}-{serial:-4}", Some("Ana-17AB")),
            (
                "{template}-{seq:3}-{date:yyyymm}",
                Some("Kiosks-012-202601"),
            ),
            ("PC-%RAND:4%", Some("PC-7Q2K")),
            ("{lastName}", None),
        ] {
            assert_eq!(
                display_name(&rule(pattern), &facts, &made).as_deref(),
                name,
                "{pattern}"
            );
        }
    }
}
