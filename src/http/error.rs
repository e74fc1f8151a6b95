//! What each refusal looks like on the wire (FAULTS.md 5): subcode and error type, one table, exhaustive.

use uuid::Uuid;

use crate::refusal::Refusal;
use crate::soap::{self, Code, ErrorType, Fault, ServiceError, Subcode};

/// The fault that tells a device of `refusal`.
pub(super) fn fault(refusal: &Refusal, trace_id: Uuid) -> Fault {
    let (subcode, error_type) = wire(refusal);
    let code = match refusal {
        Refusal::SoapVersion => Code::VersionMismatch,
        Refusal::NotUnderstood(_) => Code::MustUnderstand,
        _ => Code::Receiver,
    };
    let reason = refusal.sentence();
    let detail = ServiceError {
        error_type,
        message: reason.clone(),
        trace_id: trace_id.to_string(),
    };
    Fault {
        code,
        subcode,
        reason,
        detail: Some(detail),
    }
}

/// Which subcode and error type stand for a refusal.
fn wire(refusal: &Refusal) -> (Subcode, Option<ErrorType>) {
    match refusal {
        Refusal::Message(_)
        | Refusal::SoapVersion
        | Refusal::NotUnderstood(_)
        | Refusal::Incomplete(_) => (Subcode::MessageFormat, None),
        Refusal::Version { .. } | Refusal::DeviceExcluded(_) => {
            (Subcode::Authorization, Some(ErrorType::DeviceNotSupported))
        }
        Refusal::AuthPolicy { .. } | Refusal::RequestType(_) => {
            (Subcode::Authorization, Some(ErrorType::NotSupported))
        }
        Refusal::Security(_) | Refusal::CredentialKind(_) => (Subcode::InvalidSecurity, None),
        Refusal::CredentialUnknown
        | Refusal::CredentialOfAnother { .. }
        | Refusal::EntraToken(_)
        | Refusal::SignIn(_)
        | Refusal::TokenExpired(_)
        | Refusal::TokenRevoked
        | Refusal::TokenSpent
        | Refusal::SignInEnded
        | Refusal::TooManyFailures => (Subcode::Authentication, None),
        Refusal::NotAllowed(message) if !message.is_empty() => {
            (Subcode::Authorization, Some(ErrorType::CustomServerError))
        }
        Refusal::NotAllowed(_) | Refusal::WaitingForApproval(_) | Refusal::PersonalDevice(_) => {
            (Subcode::Authorization, None)
        }
        Refusal::DeviceCap(_) => (Subcode::Authorization, Some(ErrorType::DeviceCapReached)),
        Refusal::License => (Subcode::Authorization, Some(ErrorType::UserLicense)),
        Refusal::TermsOfUse(_) => (
            Subcode::Authorization,
            Some(ErrorType::InvalidEnrollmentData),
        ),
        Refusal::CertificateRequest(_) | Refusal::KeyOfAnother | Refusal::KeyBlocked => {
            (Subcode::CertificateRequest, None)
        }
        Refusal::Authority(_) | Refusal::IdentityProvider(_) => (Subcode::EnrollmentServer, None),
        Refusal::NotEligibleToRenew(_) => {
            (Subcode::Authorization, Some(ErrorType::NotEligibleToRenew))
        }
        Refusal::Maintenance | Refusal::Draining | Refusal::Storage(_) => {
            (Subcode::EnrollmentServer, Some(ErrorType::InMaintenance))
        }
        Refusal::Internal => (Subcode::InternalServiceFault, None),
    }
}

/// What a message that cannot be dispatched is refused for.
pub(super) fn unreadable(error: &soap::Error) -> Refusal {
    match error {
        soap::Error::VersionMismatch => Refusal::SoapVersion,
        soap::Error::MustUnderstand(block) => Refusal::NotUnderstood(block.clone()),
        soap::Error::Security(why) => Refusal::Security((*why).to_owned()),
        soap::Error::Xml(_)
        | soap::Error::Decode(_)
        | soap::Error::Body
        | soap::Error::Action { .. } => Refusal::Message(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_situation_of_the_fault_table_has_its_subcode_and_error_type() {
        let table = [
            (Refusal::Message("x".to_owned()), 0x8018_0001),
            (Refusal::TokenSpent, 0x8018_0002),
            (Refusal::WaitingForApproval(String::new()), 0x8018_0003),
            (Refusal::KeyOfAnother, 0x8018_0004),
            (Refusal::KeyBlocked, 0x8018_0004),
            (Refusal::Authority("x".to_owned()), 0x8018_0005),
            (Refusal::Internal, 0x8018_0006),
            (Refusal::Security("x".to_owned()), 0x8018_0007),
            (Refusal::DeviceCap(5), 0x8018_0013),
            (Refusal::DeviceExcluded("x".to_owned()), 0x8018_0014),
            (
                Refusal::AuthPolicy {
                    offered: Vec::new(),
                },
                0x8018_0015,
            ),
            (Refusal::NotEligibleToRenew("x".to_owned()), 0x8018_0016),
            (Refusal::Maintenance, 0x8018_0017),
            (Refusal::Draining, 0x8018_0017),
            (Refusal::License, 0x8018_0018),
            (Refusal::TermsOfUse("x".to_owned()), 0x8018_0019),
            (
                Refusal::NotAllowed("Visit the help desk.".to_owned()),
                0x8018_0032,
            ),
        ];
        for (refusal, hresult) in table {
            assert_eq!(
                fault(&refusal, Uuid::nil()).hresult(),
                hresult,
                "{}",
                refusal.name()
            );
        }
    }
}
