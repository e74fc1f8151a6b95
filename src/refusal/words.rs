//! The words of each refusal: name, sentence, explanation.

use crate::language::Language;

use super::Refusal;

impl Refusal {
    /// Its name: stable, to search and count by.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::SoapVersion => "soap-version",
            Self::NotUnderstood(_) => "not-understood",
            Self::Version { .. } => "version",
            Self::AuthPolicy { .. } => "auth-policy",
            Self::Security(_) => "security",
            Self::CredentialKind(_) => "credential-kind",
            Self::EntraToken(_) => "entra-token",
            Self::SignIn(_) => "sign-in",
            Self::IdentityProvider(_) => "identity-provider",
            Self::CredentialUnknown => "credential-unknown",
            Self::CredentialOfAnother { .. } => "credential-of-another",
            Self::TokenExpired(_) => "token-expired",
            Self::TokenRevoked => "token-revoked",
            Self::TokenSpent => "token-spent",
            Self::SignInEnded => "sign-in-ended",
            Self::TooManyFailures => "too-many-failures",
            Self::NotAllowed(_) => "not-allowed",
            Self::WaitingForApproval(_) => "waiting-for-approval",
            Self::PersonalDevice(_) => "personal-device",
            Self::DeviceCap(_) => "device-cap",
            Self::DeviceExcluded(_) => "device-excluded",
            Self::License => "license",
            Self::TermsOfUse(_) => "terms-of-use",
            Self::Incomplete(_) => "incomplete",
            Self::CertificateRequest(_) => "certificate-request",
            Self::KeyOfAnother => "key-of-another",
            Self::KeyBlocked => "key-blocked",
            Self::Authority(_) => "authority",
            Self::RequestType(_) => "request-type",
            Self::NotEligibleToRenew(_) => "not-eligible-to-renew",
            Self::Maintenance => "maintenance",
            Self::Draining => "draining",
            Self::Storage(_) => "storage",
            Self::Internal => "internal",
        }
    }

    /// The sentence for the person at the device, in a language.
    pub fn sentence_in(&self, language: Language) -> String {
        match language {
            Language::En => self.sentence(),
            Language::Es => self.spanish().to_owned(),
        }
    }

    /// The sentence for the person at the device. It tells what to do, and nothing that a stranger should not know.
    pub fn sentence(&self) -> String {
        let text = match self {
            Self::Message(_) | Self::SoapVersion | Self::NotUnderstood(_) => {
                "The server could not read this device's request. Ask your administrator for help."
            }
            Self::Version { .. } => {
                "This version of Windows is too old to be managed here. Update Windows and try again."
            }
            Self::AuthPolicy { .. } => {
                "This device offers no way of signing in that this server accepts."
            }
            Self::Security(_) => {
                "The sign-in information is missing or damaged. Start again from Settings."
            }
            Self::CredentialKind(_) => {
                "This way of signing in is not set up here. Use your e-mail address and code."
            }
            Self::CredentialUnknown | Self::CredentialOfAnother { .. } => {
                "The e-mail address or the code is not right. Check both and try again."
            }
            Self::EntraToken(_) => "This work account cannot enroll here. Ask your administrator.",
            Self::SignIn(_) => {
                "You could not be signed in. Check what you typed and which account you chose, then try again, or ask your administrator."
            }
            Self::IdentityProvider(_) => {
                "Signing in does not work at the moment. Try again in a few minutes."
            }
            Self::TokenExpired(_) => "This code has expired. Ask your administrator for a new one.",
            Self::TokenRevoked => {
                "This code is no longer valid. Ask your administrator for a new one."
            }
            Self::TokenSpent => {
                "This code has already been used. Ask your administrator for a new one."
            }
            Self::SignInEnded => {
                "The sign-in took too long or was already used. Start again from Settings."
            }
            Self::TooManyFailures => {
                "Too many wrong codes or passwords came. Wait 15 minutes and try again."
            }
            Self::NotAllowed(message) if !message.is_empty() => message.as_str(),
            Self::NotAllowed(_) => {
                "You are not allowed to enroll this device. Ask your administrator."
            }
            Self::WaitingForApproval(message) if !message.is_empty() => message.as_str(),
            Self::WaitingForApproval(_) => {
                "This device is waiting for an administrator's approval. Try again later."
            }
            Self::PersonalDevice(_) => {
                "Only devices of the organization can be enrolled here. Ask your administrator."
            }
            Self::DeviceCap(_) => {
                "The limit of devices is reached. Remove one or ask your administrator."
            }
            Self::DeviceExcluded(_) => {
                "This device cannot be enrolled here. Ask your administrator."
            }
            Self::License => "You have no licence for device management. Ask your administrator.",
            Self::TermsOfUse(_) => {
                "The terms of use were not accepted. Start again and accept them."
            }
            Self::Incomplete(_) => {
                "The device did not send all that is needed. Restart it and try again."
            }
            Self::CertificateRequest(_) | Self::KeyOfAnother | Self::KeyBlocked => {
                "The device's certificate request was refused. Restart the device and try again."
            }
            Self::Authority(_) | Self::Storage(_) => {
                "The server cannot enroll devices at the moment. Try again later."
            }
            Self::RequestType(_) => "The server does not offer what this device asked for.",
            Self::NotEligibleToRenew(_) => {
                "The device's certificate cannot be renewed. Enroll the device again."
            }
            Self::Maintenance => "The service is in maintenance. Try again in a few minutes.",
            Self::Draining => {
                "New devices cannot be enrolled here any more. Ask your administrator where to enroll this one."
            }
            Self::Internal => {
                "Something went wrong on the server. Try again, then ask your administrator."
            }
        };
        text.to_owned()
    }

    /// The explanation for the administrator: what happened and what mends it.
    pub fn explanation(&self) -> String {
        match self {
            Self::Message(why) => format!("The request is not usable: {why}. A proxy or a scanner may have sent it; a real device writes it correctly."),
            Self::SoapVersion => "The envelope is SOAP 1.1; Windows sends SOAP 1.2. The sender is no Windows device.".to_owned(),
            Self::NotUnderstood(block) => format!("The header block {block} says that it must be understood, and it is not known here."),
            Self::Version { requested, minimum } => {
                format!("The device speaks protocol version {requested}, the lowest served is {minimum} (enrollment.minimum_version). Windows 10 and later speak 3.0 or more.")
            }
            Self::AuthPolicy { offered } => {
                format!("The device offers only {}; this server serves Federated and OnPremise. A provisioning package needs the policy OnPremise.", offered.join(", "))
            }
            Self::Security(why) => format!("The security header is not usable: {why}."),
            Self::CredentialKind(kind) => format!("The device signed in with {kind}, which is not configured."),
            Self::EntraToken(why) => format!("The access token of Entra ID is not accepted: {why}."),
            Self::SignIn(why) => format!("Whoever signed in is not believed: {why}."),
            Self::IdentityProvider(why) => format!("An identity provider cannot be asked. {why}."),
            Self::CredentialUnknown => "No token, code or sign-in is known under what was shown: a typing error, or a token of another server.".to_owned(),
            Self::CredentialOfAnother { username } => format!("The token was made for another e-mail address; it was shown as {username}."),
            Self::TokenExpired(at) => format!("The token ended at {at}. Make a new one."),
            Self::TokenRevoked => "The token was revoked. Make a new one if the device shall enroll.".to_owned(),
            Self::TokenSpent => "All uses of the token are spent. A repetition is accepted only from the same device with the same key within the retry time (enrollment.retry_minutes).".to_owned(),
            Self::SignInEnded => "The sign-in on the enrollment page ended (enrollment.sign_in_minutes) or served another device.".to_owned(),
            Self::TooManyFailures => "Too many wrong credentials came for this account or from this address (limits.password_failures_per_account, limits.credential_failures_per_account, limits.credential_failures_per_ip).".to_owned(),
            Self::NotAllowed(message) => format!("A rule or restriction refused the device: {message}"),
            Self::WaitingForApproval(_) => "The device is held until an administrator approves it.".to_owned(),
            Self::PersonalDevice(by) => format!("The device counts as personal, and {by} lets in corporate devices alone: put one of its identifiers on the list \"corporate\"."),
            Self::DeviceCap(cap) => format!("The token has {cap} devices enrolled, as many as it may. Retire one, or make a token with a higher device cap."),
            Self::DeviceExcluded(why) => format!("The device is excluded: {why}"),
            Self::License => "The user has no licence.".to_owned(),
            Self::TermsOfUse(why) => format!("The terms of use were not accepted, or their proof is not good: {why}"),
            Self::Incomplete(item) => format!("The request has no {item}, which every Windows device sends."),
            Self::CertificateRequest(why) => format!("The certificate request is not acceptable: {why}."),
            Self::KeyOfAnother => "The key of the certificate request already belongs to another device: a cloned machine, or a replayed request.".to_owned(),
            Self::KeyBlocked => "The key of the certificate request is blocked: a certificate of it was revoked as compromised, or an administrator blocked it. The device needs a new key, or the key must be unblocked.".to_owned(),
            Self::Authority(why) => format!("The certificate authority could not sign: {why}."),
            Self::RequestType(kind) => format!("The device asked for {kind}, which is not offered."),
            Self::NotEligibleToRenew(why) => format!("The renewal was refused: {why}"),
            Self::Maintenance => "The server was stopping or in maintenance. The device may try again.".to_owned(),
            Self::Draining => "The server takes no new devices (enrollment.draining); renewal and management sessions of those that it has go on. The device needs another server, or the setting turned off and the server started again.".to_owned(),
            Self::Storage(why) => format!("The database could not serve: {why}. Enrollments go on by themselves when it can."),
            Self::Internal => "An internal error; the log has it under this trace id.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_is_not_told_whether_a_token_exists_for_another_person() {
        let unknown = Refusal::CredentialUnknown;
        let other = Refusal::CredentialOfAnother {
            username: "ben@contoso.example".to_owned(),
        };
        assert_eq!(unknown.sentence(), other.sentence());
        assert_ne!(unknown.explanation(), other.explanation());
    }

    #[test]
    fn a_rules_own_message_reaches_the_user() {
        assert_eq!(
            Refusal::NotAllowed("Visit the help desk.".to_owned()).sentence(),
            "Visit the help desk."
        );
    }
}
