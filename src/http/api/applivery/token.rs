//! Enrollment tokens, as the Applivery contract has them.

mod file;
mod listing;
mod revoke;
mod whom;
mod wish;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::admin::{Bulk, Page, ShownToken};
use crate::identity::grant;

use super::super::answer::Tagged;
use super::super::{Api, Body, Envelope, IfMatch, Path, Permitted, Problem, Query};
use super::{One, lenient};
use listing::Listing;
use whom::NewToken;
use wish::{ChangedToken, ManyTokens, SentAgain};

pub(super) fn operations(api: &mut Api) {
    const TOKENS: &str = concat!(base!(), "/enrollment-tokens");
    const TOKEN: &str = concat!(base!(), "/enrollment-tokens/{id}");
    api.get(TOKENS, list)
        .id("listEnrollmentTokens")
        .summary("Lists enrollment tokens");
    api.post(TOKENS, create)
        .id("createEnrollmentToken")
        .summary("Makes an enrollment token");
    api.post(concat!(base!(), "/enrollment-tokens/bulk"), bulk)
        .id("createEnrollmentTokens")
        .summary("Makes an enrollment token for each of many addresses");
    api.get(TOKEN, get)
        .id("getEnrollmentToken")
        .summary("Shows an enrollment token");
    api.put(TOKEN, update)
        .id("updateEnrollmentToken")
        .summary("Changes an enrollment token before it is used");
    api.delete(TOKEN, remove)
        .id("deleteEnrollmentToken")
        .summary("Marks an enrollment token as deleted; the devices that it let in stay");
    api.post(concat!(base!(), "/enrollment-tokens/{id}/resend"), resend)
        .id("resendEnrollmentToken")
        .summary(
            "Queues the mail about an enrollment token again, and extends the token if wished",
        );
    revoke::operations(api);
    file::operations(api);
}

/// What is told of many tokens at once.
#[derive(Debug, Deserialize, IntoParams)]
struct Details {
    /// Whether to tell of each address.
    #[serde(default, deserialize_with = "lenient::truth")]
    #[param(value_type = Option<bool>)]
    details: bool,
}

async fn list(
    caller: Permitted<grant::EnrollmentTokenList>,
    Query(listing): Query<Listing>,
) -> Result<Envelope<Page<ShownToken>>, Problem> {
    let (admin, page) = (caller.admin(), listing.page());
    let filter = listing.filter()?;
    let tokens = admin.list_tokens(&caller.actor, filter, page).await?;
    Ok(Envelope(tokens))
}

async fn create(
    caller: Permitted<grant::EnrollmentTokenCreate>,
    Body(new): Body<NewToken>,
) -> Result<Envelope<ShownToken>, Problem> {
    let made = caller.admin().create_token(&caller.actor, new.wish());
    Ok(Envelope(made.await?))
}

async fn bulk(
    caller: Permitted<grant::EnrollmentTokenCreate>,
    Query(asked): Query<Details>,
    Body(many): Body<ManyTokens>,
) -> Result<Envelope<Bulk>, Problem> {
    let (wish, emails) = many.wish()?;
    let admin = caller.admin();
    let made = admin.create_tokens(&caller.actor, wish, emails).await?;
    Ok(Envelope(made.told(asked.details)))
}

async fn get(
    caller: Permitted<grant::EnrollmentTokenGet>,
    Path(one): Path<One>,
) -> Result<Tagged<Envelope<ShownToken>>, Problem> {
    Ok(tagged(caller.admin().token(&caller.actor, one.id).await?))
}

async fn update(
    caller: Permitted<grant::EnrollmentTokenUpdate>,
    Path(one): Path<One>,
    IfMatch(expected): IfMatch,
    Body(changed): Body<ChangedToken>,
) -> Result<Tagged<Envelope<ShownToken>>, Problem> {
    let (admin, wish) = (caller.admin(), changed.wish());
    let token = admin.update_token(&caller.actor, one.id, wish, expected);
    Ok(tagged(token.await?))
}

async fn remove(
    caller: Permitted<grant::EnrollmentTokenRemove>,
    Path(one): Path<One>,
) -> Result<Envelope<ShownToken>, Problem> {
    let removed = caller.admin().revoke_token(&caller.actor, one.id).await?;
    Ok(Envelope(removed))
}

async fn resend(
    caller: Permitted<grant::EnrollmentTokenUpdate>,
    Path(one): Path<One>,
    Body(again): Body<SentAgain>,
) -> Result<Tagged<Envelope<ShownToken>>, Problem> {
    let sent = caller
        .admin()
        .resend_token(&caller.actor, one.id, again.into());
    Ok(tagged(sent.await?))
}

fn tagged(token: ShownToken) -> Tagged<Envelope<ShownToken>> {
    let revision = token.record.revision;
    Tagged(Envelope(token), revision)
}
