//! A credential that is known.

use std::sync::Arc;

use crate::id::ObjectId;
use crate::identity::Identity;
use crate::store::SignIn;
use crate::token::Token;

use super::super::entra::ShownEntra;

/// A credential that is known.
#[derive(Debug, Clone)]
pub(in crate::enrollment) struct Identified {
    /// The token behind it.
    pub(in crate::enrollment) token: Token,
    /// The sign-in on our page, if it came that way.
    pub(in crate::enrollment) sign_in: Option<SignIn>,
    /// The person, when the credential proves one.
    pub(in crate::enrollment) owner: Option<String>,
    /// What an identity provider proved.
    pub(in crate::enrollment) identity: Option<Arc<Identity>>,
    /// The access token of Entra ID, if it is one.
    pub(in crate::enrollment) entra: Option<ShownEntra>,
}

impl Identified {
    /// What the person filled in on our page.
    pub(in crate::enrollment) fn answers(&self) -> &[(String, String)] {
        let sign_in = self.sign_in.as_ref();
        sign_in.map(|it| it.answers.as_slice()).unwrap_or_default()
    }

    /// Whether `device` may use the sign-in: nobody has yet, or it did itself.
    pub(in crate::enrollment) fn sign_in_is_free_for(&self, device: Option<ObjectId>) -> bool {
        self.sign_in
            .as_ref()
            .is_none_or(|sign_in| sign_in.device_id.is_none() || sign_in.device_id == device)
    }
}
