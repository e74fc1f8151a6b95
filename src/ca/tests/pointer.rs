//! Where certificates point: a plan and its signature must agree.

use super::super::{Deviation, Error, Planned, Pointers, Profile};
use super::*;

fn plan(authority: &Authority) -> Planned {
    let csr = verified(&bare_request(rsa_key()));
    let profile = Profile::default();
    authority.plan(&csr, "device", &profile, now()).unwrap()
}

#[test]
fn a_plan_that_points_elsewhere_than_configured_is_not_signed() {
    let directory = TempDir::new().unwrap();
    let settings = settings(directory.path(), KeyKind::P256);
    let opened = |crl: &str, ocsp: &str| {
        let pointers = Pointers {
            crl_url: crl.to_owned(),
            ocsp_url: ocsp.to_owned(),
            issuer_url: String::new(),
        };
        let authority = Authority::open(&settings, &master(), now()).unwrap();
        authority.pointing_to(&pointers)
    };
    let all = [
        opened("", ""),
        opened("http://a/{issuer}.crl", ""),
        opened("http://b/{issuer}.crl", ""),
        opened("", "http://a/ocsp"),
        opened("http://a/{issuer}.crl", "http://a/ocsp"),
    ];
    for (place, planning) in all.iter().enumerate() {
        let tbs = plan(planning).tbs;
        for (other, signing) in all.iter().enumerate() {
            match signing.sign(&tbs) {
                Ok(_) => assert_eq!(place, other),
                Err(Error::HeldBack(Deviation::Pointers | Deviation::Extensions)) => {
                    assert_ne!(place, other);
                }
                Err(error) => panic!("{place} {other}: {error}"),
            }
        }
    }
}
