//! What clients send of an application of Entra ID.

use serde::Deserialize;
use utoipa::ToSchema;

/// The settings of Entra ID.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WishedEntra {
    /// The on-premises MDM application that is registered there.
    pub mobility_app: Option<WishedMobilityApp>,
}

/// An application of Entra ID.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WishedMobilityApp {
    /// The tenant that it is registered in.
    #[schema(min_length = 1, max_length = 256)]
    pub tenant_id: String,
    /// Its identifier.
    #[schema(min_length = 1, max_length = 256)]
    pub client_id: String,
    /// Its secret; the mask that stands for one in answers: the one that is there.
    #[schema(min_length = 1, max_length = 256)]
    pub client_secret: String,
}

impl std::fmt::Debug for WishedMobilityApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WishedMobilityApp")
            .field("tenant_id", &self.tenant_id)
            .finish_non_exhaustive()
    }
}
