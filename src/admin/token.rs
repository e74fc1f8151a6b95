//! Making, showing and revoking tokens.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::ObjectId;
use crate::store::{NewToken, SealedToken};
use crate::token::{EnrollCode, Kind, State, Stored, Token, Value, ValueKind};

use super::{Admin, Error};

/// A token to make.
#[derive(Debug, Clone, Default)]
pub struct CreateToken {
    /// The person that it is for; none: whoever holds it.
    pub email: Option<String>,
    /// How many enrollments it allows; none: any number.
    pub uses: Option<u32>,
    /// How long it lasts; none: for ever.
    pub duration: Option<SignedDuration>,
    /// How many of its devices may be enrolled at a time; none: any number.
    pub device_cap: Option<u32>,
    /// A label for the device to be.
    pub display_name: Option<String>,
    /// Tags that its devices receive.
    pub tags: Vec<String>,
}

/// A token as it is shown, its secrets opened.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownToken {
    /// The token.
    #[serde(flatten)]
    pub record: Token,
    /// Its state now.
    pub state: State,
    /// Its value, for links and programs.
    pub token: String,
    /// Its code, for people.
    pub enroll_code: String,
    /// Where a person starts with it.
    pub enrollment_link: String,
}

#[derive(Serialize, Deserialize)]
struct Secrets {
    value: String,
    code: String,
}

const NAME: usize = 128;
const TAGS: usize = 50;
/// Longest duration: thirty days would be too short for a kiosk's token, for ever is said otherwise.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 3_660);

impl Admin {
    /// Makes a token.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the value that is not acceptable.
    pub async fn create_token(
        &self,
        organization: ObjectId,
        wish: CreateToken,
    ) -> Result<ShownToken, Error> {
        check(&wish)?;
        let now = self.clock.now();
        let (value, code) = (Value::generate(ValueKind::Token), EnrollCode::generate());
        let id = ObjectId::generate(now);
        let secrets = Secrets {
            value: value.reveal().to_owned(),
            code: code.reveal().to_owned(),
        };
        let sealed = self.keys.seal(
            &purpose(id),
            &serde_json::to_vec(&secrets).unwrap_or_default(),
        );
        let token = Token {
            id,
            organization_id: organization,
            kind: if wish.email.is_some() {
                Kind::Personal
            } else {
                Kind::AdHoc
            },
            email: wish.email.map(|email| email.trim().to_owned()),
            display_name: wish.display_name.filter(|name| !name.is_empty()),
            tags: tidy(wish.tags),
            max_uses: wish.uses,
            uses: 0,
            device_cap: wish.device_cap,
            stored: Stored::Pending,
            created_at: now,
            expires_at: wish.duration.map(|duration| now + duration),
            used_at: None,
            template_id: None,
            mdm_user_id: None,
            segment_id: 0,
            policies: Vec::new(),
            send_email: false,
            email_status: crate::token::EmailStatus::Skipped,
            email_text: None,
            language: None,
            additional_data: None,
            allow_personal_usage: None,
            updated_at: None,
            revision: 1,
            blocked: false,
        };
        let new = NewToken {
            token: token.clone(),
            value_lookup: self.keys.lookup("token-value", value.reveal().as_bytes()),
            code_lookup: self.keys.lookup("token-code", code.reveal().as_bytes()),
            sealed,
        };
        self.store
            .write::<_, crate::store::Error, _>(move |tx| tx.insert_token(&new))
            .await?;
        Ok(self.shown(token, &secrets, now))
    }

    /// The newest tokens of an organization.
    ///
    /// # Errors
    /// What the store says.
    pub async fn tokens(
        &self,
        organization: ObjectId,
        limit: u32,
    ) -> Result<Vec<ShownToken>, Error> {
        let found = self
            .store
            .read(move |tx| tx.tokens(organization, limit))
            .await?;
        found.into_iter().map(|token| self.open(token)).collect()
    }

    /// One token of an organization.
    ///
    /// # Errors
    /// What the store says.
    pub async fn token(
        &self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<ShownToken>, Error> {
        let found = self.store.read(move |tx| tx.sealed_token(id)).await?;
        found
            .filter(|found| found.token.organization_id == organization)
            .map(|token| self.open(token))
            .transpose()
    }

    /// Revokes a token; the devices that it let in stay. None: there is no such token.
    ///
    /// # Errors
    /// What the store says.
    pub async fn revoke_token(
        &self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<ShownToken>, Error> {
        let revoked = self
            .store
            .write(move |tx| tx.revoke_token(organization, id))
            .await?;
        if revoked {
            self.token(organization, id).await
        } else {
            Ok(None)
        }
    }

    fn open(&self, sealed: SealedToken) -> Result<ShownToken, Error> {
        let json = self
            .keys
            .open(&purpose(sealed.token.id), &sealed.sealed)
            .map_err(|_| Error::Sealed)?;
        let secrets: Secrets = serde_json::from_slice(&json).map_err(|_| Error::Sealed)?;
        Ok(self.shown(sealed.token, &secrets, self.clock.now()))
    }

    fn shown(&self, token: Token, secrets: &Secrets, now: Timestamp) -> ShownToken {
        ShownToken {
            state: token.state_at(now),
            token: secrets.value.clone(),
            enroll_code: EnrollCode::parse(&secrets.code)
                .map(|code| code.grouped())
                .unwrap_or_default(),
            enrollment_link: format!("{}/enroll?token={}", self.web_url, secrets.value),
            record: token,
        }
    }
}

fn purpose(id: ObjectId) -> String {
    format!("token:{id}")
}

fn check(wish: &CreateToken) -> Result<(), Error> {
    let invalid = |field: &str, reason: &str| Err(Error::invalid(field, reason));
    if let Some(email) = &wish.email
        && !is_address(email.trim())
    {
        return invalid("email", "is not an e-mail address");
    }
    if wish.uses == Some(0) {
        return invalid("uses", "must be 1 or more");
    }
    if wish.device_cap == Some(0) {
        return invalid("deviceCap", "must be 1 or more");
    }
    if wish
        .duration
        .is_some_and(|duration| duration < SignedDuration::from_secs(60) || duration > LONGEST)
    {
        return invalid("duration", "must be between one minute and ten years");
    }
    if wish
        .display_name
        .as_ref()
        .is_some_and(|name| name.chars().count() > NAME)
    {
        return invalid("displayName", "has more than 128 characters");
    }
    if wish.tags.len() > TAGS || wish.tags.iter().any(|tag| tag.chars().count() > NAME) {
        return invalid("tags", "at most 50 tags of at most 128 characters each");
    }
    Ok(())
}

/// One at sign with something around it, no white space and no control characters: the mail server decides the rest.
fn is_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split('@').collect();
    matches!(parts.as_slice(), [local, domain] if !local.is_empty() && domain.contains('.') && !domain.starts_with('.'))
        && text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Trims, drops what is empty and what is there already in another case.
fn tidy(tags: Vec<String>) -> Vec<String> {
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
