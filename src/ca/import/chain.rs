//! The certificates that come with an issuing CA: each looked through, from the CA up to its root.

use std::path::Path;

use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;

use super::super::armor;
use super::super::certificate::{CERTIFICATE, CaCertificate};
use super::super::der::{Reader, SEQUENCE};
use super::super::error::Error;
use super::super::issuing::Issuing;
use super::super::public_key::PublicKey;
use super::super::signature::Scheme;
use super::super::signer::Signer;
use super::super::weak;
use super::ImportError;

/// An issuing CA with the certificates above it, all fit to be used.
pub(super) struct Brought {
    pub(super) issuing: CaCertificate,
    pub(super) between: Vec<CaCertificate>,
    pub(super) root: CaCertificate,
}

impl Brought {
    /// Reads the chain and says what is wrong with it.
    pub(super) fn read(pem: &str, now: Timestamp) -> Result<Self, ImportError> {
        let all = armor::decode_all(CERTIFICATE, pem).ok_or(ImportError::Unreadable(1))?;
        if all.len() > MOST {
            return Err(ImportError::TooMany);
        }
        let mut chain = Vec::new();
        for (der, number) in all.into_iter().zip(1..) {
            chain.push(fit(&der, number, now)?);
        }
        for (pair, number) in chain.windows(2).zip(1..) {
            if let [below, above] = pair
                && !below.is_signed_by(above)
            {
                return Err(ImportError::NotSignedByNext(number));
            }
        }
        let root = chain.pop().ok_or(ImportError::NoCertificate)?;
        if !root.is_signed_by(&root) {
            return Err(ImportError::NoRoot);
        }
        if chain.is_empty() {
            return Err(ImportError::IsRoot);
        }
        let issuing = chain.remove(0);
        Ok(Self {
            issuing,
            between: chain,
            root,
        })
    }

    /// The CA with its key, signing nothing that leaves this module.
    pub(super) fn open(&self, key: Signer) -> Result<Issuing, Error> {
        Issuing::new(
            self.issuing.clone(),
            self.between.clone(),
            self.root.clone(),
            key,
            &self.issuing.path,
        )
    }
}

/// Reads the certificate that stands at `number`, the issuing CA at 1, and says what makes it unfit.
fn fit(der: &[u8], number: usize, now: Timestamp) -> Result<CaCertificate, ImportError> {
    let (rest, x509) =
        X509Certificate::from_der(der).map_err(|_| ImportError::Unreadable(number))?;
    if !rest.is_empty() {
        return Err(ImportError::Unreadable(number));
    }
    let is_root = x509.issuer().as_raw() == x509.subject().as_raw();
    rights(&x509, number, is_root)?;
    names(&x509, number)?;
    let parts = || -> Option<Scheme> {
        let mut parts = Reader::new(der).take(SEQUENCE).ok()?.reader();
        parts.take(SEQUENCE).ok()?;
        Scheme::parse(parts.take(SEQUENCE).ok()?).ok()
    };
    // What a root says of itself rests on nothing, but no SHA-1 is let in with it either.
    if parts().is_none_or(Scheme::is_sha1) {
        return Err(ImportError::WeakSignature(number));
    }
    let spki = Reader::new(x509.public_key().raw).take(SEQUENCE);
    let key = spki.ok().and_then(|spki| PublicKey::parse(spki).ok());
    let is_strong =
        |key: &PublicKey<'_>| key.modulus.is_empty() || weak::check(key.modulus).is_ok();
    if !key.is_some_and(|key| is_strong(&key)) {
        return Err(ImportError::WeakKey(number));
    }
    let certificate = CaCertificate::read(Path::new("the brought CA"), der.to_vec())
        .ok_or(ImportError::Unreadable(number))?;
    if now > certificate.not_after {
        return Err(ImportError::Expired(number, certificate.not_after));
    }
    if now < certificate.not_before {
        return Err(ImportError::NotYetValid(number, certificate.not_before));
    }
    Ok(certificate)
}

/// What the certificate may be used for: basic constraints, key usage, extended key usage.
fn rights(x509: &X509Certificate<'_>, number: usize, is_root: bool) -> Result<(), ImportError> {
    let constraints = x509.basic_constraints().ok().flatten();
    let constraints = constraints
        .filter(|it| it.value.ca)
        .ok_or(ImportError::NotCa(number))?;
    let below = number.saturating_sub(1);
    let allowed = constraints.value.path_len_constraint;
    if allowed.is_some_and(|allowed| (allowed as usize) < below) {
        return Err(ImportError::PathLength(number));
    }
    let usage = x509.key_usage().ok().flatten();
    let usage = usage
        .map(|it| it.value)
        .ok_or(ImportError::NoCertSign(number))?;
    if !usage.key_cert_sign() {
        return Err(ImportError::NoCertSign(number));
    }
    if number == 1 && !usage.crl_sign() {
        return Err(ImportError::NoCrlSign);
    }
    let extended = x509.extended_key_usage();
    match extended {
        Ok(None) => Ok(()),
        Ok(Some(usage)) if is_root || usage.value.client_auth || usage.value.any => Ok(()),
        Ok(Some(_)) | Err(_) => Err(ImportError::NoClientAuth(number)),
    }
}

/// The names and identifiers by which others find the certificate, and what it demands of who reads it.
fn names(x509: &X509Certificate<'_>, number: usize) -> Result<(), ImportError> {
    let mut parts = 0;
    for rdn in x509.subject().iter() {
        parts += 1;
        if rdn.iter().count() != 1 {
            return Err(ImportError::Name(number));
        }
    }
    if parts == 0 {
        return Err(ImportError::Name(number));
    }
    let mut identified = false;
    for extension in x509.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(_) => identified = true,
            ParsedExtension::BasicConstraints(_)
            | ParsedExtension::KeyUsage(_)
            | ParsedExtension::ExtendedKeyUsage(_) => {}
            _ if extension.critical => {
                let oid = extension.oid.to_id_string();
                return Err(ImportError::Critical(number, oid));
            }
            _ => {}
        }
    }
    match identified {
        true => Ok(()),
        false => Err(ImportError::NoKeyIdentifier(number)),
    }
}

/// An issuing CA, four between, a root.
const MOST: usize = 6;
