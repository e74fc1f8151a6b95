//! One issuing CA opened: its certificate, the CAs above it, and its key ready to sign.

use std::path::Path;

use aws_lc_rs::digest;
use aws_lc_rs::signature::ParsedPublicKey;
use rcgen::{
    Issuer, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey,
};

use super::certificate::CaCertificate;
use super::csr::sha256;
use super::der::{self, BIT_STRING, Reader, SEQUENCE};
use super::error::Error;
use super::files::Paths;
use super::issue::DeviceCertificate;
use super::key::SigningScheme;
use super::master::MasterKey;
use super::pointer::Pointers;
use super::profile::{self, Deviation};
use super::signer::Signer;

/// An issuing CA and all that it signs with.
pub(super) struct Issuing {
    pub(super) certificate: CaCertificate,
    /// The CAs between it and its root, the nearest first; none as a rule.
    pub(super) between: Vec<CaCertificate>,
    /// The root at the end of its chain.
    pub(super) root: CaCertificate,
    pub(super) key: Signer,
    pub(super) scheme: SigningScheme,
    /// Its public key, parsed once, for the check of every certificate.
    pub(super) public_key: ParsedPublicKey,
    /// The CA as rcgen sees it; its key signs nothing.
    pub(super) planner: Issuer<'static, Unsigned>,
    /// Where its certificates say that more is to be had.
    pub(super) pointers: Pointers,
}

impl Issuing {
    /// Opens the CA of a bundle, under whichever of the `roots` signed it.
    pub(super) fn open(
        bundle: Vec<CaCertificate>,
        roots: &[CaCertificate],
        paths: &Paths,
        master: &MasterKey,
    ) -> Result<Self, Error> {
        let mut bundle = bundle.into_iter();
        let certificate = bundle.next().ok_or_else(|| Error::NotCaCertificate {
            path: paths.issuing_certificate.clone(),
        })?;
        let between: Vec<CaCertificate> = bundle.collect();
        let root = top(&certificate, &between, roots).ok_or_else(|| Error::NotIssuedByRoot {
            issuing: certificate.path.clone(),
            root: paths.root_certificate.clone(),
        })?;
        let kept = paths.key("issuing", certificate.short_id());
        let path = match kept.exists() || certificate.path != paths.issuing_certificate {
            true => kept,
            false => paths.issuing_key.clone(),
        };
        let key = Signer::load(&path, paths, master)?
            .ok_or_else(|| Error::Missing { path: path.clone() })?;
        certificate.require_own(&key, &path)?;
        Self::new(certificate, between, root.clone(), key, &path)
    }

    /// The CA with its key, which comes from `path`.
    pub(super) fn new(
        certificate: CaCertificate,
        between: Vec<CaCertificate>,
        root: CaCertificate,
        key: Signer,
        path: &Path,
    ) -> Result<Self, Error> {
        let unusable = || Error::KeyNotUsable {
            path: path.to_path_buf(),
        };
        let scheme = SigningScheme::of(&key).ok_or_else(unusable)?;
        let public_key =
            ParsedPublicKey::new(scheme.verification, key.der_bytes()).map_err(|_| unusable())?;
        let unsigned = Unsigned {
            public_key: key.der_bytes().to_vec(),
            algorithm: key.algorithm(),
        };
        let planner = Issuer::from_ca_cert_der(&certificate.der.as_slice().into(), unsigned)?;
        Ok(Self {
            certificate,
            between,
            root,
            key,
            scheme,
            public_key,
            planner,
            pointers: Pointers::default(),
        })
    }

    /// Whether a signature takes half a millisecond at most: P-256 and RSA-2048.
    pub(super) fn signs_quickly(&self) -> bool {
        const RSA_2048_MODULUS: usize = 256;
        if let Signer::Token(_) = self.key {
            return false;
        }
        self.key.algorithm() == &PKCS_ECDSA_P256_SHA256
            || (self.key.algorithm() == &PKCS_RSA_SHA256
                && self.key.der_bytes().len() < RSA_2048_MODULUS + 32)
    }

    /// Whether these bytes are a device certificate of this CA.
    pub(super) fn check(&self, tbs: &[u8]) -> Result<(), Deviation> {
        let pointers = self.pointers.extensions();
        profile::check(tbs, &self.certificate, self.scheme.identifier, &pointers)
    }

    /// Signs what rcgen encoded under this CA's name without a key: a list, or the certificate of whoever signs for it.
    pub(super) fn seal(&self, unsigned: &[u8]) -> Result<Vec<u8>, Error> {
        let tbs = tbs_of(unsigned)?;
        let signature = self.key.sign(tbs)?;
        let sealed = self.assemble(tbs, &signature);
        self.check_signature(&sealed)?;
        Ok(sealed)
    }

    fn assemble(&self, tbs: &[u8], signature: &[u8]) -> Vec<u8> {
        let bits = der::write(BIT_STRING, &[&[0], signature]);
        der::write(SEQUENCE, &[tbs, self.scheme.identifier, &bits])
    }

    /// Assembles a certificate and checks what was assembled.
    pub(super) fn release(&self, tbs: &[u8], signature: &[u8]) -> Result<DeviceCertificate, Error> {
        let der = self.assemble(tbs, signature);
        profile::read_back(&der, tbs, self.scheme.identifier)
            .and_then(|(tbs, signature)| {
                self.public_key
                    .verify_sig(tbs, signature)
                    .map_err(|_| Deviation::Signature)
            })
            .map_err(Error::HeldBack)?;
        let mut thumbprint = [0; 20];
        let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
        thumbprint.copy_from_slice(sha1.as_ref());
        Ok(DeviceCertificate {
            thumbprint,
            sha256: sha256(&der),
            der,
        })
    }
}

/// The bytes to be signed of a certificate or a list.
pub(super) fn tbs_of(unsigned: &[u8]) -> Result<&[u8], Error> {
    let tbs = Reader::new(unsigned)
        .take(SEQUENCE)
        .and_then(|whole| whole.reader().take(SEQUENCE));
    let tbs = tbs.map_err(|_| Error::HeldBack(Deviation::Malformed))?;
    Ok(tbs.raw)
}

/// The root at the end of a chain in which each certificate was signed by the next.
pub(super) fn top<'r>(
    certificate: &CaCertificate,
    between: &[CaCertificate],
    roots: &'r [CaCertificate],
) -> Option<&'r CaCertificate> {
    let mut last = certificate;
    for next in between {
        if !last.is_signed_by(next) {
            return None;
        }
        last = next;
    }
    roots.iter().find(|root| last.is_signed_by(root))
}

/// The issuing CA's public half, in place of its key while a certificate is only planned.
pub(super) struct Unsigned {
    public_key: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

impl PublicKeyData for Unsigned {
    fn der_bytes(&self) -> &[u8] {
        &self.public_key
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Unsigned {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Vec::new())
    }
}
