//! Answering `GetPolicies` (MS-XCEP 3.1.4.1): which key, which hash, which provider.

use crate::attempt::Learned;
use crate::protocol::policy::{GetPolicies, GetPoliciesResponse};
use crate::refusal::Refusal;

use super::combination::shows_nothing;
use super::credential::usable;
use super::{Caller, Enrollment};

impl Enrollment {
    /// Tells the device what key and hash to use. It must sign in already here, or show the
    /// certificate that it is to renew; a success proves nothing later.
    ///
    /// # Errors
    /// What is wrong with its credential.
    pub async fn policies(
        &self,
        caller: Caller<'_>,
        _request: &GetPolicies,
        learned: &mut Learned,
    ) -> Result<GetPoliciesResponse, Refusal> {
        if let Some(certificate) = caller.certificate
            && shows_nothing(caller.security)
        {
            self.holder(certificate, learned)?;
            learned
                .notes
                .push("a device that renews showed its certificate in TLS".to_owned());
            return Ok(self.device_policy());
        }
        self.takes_devices()?;
        let credential = self.credential(caller, learned).await?;
        let (now, retry) = (self.clock.now(), self.settings.retry);
        let attempt = caller.attempt;
        self.authenticate(&credential, learned, |identified, tx| {
            // A token spent a moment ago is still good here: its device may be repeating itself.
            let used = identified.token.used_at;
            let repeating = used.is_some_and(|used| now.duration_since(used) <= retry);
            if !repeating {
                usable(&identified.token, now)?;
            }
            let (organization, template) = (
                identified.token.organization_id,
                identified.token.template_id,
            );
            if let Some(id) = template
                && let Some(seen) = self.compiled.of(tx, organization, id)?
            {
                self.walks.pin(attempt, seen, now);
            }
            Ok(())
        })?;
        Ok(self.device_policy())
    }

    fn device_policy(&self) -> GetPoliciesResponse {
        GetPoliciesResponse::device_enrollment(self.settings.policy.clone())
    }
}
