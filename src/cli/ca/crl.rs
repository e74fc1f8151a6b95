//! `ca crl`: the revocation list of an issuing CA in force.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::ca::LiveAuthority;
use crate::clock::Clock;
use crate::status::Status;
use crate::store::Store;

use super::super::arguments::CrlArguments;
use super::super::data::runtime;
use super::super::output::write_json;
use super::super::{Context, Error, ExitCode};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownCrl {
    issuer: String,
    number: i64,
    this_update: Timestamp,
    next_update: Timestamp,
    pem: String,
}

/// Writes the revocation list, after a new one was made if one was due.
pub(super) fn run(
    context: &mut Context<'_>,
    store: Store,
    authority: LiveAuthority,
    clock: Clock,
    arguments: &CrlArguments,
) -> Result<ExitCode, Error> {
    let active = authority.current().issuing_id().to_owned();
    let issuer = arguments.issuer.clone().unwrap_or(active);
    let status = Status::new(store, Arc::new(authority), clock);
    let list = runtime()?.block_on(status.crl(&issuer))?;
    let list =
        list.ok_or_else(|| Error::NotFound("issuing CA in force with the id", issuer.clone()))?;
    let shown = ShownCrl {
        issuer,
        number: list.number,
        this_update: list.this_update,
        next_update: list.next_update,
        pem: list.pem(),
    };
    let written = match context.is_json() {
        true => write_json(context.out, &shown),
        false => context.out.write_all(shown.pem.as_bytes()),
    };
    written
        .and_then(|()| context.out.flush())
        .map_err(Error::Output)?;
    Ok(ExitCode::Done)
}
