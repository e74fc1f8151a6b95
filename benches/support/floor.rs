//! What no server can leave out, on one thread: verify, sign, commit.

use std::time::Duration;

use portcullis::ca::{Csr, CsrPolicy};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize,
    SubjectPublicKeyInfo,
};

use super::process::cpu_of_this_thread;
use super::{Device, Error};

/// The floor.
pub(crate) struct Floor;

impl Floor {
    /// CPU time of one certificate with an issuing key of this kind.
    pub(crate) fn measure(key: &str, devices: &[Device]) -> Result<Duration, Error> {
        let issuer = issuer(key)?;
        let directory = tempfile::tempdir()?;
        let connection = rusqlite::Connection::open(directory.path().join("floor.db"))?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE certificate (id INTEGER PRIMARY KEY, der BLOB NOT NULL);",
        )?;
        let before = cpu_of_this_thread()?;
        for device in devices {
            let csr = Csr::verify(&device.csr, CsrPolicy { allow_sha1: false })?;
            let spki = SubjectPublicKeyInfo::from_der(&csr.spki_der)?;
            let certificate = leaf(device).signed_by(&spki, &issuer)?;
            connection
                .prepare_cached("INSERT INTO certificate (der) VALUES (?1)")?
                .execute([certificate.der().as_ref()])?;
        }
        Ok((cpu_of_this_thread()? - before) / u32::try_from(devices.len())?)
    }
}

fn issuer(key: &str) -> Result<Issuer<'static, KeyPair>, Error> {
    let key = match key {
        "p256" => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?,
        _ => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?,
    };
    let mut params = named("Floor CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(Issuer::new(params, key))
}

fn leaf(device: &Device) -> CertificateParams {
    let mut params = named(&format!("{:032x}", device.number));
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    params
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
