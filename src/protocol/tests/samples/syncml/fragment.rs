//! What is published of packages in pieces.

use super::*;
use crate::xml::{Element, ToXml};

/// The element of this name in a file that holds no whole package.
fn fragment<'a>(root: &'a Element<'a>, local: &str) -> &'a Element<'a> {
    if root.name.local == local {
        return root;
    }
    let mut children = root.children.iter();
    children.find(|child| child.name.local == local).unwrap()
}

#[test]
fn each_published_fragment_is_what_the_file_says() {
    let Some(published) = Published::find() else {
        return;
    };
    let linked = "./Device/Vendor/MSFT/DMClient/Provider/MS%20DM%20SERVER/LinkedEnrollment";
    let endpoint = "https://contoso.com/declaredconfigrationendpoint?api-version=1.0";
    let unenroll_uri = "./Vendor/MSFT/DMClient/Provider/TestMDMServer/Unenroll";
    let beside = |kind, data| alert("1", "1224", Some((kind, None, data)));
    for (name, expected, is_final) in [
        (NAMES[0], unenroll("4"), None),
        (
            NAMES[2],
            Command::Exec(operation(
                "2",
                unenroll_uri,
                Some("chr"),
                Some("TestMDMServer"),
            )),
            None,
        ),
        (
            NAMES[4],
            Command::Replace(operation(
                "2",
                &format!("{linked}/DiscoveryEndpoint"),
                None,
                Some(endpoint),
            )),
            Some(true),
        ),
        (
            NAMES[5],
            Command::Exec(operation("2", &format!("{linked}/Enroll"), None, None)),
            Some(true),
        ),
        (
            NAMES[6],
            beside("com.microsoft/MDM/DevicePrepSync", "PendingProvisioning"),
            Some(false),
        ),
        (
            NAMES[7],
            beside("com.microsoft.mdm.synctype", "user"),
            Some(false),
        ),
    ] {
        let bytes = published.read(name);
        let root = xml::read(&bytes, &Limits::SYNCML).expect(name);
        let Some(is_final) = is_final else {
            let command = Command::from_xml(&root).expect(name);
            assert_eq!(command, expected, "{name}");
            assert_eq!(Command::from_xml(&command.to_xml()), Ok(command));
            continue;
        };
        let body = SyncBody::from_xml(fragment(&root, "SyncBody")).expect(name);
        assert_eq!(body.is_final, is_final, "{name}");
        assert_eq!(body.commands, [expected], "{name}");
        assert_eq!(SyncBody::from_xml(&body.to_xml()), Ok(body));
        // Without a header it is no package.
        assert!(SyncMl::read(&bytes).is_err(), "{name}");
    }
}
