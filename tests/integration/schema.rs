//! Replies judged by the published schemas: `xmllint --schema` over the bytes as they were received.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a reply is.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A `DiscoverResponse`, `GetPoliciesResponse` or `RequestSecurityTokenResponseCollection` in its envelope.
    Reply,
    /// A fault in its envelope.
    Fault,
    /// A `wap-provisioningdoc`.
    Provisioning,
    /// A SyncML package of the server.
    SyncMl,
}

/// The folder of samples, captures and schemas; says so when it is not there.
pub(crate) fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("PORTCULLIS_SHARED").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| PathBuf::from("../shared"));
    if folder.join("protocol/schemas").is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} has no protocol/schemas", folder.display());
    None
}

/// Fails unless `bytes` are valid. Without the schemas or `xmllint` it says so and returns.
pub(crate) fn assert_valid(kind: Kind, bytes: &[u8]) {
    let Some(shared) = shared() else { return };
    let schemas = fs::canonicalize(shared.join("protocol/schemas")).unwrap();
    let parts: &[(&str, &str)] = match kind {
        Kind::Reply => &[
            (SOAP, "soap12.xsd"),
            (DISCOVERY, "mde2-discovery.xsd"),
            (XCEP, "xcep-mde2.xsd"),
            (WST, "wstrust-rstrc.xsd"),
        ],
        Kind::Fault => &[(SOAP, "soap12.xsd"), (WSTEP, "enrollment-error.xsd")],
        Kind::Provisioning => &[("", "wap-provisioningdoc.xsd")],
        Kind::SyncMl => &[(SYNCML, "syncml-reply.xsd")],
    };
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("reply.xml");
    fs::write(&document, bytes).unwrap();
    let schema = match parts {
        [(_, file)] => schemas.join(file),
        parts => {
            // The body of an envelope is judged laxly: by whatever of the imported schemas knows its element.
            let imports: String = parts
                .iter()
                .map(|(namespace, file)| {
                    let path = schemas.join(file);
                    format!(
                        r#"<xs:import namespace="{namespace}" schemaLocation="{}"/>"#,
                        path.display()
                    )
                })
                .collect();
            let path = folder.path().join("all.xsd");
            let text = format!(
                r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>"#
            );
            fs::write(&path, text).unwrap();
            path
        }
    };
    let judged = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema"])
        .arg(&schema)
        .arg(&document)
        .stdin(Stdio::null())
        .output();
    let Ok(judged) = judged else {
        crate::openssl::skip("xmllint is not installed");
        return;
    };
    assert!(
        judged.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&judged.stderr),
        String::from_utf8_lossy(bytes)
    );
}

const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
const DISCOVERY: &str = "http://schemas.microsoft.com/windows/management/2012/01/enrollment";
const XCEP: &str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy";
const WST: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";
const WSTEP: &str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment";
const SYNCML: &str = "SYNCML:SYNCML1.2";

#[test]
fn the_schemas_tell_a_good_reply_from_a_bad_one() {
    if shared().is_none() || Command::new("xmllint").arg("--version").output().is_err() {
        return;
    }
    let reply = |children: &str| {
        format!(
            r#"<s:Envelope xmlns:s="{SOAP}"><s:Body><DiscoverResponse xmlns="{DISCOVERY}"><DiscoverResult>
            <AuthPolicy>OnPremise</AuthPolicy>{children}</DiscoverResult></DiscoverResponse></s:Body></s:Envelope>"#
        )
    };
    let good = "<EnrollmentServiceUrl>https://mdm.example/E.svc</EnrollmentServiceUrl>";
    assert_valid(Kind::Reply, reply(good).as_bytes());
    let bad = reply("");
    assert!(std::panic::catch_unwind(|| assert_valid(Kind::Reply, bad.as_bytes())).is_err());
}
