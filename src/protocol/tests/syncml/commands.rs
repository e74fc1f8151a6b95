//! Commands and their results, and what is in neither specification.

use super::*;

#[test]
fn a_reply_with_commands_reads_and_writes() {
    const RENEW: &str = "./Vendor/MSFT/CertificateStore/My/WSTEP/Renew";
    const POLICY: &str = "./Device/Vendor/MSFT/Policy/Config";
    let int = || meta(Some("int"), None);
    let chr = || meta(Some("chr"), None);
    let commands = vec![
        Command::Status(status("1", "0", "SyncHdr", "212")),
        Command::Get(operation("2", "./DevDetail/SwV", None, None)),
        Command::Add(operation(
            "3",
            "./Device/Vendor/MSFT/DMClient/Provider/ContosoMDM/Push/PFN",
            chr(),
            Some("Contoso.Pfn_123"),
        )),
        Command::Replace(operation(
            "4",
            &format!("{POLICY}/Experience/AllowManualMDMUnenrollment"),
            meta(Some("int"), Some("text/plain")),
            Some("0"),
        )),
        Command::Delete(operation(
            "5",
            &format!("{POLICY}/Camera/AllowCamera"),
            None,
            None,
        )),
        Command::Exec(operation("6", &format!("{RENEW}/RenewNow"), None, None)),
        Command::Atomic(Group {
            cmd_id: "7".to_owned(),
            commands: vec![
                Command::Replace(operation(
                    "8",
                    &format!("{RENEW}/RenewPeriod"),
                    int(),
                    Some("60"),
                )),
                Command::Replace(operation(
                    "9",
                    &format!("{RENEW}/RetryInterval"),
                    int(),
                    Some("4"),
                )),
            ],
            ..Group::default()
        }),
        Command::Replace(operation(
            "10",
            &format!("{POLICY}/Start/StartLayout"),
            chr(),
            Some(r#"<Layout Version="1"><Group Name="A &amp; B"/></Layout>"#),
        )),
    ];
    let names: Vec<_> = commands.iter().map(Command::name).collect();
    let expected = [
        "Status", "Get", "Add", "Replace", "Delete", "Exec", "Atomic", "Replace",
    ];
    assert_eq!(names, expected);
    assert_eq!(commands[6].cmd_id(), Some("7"));
    let expected = SyncMl {
        header: header("1", DEVICE, SERVER),
        body: last(commands),
    };
    assert_eq!(package("syncml/reply-with-commands.xml"), expected);
}

#[test]
fn results_read_and_write() {
    let failed = Status {
        target_refs: vec!["./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera".to_owned()],
        original_error: owned("0x86000002"),
        ..status("3", "4", "Replace", "404")
    };
    let results = Results {
        cmd_id: "4".to_owned(),
        msg_ref: owned("1"),
        cmd_ref: "2".to_owned(),
        items: vec![Item {
            source: Some("./DevDetail/SwV".into()),
            meta: meta(Some("chr"), Some("text/plain")),
            data: owned("10.0.26100.4061"),
            ..Item::default()
        }],
        ..Results::default()
    };
    let expected = SyncMl {
        header: header("2", SERVER, DEVICE),
        body: last(vec![
            Command::Status(status("1", "0", "SyncHdr", "200")),
            Command::Status(status("2", "2", "Get", "200")),
            Command::Status(failed),
            Command::Results(results),
        ]),
    };
    assert_eq!(package("syncml/results.xml"), expected);
}

#[test]
fn results_in_parts_read_and_write() {
    let package = package("syncml/results-in-parts.xml");
    let Command::Results(results) = &package.body.commands[1] else {
        panic!("results")
    };
    let item = &results.items[0];
    assert!(item.more_data);
    assert_eq!(item.data.as_deref(), Some("<Apps"));
    assert_eq!(item.meta.as_ref().unwrap().size.as_deref(), Some("90000"));
}

/// The body of a package that holds `inner`.
fn body(space: &str, inner: &str) -> Result<SyncMl, Error> {
    SyncMl::read(
        format!(
            "<SyncML xmlns='{space}'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
             <SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>t</LocURI></Target>\
             <Source><LocURI>s</LocURI></Source></SyncHdr><SyncBody>{inner}</SyncBody></SyncML>"
        )
        .as_bytes(),
    )
}

#[test]
fn elements_in_data_are_kept_as_their_text() {
    let inner = "<Replace><CmdID>1</CmdID><Item><Data><a xmlns='urn:a' b='1 &amp; 2'><c>x&lt;y</c><d xmlns='urn:d'/></a>\n<e xmlns=''/></Data></Item></Replace>";
    let package = body(namespace::SYNCML, inner).unwrap();
    let Command::Replace(replace) = &package.body.commands[0] else {
        panic!("a replace")
    };
    assert_eq!(
        replace.items[0].data.as_deref(),
        Some(r#"<a xmlns="urn:a" b="1 &amp; 2"><c>x&lt;y</c><d xmlns="urn:d"/></a><e/>"#)
    );
    assert_eq!(SyncMl::read(package.write().as_bytes()).unwrap(), package);
    assert!(!format!("{package:?}").contains("urn:a"));
}

#[test]
fn both_versions_of_syncml_are_read_and_1_2_is_written() {
    let old = body(namespace::SYNCML_1_1, "<Final/>").unwrap();
    assert_eq!(old, body(namespace::SYNCML, "<Final/>").unwrap());
    assert!(
        old.write()
            .starts_with(r#"<SyncML xmlns="SYNCML:SYNCML1.2">"#)
    );
    assert!(body("urn:other", "<Final/>").is_err());
}

#[test]
fn an_unknown_command_is_kept_by_name_so_that_it_can_be_answered() {
    let package = body(namespace::SYNCML, "<Search><CmdID>9</CmdID><X/></Search>").unwrap();
    let unknown = Unknown {
        name: "Search".to_owned(),
        cmd_id: owned("9"),
    };
    assert_eq!(package.body.commands, [Command::Unknown(unknown)]);
    assert!(!package.body.is_final);
    assert_eq!(SyncMl::read(package.write().as_bytes()).unwrap(), package);
}

#[test]
fn what_is_missing_or_doubled_is_named() {
    let refused = |inner| match body(namespace::SYNCML, inner).unwrap_err() {
        Error::Decode(error) => error.to_string(),
        error @ Error::Xml(_) => panic!("{error}"),
    };
    for (inner, expected) in [
        ("<Final/><Final/>", "SyncBody has more than one Final"),
        ("<Alert/>", "Alert has no CmdID"),
        (
            "<Get><CmdID>1</CmdID><CmdID>2</CmdID></Get>",
            "Get has more than one CmdID",
        ),
        (
            "<Get><CmdID>1</CmdID><Item><Target/></Item></Get>",
            "Target has no LocURI",
        ),
        (
            "<Get><CmdID>1</CmdID><Meta><Type>a</Type><Type xmlns='syncml:metinf'>b</Type></Meta></Get>",
            "Meta has more than one Type",
        ),
        (
            "<Add><CmdID>1</CmdID><Item><Data/><Data/></Item></Add>",
            "Item has more than one Data",
        ),
        ("<Status><CmdID>1</CmdID></Status>", "Status has no Data"),
        (
            "<Atomic><CmdID>1</CmdID><Get/></Atomic>",
            "Get has no CmdID",
        ),
    ] {
        assert_eq!(refused(inner), expected, "{inner}");
    }
    assert!(matches!(
        SyncMl::read(b"<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody/></SyncML>"),
        Err(Error::Decode(DecodeError::Missing {
            child: "SyncHdr",
            ..
        }))
    ));
    assert!(matches!(
        SyncMl::read(b"<!DOCTYPE x><x/>"),
        Err(Error::Xml(_))
    ));
}

#[test]
fn a_number_that_is_none_is_no_code() {
    assert_eq!(status("1", "0", "SyncHdr", "fine").code(), None);
    let fragment = Element::new("", "SyncBody").with(Element::new("", "Alert"));
    assert!(SyncBody::from_xml(&fragment).is_err());
    assert_eq!(SyncBody::default().to_xml().children.len(), 0);
}
