//! Tokens as files: comma-separated values in and out, links as QR codes.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::admin::{Bulk, qr};
use crate::identity::grant;

use super::super::super::answer::{Png, Svg, TextCsv};
use super::super::super::{Api, Csv, Envelope, File, Path, Permitted, Problem, Query};
use super::super::{One, lenient};
use super::listing::Export;

pub(super) fn operations(api: &mut Api) {
    api.post(concat!(base!(), "/enrollment-tokens/import"), import)
        .id("importEnrollmentTokens")
        .summary("Makes an enrollment token of each row of a CSV file");
    api.get(concat!(base!(), "/enrollment-tokens/export.csv"), export)
        .id("exportEnrollmentTokens")
        .summary("Writes enrollment tokens as a CSV file");
    api.get(concat!(base!(), "/enrollment-tokens/{id}/qr.png"), png)
        .id("getEnrollmentTokenQrPng")
        .summary("Shows a token's enrollment link as a QR code, PNG");
    api.get(concat!(base!(), "/enrollment-tokens/{id}/qr.svg"), svg)
        .id("getEnrollmentTokenQrSvg")
        .summary("Shows a token's enrollment link as a QR code, SVG");
}

/// What is said of a file as a whole.
#[derive(Debug, Deserialize, IntoParams)]
struct Import {
    /// Whether the people are told by mail.
    #[serde(rename = "send-email", default, deserialize_with = "lenient::truth")]
    #[param(value_type = Option<bool>)]
    send_email: bool,
    /// Whether to tell of each row.
    #[serde(default, deserialize_with = "lenient::truth")]
    #[param(value_type = Option<bool>)]
    details: bool,
}

async fn import(
    caller: Permitted<grant::EnrollmentTokenCreate>,
    Query(asked): Query<Import>,
    Csv(text): Csv,
) -> Result<Envelope<Bulk>, Problem> {
    let admin = caller.admin();
    let made = admin.import_tokens(&caller.actor, &text, asked.send_email);
    Ok(Envelope(made.await?.told(asked.details)))
}

async fn export(
    caller: Permitted<grant::EnrollmentTokenList>,
    Query(asked): Query<Export>,
) -> Result<File<TextCsv>, Problem> {
    let (admin, filter) = (caller.admin(), asked.filter()?);
    let bytes = admin.export_tokens(&caller.actor, filter).await?;
    Ok(File::new("enrollment-tokens.csv", bytes))
}

async fn png(
    caller: Permitted<grant::EnrollmentTokenReveal>,
    Path(one): Path<One>,
) -> Result<File<Png>, Problem> {
    let token = caller.admin().token(&caller.actor, one.id).await?;
    let bytes = qr::png(&token.enrollment_link)?;
    Ok(File::new("enrollment.png", bytes))
}

async fn svg(
    caller: Permitted<grant::EnrollmentTokenReveal>,
    Path(one): Path<One>,
) -> Result<File<Svg>, Problem> {
    let token = caller.admin().token(&caller.actor, one.id).await?;
    let bytes = qr::svg(&token.enrollment_link)?.into_bytes();
    Ok(File::new("enrollment.svg", bytes))
}
