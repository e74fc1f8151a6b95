//! What is known of a device and its user, as rules see it.

use crate::id::ObjectId;
use crate::rule::{Facts, Trust};

use super::{Error, Transaction};

/// Who asks, and what the device says.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The organization.
    pub organization: ObjectId,
    /// The tags of the token.
    pub token_tags: &'a [String],
    /// The person whom the credential proves.
    pub owner: Option<&'a str>,
    /// The name that was given without a proof.
    pub username: Option<&'a str>,
    /// The context items of the certificate request.
    pub items: &'a [(String, String)],
}

impl Transaction<'_> {
    /// The facts of a device, ownership left out. What we know of a person counts only for whoever proved to be that
    /// person.
    ///
    /// # Errors
    /// What the engine says.
    pub fn facts(&mut self, asking: &Asking<'_>) -> Result<Facts, Error> {
        let mut facts = Facts::default();
        facts.say_items(asking.items);
        for tag in asking.token_tags {
            facts.tag(&format!("token:{tag}"));
        }
        if let Some(email) = asking.owner {
            facts.say_person(email, Trust::Verified);
            if let Some(user) = self.user_by_email(asking.organization, email)? {
                for tag in &user.tags {
                    facts.tag(tag);
                }
                let names = [
                    ("user.firstname", user.first_name),
                    ("user.lastname", user.last_name),
                ];
                for (fact, name) in names {
                    facts.say(fact, name.as_deref().unwrap_or_default(), Trust::Verified);
                }
            }
        } else if let Some(name) = asking.username {
            facts.say_person(name, Trust::Asserted);
        }
        self.add_lists(asking.organization, &mut facts)?;
        Ok(facts)
    }

    /// Adds the lists of identifiers that the device is on.
    ///
    /// # Errors
    /// What the engine says.
    pub fn add_lists(&mut self, organization: ObjectId, facts: &mut Facts) -> Result<(), Error> {
        for identifier in facts.identifiers() {
            for list in self.lists_of_identifier(organization, &identifier)? {
                facts.list(&list);
            }
        }
        Ok(())
    }
}
