//! Faults as published: one that a service sent, one that a specification prints well, two that it prints badly.

use super::*;
use crate::protocol::enrollment::RequestSecurityTokenResponseCollection;
use crate::soap::{Code, ErrorType, ServiceError, Subcode};

pub(super) const NAMES: [&str; 4] = [
    "observed-fault-devicenotsupported.xml",
    "wstep-fault-internalservicefault.xml",
    "mde2-fault-authorization-as-printed.xml",
    "mde2-fault-devicecapreached-as-printed.xml",
];

#[test]
fn the_fault_that_a_service_sent_is_read_without_a_header() {
    let Some(published) = Published::find() else {
        return;
    };
    let bytes = published.read(NAMES[0]);
    let (header, fault) = reply::<RequestSecurityTokenResponseCollection>(&bytes);
    assert_eq!(header, ReplyHeader::default());
    let reason = "Device Identifier not preregistered".to_owned();
    let expected = Fault {
        code: Code::Receiver,
        subcode: Subcode::Authorization,
        reason: reason.clone(),
        detail: Some(ServiceError {
            error_type: Some(ErrorType::DeviceNotSupported),
            message: reason,
            trace_id: "c12da796-484e-4a6f-acf2-db07987023e6".to_owned(),
        }),
    };
    assert_eq!(expected.hresult(), 0x8018_0014);
    assert_eq!(fault, Err(expected));
}

#[test]
fn the_fault_that_ms_wstep_prints_is_read() {
    let Some(published) = Published::find() else {
        return;
    };
    let bytes = published.read(NAMES[1]);
    let (header, fault) = reply::<RequestSecurityTokenResponseCollection>(&bytes);
    let fault = fault.unwrap_err();
    assert_eq!(fault.subcode, Subcode::InternalServiceFault);
    assert!(
        fault
            .reason
            .starts_with("The server was unable to process the request")
    );
    assert!(fault.reason.contains("<serviceDebug>") && fault.reason.ends_with("trace logs."));
    assert_eq!(fault.detail, None);
    assert_eq!(
        header.activity_id.as_deref(),
        Some("eda7e63d-0c42-455d-9c4f-47ab85803a50")
    );
}

#[test]
fn a_fault_in_lower_case_is_no_fault() {
    let Some(published) = Published::find() else {
        return;
    };
    for name in [NAMES[2], NAMES[3]] {
        let bytes = published.read(name);
        let refused = read_reply::<RequestSecurityTokenResponseCollection>(&bytes).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "expected Envelope, found envelope",
            "{name}"
        );
        let root = xml::read(&bytes, &Limits::SOAP).expect(name);
        let fault = &root.children[1].children[0];
        assert_eq!(fault.name.local, "fault");
        assert!(Fault::from_xml(fault).is_err());
    }
}
