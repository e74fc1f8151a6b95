//! The sign-in page of the Federated policy (MS-MDE2 3.2): a code for a value that opens one flow.

use std::net::IpAddr;

use crate::attempt::Learned;
use crate::id::ObjectId;
use crate::refusal::Refusal;
use crate::store::SignIn;
use crate::token::{Value, ValueKind};

use super::credential::usable;
use super::{Enrollment, from_store};

impl Enrollment {
    /// Exchanges what a person typed, a code or a token's value, for the value that the page hands to Windows. The
    /// token itself is not spent: that happens with the certificate.
    ///
    /// # Errors
    /// What is wrong with the code.
    pub async fn sign_in(
        &self,
        typed: &str,
        email: Option<&str>,
        address: Option<IpAddr>,
        learned: &mut Learned,
    ) -> Result<Value, Refusal> {
        let credential = self.typed(typed, email, address);
        let now = self.clock.now();
        let (identified, ()) = self.authenticate(&credential, learned, |identified, _| {
            Ok(usable(&identified.token, now)?)
        })?;
        let value = Value::generate(ValueKind::SignIn);
        let lookup = self.keys.lookup("sign-in", value.reveal().as_bytes());
        let sign_in = SignIn {
            id: ObjectId::generate(now),
            token_id: identified.token.id,
            email: identified.owner,
            expires_at: now + self.settings.sign_in,
            device_id: None,
        };
        self.store
            .write(move |tx| tx.insert_sign_in(&sign_in, &lookup, now))
            .await
            .map_err(|error| from_store(&error))?;
        learned
            .notes
            .push("signed in on the enrollment page".to_owned());
        Ok(value)
    }
}
