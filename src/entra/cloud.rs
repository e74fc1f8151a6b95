//! The national clouds: the same protocol at other hosts ("National clouds", Microsoft identity platform).

/// Which cloud the tenants are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cloud {
    /// The public one.
    #[default]
    Public,
    /// That of the government of the United States.
    UsGovernment,
    /// That of China, run by 21Vianet.
    China,
}

impl Cloud {
    /// Where its keys are (OpenID Connect Discovery 1.0, `jwks_uri`).
    pub(super) const fn keys_url(self) -> &'static str {
        match self {
            Self::Public => "https://login.microsoftonline.com/common/discovery/v2.0/keys",
            Self::UsGovernment => "https://login.microsoftonline.us/common/discovery/v2.0/keys",
            Self::China => "https://login.partner.microsoftonline.cn/common/discovery/v2.0/keys",
        }
    }

    /// Where tokens are had.
    pub(super) const fn login_url(self) -> &'static str {
        match self {
            Self::Public => "https://login.microsoftonline.com",
            Self::UsGovernment => "https://login.microsoftonline.us",
            Self::China => "https://login.partner.microsoftonline.cn",
        }
    }

    /// Where Microsoft Graph is ("National cloud deployments", Microsoft Graph).
    pub(super) const fn graph_url(self) -> &'static str {
        match self {
            Self::Public => "https://graph.microsoft.com",
            Self::UsGovernment => "https://graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// Who issues the tokens of a tenant: of version 1.0, of version 2.0.
    pub(super) fn issuers(self, tenant: &str) -> [String; 2] {
        let (first, second) = match self {
            Self::Public => ("sts.windows.net", "login.microsoftonline.com"),
            Self::UsGovernment => ("sts.windows.net", "login.microsoftonline.us"),
            Self::China => ("sts.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
        };
        [
            format!("https://{first}/{tenant}/"),
            format!("https://{second}/{tenant}/v2.0"),
        ]
    }
}
