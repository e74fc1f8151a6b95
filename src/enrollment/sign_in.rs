//! The sign-in page of the Federated policy (MS-MDE2 3.2): a code, and what the template asks, for a value that opens one
//! flow.

use std::net::IpAddr;

use crate::attempt::Learned;
use crate::id::ObjectId;
use crate::language::Language;
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::store::{self, SignIn, Transaction};
use crate::template::{AuxiliaryField, FieldType};
use crate::terms::{Acceptance, Terms};
use crate::token::{Token, Value, ValueKind};

use super::credential::{Credential, Identified, usable};
use super::ways::unbelieved;
use super::{Enrollment, from_store};

/// What a person brought to the page.
#[derive(Debug, Clone, Copy)]
pub struct Brought<'a> {
    /// The code, or a token's value.
    pub code: &'a str,
    /// The proof of who it is, of somebody who signed in by a provider.
    pub proof: Option<&'a str>,
    /// A password of a way: its template, its provider, what was typed as the name, the password.
    pub password: Option<Typed<'a>>,
    /// The e-mail address.
    pub email: Option<&'a str>,
    /// The address that it comes from.
    pub address: Option<IpAddr>,
    /// The walk.
    pub attempt: ObjectId,
    /// The language of the page.
    pub language: Language,
    /// What was filled in: pairs of a key and a value; none: nothing was asked yet.
    pub filled_in: Option<&'a [(String, String)]>,
    /// The version of the terms that was accepted.
    pub accepted: Option<u32>,
}

/// A password that was typed on our page.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a> {
    /// The template and the provider of the way; none: the users of this server.
    pub way: (ObjectId, Option<ObjectId>),
    /// The name.
    pub login: &'a str,
    /// The password.
    pub password: &'a Secret,
}

/// What becomes of it.
#[derive(Debug)]
pub enum SignedIn {
    /// The value that the page hands to Windows.
    Done {
        /// The value.
        value: Value,
        /// The organization.
        organization: ObjectId,
        /// Whether the page goes on by itself.
        automatic: bool,
    },
    /// The person is asked first.
    Asked(Box<Questions>),
}

/// What a person is asked.
#[derive(Debug, Clone)]
pub struct Questions {
    /// The organization.
    pub organization: ObjectId,
    /// The fields.
    pub fields: Vec<AuxiliaryField>,
    /// The terms of use.
    pub terms: Option<Terms>,
    /// The keys of the fields whose answers are not acceptable.
    pub missing: Vec<String>,
    /// Whether the terms were to be accepted and were not.
    pub unaccepted: bool,
    /// The proof of who is asked, for somebody who signed in by a provider.
    pub proof: Option<Secret>,
}

/// Characters of an answer.
const ANSWER: usize = 256;

/// What a token's organization and template want to know.
struct Wanted {
    fields: Vec<AuxiliaryField>,
    terms: Option<Terms>,
    automatic: bool,
}

impl Enrollment {
    /// Exchanges what a person brought for the value that the page hands to Windows, or tells what is still asked. The
    /// token itself is not spent: that happens with the certificate.
    ///
    /// # Errors
    /// What is wrong with the code.
    pub async fn sign_in(
        &self,
        brought: Brought<'_>,
        learned: &mut Learned,
    ) -> Result<SignedIn, Refusal> {
        self.takes_devices()?;
        let now = self.clock.now();
        let (credential, proof) = self.brought(brought).await?;
        let (identified, wanted) = self.authenticate(&credential, learned, |identified, tx| {
            usable(&identified.token, now)?;
            Ok(wanted(tx, &identified.token)?)
        })?;
        let organization = identified.token.organization_id;
        let (answers, missing) = answered(&wanted.fields, brought.filled_in.unwrap_or_default());
        let unaccepted = wanted
            .terms
            .as_ref()
            .is_some_and(|terms| brought.accepted != Some(terms.version));
        if !missing.is_empty()
            || unaccepted
            || (brought.filled_in.is_none() && !wanted.fields.is_empty())
        {
            let asked_before = brought.filled_in.is_some();
            return Ok(SignedIn::Asked(Box::new(Questions {
                organization,
                fields: wanted.fields,
                terms: wanted.terms,
                missing: if asked_before { missing } else { Vec::new() },
                unaccepted: unaccepted && asked_before,
                proof,
            })));
        }
        let value = self
            .keep_sign_in(&identified, answers, wanted.terms, brought)
            .await?;
        learned
            .notes
            .push("signed in on the enrollment page".to_owned());
        Ok(SignedIn::Done {
            value,
            organization,
            automatic: wanted.automatic,
        })
    }

    /// The credential of what was brought, and its proof where a provider proved it.
    async fn brought(&self, brought: Brought<'_>) -> Result<(Credential, Option<Secret>), Refusal> {
        let address = brought.address;
        let person = if let Some(proof) = brought.proof {
            let person = self.proved(proof, brought.attempt);
            person.ok_or_else(|| unbelieved("the proof is not of this walk, or ended"))?
        } else if let Some(Typed {
            way,
            login,
            password,
        }) = brought.password
        {
            let person = self.by_password(Some(way.0), Some(way), login, password, address);
            let person = person.await?;
            person.ok_or_else(|| unbelieved("the way to sign in is not offered"))?
        } else {
            let typed = self.typed(brought.code, brought.email, address);
            return Ok((typed, None));
        };
        let proof = self.proof(&person, brought.attempt);
        Ok((Credential::of(person, address), Some(proof)))
    }

    async fn keep_sign_in(
        &self,
        identified: &Identified,
        answers: Vec<(String, String)>,
        terms: Option<Terms>,
        brought: Brought<'_>,
    ) -> Result<Value, Refusal> {
        let now = self.clock.now();
        let value = Value::generate(ValueKind::SignIn);
        let lookup = self.keys.lookup("sign-in", value.reveal().as_bytes());
        let sign_in = SignIn {
            id: ObjectId::generate(now),
            token_id: identified.token.id,
            email: identified.owner.clone(),
            identity: identified.identity().cloned(),
            answers,
            expires_at: now + self.settings.sign_in,
            device_id: None,
        };
        let acceptance = terms.map(|terms| Acceptance {
            id: ObjectId::generate(now),
            version: terms.version,
            token_id: Some(identified.token.id),
            email: identified.owner.clone(),
            subject: None,
            attempt_id: Some(brought.attempt),
            remote: brought.address.map(|address| address.to_string()),
            language: brought.language,
            accepted_at: now,
        });
        let organization = identified.token.organization_id;
        let work = move |tx: &mut Transaction<'_>| {
            if let Some(acceptance) = &acceptance {
                tx.insert_acceptance(organization, acceptance)?;
            }
            tx.insert_sign_in(&sign_in, &lookup, now)
        };
        let kept = self.store.write::<_, store::Error, _>(work).await;
        kept.map_err(|error| from_store(&error))?;
        Ok(value)
    }

    /// The token behind a link or a code that a person typed. Nothing is spent or written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn invitation(&self, typed: &str, address: Option<IpAddr>) -> Result<Token, Refusal> {
        self.takes_devices()?;
        let now = self.clock.now();
        let credential = self.typed(typed, None, address);
        let (identified, ()) =
            self.authenticate(&credential, &mut Learned::default(), |identified, _| {
                Ok(usable(&identified.token, now)?)
            })?;
        Ok(identified.token)
    }
}

fn wanted(tx: &mut Transaction<'_>, token: &Token) -> Result<Wanted, store::Error> {
    let template = match token.template_id {
        Some(id) => tx.template(token.organization_id, id)?,
        None => None,
    };
    let body = template.map(|found| found.template.body);
    let terms = tx.latest_terms(token.organization_id)?;
    Ok(Wanted {
        automatic: body.as_ref().is_none_or(|body| body.allow_auto_continue),
        fields: body.map(|body| body.auxiliary_fields).unwrap_or_default(),
        terms: terms.filter(|terms| !terms.texts.is_empty()),
    })
}

/// The answers to the fields, and the keys of those without an acceptable one. A text may be left empty, a choice not.
fn answered(
    fields: &[AuxiliaryField],
    filled_in: &[(String, String)],
) -> (Vec<(String, String)>, Vec<String>) {
    let (mut answers, mut missing) = (Vec::new(), Vec::new());
    for field in fields {
        let said = filled_in.iter().find(|(key, _)| *key == field.key);
        let said = said.map(|(_, value)| value.trim()).unwrap_or_default();
        let acceptable = match field.kind {
            FieldType::Select => field.options.iter().any(|option| option == said),
            FieldType::Text => {
                said.chars().count() <= ANSWER && !said.chars().any(char::is_control)
            }
        };
        match acceptable {
            true => answers.push((field.key.clone(), said.to_owned())),
            false => missing.push(field.key.clone()),
        }
    }
    (answers, missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_must_be_made_among_its_options_and_a_text_may_be_empty() {
        let fields: Vec<AuxiliaryField> = serde_json::from_str(
            r#"[{"type":"select","key":"dept","options":["Sales","IT"]},{"type":"text","key":"note"}]"#,
        )
        .unwrap();
        let filled = |dept: &str, note: &str| {
            let filled = [("dept", dept), ("note", note), ("other", "x")];
            filled.map(|(key, value)| (key.to_owned(), value.to_owned()))
        };
        let (answers, missing) = answered(&fields, &filled("Sales", ""));
        assert!(missing.is_empty());
        assert_eq!(answers.len(), 2, "what was not asked is not kept");
        for (dept, note) in [("", ""), ("sales", ""), ("Legal", "x")] {
            assert_eq!(answered(&fields, &filled(dept, note)).1, ["dept"]);
        }
        assert_eq!(
            answered(&fields, &filled("IT", &"x".repeat(257))).1,
            ["note"]
        );
        assert_eq!(answered(&fields, &filled("IT", "a\r\nb")).1, ["note"]);
    }
}
