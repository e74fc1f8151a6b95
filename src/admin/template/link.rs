//! The link that opens Settings on a Windows PC with a template's token filled in (`ms-device-enrollment:`).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::token::deep_link;

use super::super::{Admin, Error};

/// Ways to start an enrollment by a template.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeepLink {
    /// Opens Settings on Windows 10 1703 or later.
    pub deeplink: String,
    /// The discovery service that it names.
    pub server_name: String,
    /// A page that leads to the same.
    pub enrollment_link: String,
}

impl Admin {
    /// The deep link of a template.
    ///
    /// # Errors
    /// [`Error::NotFound`], and [`Error::Conflict`] while the template has no token.
    pub async fn deep_link(&self, actor: &Actor, id: ObjectId) -> Result<DeepLink, Error> {
        let shown = self.template(actor, id).await?;
        let Some(token) = shown.win_enrollment_token else {
            let message = "Conflict: the template has no token, make one first";
            return Err(Error::Conflict(message.to_owned()));
        };
        let server_name = format!("{}/EnrollmentServer/Discovery.svc", self.web_url);
        Ok(DeepLink {
            deeplink: deep_link(&server_name, None, &token.token),
            server_name,
            enrollment_link: token.enrollment_link,
        })
    }
}
