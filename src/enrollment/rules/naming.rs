//! The names that a rule gives: one for people, and one for the computer where it is to be renamed.

use crate::refusal::Refusal;
use crate::rule::{Made, device_name, display_name};
use crate::store;
use crate::template::Rule;
use crate::token::EnrollCode;

use super::super::{Enrollment, from_store};
use super::compiled::Template;
use super::{Effects, Known};

/// Characters of a computer's name, at most.
const LONGEST: usize = 15;
/// Computers of one name that are told apart by a number; beyond, the name is given again.
const ALIKE: u32 = 99;

impl Enrollment {
    /// Names the device by a rule. A computer's name that another device of the organization has receives a number.
    pub(super) fn name(
        &self,
        rule: &Rule,
        template: &Template,
        known: &Known,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let made = Made {
            template: template.name.clone(),
            random: EnrollCode::generate().reveal().to_owned(),
            sequence: known.sequence,
            date: self.clock.now().strftime("%Y-%m-%d").to_string(),
        };
        effects.display_name = display_name(rule, &known.facts, &made);
        let wished = effects
            .display_name
            .as_deref()
            .filter(|_| rule.set_device_name);
        let Some(name) = wished.and_then(device_name) else {
            return Ok(());
        };
        let free = self.store.look(|tx| {
            for number in 1..=ALIKE {
                let name = numbered(&name, number);
                if !tx.computer_is_called(known.organization, &name, known.device)? {
                    return Ok::<_, store::Error>(name);
                }
            }
            Ok(name.clone())
        });
        effects.computer_name = Some(free.map_err(|error| from_store(&error))?);
        Ok(())
    }
}

/// `PC`, `PC-2`, `PC-3`: never longer than a computer's name may be.
fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.to_owned();
    }
    let behind = format!("-{number}");
    let room = LONGEST.saturating_sub(behind.len());
    let short: String = name.chars().take(room).collect();
    format!("{}{behind}", short.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_receives_a_number_and_stays_within_fifteen_characters() {
        assert_eq!(numbered("KIOSK", 1), "KIOSK");
        assert_eq!(numbered("KIOSK", 2), "KIOSK-2");
        assert_eq!(numbered("MADRID-SALES-01", 12), "MADRID-SALES-12");
        assert_eq!(numbered("ABCDEFGHIJKL-XY", 2), "ABCDEFGHIJKL-2");
    }
}
