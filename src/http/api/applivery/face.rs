//! How an organization shows itself to people: branding, terms of use, and its words for letters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::admin::{Error, Page, PageWish, ShownLetter, ShownWording, UpdateBranding};
use crate::branding::Branding;
use crate::identity::grant;
use crate::language::Language;
use crate::letter::{self, Composed, Kind, Wording};
use crate::terms::{Acceptance, Terms, Texts};

use super::super::{Api, Body, Envelope, Permitted, Problem, Query};
use super::settings::named;

pub(super) fn operations(api: &mut Api) {
    const BRANDING: &str = concat!(organization!(), "/branding");
    const LOGO: &str = concat!(organization!(), "/branding/logo");
    const TERMS: &str = concat!(organization!(), "/terms");
    const WORDINGS: &str = concat!(organization!(), "/wordings");
    api.get(BRANDING, branding)
        .id("getBranding")
        .summary("Shows name, colour and logo of the organization's pages and mails");
    api.put(BRANDING, update_branding)
        .id("updateBranding")
        .summary("Changes what is named of the branding; null brings a default back");
    api.put(LOGO, update_logo).id("updateLogo").summary(
        "Replaces the logo by a PNG, of which the pixels alone are kept; null takes it away",
    );
    api.get(TERMS, terms)
        .id("listTerms")
        .summary("Lists the versions of the terms of use, the latest first");
    api.post(TERMS, add_terms)
        .id("addTerms")
        .summary("Adds a version of the terms of use, which everybody is asked for from now on");
    api.get(concat!(organization!(), "/terms/acceptances"), acceptances)
        .id("listTermsAcceptances")
        .summary("Lists who accepted which version of the terms of use");
    api.get(concat!(organization!(), "/letters"), letters)
        .id("listLetters")
        .summary("Lists the mails of the last three months, how they stand and why they failed");
    api.get(WORDINGS, wordings)
        .id("listWordings")
        .summary("Lists the words of every kind of mail in every language");
    api.put(WORDINGS, update_wording)
        .id("updateWording")
        .summary(
            "Replaces the words of a kind of mail by the organization's own; null brings ours back",
        );
    api.post(concat!(organization!(), "/wordings/preview"), preview)
        .id("previewWording")
        .summary("Shows a mail with these words and values that are made up");
}

/// How the organization shows itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownBranding {
    #[serde(flatten)]
    branding: Branding,
    /// Whether it has a logo.
    has_logo: bool,
}

impl From<(Branding, bool)> for ShownBranding {
    fn from((branding, has_logo): (Branding, bool)) -> Self {
        Self { branding, has_logo }
    }
}

/// What is to be changed of the branding; null brings a default back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ChangedBranding {
    /// What the organization is called.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>, max_length = 64, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    name: Option<Option<String>>,
    /// The colour of buttons.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>, pattern = "^#[0-9a-fA-F]{6}$")]
    accent_color: Option<Option<String>>,
}

/// A logo.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ChangedLogo {
    /// A PNG of at most 512 KiB and 1024 times 1024 pixels, in base64; null: no logo.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(
        required,
        content_encoding = "base64",
        content_media_type = "image/png"
    )]
    png: Option<String>,
}

/// A version of the terms of use.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddedTerms {
    /// The text in each language; without any, nobody is asked any more.
    texts: Texts,
}

/// The page of a list.
#[derive(Debug, Deserialize, IntoParams)]
struct Listing {
    /// The page's number, from 1.
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    limit: Option<u32>,
}

impl From<Listing> for PageWish {
    fn from(asked: Listing) -> Self {
        Self::new(asked.page, asked.limit)
    }
}

/// Which mails to list.
#[derive(Debug, Deserialize, IntoParams)]
struct Letters {
    /// The page's number, from 1.
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    limit: Option<u32>,
    /// Only those that stand so.
    #[param(inline)]
    state: Option<letter::State>,
}

/// The words of one kind of mail.
#[derive(Debug, Serialize, ToSchema)]
struct OneWording {
    /// What it is about.
    kind: Kind,
    /// Its language.
    language: Language,
    /// Whether the words are the organization's own.
    own: bool,
    /// The words.
    wording: Wording,
}

impl From<ShownWording> for OneWording {
    fn from(shown: ShownWording) -> Self {
        Self {
            kind: shown.kind,
            language: shown.language,
            own: shown.own,
            wording: shown.wording,
        }
    }
}

/// Words for one kind of mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangedWording {
    /// What it is about.
    kind: Kind,
    /// Its language.
    language: Language,
    /// The words; null: ours.
    wording: Option<Wording>,
}

/// A mail with values that are made up.
#[derive(Debug, Serialize, ToSchema)]
struct Preview {
    /// The subject.
    subject: String,
    /// The text.
    text: String,
    /// The same as HTML.
    html: String,
}

impl From<Composed> for Preview {
    fn from(composed: Composed) -> Self {
        Self {
            subject: composed.subject,
            text: composed.text,
            html: composed.html,
        }
    }
}

async fn branding(
    caller: Permitted<grant::SettingsGet>,
) -> Result<Envelope<ShownBranding>, Problem> {
    let shown = caller.admin().branding(&caller.actor).await?;
    Ok(Envelope(shown.into()))
}

async fn update_branding(
    caller: Permitted<grant::SettingsUpdate>,
    Body(changed): Body<ChangedBranding>,
) -> Result<Envelope<ShownBranding>, Problem> {
    let wish = UpdateBranding {
        name: changed.name,
        accent_color: changed.accent_color,
    };
    let shown = caller.admin().update_branding(&caller.actor, wish).await?;
    Ok(Envelope(shown.into()))
}

async fn update_logo(
    caller: Permitted<grant::SettingsUpdate>,
    Body(changed): Body<ChangedLogo>,
) -> Result<Envelope<ShownBranding>, Problem> {
    let png = changed.png.map(|text| STANDARD.decode(text)).transpose();
    let png = png.map_err(|_| Error::invalid("png", "is not base64"))?;
    let shown = caller.admin().update_logo(&caller.actor, png).await?;
    Ok(Envelope(shown.into()))
}

async fn terms(
    caller: Permitted<grant::SettingsGet>,
    Query(asked): Query<Listing>,
) -> Result<Envelope<Page<Terms>>, Problem> {
    let page = caller.admin().terms(&caller.actor, asked.into()).await?;
    Ok(Envelope(page))
}

async fn add_terms(
    caller: Permitted<grant::SettingsUpdate>,
    Body(added): Body<AddedTerms>,
) -> Result<Envelope<Terms>, Problem> {
    let terms = caller.admin().add_terms(&caller.actor, added.texts).await?;
    Ok(Envelope(terms))
}

async fn acceptances(
    caller: Permitted<grant::SettingsGet>,
    Query(asked): Query<Listing>,
) -> Result<Envelope<Page<Acceptance>>, Problem> {
    let admin = caller.admin();
    let page = admin.acceptances(&caller.actor, asked.into()).await?;
    Ok(Envelope(page))
}

async fn letters(
    caller: Permitted<grant::SettingsGet>,
    Query(asked): Query<Letters>,
) -> Result<Envelope<Page<ShownLetter>>, Problem> {
    let page = PageWish::new(asked.page, asked.limit);
    let letters = caller.admin().letters(&caller.actor, asked.state, page);
    Ok(Envelope(letters.await?))
}

async fn wordings(
    caller: Permitted<grant::SettingsGet>,
) -> Result<Envelope<Vec<OneWording>>, Problem> {
    let wordings = caller.admin().wordings(&caller.actor).await?;
    Ok(Envelope(wordings.into_iter().map(Into::into).collect()))
}

async fn update_wording(
    caller: Permitted<grant::SettingsUpdate>,
    Body(changed): Body<ChangedWording>,
) -> Result<Envelope<OneWording>, Problem> {
    let ChangedWording {
        kind,
        language,
        wording,
    } = changed;
    let admin = caller.admin();
    let shown = admin.update_wording(&caller.actor, kind, language, wording);
    Ok(Envelope(shown.await?.into()))
}

async fn preview(
    caller: Permitted<grant::SettingsGet>,
    Body(asked): Body<ChangedWording>,
) -> Result<Envelope<Preview>, Problem> {
    let admin = caller.admin();
    let composed =
        admin.preview_wording(&caller.actor, asked.kind, asked.language, asked.wording)?;
    Ok(Envelope(composed.into()))
}
