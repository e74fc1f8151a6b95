//! Tokens as comma-separated values: read in, written out.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::SignedDuration;

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::policy::Assignment;
use crate::store::TokenFilter;
use crate::violation::Violations;

use super::super::table::{self, Columns, Line};
use super::super::{Admin, Error};
use super::bulk::Row;
use super::wish::check;
use super::{Bulk, CreateToken, ShownToken};

/// A header of a file that is written.
const HEADER: [&str; 16] = [
    "email",
    "display_name",
    "tags",
    "policy",
    "priority",
    "duration",
    "language",
    "segment",
    "id",
    "state",
    "created_at",
    "expire_at",
    "uses",
    "max_uses",
    "code",
    "link",
];
/// The columns of a file that is read.
const COLUMNS: Columns = Columns {
    read: HEADER.split_at(8).0,
    passed: HEADER.split_at(8).1,
    most: 10_000,
};
/// Rows of a file that is written.
const MOST_WRITTEN: u32 = 50_000;
/// Seconds that a token lasts when its row does not say.
const USUAL: u32 = 86_400;

impl Admin {
    /// Makes a token of each row of a file, in one transaction; a row that cannot have one is counted, and hinders no
    /// other.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the file as a whole is not readable.
    pub async fn import_tokens(
        &self,
        actor: &Actor,
        text: &str,
        send_email: bool,
    ) -> Result<Bulk, Error> {
        let lines = table::read(text, COLUMNS)?;
        let (organization, mut policies) = (actor.organization, BTreeMap::new());
        for name in lines.iter().filter_map(|line| line.cell("policy")) {
            policies.insert(name.to_owned(), None);
        }
        let policies = self
            .store
            .read::<_, Error, _>(move |tx| {
                for (name, id) in &mut policies {
                    *id = tx.policy_called(organization, name)?;
                }
                Ok(policies)
            })
            .await?;
        let rows = lines
            .iter()
            .map(|line| Row {
                wish: wish(line, &policies, send_email),
                line: Some(line.number),
                email: line.cell("email").unwrap_or_default().to_owned(),
            })
            .collect();
        self.make_each(actor, rows, None).await
    }

    /// The tokens that a filter finds as a file, which [`Admin::import_tokens`] reads again.
    ///
    /// # Errors
    /// [`Error::Conflict`] when they are too many.
    pub async fn export_tokens(
        &self,
        actor: &Actor,
        filter: TokenFilter,
    ) -> Result<Vec<u8>, Error> {
        let (tokens, total) = self.found(actor, filter, MOST_WRITTEN, 0).await?;
        if total > u64::from(MOST_WRITTEN) {
            let message = format!("there are more than {MOST_WRITTEN} tokens: narrow the list");
            return Err(Error::Conflict(message));
        }
        Ok(table::write(HEADER, tokens.iter().map(cells)))
    }
}

/// What a row wishes.
fn wish(
    line: &Line,
    policies: &BTreeMap<String, Option<ObjectId>>,
    send_email: bool,
) -> Result<CreateToken, Error> {
    line.fits()?;
    let mut faults = Violations::new();
    let last = u32::from(Assignment::LAST);
    let priority = number(&mut faults, line, "priority", 0..=last);
    let duration = number(&mut faults, line, "duration", 60..=2_592_000);
    let segment = number(&mut faults, line, "segment", 0..=u32::MAX);
    faults.into_result()?;
    let policy = match line.cell("policy") {
        None => None,
        Some(name) => Some(
            policies
                .get(name)
                .copied()
                .flatten()
                .ok_or(Error::NotFound("policy"))?,
        ),
    };
    let priority = priority.and_then(|it| u16::try_from(it).ok());
    let assigned = policy.map(|win_policy_id| Assignment {
        win_policy_id,
        priority: priority.unwrap_or(Assignment::USUAL),
    });
    let seconds = i64::from(duration.unwrap_or(USUAL));
    let wish = CreateToken {
        uses: Some(1),
        duration: Some(SignedDuration::from_secs(seconds)),
        display_name: line.cell("display_name").map(str::to_owned),
        tags: line.list("tags"),
        win_policy_assignments: assigned.into_iter().collect(),
        segment_id: segment.unwrap_or_default(),
        language: line.cell("language").map(str::to_ascii_lowercase),
        send_email,
        ..CreateToken::default()
    };
    check(&wish)?;
    Ok(wish)
}

/// The number in a column, if there is one.
fn number(
    faults: &mut Violations,
    line: &Line,
    column: &str,
    within: RangeInclusive<u32>,
) -> Option<u32> {
    let cell = line.cell(column)?;
    let number = cell.parse().ok().filter(|number| within.contains(number));
    let reason = format!(
        "must be a number between {} and {}",
        within.start(),
        within.end()
    );
    faults.require(number.is_some(), column, reason);
    number
}

/// A token as a row.
fn cells(token: &ShownToken) -> [String; HEADER.len()] {
    let record = &token.record;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let first = record.policies.first();
    let lasts = record
        .expires_at
        .map(|end| end.duration_since(record.created_at).as_secs().to_string());
    let state = serde_json::to_value(token.state).ok();
    let state = state.as_ref().and_then(|state| state.as_str());
    [
        text(&record.email),
        text(&record.display_name),
        record.tags.join("|"),
        text(&first.map(|it| it.win_policy_id.to_string())),
        text(&first.map(|it| it.priority.to_string())),
        lasts.unwrap_or_default(),
        text(&record.language),
        record.segment_id.to_string(),
        record.id.to_string(),
        state.unwrap_or_default().to_owned(),
        record.created_at.to_string(),
        text(&record.expires_at.map(|end| end.to_string())),
        record.uses.to_string(),
        text(&record.max_uses.map(|most| most.to_string())),
        token.enroll_code.clone(),
        token.enrollment_link.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(row: &str) -> Result<CreateToken, Error> {
        let id = "65f0a1b2c3d4e5f6a7b8c9d0".parse().unwrap();
        let policies =
            BTreeMap::from([("Kiosk".to_owned(), Some(id)), ("Nothing".to_owned(), None)]);
        wish(&table::read(row, COLUMNS).unwrap()[0], &policies, true)
    }

    #[test]
    fn a_row_says_what_its_token_is_to_be_and_what_it_leaves_out_is_the_usual() {
        let wish = wished("a@b.example,Desk,x|y,Kiosk,7,3600,ES,2").unwrap();
        assert_eq!(wish.display_name.as_deref(), Some("Desk"));
        assert_eq!(wish.tags, ["x", "y"]);
        assert_eq!(wish.win_policy_assignments[0].priority, 7);
        assert_eq!(wish.duration, Some(SignedDuration::from_secs(3_600)));
        assert_eq!(wish.language.as_deref(), Some("es"));
        assert_eq!((wish.segment_id, wish.send_email), (2, true));
        let wish = wished("a@b.example,,,Kiosk").unwrap();
        assert_eq!(wish.win_policy_assignments[0].priority, Assignment::USUAL);
        assert_eq!(wish.duration, Some(SignedDuration::from_hours(24)));
        assert_eq!(wish.uses, Some(1));
    }

    #[test]
    fn every_fault_of_a_row_is_named_by_its_column() {
        let error = wished("a@b.example,,,,10001,59,en,-1")
            .unwrap_err()
            .to_string();
        for fault in [
            "priority must be a number between 0 and 10000",
            "duration must be a number between 60 and 2592000",
            "segment must be a number",
        ] {
            assert!(error.contains(fault), "{error}");
        }
        assert!(matches!(
            wished("a@b.example,,,,,,fr"),
            Err(Error::Invalid(_))
        ));
        assert!(matches!(
            wished("a@b.example,,,Nothing"),
            Err(Error::NotFound("policy"))
        ));
    }
}
