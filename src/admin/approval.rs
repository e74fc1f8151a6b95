//! Devices that wait: looked at, approved and denied.

use crate::approval::{Approval, Decision, State};
use crate::id::ObjectId;
use crate::identity::Actor;
use crate::letter::{About, Kind, Letter};
use crate::store::{self, Transaction, Verdict};
use crate::violation::Violations;

use super::{Admin, Error, Page, PageWish};

/// Characters of what is written beside a decision, at most.
const NOTE: usize = 256;

impl Admin {
    /// A page of the devices that wait or waited, the latest first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn approvals(
        &self,
        actor: &Actor,
        state: Option<State>,
        page: PageWish,
    ) -> Result<Page<Approval>, Error> {
        let (organization, segments) = (actor.organization, actor.segments.listed());
        let (items, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let segments = segments.as_deref();
                let items =
                    tx.approvals(organization, segments, state, page.limit(), page.offset())?;
                Ok((items, tx.count_approvals(organization, segments, state)?))
            })
            .await?;
        Ok(page.of(items, total))
    }

    /// One device that waits or waited.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn approval(&self, actor: &Actor, id: ObjectId) -> Result<Approval, Error> {
        let (organization, segments) = (actor.organization, actor.segments.listed());
        let found = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                tx.approval(organization, segments.as_deref(), id)
            })
            .await?;
        found.ok_or(Error::NotFound("approval"))
    }

    /// Decides of a device that waits: approved, it enrolls when it asks again; denied, its user is told the note. A
    /// decision may be changed until the device has come in.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other, [`Error::Conflict`] for one that came in already.
    pub async fn decide_approval(
        &self,
        actor: &Actor,
        id: ObjectId,
        decision: Decision,
        note: Option<String>,
    ) -> Result<Approval, Error> {
        let mut faults = Violations::new();
        faults.at_most("note", note.as_deref().unwrap_or_default(), NOTE);
        faults.into_result()?;
        let (organization, segments) = (actor.organization, actor.segments.listed());
        let verdict = Verdict {
            state: decision.into(),
            by: actor.key,
            note: note.filter(|note| !note.trim().is_empty()),
            at: self.clock.now(),
        };
        self.store
            .write::<_, Error, _>(move |tx| {
                let segments = segments.as_deref();
                let found = tx.approval(organization, segments, id)?;
                let approval = found.ok_or(Error::NotFound("approval"))?;
                if !tx.decide_approval(&approval, &verdict)? {
                    let message = "Conflict: the device came in by this approval already";
                    return Err(Error::Conflict(message.to_owned()));
                }
                tell(tx, &approval, decision, &verdict)?;
                let decided = tx.approval(organization, segments, id)?;
                decided.ok_or(Error::NotFound("approval"))
            })
            .await
    }
}

/// The person is written what was decided, of each decision once.
fn tell(
    tx: &mut Transaction<'_>,
    approval: &Approval,
    decision: Decision,
    verdict: &Verdict,
) -> Result<(), Error> {
    let kind = match decision {
        Decision::Approve => Kind::Approved,
        Decision::Deny => Kind::Denied,
    };
    let token = tx.token(approval.token_id)?;
    let Some(letter) = token.and_then(|token| Letter::of(kind, &token, verdict.at)) else {
        return Ok(());
    };
    let about = About {
        device: approval.device_name.clone(),
        reason: verdict.note.clone(),
        ..About::default()
    };
    let once = format!("{}:{}:{}", kind.word(), approval.id, approval.asked);
    Ok(tx.queue_letter(&letter.telling(about).once(once))?)
}
