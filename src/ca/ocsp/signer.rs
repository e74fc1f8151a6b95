//! Who signs OCSP answers: a key of its own, certified by the issuing CA for this alone (RFC 6960, 4.2.2.2).

use aws_lc_rs::digest;
use der::asn1::{BitString, GeneralizedTime, OctetString};
use der::{DateTime, Decode, Encode};
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PublicKeyData, SigningKey,
};
use x509_ocsp::{
    BasicOcspResponse, CertStatus, OcspGeneralizedTime, OcspResponse, ResponderId, ResponseData,
    RevokedInfo, SingleResponse, Version,
};

use crate::revocation::{Reason, Standing};

use super::super::authority::Authority;
use super::super::create::{common_name, key_identifier, moment};
use super::super::error::Error;
use super::super::issue::Serial;
use super::super::issuing::Issuing;
use super::super::signature::ECDSA_WITH_SHA256;
use super::{NONCE, OcspFault, OcspQuestion};

/// The signer of one issuing CA's OCSP answers. Its key lives in memory and nowhere else.
pub struct OcspSigner {
    key: KeyPair,
    certificate: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    /// When another one takes its place.
    until: Timestamp,
}

impl OcspSigner {
    /// How long a signer is certified.
    pub const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
    /// How long an answer is good for.
    pub const FRESH: SignedDuration = SignedDuration::from_hours(1);
    /// How long a signer signs: its answers are good under its certificate to their end.
    const IN_OFFICE: SignedDuration = SignedDuration::from_hours(5 * 24);
    const BACKDATE: i64 = 3600;

    /// Whether it may still sign.
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.until
    }

    /// Whether its certificate is good for answers yet, in office or not.
    pub fn is_certified_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// Its certificate in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Until when an answer made now is good; no longer than the signer's certificate.
    fn next_update(&self, now: Timestamp) -> Timestamp {
        (now + Self::FRESH).min(self.not_after)
    }

    /// Signs what is said of the certificates of a request, in their order.
    ///
    /// # Errors
    /// [`OcspFault::Internal`] when it cannot be written.
    pub fn answer(
        &self,
        question: &OcspQuestion,
        standings: &[Standing],
        now: Timestamp,
    ) -> Result<Vec<u8>, OcspFault> {
        self.write(question, standings, now)
            .ok_or(OcspFault::Internal)
    }

    fn write(
        &self,
        question: &OcspQuestion,
        standings: &[Standing],
        now: Timestamp,
    ) -> Option<Vec<u8>> {
        let singles = question.0.request_list.iter().zip(standings);
        let single = |(request, standing): (&x509_ocsp::Request, &Standing)| {
            Some(SingleResponse {
                cert_id: request.req_cert.clone(),
                cert_status: status(*standing)?,
                this_update: generalized(now)?,
                next_update: Some(generalized(self.next_update(now))?),
                single_extensions: None,
            })
        };
        let asked = question.0.request_extensions.iter().flatten();
        let nonce: Vec<_> = asked.filter(|it| it.extn_id == NONCE).cloned().collect();
        let key_hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.key.der_bytes());
        let tbs_response_data = ResponseData {
            version: Version::V1,
            responder_id: ResponderId::ByKey(OctetString::new(key_hash.as_ref()).ok()?),
            produced_at: generalized(now)?,
            responses: singles.map(single).collect::<Option<_>>()?,
            response_extensions: (!nonce.is_empty()).then_some(nonce),
        };
        let signature = self.key.sign(&tbs_response_data.to_der().ok()?).ok()?;
        let basic = BasicOcspResponse {
            tbs_response_data,
            signature_algorithm: Decode::from_der(ECDSA_WITH_SHA256).ok()?,
            signature: BitString::from_bytes(&signature).ok()?,
            certs: Some(vec![Decode::from_der(&self.certificate).ok()?]),
        };
        OcspResponse::successful(basic).ok()?.to_der().ok()
    }
}

impl Authority {
    /// Makes a new signer of OCSP answers for one of the issuing CAs in force: a P-256 key, certified for seven days and
    /// for nothing else.
    ///
    /// # Errors
    ///
    /// [`Error::NotInForce`] for any other CA; [`Error::Expired`] when the issuing CA has ended.
    pub fn ocsp_signer(&self, issuer: &str, now: Timestamp) -> Result<OcspSigner, Error> {
        self.issuing_of(issuer)?.ocsp_signer(now)
    }
}

impl Issuing {
    /// [`Authority::ocsp_signer`] of this CA.
    fn ocsp_signer(&self, now: Timestamp) -> Result<OcspSigner, Error> {
        let begin =
            (now.as_second() - OcspSigner::BACKDATE).max(self.certificate.not_before.as_second());
        let end = now.as_second() + OcspSigner::LIFETIME.as_secs() - 1;
        let end = end.min(self.certificate.not_after.as_second());
        if end <= now.as_second() {
            return Err(Error::Expired {
                path: self.certificate.path.clone(),
                not_after: self.certificate.not_after,
            });
        }
        let mut key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        params.serial_number = Some(Serial::random()?.as_bytes().to_vec().into());
        params.distinguished_name = common_name(COMMON_NAME);
        params.not_before = moment(begin)?;
        params.not_after = moment(end)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        params.key_identifier_method = key_identifier(&key);
        params.use_authority_key_identifier_extension = true;
        let no_check = CustomExtension::from_oid_content(&NO_CHECK, vec![5, 0]);
        params.custom_extensions.push(no_check);
        let certificate = self.seal(params.signed_by(&key, &self.planner)?.der())?;
        // rcgen keeps a copy of the PKCS#8 beside the key; nothing writes it out.
        zeroize::Zeroize::zeroize(&mut key);
        let timestamp = |second| Timestamp::from_second(second).map_err(|_| Error::BeyondCalendar);
        Ok(OcspSigner {
            key,
            certificate,
            not_before: timestamp(begin)?,
            not_after: timestamp(end)?,
            // Under an issuing CA that ends soon a new one would end no later.
            until: timestamp(end.min(now.as_second() + OcspSigner::IN_OFFICE.as_secs()))?,
        })
    }
}

fn status(standing: Standing) -> Option<CertStatus> {
    Some(match standing {
        Standing::Good => CertStatus::good(),
        Standing::Unknown => CertStatus::unknown(),
        Standing::Revoked { at, reason } => CertStatus::revoked(RevokedInfo {
            revocation_time: generalized(at)?,
            // That no reason was given is not said, as on the revocation list.
            revocation_reason: match reason {
                Reason::Unspecified => None,
                given => Some(given.code().try_into().ok()?),
            },
        }),
    })
}

fn generalized(time: Timestamp) -> Option<OcspGeneralizedTime> {
    let seconds = u64::try_from(time.as_second()).ok()?;
    let time = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds)).ok()?;
    Some(GeneralizedTime::from_date_time(time).into())
}

const COMMON_NAME: &str = "OCSP Responder";
/// id-pkix-ocsp-nocheck: the certificate is too short-lived to be revoked.
const NO_CHECK: [u64; 10] = [1, 3, 6, 1, 5, 5, 7, 48, 1, 5];
