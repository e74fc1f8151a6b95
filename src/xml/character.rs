//! What a character of XML is.

/// The characters of XML 1.0, section 2.2.
pub(super) fn is_xml_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether a text holds none but the characters of XML: as `is_xml_character` for each, at the speed of bytes.
pub(super) fn is_xml_text(text: &str) -> bool {
    let control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    // Without leaving early the compiler looks at many bytes at once.
    let controls = text
        .bytes()
        .fold(false, |found, byte| found | control(byte));
    !controls && !text.contains('\u{fffe}') && !text.contains('\u{ffff}')
}

/// Whether a text is white space alone.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
