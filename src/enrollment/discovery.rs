//! Answering `Discover` (MS-MDE2 3.1): which policy, which version, which addresses.

use crate::attempt::Learned;
use crate::id::ObjectId;
use crate::protocol::discovery::{AuthPolicy, Discover, DiscoverResponse, Version};
use crate::refusal::Refusal;

use super::Enrollment;

/// The version of a client that says none: Windows 8.1.
const FIRST: Version = Version { major: 1, minor: 0 };

impl Enrollment {
    /// Tells the device how to sign in and where. `attempt`, and the template that the address named, travel in the addresses, so that the walk's other
    /// exchanges are recognised; the sign-in address carries them in its path, since Windows appends a query of its own.
    ///
    /// # Errors
    /// [`Refusal::Version`] below the floor, [`Refusal::Draining`] when no device is let in, [`Refusal::AuthPolicy`] when
    /// nothing offered is served.
    pub fn discover(
        &self,
        request: &Discover,
        (attempt, template): (ObjectId, Option<ObjectId>),
        learned: &mut Learned,
    ) -> Result<DiscoverResponse, Refusal> {
        if !request.email_address.is_empty() {
            learned.username = Some(request.email_address.clone());
        }
        let version = request.request_version.unwrap_or(FIRST);
        learned
            .notes
            .push(format!("protocol version {version} asked for"));
        if version < self.settings.minimum_version {
            return Err(Refusal::Version {
                requested: version.to_string(),
                minimum: self.settings.minimum_version.to_string(),
            });
        }
        self.takes_devices()?;
        let auth_policy = self.choose(&request.auth_policies)?;
        learned.notes.push(format!("{} chosen", auth_policy.name()));
        self.walks.remember(attempt, request);
        let addresses = &self.settings.addresses;
        let federated = auth_policy == AuthPolicy::Federated;
        let query = template.map(|id| format!("&template={id}"));
        let query = format!("attempt={attempt}{}", query.unwrap_or_default());
        let below = template.map(|id| format!("/{id}")).unwrap_or_default();
        Ok(DiscoverResponse {
            auth_policy,
            enrollment_version: Some(version.min(self.settings.version)),
            enrollment_policy_service_url: Some(format!("{}?{query}", addresses.policy)),
            enrollment_service_url: format!("{}?{query}", addresses.enrollment),
            authentication_service_url: federated
                .then(|| format!("{}/{attempt}{below}", addresses.authentication)),
        })
    }

    /// The configured policy when it is offered, else Federated, else OnPremise. A client that offers nothing
    /// readable is answered OnPremise, which needs nothing but a password prompt.
    fn choose(&self, offered: &[AuthPolicy]) -> Result<AuthPolicy, Refusal> {
        if offered.is_empty() {
            return Ok(AuthPolicy::OnPremise);
        }
        self.settings
            .auth_policy
            .iter()
            .chain(&[AuthPolicy::Federated, AuthPolicy::OnPremise])
            .find(|policy| offered.contains(policy))
            .cloned()
            .ok_or_else(|| Refusal::AuthPolicy {
                offered: offered
                    .iter()
                    .map(|policy| policy.name().chars().take(64).collect())
                    .collect(),
            })
    }
}
