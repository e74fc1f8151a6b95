//! A list as long as a large installation's.

use jiff::Timestamp;
use portcullis::revocation::Reason;
use portcullis::store::{Error, NewIssuance};

use super::{crl, enroll, read, start, write_authorities};
use crate::openssl::Openssl;
use crate::pc::{Pc, pem};

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_very_many_revoked_certificates_verifies() {
    let count: u32 = match std::env::var_os("PORTCULLIS_LONG") {
        Some(_) => 100_000,
        None => 5_000,
    };
    let api = start().await;
    let one = enroll(&api, Pc::new()).await;
    let device = api.server.devices().await.remove(0);
    let issuer = api.server.server.app.authority.current();
    let issuer = issuer.issuing_id().to_owned();
    let now = api.server.clock.now();
    let until = Timestamp::from_second(now.as_second() + 86_400 * 300).unwrap();
    let (id, organization) = (device.id, device.organization_id);
    let store = &api.server.server.app.store;
    let work = store.write::<_, Error, _>(move |tx| {
        for number in 0..count {
            let serial = [&[0x50; 14][..], &number.to_be_bytes()].concat();
            tx.plan_issuance(&NewIssuance {
                serial: &serial,
                organization_id: organization,
                device_id: id,
                token_id: None,
                issuer: &issuer,
                spki_sha256: &serial,
                tbs: &[],
                not_before: now,
                not_after: until,
                planned_at: now,
            })?;
        }
        tx.revoke_issuances(id, Reason::CessationOfOperation, now)
    });
    assert_eq!(work.await.unwrap(), u64::from(count) + 1);
    api.server.clock.advance(60);
    let list = crl(&api.server).await;
    let (_, entries) = read(&list.body);
    assert_eq!(entries.len(), usize::try_from(count).unwrap() + 1);
    assert!(entries.contains(&(one.serial, 5)));
    let Some(openssl) = Openssl::new() else {
        return;
    };
    write_authorities(&openssl, &api.server);
    openssl.write("crl.pem", pem("X509 CRL", &list.body));
    let judged = openssl.run("crl -in crl.pem -noout -CAfile issuing.pem -verify");
    assert!(judged.status.success(), "{judged:?}");
    openssl.write("leaf.pem", pem("CERTIFICATE", one.enrolled.certificate()));
    let at = api.server.clock.now().as_second() + 1;
    let judged = openssl.run(&format!(
        "verify -crl_check -attime {at} -CAfile root.pem -untrusted issuing.pem -CRLfile crl.pem leaf.pem"
    ));
    let text = String::from_utf8_lossy(&judged.stderr);
    assert!(text.contains("certificate revoked"), "{text}");
}
