//! Textual armour (RFC 7468): one labelled block of base64 in lines of 64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Writes `bytes` between `BEGIN label` and `END label`.
pub(super) fn encode(label: &str, bytes: &[u8]) -> String {
    let body = STANDARD.encode(bytes);
    let mut text = String::with_capacity(body.len() + body.len() / 64 + 2 * label.len() + 40);
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// The bytes of the first block with this label; text before and after it is ignored.
pub(super) fn decode(label: &str, text: &str) -> Option<Vec<u8>> {
    next(label, text).map(|(bytes, _)| bytes)
}

/// The bytes of every block with this label, in order; none when one of them is broken.
pub(super) fn decode_all(label: &str, mut text: &str) -> Option<Vec<Vec<u8>>> {
    let begin = format!("-----BEGIN {label}-----");
    let mut all = Vec::new();
    while text.contains(&begin) {
        let (bytes, rest) = next(label, text)?;
        all.push(bytes);
        text = rest;
    }
    Some(all)
}

fn next<'a>(label: &str, text: &'a str) -> Option<(Vec<u8>, &'a str)> {
    let (_, after) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, rest) = after.split_once(&format!("-----END {label}-----"))?;
    let body = Zeroizing::new(body.split_ascii_whitespace().collect::<String>());
    Some((STANDARD.decode(body.as_bytes()).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_reads_back_at_every_length() {
        for length in [0, 1, 47, 48, 49, 200] {
            let bytes = vec![0xa5; length];
            let text = encode("CERTIFICATE", &bytes);
            assert!(text.lines().all(|line| line.len() <= 64));
            assert_eq!(decode("CERTIFICATE", &text), Some(bytes));
        }
    }

    #[test]
    fn another_label_or_a_broken_block_is_not_read() {
        let text = encode("CERTIFICATE", b"x");
        assert_eq!(decode("PRIVATE KEY", &text), None);
        assert_eq!(decode("CERTIFICATE", &text.replace("END", "FIN")), None);
        assert_eq!(decode("CERTIFICATE", &text.replace('=', "!")), None);
    }
}
