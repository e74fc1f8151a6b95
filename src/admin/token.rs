//! Making, showing, changing and revoking tokens.

mod bulk;
mod change;
mod import;
mod owned;
mod reference;
mod resend;
mod shown;
pub(super) mod wish;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::store::{self, AroundTokens, NewToken, SealedToken, TokenFilter, Transaction};
use crate::token::{EmailStatus, EnrollCode, Kind, Stored, Token, Value, ValueKind};

use super::{Admin, Error, Page, PageWish};

pub use self::bulk::{Bulk, BulkItem, BulkProblem};
pub use self::change::UpdateToken;
pub use self::resend::ResendToken;
pub use self::shown::{
    MASK, MdmUserOfToken, NamedPolicy, NoConfig, ShownAssignment, ShownToken, SummaryOfToken,
};
pub use self::wish::CreateToken;

use self::reference::{attach_user, references};
use self::wish::check;
pub(super) use self::wish::{is_address, labels, tidy};

#[derive(Serialize, Deserialize)]
struct Secrets {
    value: String,
    code: String,
}

/// A token that is ready to be stored.
struct Ready {
    new: NewToken,
    secrets: Secrets,
}

impl Admin {
    /// Makes a token. Its values are shown in the answer, whoever asks.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the values that are not acceptable, [`Error::NotFound`] a policy, segment or
    /// user that is not there.
    pub async fn create_token(
        &self,
        actor: &Actor,
        wish: CreateToken,
    ) -> Result<ShownToken, Error> {
        check(&wish)?;
        if !wish
            .email
            .as_deref()
            .is_none_or(|email| is_address(email.trim()))
        {
            return Err(Error::invalid("email", "is not an e-mail address"));
        }
        self.may_write_in(actor, wish.segment_id)?;
        let Ready { mut new, secrets } = self.ready(actor, wish, self.clock.now());
        let asking = actor.clone();
        let (token, around) = self
            .store
            .write::<_, Error, _>(move |tx| {
                references(tx, &asking, &new.token)?;
                attach_user(tx, &asking, &mut new.token)?;
                resend::insert(tx, &new)?;
                let around = tx.around_tokens(new.token.organization_id, [&new.token])?;
                Ok((new.token, around))
            })
            .await?;
        Ok(self.shown(token, &secrets, &around))
    }

    /// Something new lies in `segment`: the actor must see it.
    pub(super) fn may_write_in(&self, actor: &Actor, segment: u32) -> Result<(), Error> {
        if actor.segments.contain(segment) {
            return Ok(());
        }
        Err(Error::Forbidden(format!(
            "Unauthorized: this key does not reach segment {segment}"
        )))
    }

    /// Makes up the secrets of a token, and all that is stored of it.
    fn ready(&self, actor: &Actor, wish: CreateToken, now: Timestamp) -> Ready {
        let (value, code) = (Value::generate(ValueKind::Token), EnrollCode::generate());
        let id = ObjectId::generate(now);
        let secrets = Secrets {
            value: value.reveal().to_owned(),
            code: code.reveal().to_owned(),
        };
        let json = serde_json::to_vec(&secrets).unwrap_or_default();
        let somebody = wish.email.is_some() || wish.mdm_user_id.is_some();
        // There is nobody to write to without an address.
        let send_email = wish.send_email && somebody;
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let token = Token {
            id,
            organization_id: actor.organization,
            kind: match somebody {
                true => Kind::Personal,
                false => Kind::AdHoc,
            },
            email: wish.email.map(|email| email.trim().to_owned()),
            display_name: some(wish.display_name),
            tags: tidy(wish.tags),
            max_uses: wish.uses,
            uses: 0,
            device_cap: wish.device_cap,
            stored: Stored::Pending,
            created_at: now,
            // Where it would end beyond all time, it never ends.
            expires_at: wish
                .duration
                .and_then(|duration| now.checked_add(duration).ok()),
            used_at: None,
            template_id: wish.template_id,
            mdm_user_id: wish.mdm_user_id,
            segment_id: wish.segment_id,
            policies: wish.win_policy_assignments,
            send_email,
            email_status: match send_email {
                true => EmailStatus::Queued,
                false => EmailStatus::Skipped,
            },
            email_text: some(wish.email_text),
            language: wish.language,
            additional_data: wish.additional_data,
            allow_personal_usage: wish.allow_personal_usage,
            updated_at: Some(now),
            revision: 1,
            blocked: false,
        };
        let new = NewToken {
            value_lookup: self.keys.lookup("token-value", value.reveal().as_bytes()),
            code_lookup: self.keys.lookup("token-code", code.reveal().as_bytes()),
            sealed: self.keys.seal(&purpose(id), &json),
            token,
        };
        Ready { new, secrets }
    }

    /// A page of the tokens that the actor sees.
    ///
    /// # Errors
    /// What the store says.
    pub async fn list_tokens(
        &self,
        actor: &Actor,
        filter: TokenFilter,
        page: PageWish,
    ) -> Result<Page<ShownToken>, Error> {
        let (items, total) = self
            .found(actor, filter, page.limit(), page.offset())
            .await?;
        Ok(page.of(items, total))
    }

    /// So many of the tokens that a filter finds from an offset, and how many it finds.
    async fn found(
        &self,
        actor: &Actor,
        filter: TokenFilter,
        limit: u32,
        offset: i64,
    ) -> Result<(Vec<ShownToken>, u64), Error> {
        let (organization, segments) = (actor.organization, actor.segments.listed());
        let (found, total, around) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let segments = segments.as_deref();
                let found = tx.list_tokens(organization, segments, &filter, limit, offset)?;
                let total = tx.count_tokens(organization, segments, &filter)?;
                let around = tx.around_tokens(organization, found.iter().map(|it| &it.token))?;
                Ok((found, total, around))
            })
            .await?;
        let items: Result<_, Error> = found
            .into_iter()
            .map(|token| self.opened(actor, token, &around))
            .collect();
        Ok((items?, total))
    }

    /// One token that the actor sees.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn token(&self, actor: &Actor, id: ObjectId) -> Result<ShownToken, Error> {
        let asking = actor.clone();
        let (found, around) = self
            .store
            .read::<_, Error, _>(move |tx| {
                let found = visible(tx, &asking, id)?;
                let around = tx.around_tokens(asking.organization, [&found.token])?;
                Ok((found, around))
            })
            .await?;
        self.opened(actor, found, &around)
    }

    /// A token as the person sees it who holds it already.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none of this identifier.
    pub async fn invited(&self, id: ObjectId) -> Result<ShownToken, Error> {
        let found = self.store.look(|tx| tx.sealed_token(id))?;
        let found = found.ok_or(Error::NotFound("token"))?;
        self.unsealed(found, &AroundTokens::default())
    }

    /// A token with its secrets opened, as the actor may see them.
    pub(super) fn open(&self, actor: &Actor, sealed: SealedToken) -> Result<ShownToken, Error> {
        self.opened(actor, sealed, &AroundTokens::default())
    }

    fn opened(
        &self,
        actor: &Actor,
        sealed: SealedToken,
        around: &AroundTokens,
    ) -> Result<ShownToken, Error> {
        let shown = self.unsealed(sealed, around)?;
        Ok(match actor.sees_values() {
            true => shown,
            false => shown.masked(),
        })
    }

    /// A token with its secrets opened, for whom it is for.
    pub(super) fn unsealed(
        &self,
        sealed: SealedToken,
        around: &AroundTokens,
    ) -> Result<ShownToken, Error> {
        let json = self
            .keys
            .open(&purpose(sealed.token.id), &sealed.sealed)
            .map_err(|_| Error::Sealed)?;
        let secrets: Secrets = serde_json::from_slice(&json).map_err(|_| Error::Sealed)?;
        Ok(self.shown(sealed.token, &secrets, around))
    }

    fn shown(&self, token: Token, secrets: &Secrets, around: &AroundTokens) -> ShownToken {
        let code = EnrollCode::parse(&secrets.code)
            .map(|code| code.grouped())
            .unwrap_or_default();
        ShownToken::new(
            token,
            self.clock.now(),
            around,
            secrets.value.clone(),
            code,
            &self.web_url,
        )
    }
}

/// The token of this identifier, if the actor sees it.
fn visible(tx: &mut Transaction<'_>, actor: &Actor, id: ObjectId) -> Result<SealedToken, Error> {
    tx.sealed_token(id)?
        .filter(|found| {
            found.token.organization_id == actor.organization
                && actor.segments.contain(found.token.segment_id)
        })
        .ok_or(Error::NotFound("token"))
}

/// The same, of a token that no template owns.
fn free(tx: &mut Transaction<'_>, actor: &Actor, id: ObjectId) -> Result<Token, Error> {
    let token = visible(tx, actor, id)?.token;
    if token.kind == Kind::Template {
        let message = "the token belongs to a template: rotate it there".to_owned();
        return Err(Error::Conflict(message));
    }
    Ok(token)
}

fn purpose(id: ObjectId) -> String {
    format!("token:{id}")
}
