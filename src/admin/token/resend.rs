//! The mail about a token, queued and queued again.

use jiff::{SignedDuration, Timestamp};

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::letter::{Kind, Letter};
use crate::store::{NewToken, Transaction};
use crate::token::{EmailStatus, State, Token};
use crate::violation::Violations;

use super::super::{Admin, Error};
use super::wish::{MONTH, SHORTEST, mail};
use super::{ShownToken, free};

/// How the mail about a token is sent again.
#[derive(Debug, Clone, Default)]
pub struct ResendToken {
    /// Its language; none: as before.
    pub language: Option<String>,
    /// Its paragraph; none: as before.
    pub email_text: Option<String>,
    /// How long the token lasts beyond its end, or from now where it has ended.
    pub extend: Option<SignedDuration>,
}

impl Admin {
    /// Queues the mail about a token again, and lets the token last longer if that is wished.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is for nobody, or may not be used any more and is not extended.
    pub async fn resend_token(
        &self,
        actor: &Actor,
        id: ObjectId,
        wish: ResendToken,
    ) -> Result<ShownToken, Error> {
        check(&wish)?;
        let (now, asking) = (self.clock.now(), actor.clone());
        self.store
            .write::<_, Error, _>(move |tx| {
                let token = free(tx, &asking, id)?;
                let read = token.revision;
                let renewed = renewed(token, wish, now)?;
                if !tx.renew_token(&renewed, read)? {
                    return Err(Error::Changed);
                }
                if let Some(letter) = Letter::of(Kind::Resend, &renewed, now) {
                    tx.queue_letter(&letter)?;
                }
                Ok(())
            })
            .await?;
        self.token(actor, id).await
    }
}

/// Stores a token, and queues the mail about it.
pub(super) fn insert(tx: &mut Transaction<'_>, new: &NewToken) -> Result<(), Error> {
    tx.insert_token(new)?;
    let token = &new.token;
    if token.send_email
        && let Some(letter) = Letter::of(Kind::Invite, token, token.created_at)
    {
        tx.queue_letter(&letter)?;
    }
    Ok(())
}

/// The token as it is once its mail waits again.
fn renewed(mut token: Token, wish: ResendToken, now: Timestamp) -> Result<Token, Error> {
    let conflict = |reason: &str| Err(Error::Conflict(reason.to_owned()));
    if token.email.is_none() {
        return conflict("the token is for nobody: there is no address to write to");
    }
    if token.blocked {
        return conflict("this user is disabled");
    }
    match token.state_at(now) {
        State::Pending => {}
        State::Expired if wish.extend.is_some() => {}
        State::Expired => return conflict("the token has expired: extend it with extendSeconds"),
        State::Done => return conflict("the token was used"),
        State::Deleted => return conflict("the token was revoked"),
    }
    if let (Some(end), Some(by)) = (token.expires_at, wish.extend) {
        // Where it would end beyond all time, it never ends.
        token.expires_at = end.max(now).checked_add(by).ok();
    }
    if let Some(text) = wish.email_text {
        token.email_text = Some(text).filter(|text| !text.is_empty());
    }
    token.language = wish.language.or(token.language);
    token.send_email = true;
    token.email_status = EmailStatus::Queued;
    token.updated_at = Some(now);
    Ok(token)
}

fn check(wish: &ResendToken) -> Result<(), Error> {
    let mut faults = Violations::new();
    mail(
        &mut faults,
        wish.language.as_deref(),
        wish.email_text.as_deref(),
    );
    let fits = |by| (SHORTEST..=MONTH).contains(&by);
    faults.require(
        wish.extend.is_none_or(fits),
        "extendSeconds",
        "must be between 60 and 2592000 seconds",
    );
    Ok(faults.into_result()?)
}
