//! An organization's own words for letters.

use crate::identity::Actor;
use crate::language::Language;
use crate::letter::{Composed, Content, Kind, Wording, compose};
use crate::store;
use crate::violation::Violations;

use super::face::face;
use super::segment::whole;
use super::{Admin, Error};

/// The words of one kind of letter in one language, and whether they are the organization's own.
#[derive(Debug, Clone)]
pub struct ShownWording {
    /// The kind.
    pub kind: Kind,
    /// The language.
    pub language: Language,
    /// Whether they are the organization's own.
    pub own: bool,
    /// The words.
    pub wording: Wording,
}

/// Characters of a paragraph or a step.
const PARAGRAPH: usize = 2_000;

impl Admin {
    /// The words of every kind of letter in every language.
    ///
    /// # Errors
    /// What the store says.
    pub async fn wordings(&self, actor: &Actor) -> Result<Vec<ShownWording>, Error> {
        let organization = actor.organization;
        let found = self.store.read::<_, store::Error, _>(move |tx| {
            let mut shown = Vec::new();
            for kind in Kind::ALL {
                for language in Language::ALL {
                    let own = tx.wording(organization, kind, language)?;
                    shown.push(ShownWording {
                        kind,
                        language,
                        own: own.is_some(),
                        wording: own.unwrap_or_else(|| Wording::ours(kind, language).clone()),
                    });
                }
            }
            Ok(shown)
        });
        Ok(found.await?)
    }

    /// Replaces our words by the organization's own; none: ours count again.
    ///
    /// # Errors
    /// [`Error::Invalid`] for words that no letter can be made of.
    pub async fn update_wording(
        &self,
        actor: &Actor,
        kind: Kind,
        language: Language,
        wording: Option<Wording>,
    ) -> Result<ShownWording, Error> {
        whole(actor)?;
        if let Some(wording) = &wording {
            self.preview_wording(actor, kind, language, Some(wording.clone()))?;
        }
        let (organization, now) = (actor.organization, self.clock.now());
        let kept = wording.clone();
        self.store
            .write::<_, store::Error, _>(move |tx| {
                tx.set_wording(organization, kind, language, kept.as_ref(), now)
            })
            .await?;
        Ok(ShownWording {
            kind,
            language,
            own: wording.is_some(),
            wording: wording.unwrap_or_else(|| Wording::ours(kind, language).clone()),
        })
    }

    /// A letter made of these words, or of those that count, with values that are made up.
    ///
    /// # Errors
    /// [`Error::Invalid`] for words that no letter can be made of.
    pub fn preview_wording(
        &self,
        actor: &Actor,
        kind: Kind,
        language: Language,
        wording: Option<Wording>,
    ) -> Result<Composed, Error> {
        if let Some(wording) = &wording {
            check(wording)?;
        }
        let organization = actor.organization;
        let (face, own) = self.store.look::<_, Error, _>(|tx| {
            let own = tx.wording(organization, kind, language)?;
            Ok((face(tx, organization)?, own))
        })?;
        let some = |text: &str| Some(text.to_owned());
        let invites = |text| Some(text).filter(|_| kind.invites());
        let content = Content {
            name: face.name,
            contact: face.contact,
            accent: face.accent,
            server: "mdm.example.com".to_owned(),
            email: "ana@example.com".to_owned(),
            code: invites("K7QF-3M9T-XW2R".to_owned()),
            link: invites(format!("{}/enroll", self.web_url)),
            expires: invites("2030-01-31 12:00 UTC".to_owned()),
            text: None,
            device: some("LAPTOP-7"),
            reason: some("This code has expired. Ask your administrator for a new one."),
            support_id: (kind == Kind::Refused).then(|| "7f3a".to_owned()),
        };
        let wording = wording.or(own);
        let wording = wording
            .as_ref()
            .unwrap_or_else(|| Wording::ours(kind, language));
        compose(wording, language, &content)
            .map_err(|error| Error::invalid("wording", error.to_string()))
    }
}

fn check(wording: &Wording) -> Result<(), Error> {
    let mut faults = Violations::new();
    let subject = &wording.subject;
    faults.require(!subject.trim().is_empty(), "wording.subject", "is empty");
    faults.at_most("wording.subject", subject, 200);
    let line = !subject.chars().any(char::is_control);
    faults.require(line, "wording.subject", "is more than one line");
    faults.at_most(
        "wording.button",
        wording.button.as_deref().unwrap_or_default(),
        80,
    );
    let lists = [
        ("wording.paragraphs", &wording.paragraphs, 20),
        ("wording.steps", &wording.steps, 10),
    ];
    for (path, texts, most) in lists {
        let reason = format!("has more than {most} entries");
        faults.require(texts.len() <= most, path, reason);
        for (index, text) in texts.iter().enumerate() {
            faults.at_most(format!("{path}[{index}]"), text, PARAGRAPH);
        }
    }
    Ok(faults.into_result()?)
}
