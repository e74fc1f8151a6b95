//! What a believed assertion must say before it counts (SAML Profiles 4.1.4.3), and whom it names.

use jiff::{SignedDuration, Timestamp};
use uppsala::NodeId;

use crate::identity::{Identity, SamlSettings};

use super::super::{Addresses, Error, Proved, word};
use super::signature::Believed;
use super::{ASSERTION, PROTOCOL};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
/// How far clocks may differ.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// Groups of one person.
const GROUPS: usize = 1000;

/// What it is held against.
pub(super) struct Expected<'a> {
    pub(super) settings: &'a SamlSettings,
    pub(super) addresses: &'a Addresses,
    /// The `ID` of our request.
    pub(super) request: &'a str,
    pub(super) now: Timestamp,
}

impl Expected<'_> {
    /// Whom it names.
    pub(super) fn read(&self, believed: &Believed<'_, '_>) -> Result<Proved, Error> {
        let (response, assertion) = (believed.response, believed.assertion);
        let at = |node, name| believed.document.get_attribute(node, name);
        let consumer = Some(self.addresses.assertion_consumer.as_str());
        let status = believed.one(
            believed.one(response, PROTOCOL, "Status")?,
            PROTOCOL,
            "StatusCode",
        );
        let issuer = believed.one(assertion, ASSERTION, "Issuer")?;
        let outer = believed
            .document
            .child_elements_by_name_ns(response, ASSERTION, "Issuer");
        let other = |node: &NodeId| believed.text(*node) != self.settings.entity_id;
        let faults = [
            (at(response, "Version") != Some("2.0"), "Version is another"),
            (
                at(status?, "Value") != Some(SUCCESS),
                "the provider reports a failure",
            ),
            (
                at(response, "Destination") != consumer,
                "Destination is another, or missing",
            ),
            (
                at(response, "InResponseTo") != Some(self.request),
                "InResponseTo is another request",
            ),
            (
                outer.len() > 1 || outer.iter().any(other),
                "the Issuer of the response is another",
            ),
            (other(&issuer), "the Issuer is another"),
        ];
        if let Some((_, why)) = faults.into_iter().find(|(wrong, _)| *wrong) {
            return Err(Error::wrong(why));
        }
        let subject = believed.one(assertion, ASSERTION, "Subject")?;
        let until = self.confirmed(believed, subject)?;
        self.conditions(believed, assertion)?;
        let id = at(assertion, "ID").ok_or_else(|| Error::wrong("the assertion has no ID"))?;
        Ok(Proved {
            identity: self.identity(believed, subject)?,
            once: Some((format!("{}\n{id}", self.settings.entity_id), until + LEEWAY)),
        })
    }

    /// Until when the bearer is confirmed (SAML Profiles 4.1.4.2): for us, for our request, and not for ever.
    fn confirmed(&self, believed: &Believed<'_, '_>, subject: NodeId) -> Result<Timestamp, Error> {
        let document = believed.document;
        let all = document.child_elements_by_name_ns(subject, ASSERTION, "SubjectConfirmation");
        let mut confirmed = None;
        for confirmation in all {
            let bearer = document.get_attribute(confirmation, "Method") == Some(BEARER);
            let data = believed.one(confirmation, ASSERTION, "SubjectConfirmationData");
            let (true, Ok(data)) = (bearer, data) else {
                continue;
            };
            let at = |name| document.get_attribute(data, name);
            let consumer = Some(self.addresses.assertion_consumer.as_str());
            let until = at("NotOnOrAfter").and_then(|text| text.parse::<Timestamp>().ok());
            let fits = at("Recipient") == consumer
                && at("InResponseTo") == Some(self.request)
                && at("NotBefore").is_none();
            if let (true, Some(until)) = (fits, until)
                && self.now < until + LEEWAY
            {
                confirmed = confirmed.max(Some(until));
            }
        }
        confirmed.ok_or_else(|| Error::wrong("the subject is not confirmed for us and now"))
    }

    /// For us, and now (SAML Core 2.5.1).
    fn conditions(&self, believed: &Believed<'_, '_>, assertion: NodeId) -> Result<(), Error> {
        let document = believed.document;
        let conditions = believed.one(assertion, ASSERTION, "Conditions")?;
        let time = |name| match document.get_attribute(conditions, name) {
            None => Ok(None),
            Some(text) => match text.parse::<Timestamp>() {
                Ok(time) => Ok(Some(time)),
                Err(_) => Err(Error::wrong(format!("{name} is no time"))),
            },
        };
        if time("NotBefore")?.is_some_and(|from| self.now + LEEWAY < from) {
            return Err(Error::wrong("the assertion is not good yet"));
        }
        if time("NotOnOrAfter")?.is_some_and(|until| self.now >= until + LEEWAY) {
            return Err(Error::wrong("the assertion has expired"));
        }
        let restrictions =
            document.child_elements_by_name_ns(conditions, ASSERTION, "AudienceRestriction");
        let for_us = |restriction: &NodeId| {
            let all = document.child_elements_by_name_ns(*restriction, ASSERTION, "Audience");
            let mut all = all.into_iter();
            all.any(|audience| believed.text(audience) == self.addresses.entity_id)
        };
        match !restrictions.is_empty() && restrictions.iter().all(for_us) {
            true => Ok(()),
            false => Err(Error::wrong("Audience is another")),
        }
    }

    fn identity(&self, believed: &Believed<'_, '_>, subject: NodeId) -> Result<Identity, Error> {
        let name = believed.one(subject, ASSERTION, "NameID")?;
        let format = believed.document.get_attribute(name, "Format");
        let name = word(&believed.text(name)).ok_or_else(|| Error::wrong("NameID is empty"))?;
        let attributes = believed.attributes();
        let values = |wanted: &Option<String>| -> Vec<String> {
            let Some(wanted) = wanted else {
                return Vec::new();
            };
            let found = attributes.iter().filter(|(name, _)| name == wanted);
            found.filter_map(|(_, value)| word(value)).collect()
        };
        let settings = self.settings;
        let one = |wanted: &Option<String>| values(wanted).into_iter().next();
        let email = match &settings.email_attribute {
            Some(_) => one(&settings.email_attribute),
            None => Some(name.clone()).filter(|name| name.contains('@')),
        };
        let email = email.ok_or_else(|| Error::wrong("the assertion says no address"))?;
        // A transient name is another each time: then the address is all that lasts.
        let subject = if format == Some(TRANSIENT) {
            email.clone()
        } else {
            name
        };
        let groups = values(&settings.group_attribute).into_iter().take(GROUPS);
        Ok(Identity {
            issuer: settings.entity_id.clone(),
            subject,
            email: Some(email),
            first_name: one(&settings.first_name_attribute),
            last_name: one(&settings.last_name_attribute),
            groups: groups.map(|group| format!("saml:{group}")).collect(),
            unheard: None,
            facts: vec![("saml.issuer".to_owned(), settings.entity_id.clone())],
        })
    }
}

impl Believed<'_, '_> {
    /// The only child of this name.
    fn one(&self, parent: NodeId, namespace: &str, name: &str) -> Result<NodeId, Error> {
        let found = self
            .document
            .child_elements_by_name_ns(parent, namespace, name);
        match found.as_slice() {
            [one] => Ok(*one),
            _ => Err(Error::wrong(format!("there is not exactly one {name}"))),
        }
    }

    /// All of its text: comments are refused before.
    fn text(&self, node: NodeId) -> String {
        self.document.text_content_deep(node).trim().to_owned()
    }

    /// Names and values of the attributes.
    fn attributes(&self) -> Vec<(String, String)> {
        let of = |parent, name| {
            self.document
                .child_elements_by_name_ns(parent, ASSERTION, name)
        };
        let mut all = Vec::new();
        for statement in of(self.assertion, "AttributeStatement") {
            for attribute in of(statement, "Attribute") {
                let name = self
                    .document
                    .get_attribute(attribute, "Name")
                    .unwrap_or_default();
                for value in of(attribute, "AttributeValue") {
                    all.push((name.to_owned(), self.text(value)));
                }
            }
        }
        all
    }
}
