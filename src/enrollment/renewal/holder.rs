//! Who a certificate shown in TLS stands for: looked up by its bytes, never believed for its names.

use aws_lc_rs::digest;
use jiff::Timestamp;

use crate::attempt::Learned;
use crate::ca::Origin;
use crate::device::{Device, State};
use crate::refusal::Refusal;
use crate::revocation::Reason;
use crate::store::{Issuance, IssuanceState, Transaction};

use super::super::credential::is_disabled;
use super::super::{Enrollment, Stopped};

/// A device that shows a certificate of its own, on record and good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Holder {
    pub(super) device: Device,
    /// The record of the certificate.
    pub(super) issuance: Issuance,
    /// The certificate.
    pub(super) certificate: Vec<u8>,
}

impl Enrollment {
    /// The device that the certificate stands for, now.
    pub(in super::super) fn holder(
        &self,
        certificate: &[u8],
        learned: &mut Learned,
    ) -> Result<Holder, Refusal> {
        let refused = |why: &str| Refusal::NotEligibleToRenew(why.to_owned());
        let sha256 = sha256(certificate);
        let found = self.store.look::<_, Stopped, _>(|tx| {
            let Some(issuance) = tx.issuance_of_certificate(&sha256)? else {
                return Ok(None);
            };
            let device = tx.device(issuance.device_id)?;
            Ok(device.map(|device| Holder {
                device,
                issuance,
                certificate: certificate.to_vec(),
            }))
        })?;
        let origin = self.authority.current().origin(certificate);
        let Some(holder) = found else {
            return Err(refused(match origin {
                Origin::Ours => "the certificate shown in TLS is ours, and not on record",
                Origin::Pretended => {
                    "the certificate shown in TLS names our authority, which did not sign it"
                }
                Origin::Foreign => "the certificate shown in TLS is not ours",
            }));
        };
        learned.device = Some(holder.device.id);
        learned.organization = Some(holder.device.organization_id);
        learned.username.clone_from(&holder.device.owner);
        if origin != Origin::Ours {
            return Err(refused(
                "another authority than ours signed the certificate",
            ));
        }
        self.store
            .look::<_, Stopped, _>(|tx| holder.check(self.clock.now(), tx))?;
        Ok(holder)
    }

    /// Whose certificate signed a message that another one's connection brought.
    pub(super) fn other_signer(&self, signer: &[u8]) -> Result<String, Refusal> {
        let sha256 = sha256(signer);
        let found = self
            .store
            .look::<_, Stopped, _>(|tx| Ok(tx.issued_to(&sha256)?))?;
        Ok(match found {
            Some(other) => format!(
                "the message is signed with a certificate of device {}, another one than was shown in TLS",
                other.device_id
            ),
            None => "the message is signed with a certificate that is not on record".to_owned(),
        })
    }
}

impl Holder {
    /// What must hold whenever the store is asked: certificate and device are good.
    pub(super) fn check(&self, now: Timestamp, tx: &mut Transaction<'_>) -> Result<(), Stopped> {
        let refused = |why: String| Err(Refusal::NotEligibleToRenew(why).into());
        let device = tx.device(self.device.id)?;
        let issuance = tx.issuance(&self.issuance.serial)?;
        let (Some(device), Some(issuance)) = (device, issuance) else {
            return refused("the device is not on record any more".to_owned());
        };
        match issuance.state {
            IssuanceState::Issued => {}
            IssuanceState::Superseded if issuance.state.is_accepted(issuance.ended_at, now) => {}
            IssuanceState::Superseded => return refused(REPLACED.to_owned()),
            IssuanceState::Revoked if issuance.reason == Some(Reason::Superseded) => {
                return refused(REPLACED.to_owned());
            }
            IssuanceState::Revoked => return refused("the certificate was revoked".to_owned()),
            IssuanceState::Planned | IssuanceState::Abandoned => {
                return refused("the certificate was never given out".to_owned());
            }
        }
        if now > issuance.not_after {
            return refused(format!("the certificate expired at {}", issuance.not_after));
        }
        match device.state {
            State::Active | State::Provisioning | State::Unknown => {}
            State::Deleted => return refused("the device has left".to_owned()),
            State::DeleteRequested => {
                return refused("an administrator told the device to leave".to_owned());
            }
        }
        match &device.owner {
            Some(owner) if is_disabled(tx, device.organization_id, owner)? => {
                refused("the account of its user is disabled".to_owned())
            }
            _ => Ok(()),
        }
    }
}

const REPLACED: &str = "the certificate was replaced by a newer one";

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}
