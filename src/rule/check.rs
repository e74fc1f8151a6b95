//! What is acceptable of a template's rules when it is saved.

use std::collections::BTreeSet;

use crate::identifier::names_a_list;
use crate::template::Body;
use crate::violation::Violations;

use super::Rules;
use super::name::NamePattern;

/// Adds what cannot be understood of a template's rules to `faults`, and fields that rules name and the template lacks.
pub fn check(body: &Body, faults: &mut Violations) {
    if let Err(others) = Rules::compile(body) {
        faults.extend(others);
    }
    let keys: BTreeSet<String> = body
        .auxiliary_fields
        .iter()
        .map(|field| field.key.to_lowercase())
        .collect();
    for (index, rule) in body.rules.iter().enumerate() {
        if let Some(pattern) = &rule.display_name_pattern
            && let Err(reason) = NamePattern::read(pattern)
        {
            faults.add(format!("rules[{index}].displayNamePattern"), reason);
        }
        for (place, condition) in rule.conditions.iter().enumerate() {
            for (at, text) in condition.identifiers.iter().flatten().enumerate() {
                let list = text.trim().to_lowercase();
                let list = list.strip_prefix("list:").map(str::trim);
                faults.require(
                    list.is_none_or(names_a_list),
                    format!("rules[{index}].conditions[{place}].identifiers[{at}]"),
                    "names no list: 1 to 64 letters, digits, dots, hyphens and underscores",
                );
            }
            let groups = condition.auxiliary_fields.iter().flatten().enumerate();
            for (outer, group) in groups {
                for (inner, atom) in group.iter().enumerate() {
                    let key = atom.trim_start_matches('!').split(':').next();
                    let key = key.unwrap_or_default().trim().to_lowercase();
                    faults.require(
                        keys.contains(&key),
                        format!(
                            "rules[{index}].conditions[{place}].auxiliaryFields[{outer}][{inner}]"
                        ),
                        "names a field that the template does not ask for",
                    );
                }
            }
        }
    }
}
