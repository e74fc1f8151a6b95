//! Credentials in the headers, beyond who and what.

use super::*;

#[test]
fn the_ids_the_times_and_the_signature_of_the_published_credentials_are_read() {
    let Some(published) = Published::find() else {
        return;
    };
    let security = |name| {
        let bytes = published.read(name);
        let envelope = Envelope::read(&bytes, &Limits::SOAP).expect(name);
        envelope.header.security.expect(name)
    };
    let password = |name| security(name).username_token.expect(name);
    for (name, id) in [
        (
            "mde2-getpolicies-request-onpremise.xml",
            "uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4",
        ),
        (
            "win10-19043-onprem-ngrok-2-policy-request.xml",
            "uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4",
        ),
        (
            "learn-rst-renew-request.xml",
            "uuid-2a734df6-b227-4e60-82a8-ed53c574b718-5",
        ),
        (
            "xcep-getpolicies-request-initial.xml",
            "uuid-12df19ba-93db-4f41-8d7e-8bb789168bf9-1",
        ),
    ] {
        assert_eq!(password(name).id.as_deref(), Some(id), "{name}");
    }
    for (name, id, created, expires) in [
        (
            "learn-rst-renew-request.xml",
            Some("_0"),
            "2011-07-11T19:49:08.579Z",
            "2011-07-11T19:54:08.579Z",
        ),
        (
            "xcep-getpolicies-request-initial.xml",
            Some("_0"),
            "2009-03-26T00:58:51.549Z",
            "2009-03-26T01:03:51.549Z",
        ),
        (
            "mde2-getpolicies-request-certificate.xml",
            None,
            "2015-06-13T21:13:37Z",
            "2015-06-13T21:18:37Z",
        ),
        (
            "mde2-rst-issue-request-certificate.xml",
            None,
            "2014-10-16T17:55:13Z",
            "2014-10-16T17:57:13Z",
        ),
    ] {
        let timestamp = security(name).timestamp.expect(name);
        assert_eq!(timestamp.id.as_deref(), id, "{name}");
        assert_eq!(
            (timestamp.created.as_str(), timestamp.expires.as_str()),
            (created, expires)
        );
    }
    for (name, digest) in [
        ("mde2-getpolicies-request-certificate.xml", "hash"),
        (
            "mde2-rst-issue-request-certificate.xml",
            "MessageDigestValue",
        ),
    ] {
        let security = security(name);
        let token = security.binary_security_token.expect(name);
        assert_eq!(
            token.id.as_deref(),
            Some("uuid-29801C2F-F26B-46AD-984B-AFAEFB545FF8")
        );
        let signature = security.signature.expect(name);
        let value = signature
            .required(namespace::DSIG, "SignedInfo")
            .and_then(|info| info.required(namespace::DSIG, "Reference"))
            .and_then(|reference| reference.required(namespace::DSIG, "DigestValue"));
        assert_eq!(value.expect(name).text, digest, "{name}");
    }
}
