//! QR codes of enrollment links (ISO/IEC 18004), as PNG and SVG.

use qrcode::render::svg;
use qrcode::{Color, QrCode};
use serde_json::json;

use super::{Error, ShownToken};

/// Pixels of a module, and modules of the quiet zone around.
const SCALE: usize = 6;
const QUIET: usize = 4;

/// What a QR code of a token says, JSON: the server, and what leads in there.
pub fn content(token: &ShownToken) -> String {
    let link = &token.enrollment_link;
    let server = link.split("/enroll").next().unwrap_or_default();
    json!({ "v": 1, "server": server, "link": link, "code": token.enroll_code }).to_string()
}

/// The QR code of `text` as PNG.
///
/// # Errors
/// [`Error::Invalid`] when the text is longer than a code can hold.
pub fn png(text: &str) -> Result<Vec<u8>, Error> {
    let code = encode(text)?;
    let modules = code.width() + 2 * QUIET;
    let side = modules * SCALE;
    let colors = code.to_colors();
    let dark = |x: usize, y: usize| {
        let (Some(x), Some(y)) = (x.checked_sub(QUIET), y.checked_sub(QUIET)) else {
            return false;
        };
        x < code.width() && colors.get(y * code.width() + x) == Some(&Color::Dark)
    };
    let pixels: Vec<u8> = (0..side * side)
        .map(|at| match dark(at % side / SCALE, at / side / SCALE) {
            true => 0,
            false => 255,
        })
        .collect();
    let size = u32::try_from(side).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size, size);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels))
        .map_err(|_| too_long())?;
    Ok(bytes)
}

/// The QR code of `text` as SVG.
///
/// # Errors
/// [`Error::Invalid`] when the text is longer than a code can hold.
pub fn svg(text: &str) -> Result<String, Error> {
    Ok(encode(text)?
        .render::<svg::Color<'_>>()
        .quiet_zone(true)
        .build())
}

fn encode(text: &str) -> Result<QrCode, Error> {
    QrCode::new(text).map_err(|_| too_long())
}

fn too_long() -> Error {
    Error::invalid("text", "is too long for a QR code")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_a_png_and_an_svg() {
        let link = "https://mdm.contoso.example/enroll?token=ptc_t1_x";
        let png = png(link).unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert!(svg(link).unwrap().contains("<svg"));
        assert!(super::png(&"x".repeat(3_000)).is_err());
    }
}
