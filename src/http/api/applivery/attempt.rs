//! Attempts to enroll: the answer to "why".

use serde::Deserialize;
use utoipa::IntoParams;

use crate::admin::{AttemptQuery, Page, PageWish, ShownAttempt};
use crate::attempt::Outcome;
use crate::identity::grant;

use super::super::{Api, Envelope, Path, Permitted, Problem, Query};

pub(super) fn operations(api: &mut Api) {
    api.get(concat!(base!(), "/enrollment-attempts"), list)
        .id("listEnrollmentAttempts")
        .summary("Lists attempts to enroll, the latest first, refused ones included");
    api.get(concat!(base!(), "/enrollment-attempts/{id}"), get)
        .id("getEnrollmentAttempt")
        .summary("Shows an attempt, by its identifier or the trace id of any of its exchanges");
}

/// Which attempts to list.
#[derive(Debug, Deserialize, IntoParams)]
struct Listing {
    /// The page's number, from 1.
    #[param(nullable = false)]
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    #[param(nullable = false)]
    limit: Option<u32>,
    /// Only those that stand so.
    #[param(inline, nullable = false)]
    outcome: Option<Outcome>,
    /// Only those whose identifier, or the trace id of one of whose exchanges, begins so.
    #[param(nullable = false, pattern = "^[0-9a-fA-F-]{1,36}$")]
    trace: Option<String>,
}

/// An attempt by its identifier or a trace id.
#[derive(Debug, Deserialize)]
struct Named {
    id: String,
}

async fn list(
    caller: Permitted<grant::DeviceList>,
    Query(listing): Query<Listing>,
) -> Result<Envelope<Page<ShownAttempt>>, Problem> {
    let page = PageWish::new(listing.page, listing.limit);
    let query = AttemptQuery {
        outcome: listing.outcome,
        trace: listing.trace,
    };
    let attempts = caller.admin().attempts(&caller.actor, query, page).await?;
    Ok(Envelope(attempts))
}

async fn get(
    caller: Permitted<grant::DeviceList>,
    Path(named): Path<Named>,
) -> Result<Envelope<ShownAttempt>, Problem> {
    let attempt = caller.admin().attempt(&caller.actor, &named.id).await?;
    Ok(Envelope(attempt))
}
