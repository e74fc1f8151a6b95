//! Faults: what a device reads of them.

use super::*;

fn fault(subcode: Subcode, error_type: Option<ErrorType>) -> Fault {
    Fault {
        code: Code::Receiver,
        subcode,
        reason: "No.".to_owned(),
        detail: error_type.map(|error_type| ServiceError {
            error_type: Some(error_type),
            message: "No.".to_owned(),
            trace_id: "1".to_owned(),
        }),
    }
}

#[test]
fn each_fault_has_the_code_that_a_device_shows_and_the_error_type_wins() {
    for (subcode, code) in [
        (Subcode::MessageFormat, 0x8018_0001),
        (Subcode::Authentication, 0x8018_0002),
        (Subcode::Authorization, 0x8018_0003),
        (Subcode::CertificateRequest, 0x8018_0004),
        (Subcode::EnrollmentServer, 0x8018_0005),
        (Subcode::InternalServiceFault, 0x8018_0006),
        (Subcode::InvalidSecurity, 0x8018_0007),
    ] {
        let written = fault(subcode, None).write(Pong::ACTION, &ReplyHeader::default());
        let (_, read) = read_reply::<Pong>(written.as_bytes()).unwrap();
        let read = read.unwrap_err();
        assert_eq!((read.hresult(), read.subcode), (code, subcode));
    }
    for (error_type, code) in [
        (ErrorType::DeviceCapReached, 0x8018_0013),
        (ErrorType::DeviceNotSupported, 0x8018_0014),
        (ErrorType::NotSupported, 0x8018_0015),
        (ErrorType::NotEligibleToRenew, 0x8018_0016),
        (ErrorType::InMaintenance, 0x8018_0017),
        (ErrorType::UserLicense, 0x8018_0018),
        (ErrorType::InvalidEnrollmentData, 0x8018_0019),
        (ErrorType::CustomServerError, 0x8018_0032),
    ] {
        let sent = fault(Subcode::Authorization, Some(error_type));
        let written = sent.write(Pong::ACTION, &ReplyHeader::default());
        let (_, read) = read_reply::<Pong>(written.as_bytes()).unwrap();
        assert_eq!(read.as_ref().unwrap_err().hresult(), code);
        assert_eq!(read, Err(sent));
    }
}

#[test]
fn the_subcodes_of_the_dispatcher_bind_their_own_prefix() {
    let written =
        fault(Subcode::InternalServiceFault, None).write(Pong::ACTION, &ReplyHeader::default());
    let dispatcher = format!(
        r#"<s:Value xmlns:a="{}">a:InternalServiceFault</s:Value>"#,
        namespace::DISPATCHER
    );
    assert!(written.contains(&dispatcher), "{written}");
    let written = fault(Subcode::Authorization, None).write(Pong::ACTION, &ReplyHeader::default());
    assert!(
        written.contains("<s:Value>s:Authorization</s:Value>"),
        "{written}"
    );
}

#[test]
fn a_fault_of_another_code_subcode_or_type_is_not_guessed_at() {
    let sent = fault(Subcode::Authorization, Some(ErrorType::UserLicense));
    let written = sent.write(Pong::ACTION, &ReplyHeader::default());
    for (known, unknown) in [
        ("s:Receiver", "s:Sender"),
        ("s:Authorization", "s:authorization"),
        ("UserLicense", "userlicense"),
        ("s:Subcode", "s:subcode"),
    ] {
        let spoilt = written.replace(known, unknown);
        assert!(read_reply::<Pong>(spoilt.as_bytes()).is_err(), "{unknown}");
    }
    let nowhere = written.replace("s:Fault", "s:fault");
    assert!(read_reply::<Pong>(nowhere.as_bytes()).is_err());
}
