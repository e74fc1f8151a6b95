//! The certificates of a provisioning document, judged as the device that is to use them.

use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::protocol::enrollment::EnrollmentType;
use crate::protocol::provisioning::{
    Certificate, CertificateStore, Enrollment, client_certificate_criteria,
};

/// Why a device would not use the certificates of a provisioning document.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertificateFlaw {
    /// A token of another type than a device enrollment token.
    #[error("the token is of another type")]
    TokenType,
    /// A certificate that is none.
    #[error("the {0} certificate is not readable")]
    Unreadable(Role),
    /// The wrong store for the `EnrollmentType` of the request.
    #[error("the certificate is for the wrong store")]
    Store,
    /// Another public key than the request's.
    #[error("the certificate is for another key")]
    Key,
    /// Not issued by the certificate above it.
    #[error("the {0} certificate is not signed by the one above it")]
    Signature(Role),
    /// Outside its time.
    #[error("the {0} certificate is not valid now")]
    Validity(Role),
    /// Not the certificate of an authority.
    #[error("the {0} certificate is no certificate authority's")]
    NotAuthority(Role),
    /// The device's certificate is an authority's.
    #[error("the device's certificate is an authority's")]
    LeafIsAuthority,
    /// No extended key usage `clientAuth`.
    #[error("the certificate is not for client authentication")]
    ClientAuth,
    /// Its issuer is its subject: such a certificate fails as a TLS client certificate.
    #[error("the certificate is its own issuer")]
    SelfIssued,
    /// Search criteria that would not find it.
    #[error("SSLCLIENTCERTSEARCHCRITERIA does not find the certificate")]
    Criteria,
    /// A renewal for another account than the one that goes on.
    #[error("the renewal is for another PROVIDER-ID")]
    Provider,
    /// A life that is shorter than the time before its end at which it is to be renewed.
    #[error("the certificate is to be renewed before it begins")]
    RenewPeriod,
}

/// Which certificate of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The device's.
    Leaf,
    /// The issuing authority's.
    Intermediate,
    /// The root's.
    Root,
}

/// What a device expects of its certificates.
pub(super) struct Expected<'e> {
    /// The DER of its public key.
    pub(super) spki: &'e [u8],
    pub(super) enrollment_type: &'e EnrollmentType,
    pub(super) now: Timestamp,
}

impl Expected<'_> {
    /// Judges the certificates of `enrollment`.
    pub(super) fn judge(&self, enrollment: &Enrollment) -> Result<(), CertificateFlaw> {
        let store = match self.enrollment_type {
            EnrollmentType::Device => CertificateStore::System,
            EnrollmentType::Full | EnrollmentType::Other(_) => CertificateStore::User,
        };
        if enrollment.store != store {
            return Err(CertificateFlaw::Store);
        }
        let leaf = parse(&enrollment.leaf, Role::Leaf)?;
        let root = parse(&enrollment.root, Role::Root)?;
        if leaf.public_key().raw != self.spki {
            return Err(CertificateFlaw::Key);
        }
        self.is_for_client(&leaf)?;
        match &enrollment.intermediate {
            Some(intermediate) => {
                let intermediate = parse(intermediate, Role::Intermediate)?;
                self.is_authority(&intermediate, Role::Intermediate)?;
                signed(&leaf, &intermediate, Role::Leaf)?;
                let mut last = intermediate;
                for next in &enrollment.other_intermediates {
                    let next = parse(next, Role::Intermediate)?;
                    self.is_authority(&next, Role::Intermediate)?;
                    signed(&last, &next, Role::Intermediate)?;
                    last = next;
                }
                signed(&last, &root, Role::Intermediate)?;
            }
            None => signed(&leaf, &root, Role::Leaf)?,
        }
        self.is_authority(&root, Role::Root)?;
        signed(&root, &root, Role::Root)?;
        criteria(enrollment, &leaf)?;
        renewal(enrollment, &leaf)
    }

    fn is_for_client(&self, leaf: &X509Certificate<'_>) -> Result<(), CertificateFlaw> {
        self.is_valid(leaf, Role::Leaf)?;
        if leaf.is_ca() {
            return Err(CertificateFlaw::LeafIsAuthority);
        }
        if leaf.subject() == leaf.issuer() {
            return Err(CertificateFlaw::SelfIssued);
        }
        match leaf.extended_key_usage() {
            Ok(Some(usage)) if usage.value.client_auth => Ok(()),
            _ => Err(CertificateFlaw::ClientAuth),
        }
    }

    fn is_authority(
        &self,
        certificate: &X509Certificate<'_>,
        role: Role,
    ) -> Result<(), CertificateFlaw> {
        self.is_valid(certificate, role)?;
        let may_sign = match certificate.key_usage() {
            Ok(Some(usage)) => usage.value.key_cert_sign(),
            Ok(None) => true,
            Err(_) => false,
        };
        if certificate.is_ca() && may_sign {
            Ok(())
        } else {
            Err(CertificateFlaw::NotAuthority(role))
        }
    }

    fn is_valid(
        &self,
        certificate: &X509Certificate<'_>,
        role: Role,
    ) -> Result<(), CertificateFlaw> {
        let validity = certificate.validity();
        let now = self.now.as_second();
        if (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&now) {
            Ok(())
        } else {
            Err(CertificateFlaw::Validity(role))
        }
    }
}

fn parse(certificate: &Certificate, role: Role) -> Result<X509Certificate<'_>, CertificateFlaw> {
    match X509Certificate::from_der(&certificate.der) {
        Ok(([], parsed)) => Ok(parsed),
        _ => Err(CertificateFlaw::Unreadable(role)),
    }
}

fn signed(
    certificate: &X509Certificate<'_>,
    issuer: &X509Certificate<'_>,
    role: Role,
) -> Result<(), CertificateFlaw> {
    let named = certificate.issuer() == issuer.subject();
    if named
        && certificate
            .verify_signature(Some(issuer.public_key()))
            .is_ok()
    {
        Ok(())
    } else {
        Err(CertificateFlaw::Signature(role))
    }
}

fn criteria(enrollment: &Enrollment, leaf: &X509Certificate<'_>) -> Result<(), CertificateFlaw> {
    let Some(criteria) = &enrollment.application.ssl_client_cert_search_criteria else {
        return Ok(());
    };
    let name = leaf.subject().iter_common_name().next();
    let name = name.and_then(|name| name.as_str().ok()).unwrap_or_default();
    if *criteria == client_certificate_criteria(name, enrollment.store) {
        Ok(())
    } else {
        Err(CertificateFlaw::Criteria)
    }
}

fn renewal(enrollment: &Enrollment, leaf: &X509Certificate<'_>) -> Result<(), CertificateFlaw> {
    let validity = leaf.validity();
    let life = validity.not_after.timestamp() - validity.not_before.timestamp();
    if life > i64::from(enrollment.renew.renew_period) * DAY {
        Ok(())
    } else {
        Err(CertificateFlaw::RenewPeriod)
    }
}

impl CertificateFlaw {
    /// The HRESULT that Windows would show.
    pub const fn hresult(self) -> u32 {
        match self {
            Self::TokenType => 0x8019_00c8,
            Self::Store | Self::Key | Self::Criteria | Self::Provider => 0x8018_0024,
            Self::Unreadable(_)
            | Self::Signature(_)
            | Self::Validity(_)
            | Self::NotAuthority(_)
            | Self::LeafIsAuthority
            | Self::ClientAuth
            | Self::SelfIssued
            | Self::RenewPeriod => 0x8018_001e,
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Leaf => "device's",
            Self::Intermediate => "issuing authority's",
            Self::Root => "root's",
        })
    }
}

/// Seconds.
const DAY: i64 = 24 * 60 * 60;

#[cfg(test)]
mod tests;
