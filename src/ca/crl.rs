//! The revocation list of an issuing CA (RFC 5280, 5), whole and direct.

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint,
    KeyIdMethod, RevocationReason, RevokedCertParams,
};

use crate::revocation::{Reason, Revoked};

use super::armor;
use super::authority::Authority;
use super::create::moment;
use super::der::{BIT_STRING, Reader, SEQUENCE};
use super::error::Error;
use super::issuing::Issuing;
use super::profile::Deviation;

/// A signed revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crl {
    /// The DER of the `CertificateList`.
    pub der: Vec<u8>,
    /// When it was made.
    pub this_update: Timestamp,
    /// Until when the next one is there.
    pub next_update: Timestamp,
}

impl Crl {
    /// How long a list is good for.
    pub const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// A list in PEM.
    pub fn pem(der: &[u8]) -> String {
        armor::encode("X509 CRL", der)
    }
}

impl Authority {
    /// Signs the revocation list of this number of one of the issuing CAs in force.
    ///
    /// It names its distribution point when certificates do: then, and only then, a reader could take it for another one.
    ///
    /// # Errors
    ///
    /// [`Error::NotInForce`] for any other CA; [`Error::HeldBack`] when the signature does not verify.
    pub fn sign_crl(
        &self,
        issuer: &str,
        revoked: &[Revoked],
        number: u64,
        now: Timestamp,
    ) -> Result<Crl, Error> {
        self.issuing_of(issuer)?.sign_crl(revoked, number, now)
    }
}

impl Issuing {
    /// [`Authority::sign_crl`] by this CA.
    fn sign_crl(&self, revoked: &[Revoked], number: u64, now: Timestamp) -> Result<Crl, Error> {
        let second = |second| Timestamp::from_second(second).map_err(|_| Error::BeyondCalendar);
        let this_update = second(now.as_second())?;
        let next_update = second(now.as_second() + Crl::LIFETIME.as_secs())?;
        let params = CertificateRevocationListParams {
            this_update: moment(this_update.as_second())?,
            next_update: moment(next_update.as_second())?,
            crl_number: number.into(),
            issuing_distribution_point: self.pointers.crl().map(|url| {
                CrlIssuingDistributionPoint {
                    distribution_point: CrlDistributionPoint {
                        uris: vec![url.to_owned()],
                    },
                    scope: None,
                }
            }),
            revoked_certs: revoked.iter().map(entry).collect::<Result<_, _>>()?,
            key_identifier_method: KeyIdMethod::PreSpecified(self.certificate.key_id.clone()),
        };
        let der = self.seal(params.signed_by(&self.planner)?.der())?;
        Ok(Crl {
            der,
            this_update,
            next_update,
        })
    }

    /// Requires that what was signed verifies under this CA's key.
    pub(super) fn check_signature(&self, signed: &[u8]) -> Result<(), Error> {
        let parts = || -> Result<_, super::der::NotDer> {
            let mut outer = Reader::new(signed);
            let mut parts = outer.take(SEQUENCE)?.reader();
            outer.end()?;
            let tbs = parts.take(SEQUENCE)?.raw;
            let algorithm = parts.take(SEQUENCE)?.raw;
            let signature = parts.take(BIT_STRING)?.bits()?;
            parts.end()?;
            Ok((tbs, algorithm, signature))
        };
        let (tbs, algorithm, signature) =
            parts().map_err(|_| Error::HeldBack(Deviation::Malformed))?;
        if algorithm != self.scheme.identifier {
            return Err(Error::HeldBack(Deviation::Algorithm));
        }
        self.public_key
            .verify_sig(tbs, signature)
            .map_err(|_| Error::HeldBack(Deviation::Signature))
    }
}

fn entry(revoked: &Revoked) -> Result<RevokedCertParams, Error> {
    Ok(RevokedCertParams {
        serial_number: revoked.serial.clone().into(),
        revocation_time: moment(revoked.at.as_second())?,
        reason_code: code(revoked.reason),
        invalidity_date: None,
    })
}

/// The reason of an entry; that none was given is not said (RFC 5280, 5.3.1).
fn code(reason: Reason) -> Option<RevocationReason> {
    match reason {
        Reason::Unspecified => None,
        Reason::KeyCompromise => Some(RevocationReason::KeyCompromise),
        Reason::AffiliationChanged => Some(RevocationReason::AffiliationChanged),
        Reason::Superseded => Some(RevocationReason::Superseded),
        Reason::CessationOfOperation => Some(RevocationReason::CessationOfOperation),
        Reason::PrivilegeWithdrawn => Some(RevocationReason::PrivilegeWithdrawn),
    }
}
