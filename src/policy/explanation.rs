//! What a device answered, in words (OMA-TS-SyncML_RepPro 10; `msft:originalerror` of MS-MDM).

use super::{Delivery, Scope, Verb, Wish};

/// What came of a wish so far, in words; `delivery` is what the device was told, if it was.
pub fn explain_delivery(wish: &Wish, delivery: Option<&Delivery>) -> String {
    let told = delivery.filter(|it| it.told == wish.digest());
    match told.map(|it| (it.status, it.sent.is_some(), it.verb)) {
        Some((Some(status), ..)) => {
            explain(status, told.and_then(|it| it.original_error.as_deref()))
        }
        Some((None, true, Verb::Exec)) => {
            "the device was told and never said what came of it; it is not told twice".to_owned()
        }
        Some((None, true, _)) => "the device was told and has not answered yet".to_owned(),
        _ if wish.scope == Scope::User => {
            "the device is told in a session in which its user is signed in".to_owned()
        }
        _ => "the device is told in its next session".to_owned(),
    }
}

/// What a status means, and the error behind it where one is known.
pub fn explain(status: u16, original_error: Option<&str>) -> String {
    let sentence = match status {
        200 | 212 => "the device took it",
        202 => "the device accepted it and does it later",
        213 => "the device took a piece of it and waits for the next",
        214 => "the device gave it up, since the session ended",
        215 => "the device did not do it, since another command of its group failed",
        216 => "the device took it back, since another command of its group failed",
        304 => "the device had it already",
        400 => "the device does not understand it: look at node, format and value",
        401 | 407 => "the device does not accept the server's credentials",
        403 | 425 => "the device does not allow the server to do this",
        404 => {
            "the device does not know the node: this edition or version of Windows may not have it"
        }
        405 => {
            "the node does not allow this: it is read only, or nobody who it is for is signed in"
        }
        406 => "the device does not support it",
        408 => "the device took too long over it",
        413 => "the value, or all of its group together, is too large for the device",
        414 => "the node's name is too long for the device",
        415 => "the format or the type of the value is not the one that the node takes",
        418 => "the node is there already",
        420 => "the device has no room for it",
        424 => "the value did not arrive whole",
        500 => "the device could not do it",
        507 => "a command of its group failed, and the device took it back",
        510 => "the device could not store it",
        516 => "a command of its group failed, and the device could not take it back",
        200..300 => "the device took it",
        _ => "the device answered with a status that SyncML does not name",
    };
    let behind = original_error.and_then(|code| {
        let known = ERRORS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(code));
        known.map(|(_, text)| *text)
    });
    match (behind, original_error) {
        (Some(behind), _) => format!("{sentence} ({behind})"),
        (None, Some(code)) if code != "0x0" && code != "0x00000000" => {
            format!("{sentence} (error {code})")
        }
        _ => sentence.to_owned(),
    }
}

/// Errors of Windows that settings often end with.
const ERRORS: [(&str, &str); 12] = [
    ("0x80004001", "not implemented in this edition of Windows"),
    ("0x80004005", "unspecified failure"),
    ("0x8000FFFF", "unexpected failure"),
    ("0x80070002", "something that it needs was not found"),
    ("0x80070003", "a path that it needs was not found"),
    ("0x80070005", "access denied"),
    ("0x80070032", "not supported in this edition of Windows"),
    ("0x80070057", "the value is not valid"),
    ("0x80070490", "element not found"),
    ("0x80070525", "the user does not exist"),
    ("0x86000002", "the node was not found"),
    ("0x86000011", "the command is not allowed on the node"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_told_in_words_with_the_error_behind_it() {
        assert_eq!(explain(200, None), "the device took it");
        assert!(explain(404, Some("0x86000002")).ends_with("(the node was not found)"));
        assert!(explain(500, Some("0x8FFFFFFF")).ends_with("(error 0x8FFFFFFF)"));
        assert!(explain(299, Some("0x00000000")).ends_with("took it"));
        assert!(explain(999, None).contains("does not name"));
    }
}
