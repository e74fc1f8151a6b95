//! Revocation after a rotation: each issuing CA in force has its list, its signer, and its own certificates alone.

use serde_json::json;

use super::responder::{ask, basic, request, statuses};
use super::{enroll, read, revoke, start};
use crate::client::Answer;
use crate::openssl::Openssl;
use crate::pc::{Pc, pem};

#[tokio::test(flavor = "multi_thread")]
async fn each_issuing_ca_in_force_has_its_list_and_its_answers() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let api = start().await;
    let (old, kept) = (enroll(&api, Pc::new()).await, enroll(&api, Pc::new()).await);
    let first = api.server.server.app.authority.current();
    api.server.rotate(&["--root"]).await;
    let new = enroll(&api, Pc::new()).await;
    let second = api.server.server.app.authority.current();
    for one in [&old, &new] {
        revoke(&api, &one.id, json!({"reason": "superseded"})).await;
    }
    api.server.clock.advance(60);
    let both = second.roots_pem();
    for (authority, one) in [(&first, &old), (&second, &new)] {
        let issuer = authority.issuing_id();
        let (list, der) = (
            format!("{}/crl/{issuer}.crl", api.server.web),
            format!("{}/ca/{issuer}.crt", api.server.web),
        );
        let list: Answer = api.server.get(&list).await;
        assert_eq!(list.status, 200);
        assert_eq!(read(&list.body).1, [(one.serial.clone(), 4)]);
        let told = api.server.data().json(&["ca", "crl", "--issuer", issuer]);
        assert_eq!(told["issuer"], issuer);
        assert_eq!(api.server.get(&der).await.body, authority.issuing_der());

        let issuing = pem("CERTIFICATE", authority.issuing_der());
        openssl.write("issuing.pem", &issuing);
        openssl.write("both.pem", format!("{both}{issuing}"));
        openssl.write("list.der", &list.body);
        let judged = openssl.run("crl -in list.der -inform DER -CAfile issuing.pem -noout");
        let text = String::from_utf8_lossy(&judged.stderr).into_owned();
        assert!(
            judged.status.success() && text.contains("verify OK"),
            "{text}"
        );

        let serials = format!("-serial 0x{} -serial 0x{}", one.serial, kept.serial);
        let answer = ask(&api, request(&openssl, &format!("-no_nonce {serials}"))).await;
        let of_kept = match issuer == first.issuing_id() {
            true => "good",
            false => "unknown",
        };
        assert_eq!(statuses(&answer), ["revoked", of_kept]);
        assert_eq!(basic(&answer).certs.unwrap().len(), 1);
        openssl.write("resp.der", &answer.body);
        let at = api.server.clock.now().as_second();
        let judged = openssl.run(&format!(
            "ocsp -issuer issuing.pem {serials} -no_nonce -respin resp.der -CAfile both.pem -attime {at} -validity_period 3600"
        ));
        let text = String::from_utf8_lossy(&judged.stderr).into_owned();
        assert!(text.contains("Response verify OK"), "{text}");
    }
    let unknown = format!("{}/crl/{}.crl", api.server.web, "0".repeat(64));
    assert_eq!(api.server.get(&unknown).await.status, 404);
}
