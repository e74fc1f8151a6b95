//! What a token is wished with, and what is acceptable of it.

use jiff::SignedDuration;

use crate::id::ObjectId;
use crate::policy::Assignment;
use crate::violation::Violations;

use super::super::Error;

/// A token to make.
#[derive(Debug, Clone, Default)]
pub struct CreateToken {
    /// The person that it is for; none: whoever holds it.
    pub email: Option<String>,
    /// The same person by identifier, in place of the address.
    pub mdm_user_id: Option<ObjectId>,
    /// The template whose rules decide for its devices.
    pub template_id: Option<ObjectId>,
    /// How many enrollments it allows; none: any number.
    pub uses: Option<u32>,
    /// How long it lasts; none: for ever.
    pub duration: Option<SignedDuration>,
    /// Whether it may last as long as time does: the Android Management API knows no longest duration.
    pub any_duration: bool,
    /// How many of its devices may be enrolled at a time; none: any number.
    pub device_cap: Option<u32>,
    /// A label for the device to be.
    pub display_name: Option<String>,
    /// Tags that its devices receive.
    pub tags: Vec<String>,
    /// Policies that its devices receive.
    pub win_policy_assignments: Vec<Assignment>,
    /// The segment that its devices lie in.
    pub segment_id: u32,
    /// Whether the person is told by mail.
    pub send_email: bool,
    /// A paragraph of that mail.
    pub email_text: Option<String>,
    /// The language of that mail.
    pub language: Option<String>,
    /// What an Android Management API client wants to find on its devices again.
    pub additional_data: Option<String>,
    /// Whether such a client allows private use, in that API's word.
    pub allow_personal_usage: Option<String>,
}

const NAME: usize = 128;
const TAGS: usize = 50;
const TEXT: usize = 4_096;
/// The languages that mail can be in.
const LANGUAGES: [&str; 2] = ["en", "es"];
/// Shortest duration and extension.
pub(super) const SHORTEST: SignedDuration = SignedDuration::from_secs(60);
/// Longest duration of one of many tokens, and longest extension.
pub(super) const MONTH: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Longest duration: thirty days would be too short for a kiosk's token, for ever is said otherwise.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 3_660);

/// Checks all of a wish but its address.
pub(super) fn check(wish: &CreateToken) -> Result<(), Error> {
    let mut faults = Violations::new();
    faults.require(
        wish.email.is_none() || wish.mdm_user_id.is_none(),
        "mdmUserId",
        "must not stand beside email",
    );
    faults.require(wish.uses != Some(0), "uses", "must be 1 or more");
    faults.require(wish.device_cap != Some(0), "deviceCap", "must be 1 or more");
    let lasts = |duration| (SHORTEST..=LONGEST).contains(&duration);
    faults.require(
        wish.any_duration || wish.duration.is_none_or(lasts),
        "duration",
        "must be between one minute and ten years",
    );
    labels(&mut faults, wish.display_name.as_deref(), &wish.tags);
    mail(
        &mut faults,
        wish.language.as_deref(),
        wish.email_text.as_deref(),
    );
    Assignment::check_priorities(&wish.win_policy_assignments, "", &mut faults);
    Ok(faults.into_result()?)
}

/// Checks what a mail is made of.
pub(super) fn mail(faults: &mut Violations, language: Option<&str>, text: Option<&str>) {
    faults.at_most("emailText", text.unwrap_or_default(), TEXT);
    let known = |language: &str| LANGUAGES.contains(&language);
    faults.require(
        language.is_none_or(known),
        "language",
        "must be one of en, es",
    );
}

/// Checks a display name and tags.
pub(in crate::admin) fn labels(
    faults: &mut Violations,
    display_name: Option<&str>,
    tags: &[String],
) {
    faults.at_most("displayName", display_name.unwrap_or_default(), NAME);
    faults.require(tags.len() <= TAGS, "tags", "has more than 50 entries");
    for (index, tag) in tags.iter().enumerate().take(TAGS) {
        faults.at_most(format!("tags[{index}]"), tag, NAME);
    }
}

/// One at sign with something around it, no white space, no control characters and nothing that sets two addresses apart
/// or quotes one (RFC 5322, 3.2.3): the mail server decides the rest.
pub(in crate::admin) fn is_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split('@').collect();
    matches!(parts.as_slice(), [local, domain] if !local.is_empty() && domain.contains('.') && !domain.starts_with('.'))
        && text.len() <= 254
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || SPECIALS.contains(c))
}

/// What an address has only in quotes, which nobody's has.
const SPECIALS: &str = "<>()[]\\,;:\"";

/// Trims, drops what is empty and what is there already in another case.
pub(in crate::admin) fn tidy(tags: Vec<String>) -> Vec<String> {
    let mut tidied: Vec<String> = Vec::new();
    for tag in tags {
        let tag = tag.trim();
        if !tag.is_empty()
            && !tidied
                .iter()
                .any(|known| known.to_lowercase() == tag.to_lowercase())
        {
            tidied.push(tag.to_owned());
        }
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_trimmed_and_doubles_dropped_whatever_the_case() {
        let tags = ["  Sales ", "", "sales", "HQ"].map(str::to_owned).to_vec();
        assert_eq!(tidy(tags), ["Sales", "HQ"]);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "ana",
            "@contoso.example",
            "ana@",
            "ana@contoso",
            "a na@contoso.example",
            "a@b@c.d",
            "a@.d",
        ] {
            assert!(!is_address(text), "{text}");
        }
        assert!(is_address("ana.o'neil+pc@mail.contoso.example"));
    }
}
