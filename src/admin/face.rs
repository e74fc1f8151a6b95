//! How an organization shows itself: its name, colour and logo, for pages and letters.

use std::io::Cursor;

use crate::branding::{Branding, Face};
use crate::id::ObjectId;
use crate::identity::Actor;
use crate::store::{self, Transaction};
use crate::violation::Violations;

use super::segment::whole;
use super::{Admin, Error, Settings};

/// Characters of a name.
const NAME: usize = 64;
/// Pixels of a logo's side.
const SIDE: u32 = 1_024;
/// Bytes of a logo as it comes.
const LOGO: usize = 512 * 1024;

/// What is to be changed; none: it stays, none inside: back to the default.
#[derive(Debug, Clone, Default)]
pub struct UpdateBranding {
    /// What the organization is called.
    pub name: Option<Option<String>>,
    /// The colour of buttons.
    pub accent_color: Option<Option<String>>,
}

/// How an organization shows itself to people.
pub(super) fn face(tx: &mut Transaction<'_>, organization: ObjectId) -> Result<Face, Error> {
    let found = tx.organization(&organization.to_string())?;
    let found = found.ok_or(Error::NotFound("organization"))?;
    let settings = tx.organization_settings::<Settings>(organization)?;
    let settings = settings.map(|(settings, _)| settings).unwrap_or_default();
    let stored = tx.branding(organization)?;
    let accent = stored.branding.accent_color;
    let name = stored.branding.name.unwrap_or(found.name);
    Ok(Face {
        name: name.replace(char::is_control, " "),
        contact: settings.support_contact,
        language: settings.default_language.unwrap_or_default(),
        accent: accent.unwrap_or_else(|| Branding::ACCENT.to_owned()),
        logo: stored
            .logo
            .map(|version| format!("/branding/{organization}/logo.png?v={version}")),
    })
}

impl Admin {
    /// How an organization shows itself to people; none: the one that exists from the first start.
    ///
    /// # Errors
    /// What the store says.
    pub fn face(&self, organization: Option<ObjectId>) -> Result<Face, Error> {
        self.store.look(|tx| {
            let organization = match organization {
                Some(id) => id,
                None => {
                    let slug = crate::organization::Organization::DEFAULT;
                    let found = tx.organization(slug)?;
                    found.ok_or(Error::NotFound("organization"))?.id
                }
            };
            face(tx, organization)
        })
    }

    /// The logo of an organization, for everybody.
    ///
    /// # Errors
    /// What the store says.
    pub async fn logo(&self, organization: ObjectId) -> Result<Option<Vec<u8>>, Error> {
        let work = move |tx: &mut Transaction<'_>| tx.logo(organization);
        Ok(self.store.read::<_, store::Error, _>(work).await?)
    }

    /// How the actor's organization shows itself.
    ///
    /// # Errors
    /// What the store says.
    pub async fn branding(&self, actor: &Actor) -> Result<(Branding, bool), Error> {
        let organization = actor.organization;
        let work = move |tx: &mut Transaction<'_>| tx.branding(organization);
        let stored = self.store.read::<_, store::Error, _>(work).await?;
        Ok((stored.branding, stored.logo.is_some()))
    }

    /// Changes what is named of name and colour.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what is not acceptable, [`Error::Forbidden`] for an actor with some segments alone.
    pub async fn update_branding(
        &self,
        actor: &Actor,
        wish: UpdateBranding,
    ) -> Result<(Branding, bool), Error> {
        whole(actor)?;
        let mut faults = Violations::new();
        if let Some(Some(name)) = &wish.name {
            faults.at_most("name", name, NAME);
            let shown = !name.chars().any(char::is_control);
            faults.require(shown, "name", "has control characters");
        }
        if let Some(Some(color)) = &wish.accent_color {
            let reason = "must be a colour such as #005a9e";
            faults.require(Branding::is_color(color), "accentColor", reason);
        }
        faults.into_result()?;
        let (organization, now) = (actor.organization, self.clock.now());
        self.store
            .write::<_, store::Error, _>(move |tx| {
                let mut stored = tx.branding(organization)?;
                let branding = &mut stored.branding;
                if let Some(name) = wish.name {
                    branding.name = name.filter(|name| !name.trim().is_empty());
                }
                if let Some(color) = wish.accent_color {
                    branding.accent_color = color;
                }
                tx.set_branding(organization, branding, now)?;
                Ok((stored.branding, stored.logo.is_some()))
            })
            .await
            .map_err(Error::from)
    }

    /// Replaces the logo by a PNG, which is read and written anew: nothing but its pixels stays. None: there is none.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no PNG, or too large a one.
    pub async fn update_logo(
        &self,
        actor: &Actor,
        png: Option<Vec<u8>>,
    ) -> Result<(Branding, bool), Error> {
        whole(actor)?;
        let logo = png.map(|png| pixels_alone(&png)).transpose()?;
        let (organization, now) = (actor.organization, self.clock.now());
        let work = move |tx: &mut Transaction<'_>| {
            tx.set_logo(organization, logo.as_deref(), now)?;
            let stored = tx.branding(organization)?;
            Ok((stored.branding, stored.logo.is_some()))
        };
        Ok(self.store.write::<_, store::Error, _>(work).await?)
    }
}

/// A PNG with the same pixels and nothing else.
fn pixels_alone(png: &[u8]) -> Result<Vec<u8>, Error> {
    let refused = |reason: &str| Error::invalid("png", reason);
    if png.len() > LOGO {
        return Err(refused("has more than 524288 bytes"));
    }
    let unreadable = |_| refused("is not a PNG that can be read");
    let limits = png::Limits {
        bytes: 64 * 1024 * 1024,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(png), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(unreadable)?;
    let (width, height) = (reader.info().width, reader.info().height);
    if width > SIDE || height > SIDE {
        return Err(refused("is larger than 1024 times 1024 pixels"));
    }
    let size = reader.output_buffer_size();
    let mut pixels = vec![0; size.ok_or_else(|| refused("is too large"))?];
    let frame = reader.next_frame(&mut pixels).map_err(unreadable)?;
    pixels.truncate(frame.buffer_size());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, frame.width, frame.height);
    encoder.set_color(frame.color_type);
    encoder.set_depth(frame.bit_depth);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels))
        .map_err(|_| refused("cannot be written anew"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(side: u32, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side, side);
        encoder.set_color(png::ColorType::Rgba);
        encoder
            .add_text_chunk("Comment".to_owned(), text.to_owned())
            .unwrap();
        let pixels = vec![7; (side * side * 4) as usize];
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn of_a_logo_only_the_pixels_stay() {
        let came = image(8, "<script>alert(1)</script>");
        let kept = pixels_alone(&came).unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("script");
        assert!(text(&came) && !text(&kept));
        let decoder = png::Decoder::new(Cursor::new(&kept));
        assert_eq!(decoder.read_info().unwrap().info().width, 8);
    }

    #[test]
    fn what_is_no_small_png_is_refused() {
        assert!(pixels_alone(b"<svg onload=alert(1)>").is_err());
        assert!(pixels_alone(&image(1_025, "")).is_err());
        assert!(pixels_alone(&vec![0; LOGO + 1]).is_err());
        let mut torn = image(8, "");
        torn.truncate(60);
        assert!(pixels_alone(&torn).is_err());
    }
}
